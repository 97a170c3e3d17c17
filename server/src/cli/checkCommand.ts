/**
 * `digest-pin check`: applies the rules with their default severities, and fails on what is found. It asks nobody but
 * for images whose signature the policy or the environment says something of.
 */
import { dirname } from "node:path";
import { catalog } from "../catalog/catalog";
import { nothingKnown } from "../facts/knowledge";
import type { Judgement } from "../facts/types";
import { normalizedName, type Reference } from "../reference/reference";
import { isUnknownImage } from "../rules/buildContext";
import { type Severity, severities } from "../rules/rule";
import { findingsOf, type Known } from "../rules/rules";
import { signatureRequired } from "../rules/signature-required";
import type { Place } from "./places";
import { type CommandPorts, exitStatus, type Format, sourceOptions, type TrustOptions } from "./ports";
import { counted, countedUses, fileEntry, placeLine, useEntries, writeJson, writeProblems } from "./report";
import { readSources, type Source } from "./sources";

export interface CheckOptions extends TrustOptions {
  readonly format: Format;
  readonly offline: boolean;
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
  const known = await judgeCovered(sources, options, ports);
  const checked = sources.map((source) => check(source, known));
  const entries = sources.map((source, index) =>
    fileEntry(source.path, { uses: useEntries(source), findings: checked[index]?.findings ?? [] }, source.problem),
  );
  writeProblems(ports.stderr, sources);
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

/** Asks about the images that are covered, each once. */
async function judgeCovered(
  sources: readonly Source[],
  options: CheckOptions,
  { openFacts, signal }: CommandPorts,
): Promise<Known> {
  const uses = sources.flatMap((source) => source.uses);
  if (uses.length === 0) return () => nothingKnown;
  const references = new Map<string, Reference>();
  for (const use of uses) {
    const { parsed } = use;
    if (parsed?.reference && !isUnknownImage(use, catalog))
      references.set(normalizedName(parsed.reference), parsed.reference);
  }
  const folders = sources.flatMap(({ content }) => (content === null ? [] : dirname(content.absolute)));
  const questions = await openFacts([...new Set(folders)], options);
  const judgements = new Map<string, Judgement>();
  await Promise.all(
    [...references].map(async ([name, reference]) => {
      if (!questions.isCovered(reference)) return;
      const judgement = options.offline ? questions.offline(reference) : await questions.ask(reference, { signal });
      judgements.set(name, judgement);
    }),
  );
  signal.throwIfAborted();
  const unknown = questions.unknownImage();
  return (use) => {
    if (isUnknownImage(use, catalog)) return { ...nothingKnown, judgement: unknown };
    const reference = use.parsed?.reference;
    const judgement = reference ? judgements.get(normalizedName(reference)) : undefined;
    return { ...nothingKnown, judgement: judgement ?? null };
  };
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
