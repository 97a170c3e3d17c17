/** `digest-pin check`: applies the offline rules, with their default severities, and fails on what is found. */
import { catalog } from "../catalog/catalog";
import { type Severity, severities } from "../rules/rule";
import { findingsOf } from "../rules/rules";
import type { Place } from "./places";
import { type CommandPorts, exitStatus, type Format } from "./ports";
import { counted, countedUses, fileEntry, placeLine, useEntries, writeJson, writeProblems } from "./report";
import { readSources, type Source } from "./sources";

export interface CheckOptions {
  readonly format: Format;
  /** The least severe finding that makes the command fail. */
  readonly failOn: Severity;
}

interface FindingEntry extends Place {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
}

export async function checkCommand(
  paths: readonly string[],
  { format, failOn }: CheckOptions,
  ports: CommandPorts,
): Promise<number> {
  const sources = await readSources(paths, ports);
  const entries = sources.map((source) =>
    fileEntry(source.path, { uses: useEntries(source), findings: findingEntries(source) }, source.problem),
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
  const hasFailed = entries.some(({ findings }) => findings.some(({ severity }) => failing.has(severity)));
  return hasFailed ? exitStatus.findings : exitStatus.clean;
}

function findingEntries({ content, uses }: Source): FindingEntry[] {
  if (content === null) return [];
  return findingsOf(uses, catalog, {}).map((finding) => ({
    rule: finding.rule,
    severity: finding.severity,
    ...content.places.of(finding),
    message: finding.message,
  }));
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
