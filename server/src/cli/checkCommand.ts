/**
 * `digest-pin check`: applies the rules with their default severities, and fails on what is found. It asks registries what
 * the rules look at, and signers only for images that the policy or the environment says something of.
 */
import { dirname } from "node:path";
import { catalog } from "../catalog/catalog";
import { publisherOf } from "../catalog/publishers";
import { knowledgeOf, learn, nothingKnown } from "../facts/knowledge";
import type { Judgement } from "../facts/types";
import { normalizedName, type Reference } from "../reference/reference";
import type { RegistryErrorCode } from "../registry/registry";
import { isUnknownImage } from "../rules/buildContext";
import { type Severity, severities } from "../rules/rule";
import { findingsOf, type Known, wantsManifest } from "../rules/rules";
import { signatureRequired } from "../rules/signature-required";
import type { Place } from "./places";
import { type CommandPorts, exitStatus, type Format, type OnlineOptions, type Output, sourceOptions } from "./ports";
import { counted, countedUses, fileEntry, placeLine, useEntries, writeJson, writeProblems } from "./report";
import { readSources, type Source } from "./sources";
import { inert } from "./terminal";

export interface CheckOptions extends OnlineOptions {
  readonly format: Format;
  readonly envFromProcess: boolean;
  /** The least severe finding that makes the command fail. */
  readonly failOn: Severity;
}

interface FindingEntry extends Place {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
}

interface CheckedSource {
  readonly findings: readonly FindingEntry[];
  /** Of these, a signature is required and could not be checked: nothing is known to be wrong. */
  readonly unchecked: ReadonlySet<FindingEntry>;
}

export async function checkCommand(
  paths: readonly string[],
  options: CheckOptions,
  ports: CommandPorts,
): Promise<number> {
  const { format, failOn } = options;
  const sources = await readSources(paths, sourceOptions(options, ports), ports);
  const { known, silent } = await learnAll(sources, options, ports);
  const checked = sources.map((source) => check(source, known));
  const entries = sources.map((source, index) => {
    const findings = checked[index]?.findings ?? [];
    const unchecked = silentIn(source, silent);
    const body = { uses: useEntries(source), findings, ...(unchecked.length === 0 ? {} : { unchecked }) };
    return fileEntry(source.path, body, source.problem);
  });
  writeProblems(ports.stderr, sources);
  writeSilent(ports.stderr, silent);
  if (format === "json") {
    writeJson(ports.stdout, entries);
  } else {
    for (const { path, findings } of entries) {
      for (const finding of findings) {
        const text = `${finding.severity}: ${finding.message} (${finding.rule})`;
        ports.stdout.write(placeLine(path, finding, text));
      }
    }
    const all = entries.flatMap(({ findings }) => findings);
    ports.stdout.write(`${countedFindings(all)} for ${countedUses(sources)}.\n`);
  }
  if (sources.some(({ problem }) => problem !== null)) return exitStatus.couldNotRun;
  const failing = new Set(severities.slice(0, severities.indexOf(failOn) + 1));
  const hasFailed = checked.some(({ findings, unchecked }) =>
    findings.some((finding) => failing.has(finding.severity) && !unchecked.has(finding)),
  );
  if (hasFailed) return exitStatus.findings;
  return checked.some(({ unchecked }) => unchecked.size > 0) ? exitStatus.notChecked : exitStatus.clean;
}

/** Why a registry does not say what an image's tag or digest stands for. */
interface Silence {
  readonly reference: Reference;
  readonly code: RegistryErrorCode;
  readonly message: string;
}

interface Learnt {
  readonly known: Known;
  /** By normalized name. */
  readonly silent: ReadonlyMap<string, Silence>;
}

/** Learns what the rules look at, of each image once. */
async function learnAll(
  sources: readonly Source[],
  options: CheckOptions,
  { openFacts, signal }: CommandPorts,
): Promise<Learnt> {
  const silent = new Map<string, Silence>();
  const uses = sources.flatMap((source) => source.uses);
  if (uses.length === 0) return { known: () => nothingKnown, silent };
  const images = new Map<string, { reference: Reference; needsManifest: boolean }>();
  for (const use of uses) {
    const reference = use.parsed?.reference;
    if (!reference || isUnknownImage(use, catalog)) continue;
    const name = normalizedName(reference);
    const needsManifest = wantsManifest(use) || images.get(name)?.needsManifest === true;
    images.set(name, { reference, needsManifest });
  }
  const folders = sources.flatMap(({ content }) => (content === null ? [] : dirname(content.absolute)));
  const questions = await openFacts([...new Set(folders)], options);
  // Many images that nobody pointed at: the last requests that a registry allows are not for them.
  const asking = { signal, isUnasked: true, refresh: options.refresh };
  const judgements = new Map<string, Judgement>();

  const judge = async (name: string, reference: Reference) => {
    if (!questions.isCovered(reference)) return;
    judgements.set(name, options.offline ? questions.offline(reference) : await questions.ask(reference, asking));
  };
  const learnFacts = async (name: string, reference: Reference, needsManifest: boolean) => {
    // Mostly built on this computer: its name is nobody else's business.
    if (publisherOf(reference) === "local") return;
    await learn(reference, needsManifest, {
      async ask(half) {
        const answer = await questions.facts.ask(half, asking);
        if (answer.kind === "unavailable" && !isTelling(answer.code, options)) {
          silent.set(name, { reference, code: answer.code, message: answer.message });
        }
        return answer;
      },
      manifest: (half, answer) => questions.facts.manifest(half, answer, asking),
    });
  };
  await Promise.all(
    [...images].map(async ([name, { reference, needsManifest }]) => {
      await Promise.all([judge(name, reference), learnFacts(name, reference, needsManifest)]);
    }),
  );
  signal.throwIfAborted();
  const unknown = questions.unknownImage();
  const known: Known = (use) => {
    if (isUnknownImage(use, catalog)) return { ...nothingKnown, judgement: unknown };
    const reference = use.parsed?.reference;
    if (!reference) return nothingKnown;
    return knowledgeOf(questions.facts, reference, judgements.get(normalizedName(reference)) ?? null);
  };
  return { known, silent };
}

/** Whether there is nothing to add: it is a finding, or what the user wanted. */
function isTelling(code: RegistryErrorCode, { offline }: CheckOptions): boolean {
  return code === "not-found" || code === "cancelled" || (offline && code === "offline");
}

function silentIn({ uses }: Source, silent: ReadonlyMap<string, Silence>) {
  const names = new Set(uses.flatMap(({ parsed }) => (parsed?.reference ? normalizedName(parsed.reference) : [])));
  return [...names].flatMap((reference) => {
    const silence = silent.get(reference);
    return silence === undefined ? [] : { reference, code: silence.code, message: silence.message };
  });
}

/** A line for each registry and reason. */
function writeSilent(stderr: Output, silent: ReadonlyMap<string, Silence>): void {
  const reasons = new Map<string, { readonly message: string; readonly names: string[] }>();
  for (const [name, { reference, code, message }] of silent) {
    const key = `${reference.registry} ${code}`;
    const reason = reasons.get(key) ?? { message, names: [] };
    reason.names.push(name);
    reasons.set(key, reason);
  }
  for (const { message, names } of reasons.values()) {
    const [first = ""] = names;
    const what = names.length === 1 ? first : `${counted(names.length, "image")}, ${first} among them,`;
    stderr.write(`digest-pin: ${inert(what)} could not be looked up: ${inert(message)}\n`);
  }
}

function check({ content }: Source, known: Known): CheckedSource {
  const unchecked = new Set<FindingEntry>();
  if (content === null) return { findings: [], unchecked };
  // What keeps the file from being read whole is told as its problem.
  const problems = content.document.problems.filter(({ isFatal }) => !isFatal);
  const findings = findingsOf({ ...content.document, problems }, catalog, {}, known).map((finding) => {
    const entry: FindingEntry = {
      rule: finding.rule,
      severity: finding.severity,
      ...content.places.of(finding),
      message: finding.message,
    };
    const isUnavailable = finding.use !== null && known(finding.use).judgement?.verdict.kind === "unavailable";
    if (isUnavailable && finding.rule === signatureRequired.id) unchecked.add(entry);
    return entry;
  });
  return { findings, unchecked };
}

/** `3 findings (1 error, 2 hints)` */
function countedFindings(findings: readonly FindingEntry[]): string {
  const counts = severities.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    if (count === 0) return [];
    return severity === "information" ? `${count} information` : counted(count, severity);
  });
  return counts.length === 0 ? "No findings" : `${counted(findings.length, "finding")} (${counts.join(", ")})`;
}
