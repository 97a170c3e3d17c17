/**
 * A file's edits as a patch for `git apply` or `patch -p1`. The changed lines are known from the edits, so that
 * nothing has to be compared: comparing takes time that grows with the square of the changes, and the file's author
 * chooses how many there are.
 */
import { formatPatch, type StructuredPatchHunk } from "diff";
import { applyEdits, type TextChange } from "../pinning/pin";
import { type FileText, wholeText } from "./readText";

const CONTEXT_LINES = 3;

/** Consecutive lines that edits change; indexes from 0, `end` exclusive. */
interface Change {
  readonly start: number;
  end: number;
  readonly edits: TextChange[];
}

/** @param edits not empty, in the order of the text, offsets in the text without its byte order mark */
export function unifiedDiff(path: string, file: FileText, edits: readonly TextChange[]): string {
  const text = wholeText(file);
  const shift = text.length - file.text.length;
  const lines = new Lines(text);
  const changes: Change[] = [];
  for (const { range, newText } of edits) {
    const edit = { newText, range: { start: range.start + shift, end: range.end + shift } };
    const start = lines.indexAt(edit.range.start);
    const end = lines.indexAt(edit.range.end) + 1;
    const last = changes.at(-1);
    if (last !== undefined && start < last.end) {
      last.end = Math.max(last.end, end);
      last.edits.push(edit);
    } else {
      changes.push({ start, end, edits: [edit] });
    }
  }
  const patch = formatPatch({
    isGit: true,
    oldFileName: `a/${path}`,
    newFileName: `b/${path}`,
    oldHeader: undefined,
    newHeader: undefined,
    hunks: hunksOf(lines, changes),
  });
  return withNamesEnded(patch);
}

/** Changes nearer to each other than twice the context share a hunk. */
function hunksOf(lines: Lines, changes: readonly Change[]): StructuredPatchHunk[] {
  const groups: Change[][] = [];
  for (const change of changes) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (group && last && change.start - last.end <= 2 * CONTEXT_LINES) group.push(change);
    else groups.push([change]);
  }
  return groups.map((group) => hunkOf(lines, group));
}

/** A digest adds and removes no line, so that both sides have the same numbers. */
function hunkOf(lines: Lines, group: readonly Change[]): StructuredPatchHunk {
  const start = Math.max(0, (group[0]?.start ?? 0) - CONTEXT_LINES);
  const end = Math.min(lines.count, (group.at(-1)?.end ?? 0) + CONTEXT_LINES);
  const printed: string[] = [];
  let position = start;
  for (const change of group) {
    printed.push(...marked(" ", lines.between(position, change.start)));
    printed.push(...marked("-", lines.between(change.start, change.end)));
    printed.push(...marked("+", lines.changed(change)));
    position = change.end;
  }
  printed.push(...marked(" ", lines.between(position, end)));
  return { oldStart: start + 1, oldLines: end - start, newStart: start + 1, newLines: end - start, lines: printed };
}

/** The lines of `text`, each behind its mark; a carriage return belongs to the line. */
function marked(mark: string, text: string): string[] {
  if (text === "") return [];
  const lines = text.split("\n").map((line) => mark + line);
  if (text.endsWith("\n")) lines.pop();
  else lines.push("\\ No newline at end of file");
  return lines;
}

/** To `patch` a name with a space ends at a tab, as git writes it. */
function withNamesEnded(patch: string): string {
  const header = patch.slice(0, patch.indexOf("\n@@ ") + 1);
  return header.replace(/^((?:---|\+\+\+) [^"].* .*)$/gm, "$1\t") + patch.slice(header.length);
}

/** Only a line feed ends a line, as in git. */
class Lines {
  private readonly starts = [0];
  readonly count: number;

  constructor(private readonly text: string) {
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.starts.push(at + 1);
    this.count = text.endsWith("\n") ? this.starts.length - 1 : this.starts.length;
  }

  /** The line that an offset stands in. */
  indexAt(offset: number): number {
    let [low, high] = [0, this.starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.startOf(middle) <= offset) low = middle;
      else high = middle;
    }
    return low;
  }

  between(start: number, end: number): string {
    return this.text.slice(this.startOf(start), this.startOf(end));
  }

  changed({ start, end, edits }: Change): string {
    const offset = this.startOf(start);
    const moved = edits.map(({ range, newText }) => ({
      newText,
      range: { start: range.start - offset, end: range.end - offset },
    }));
    return applyEdits(this.between(start, end), moved);
  }

  private startOf(index: number): number {
    return this.starts[index] ?? this.text.length;
  }
}
