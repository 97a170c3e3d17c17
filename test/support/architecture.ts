import { posix } from "node:path";
import { type Import, scan } from "./imports";

/**
 * DESIGN.md, "Who may import whom": which parts of `server/src` each part may import, itself aside, and which packages.
 * A part that is not named here may import what it likes, as far as the other rules go.
 */
interface Part {
  readonly parts: readonly string[];
  /** Parts of which only types may be imported. */
  readonly types?: readonly string[];
  readonly packages?: readonly string[];
  /** No clock, no I/O, nothing asynchronous. */
  readonly isPure?: true;
}

const parts: Readonly<Record<string, Part>> = {
  reference: { parts: [], packages: [], isPure: true },
  documents: { parts: ["reference"], packages: ["dockerfile-ast", "yaml"], isPure: true },
  catalog: { parts: ["reference"], packages: [], isPure: true },
  rules: { parts: ["reference", "documents"], types: ["facts"], packages: [], isPure: true },
  pinning: { parts: ["reference", "documents"], types: ["facts"], packages: [], isPure: true },
  registry: { parts: ["reference"] },
  trust: { parts: ["reference", "registry"] },
  facts: { parts: ["reference", "registry", "trust", "catalog"] },
};

/** Names and packages that only some files may use. */
const reserved: readonly { readonly what: string; readonly isIt: (name: string) => boolean; readonly by: RegExp }[] = [
  { what: "axios", isIt: isPackage("axios"), by: /^server\/src\/registry\/http\/transport\.ts$/ },
  { what: "vscode", isIt: isPackage("vscode"), by: /^client\/src\// },
  { what: "vscode-languageclient", isIt: isPackage("vscode-languageclient"), by: /^client\/src\// },
  {
    what: "vscode-languageserver",
    isIt: (name) => /^vscode-(?:languageserver|jsonrpc)(?!-textdocument$)/.test(name),
    by: /^server\/src\/(?:lsp\/.*|main)\.ts$/,
  },
  // A data type, without a protocol.
  {
    what: "vscode-languageserver-textdocument",
    isIt: isPackage("vscode-languageserver-textdocument"),
    by: /^server\/src\/(?:lsp|cli)\//,
  },
];

const printing = /(?<![.\w$])console\s*[.[]|(?<![.\w$])process\s*\.\s*(?:stdout|stderr)\b/;
const printers = /^server\/src\/cli(?:\/.*)?\.ts$/;
const clock = /\bDate\s*\.\s*now\b|\bnew\s+Date\b|\bDate\s*\(|\bset(?:Timeout|Interval|Immediate)\b|\bperformance\b/;
const inputOrOutput = /(?<![.\w$])(?:fetch|process|XMLHttpRequest|WebSocket|globalThis)\b/;
const asynchronous = /\basync\b|\bawait\b|\bPromise\b|\bqueueMicrotask\b|\.then\s*\(/;
const wire = "server/src/lsp/wire.ts";

/**
 * The edges of `trust`: they fetch, store, or wait for those who do. Whatever else stands there verifies: it takes bytes,
 * trust material and a moment, and touches neither network nor file nor clock.
 */
const trustEdges =
  /^server\/src\/trust\/(?:trust|scheme|besideImage|policy\/(?:policyFile|userPolicy)|notary\/(?:dockerRoot|metadataSource|notaryScheme|rootChain|store|trustServer|update))\.ts$/;
/** A moment that is given may be read. */
const ownClock =
  /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(?:\(\s*\)|(?!\s*\())|\bset(?:Timeout|Interval|Immediate)\b|\bperformance\b/;

function ofVerifier(path: string, imports: readonly Import[], code: string): string[] {
  if (!path.startsWith("server/src/trust/") || trustEdges.test(path)) return [];
  const found: string[] = [];
  if (ownClock.test(code)) found.push("uses a clock");
  const reachesOut = imports.some(
    ({ specifier, isType }) =>
      (specifier.startsWith("node:") && specifier !== "node:crypto") || (specifier.includes("/registry/") && !isType),
  );
  if (reachesOut || inputOrOutput.test(code)) found.push("does input or output");
  if (asynchronous.test(code)) found.push("is asynchronous");
  return found;
}

/** What a source breaks, in words; none where it keeps to the design. `path` is relative to the repository. */
export function violations(path: string, source: string): string[] {
  const { imports, code } = scan(source);
  const part = partOf(path);
  const rule = part === null ? undefined : parts[part];
  const found = imports.flatMap((one) => [...ofPart(path, part, one), ...ofReserved(path, one), ...ofSides(path, one)]);
  if (rule?.isPure) {
    if (clock.test(code)) found.push("uses a clock");
    if (inputOrOutput.test(code) || imports.some(({ specifier }) => specifier.startsWith("node:"))) {
      found.push("does input or output");
    }
    if (asynchronous.test(code)) found.push("is asynchronous");
  }
  found.push(...ofVerifier(path, imports, code));
  if (printing.test(code) && !printers.test(path)) found.push("prints");
  return [...new Set(found)];
}

function ofPart(path: string, part: string | null, { specifier, isType }: Import): string[] {
  const rule = part === null ? undefined : parts[part];
  if (rule === undefined || part === null) return [];
  if (!specifier.startsWith(".")) {
    const isAllowed = rule.packages?.some((name) => isPackage(name)(specifier)) ?? true;
    return isAllowed || specifier.startsWith("node:") ? [] : [`imports the package ${specifier}`];
  }
  const target = resolved(path, specifier);
  const other = partOf(target);
  if (other === part || (other !== null && rule.parts.includes(other))) return [];
  if (other === null || !rule.types?.includes(other)) return [`imports ${target}`];
  return isType ? [] : [`imports more than types of ${other}`];
}

function ofReserved(path: string, { specifier }: Import): string[] {
  return reserved.filter(({ isIt, by }) => isIt(specifier) && !by.test(path)).map(({ what }) => `imports ${what}`);
}

/** Client and server share the wire file, the server's two faces share nothing. */
function ofSides(path: string, { specifier }: Import): string[] {
  if (path === wire) return [`imports ${specifier} in the wire file`];
  if (!specifier.startsWith(".")) return [];
  const target = resolved(path, specifier);
  const from = partOf(path);
  if (path.startsWith("client/")) {
    return target.startsWith("client/") || `${target}.ts` === wire ? [] : [`imports ${target} into the client`];
  }
  if (!target.startsWith("server/")) return [`imports ${target} into the server`];
  const to = partOf(target);
  const isFace = (part: string | null) => part === "lsp" || part === "cli";
  return isFace(to) && from !== to && from !== null ? [`imports ${target}`] : [];
}

/** The folder below `server/src`; null for anything else, the composition roots included. */
function partOf(path: string): string | null {
  return /^server\/src\/([^/]+)\//.exec(path)?.[1] ?? null;
}

function resolved(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier);
}

function isPackage(name: string): (specifier: string) => boolean {
  return (specifier) => specifier === name || specifier.startsWith(`${name}/`);
}
