import type { OffsetRange } from "../../server/src/reference/reference";
import type { Finding, Severity } from "../../server/src/rules/rule";

/**
 * Marked fixtures: below a line stand its findings, one a line, as comments that are no part of the document:
 *
 *     FROM node:20 AS build
 *     #    ^^^^^^^ 💡 mutable-tag
 *
 * A range that goes on over the end of its line is marked up to there, with "↵" behind.
 */
const signs: Readonly<Record<Severity, string>> = { error: "❌", warning: "❗", information: "💡", hint: "💬" };
const markLine = new RegExp(`^# *\\^*↵? (?:${Object.values(signs).join("|")}) [a-z-]+\\r?\\n?$`, "u");

/** The document alone. */
export function withoutMarks(marked: string): string {
  const lines = marked.split(/(?<=\n)/);
  const text = lines.filter((line) => !markLine.test(line)).join("");
  // Marks below a last line without line break had to add one.
  const last = lines.at(-1) ?? "";
  return markLine.test(last) && !last.endsWith("\n") ? text.replace(/\r?\n$/, "") : text;
}

/** The document with its findings; below one line in the order of their ranges, then of the findings. */
export function withMarks(text: string, findings: readonly Finding[]): string {
  let lineStart = 0;
  let result = "";
  for (const line of text.split(/(?<=\n)/)) {
    const lineEnd = lineStart + line.replace(/\r*\n$/, "").length;
    const ending = /\r*\n$/.exec(line)?.[0] ?? "";
    const marks = findings
      .filter(({ start }) => lineStart <= start && start < lineStart + line.length)
      .sort((a, b) => a.start - b.start)
      .map((finding) => markOf(finding, { start: lineStart, end: lineEnd }, finding));
    const separator = ending === "" ? "\n" : ending;
    result +=
      marks.length === 0 ? line : [line.slice(0, line.length - ending.length), ...marks].join(separator) + ending;
    lineStart += line.length;
  }
  return result;
}

function markOf({ start, end }: OffsetRange, line: OffsetRange, { severity, rule }: Finding): string {
  const goesOn = end > line.end;
  const marks = "^".repeat((goesOn ? line.end : end) - start);
  return `${"#".padEnd(start - line.start)}${marks}${goesOn ? "↵" : ""} ${signs[severity]} ${rule}`;
}
