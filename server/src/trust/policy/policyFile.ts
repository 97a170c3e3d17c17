/**
 * Reads the `trust:` section of a policy file (DESIGN.md, "Policy file"). What is wrong is a problem with its place;
 * a file that has one gives no rules at all, since half a policy is another policy.
 */
import { createHash } from "node:crypto";
import { isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument, type YAMLMap } from "yaml";
import { parseCertificates } from "../notary/certificates";
import { isKeyId } from "../notary/keys";
import type { RootPins } from "../notary/rootVerifier";
import { imageGlobProblem } from "./imageGlob";
import type { NotaryTerms, SchemeTerms, TrustPolicy, TrustRule } from "./trustRule";

export { parseCertificates } from "../notary/certificates";

export interface PolicyProblem {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** What is wrong and what to do. */
  readonly message: string;
}

export type ParsedPolicy =
  | { readonly policy: TrustPolicy; readonly problems: readonly [] }
  | { readonly policy: null; readonly problems: readonly [PolicyProblem, ...PolicyProblem[]] };

/** Reads a file that the policy names, relative to the policy; null where it is not there. Fails with system errors. */
export type ReadPolicyFile = (name: string) => Promise<string | null>;

const topLevelKeys = [
  "version",
  "pinStyle",
  "requireSignature",
  "rules",
  "registries",
  "publishers",
  "ignore",
  "trust",
];
const ruleKeys = ["images", "require", "notary", "sigstore", "notation"];
const notaryKeys = ["server", "ca", "roots", "rootCa"];
const schemeKeys = ["notary", "sigstore", "notation"] as const;

/** The whole file, of which this version reads `trust` and `requireSignature`. */
export async function parsePolicyFile(text: string, readFile: ReadPolicyFile): Promise<ParsedPolicy> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const reader = new PolicyReader(readFile, (offset) => lines.linePos(offset));
  for (const { pos, message } of document.errors) reader.problem(pos[0], message.split("\n", 1)[0] ?? message);
  if (document.errors.length === 0) await reader.file(document.contents);
  return reader.result();
}

/** The value of a setting that has the form of the `trust:` section; its places are within its JSON. */
export async function parseTrustSetting(value: unknown, readFile: ReadPolicyFile): Promise<ParsedPolicy> {
  const text = JSON.stringify({ version: 1, trust: value ?? [] });
  return parsePolicyFile(text, readFile);
}

type Node = unknown;

class PolicyReader {
  private readonly problems: PolicyProblem[] = [];
  private readonly rules: TrustRule[] = [];
  private readonly globs = new Set<string>();
  private requireSignature = false;

  constructor(
    private readonly readFile: ReadPolicyFile,
    private readonly place: (offset: number) => { line: number; col: number },
  ) {}

  result(): ParsedPolicy {
    const [first, ...others] = this.problems;
    if (first !== undefined) return { policy: null, problems: [first, ...others] };
    return { policy: { rules: this.rules, requireSignature: this.requireSignature, problem: null }, problems: [] };
  }

  problem(at: Node, message: string): void {
    const { line, col } = this.place(typeof at === "number" ? at : offsetOf(at));
    this.problems.push({ line: line === 0 ? 1 : line, column: col === 0 ? 1 : col, message });
  }

  async file(contents: Node): Promise<void> {
    const file = this.map(contents, "The policy", topLevelKeys);
    if (file === null) return;
    const version = file.get("version", true);
    if (scalarIn(version) !== 1) this.problem(version ?? file, "A policy begins with `version: 1`.");
    if (file.has("requireSignature")) this.requireSignature = this.boolean(file.get("requireSignature", true));
    if (!file.has("trust")) return;
    const trust = file.get("trust", true);
    if (!isSeq(trust)) return this.problem(trust, "`trust` is a list of rules.");
    for (const item of trust.items) await this.rule(item);
  }

  private async rule(item: Node): Promise<void> {
    const rule = this.map(item, "A rule of `trust`", ruleKeys);
    if (rule === null) return;
    const images = this.images(rule);
    const require = rule.has("require") ? this.boolean(rule.get("require", true)) : null;
    const named = schemeKeys.filter((key) => rule.has(key));
    if (named.length > 1) this.problem(rule, `A rule names one scheme, and this one names ${named.join(" and ")}.`);
    const [scheme] = named;
    if (scheme === undefined && require === null)
      this.problem(rule, "A rule names a scheme (`notary: {…}`), or has `require: true`.");
    const terms = scheme === undefined ? null : await this.terms(scheme, rule.get(scheme, true));
    const key = createHash("sha256")
      .update(JSON.stringify([images, require, shownTerms(terms)]))
      .digest("hex");
    this.rules.push({ images, require, terms, vouchedBy: "user", key });
  }

  private images(rule: YAMLMap): string[] {
    const node = rule.get("images", true);
    if (!isSeq(node) || node.items.length === 0) {
      this.problem(node ?? rule, "A rule of `trust` has `images`, a list of globs.");
      return [];
    }
    return node.items.flatMap((item) => {
      const glob = this.text(item, "A glob");
      if (glob === null) return [];
      const problem = imageGlobProblem(glob);
      if (problem !== null) this.problem(item, `The glob ${problem}.`);
      if (this.globs.has(glob)) this.problem(item, "This glob stands in the policy twice: one rule has to decide.");
      this.globs.add(glob);
      return [glob];
    });
  }

  private async terms(scheme: (typeof schemeKeys)[number], node: Node): Promise<SchemeTerms | null> {
    if (scheme !== "notary") return { scheme };
    const notary = this.map(node, "`notary`", notaryKeys);
    if (notary === null) return null;
    return {
      scheme,
      server: this.server(notary),
      ca: await this.certificates(notary, "ca"),
      pins: await this.pins(notary),
    };
  }

  private server(notary: YAMLMap): URL | null {
    if (!notary.has("server")) return null;
    const node = notary.get("server", true);
    const text = this.text(node, "`server`") ?? "";
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url?.protocol === "https:" && url.username === "" && url.password === "") return url;
    this.problem(node, "`server` is an https URL without a login: https://notary.example.com");
    return null;
  }

  private async pins(notary: YAMLMap): Promise<RootPins | null> {
    if (notary.has("roots") && notary.has("rootCa")) {
      this.problem(notary, "A root is pinned by `roots` or by `rootCa`, not by both.");
    }
    if (notary.has("roots")) return this.keyPins(notary.get("roots", true));
    if (!notary.has("rootCa")) return null;
    const pem = await this.certificates(notary, "rootCa");
    const certificates = pem === null ? [] : (parseCertificates(pem) ?? []);
    return { kind: "authorities", certificates };
  }

  private keyPins(node: Node): RootPins | null {
    if (!isSeq(node) || node.items.length === 0) {
      this.problem(node, "`roots` is a list of key ids; leave it out to trust a root on first use.");
      return null;
    }
    const ids = node.items.flatMap((item) => {
      const id = this.text(item, "A key id")?.toLowerCase() ?? "";
      if (isKeyId(id)) return [id];
      this.problem(item, "A key id is 64 hexadecimal digits, as `notary key list` shows it.");
      return [];
    });
    return { kind: "keys", ids };
  }

  /** PEM of the file that the member names. */
  private async certificates(notary: YAMLMap, key: "ca" | "rootCa"): Promise<string | null> {
    if (!notary.has(key)) return null;
    const node = notary.get(key, true);
    const name = this.text(node, `\`${key}\``);
    if (name === null) return null;
    try {
      const pem = await this.readFile(name);
      if (pem === null) this.problem(node, "There is no such file: the path is relative to the policy.");
      else if (parseCertificates(pem) === null) this.problem(node, "The file holds no PEM certificate.");
      return pem;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "no code";
      this.problem(node, `The file can't be read (${code}).`);
      return null;
    }
  }

  /** Null where it is no map; unknown keys are problems, since a misspelled one would be no protection. */
  private map(node: Node, what: string, keys: readonly string[]): YAMLMap | null {
    if (!isMap(node)) {
      this.problem(node, `${what} is a map with the keys ${keys.join(", ")}.`);
      return null;
    }
    for (const { key } of node.items as Pair[]) {
      const name = scalarIn(key);
      if (!keys.includes(String(name)))
        this.problem(key, `${what} has no key of this name: it may have ${keys.join(", ")}.`);
    }
    return node;
  }

  private text(node: Node, what: string): string | null {
    const value = scalarIn(node);
    if (typeof value === "string" && value !== "") return value;
    this.problem(node, `${what} is a text.`);
    return null;
  }

  private boolean(node: Node): boolean {
    const value = scalarIn(node);
    if (typeof value !== "boolean") this.problem(node, "This is `true` or `false`.");
    return value === true;
  }
}

function scalarIn(node: Node): unknown {
  return isScalar(node) ? node.value : undefined;
}

function offsetOf(node: Node): number {
  const range = isScalar(node) || isMap(node) || isSeq(node) ? node.range : null;
  return range?.[0] ?? 0;
}

/** What tells two terms apart. */
function shownTerms(terms: SchemeTerms | null): unknown {
  if (terms?.scheme !== "notary") return terms;
  const { server, ca, pins }: NotaryTerms = terms;
  const shownPins = pins?.kind === "authorities" ? pins.certificates.map(({ fingerprint256 }) => fingerprint256) : pins;
  return [server?.href ?? null, ca, shownPins];
}
