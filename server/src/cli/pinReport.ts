/** What `digest-pin pin` and `digest-pin update` print: one line for each use, a diff, or JSON. */

import type { ImageUse } from "../documents/imageUse";
import type { FilePath } from "../documents/surroundings";
import type { VerdictKind } from "../facts/types";
import type { Edit } from "../pinning/pin";
import { basisOf, whatIsPinned } from "../pinning/titles";
import { normalizedName, type OffsetRange } from "../reference/reference";
import type { PinnedUse, PinPlan, UnpinnedReason } from "./pinPlan";
import type { Place, Places } from "./places";
import type { CommandPorts } from "./ports";
import type { FileProblem } from "./problem";
import type { FileText } from "./readText";
import { counted, fileEntry, placeLine, writeJson, writeProblems } from "./report";
import { inertLines } from "./terminal";

/** What became of one file. */
export interface PinResult {
  readonly path: string;
  readonly content: (FileText & { readonly absolute: string; readonly places: Places }) | null;
  readonly plan: PinPlan;
  /** Of this file, also for uses in others; one for each place, in the order of the text. */
  readonly edits: readonly Edit[];
  /** Environment files that uses of this file are pinned in. */
  readonly others: ReadonlyMap<FilePath, PinResult>;
  readonly problem: FileProblem | null;
  readonly isWritten: boolean;
}

/** What a command calls its doing. */
export interface Words {
  /** Members of the JSON for what was changed, and for what was not. */
  readonly changed: string;
  readonly unchanged: string;
  readonly nothing: string;
  readonly done: string;
  readonly proposed: string;
  /** Of one use, on a line of its own. */
  readonly stays: (use: ImageUse) => string;
  readonly left: string;
  readonly leftOfMany: string;
}

interface ReportOptions {
  readonly write: boolean;
  readonly diff: boolean;
}

interface PinnedEntry extends Place {
  readonly raw: string;
  readonly normalized: string;
  readonly digest: string;
  readonly verdict: VerdictKind;
  /** `targets/releases`; null where nobody is known to have signed. */
  readonly signer: string | null;
  /** The mirror that alone says so. */
  readonly mirror?: string;
  /** The digest that stood there before. */
  readonly from?: string;
  /** The change, in the text as it was before any. */
  readonly edit: Place & {
    /** The file that it is in, where that is not the use's own. */
    readonly path?: string;
    readonly newText: string;
  };
}

interface UnpinnedEntry {
  readonly line: number;
  readonly column: number;
  readonly raw: string;
  readonly reason: UnpinnedReason;
}

export async function reportAsJson(
  results: readonly PinResult[],
  { diff }: ReportOptions,
  { stdout, stderr }: CommandPorts,
  words: Words,
): Promise<void> {
  writeProblems(stderr, results);
  const files = [];
  for (const result of results) {
    const { path, content, plan, isWritten, problem } = result;
    const pinned = content === null ? [] : plan.pinned.map((use) => pinnedEntry(use, result));
    const unpinned =
      content === null ? [] : plan.unpinned.map(({ use, reason }) => unpinnedEntry(use, reason, content.places));
    const uses = { [words.changed]: pinned, [words.unchanged]: unpinned };
    const body = { ...uses, written: isWritten, ...(diff ? { diff: await diffOf(result) } : {}) };
    files.push(fileEntry(path, body, problem));
  }
  writeJson(stdout, files);
}

export async function reportAsText(
  results: readonly PinResult[],
  options: ReportOptions,
  { stdout, stderr }: CommandPorts,
  words: Words,
): Promise<void> {
  writeProblems(stderr, results);
  for (const { path, content, plan } of results) {
    for (const { use, reason } of content === null ? [] : plan.unpinned) {
      const place = content?.places.of(use.range);
      if (place)
        stderr.write(placeLine(path, place, `${use.raw} ${words.stays(use)}: ${reason.message} (${reason.code})`));
    }
  }
  if (options.diff) {
    for (const result of results) {
      const diff = await diffOf(result);
      // A patch is for a program, to the byte; only on a terminal it is for eyes.
      stdout.write(stdout.isTTY ? inertLines(diff) : diff);
    }
  } else {
    for (const result of results) stdout.write(pinnedLines(result));
  }
  // With a diff, standard output is the patch and nothing else.
  (options.diff ? stderr : stdout).write(summary(results, options, words));
}

function pinnedEntry(pinned: PinnedUse, result: PinResult): PinnedEntry {
  const { use, reference, offer, edit } = pinned;
  const file = fileOf(edit, result);
  return {
    ...placeOf(result, use.range),
    raw: use.raw,
    normalized: normalizedName(reference),
    digest: offer.digest,
    verdict: offer.verdict,
    signer: offer.signer,
    ...(offer.mirror === null ? {} : { mirror: offer.mirror }),
    ...(reference.digest === null ? {} : { from: reference.digest }),
    edit: { ...(file === result ? {} : { path: file.path }), ...placeOf(file, edit.range), newText: edit.newText },
  };
}

/** The file that an edit for a use of `result` changes. */
function fileOf({ path }: Edit, result: PinResult): PinResult {
  return (path === null ? null : result.others.get(path)) ?? result;
}

function placeOf({ content }: PinResult, range: OffsetRange): Place {
  return content?.places.of(range) ?? { line: 1, column: 1, endLine: 1, endColumn: 1 };
}

function unpinnedEntry({ range, raw }: ImageUse, reason: UnpinnedReason, places: Places): UnpinnedEntry {
  const { line, column } = places.of(range);
  return { line, column, raw, reason };
}

function pinnedLines(result: PinResult): string {
  const { path, content, plan, isWritten, problem } = result;
  if (content === null || (problem !== null && !isWritten)) return "";
  const lines = plan.pinned.map(({ use, offer, edit }) => {
    const basis = basisOf(offer);
    const what = whatIsPinned(use);
    const { line } = placeOf(fileOf(edit, result), edit.range);
    const where = what === null ? basis : `${basis}; ${what} in line ${line}, an override is not pinned`;
    return placeLine(path, content.places.of(use.range), `${use.raw} -> ${offer.digest} (${where})`);
  });
  return lines.join("");
}

/** The change of one file as a patch; empty where nothing changes. */
async function diffOf({ path, content, edits }: PinResult): Promise<string> {
  if (content === null || edits.length === 0) return "";
  const { unifiedDiff } = await import("./unifiedDiff");
  return unifiedDiff(path, content, edits);
}

function summary(results: readonly PinResult[], { write, diff }: ReportOptions, words: Words): string {
  const changed = results.filter(({ edits, isWritten }) => edits.length > 0 && (isWritten || !write));
  const pins = results.reduce((sum, result) => {
    const carriedOut = result.plan.pinned.filter(({ edit }) => changed.includes(fileOf(edit, result)));
    return sum + carriedOut.length;
  }, 0);
  const left = results.reduce((sum, { plan }) => sum + plan.unpinned.length, 0);
  const rest = left === 0 ? "" : `, ${left} ${left === 1 ? words.left : words.leftOfMany}`;
  if (pins === 0) return `${words.nothing}${rest}.\n`;
  const done = `${counted(pins, "image use")} in ${counted(changed.length, "file")}`;
  if (write) return `${words.done} ${done}${rest}.\n`;
  return `${words.proposed} ${done}${rest}.${diff ? "" : " Use --write to change the files."}\n`;
}
