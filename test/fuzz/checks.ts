/** What holds for every text, whatever it is, as far as no clock is needed. */
import { isDeepStrictEqual } from "node:util";
import type { ImageDocument, ImageUse, Origin } from "../../server/src/documents/imageUse";
import {
  applyEdits,
  type Edit,
  mergeEdits,
  type PinStyle,
  pinnableReference,
  planPin,
} from "../../server/src/pinning/pin";
import { DEFAULT_TAG, type OffsetRange } from "../../server/src/reference/reference";
import { fakeDigest } from "../support/pinAll";

export const checks = [
  "exception",
  "range",
  "raw text",
  "determinism",
  "pin",
  "parser ratio",
  "doubling",
  "one second",
] as const;
export type Check = (typeof checks)[number];

export interface Failure {
  readonly check: Check;
  readonly what: string;
}

/** Uses of one document that are pinned one by one: each costs a whole reading. */
const PINNED_ALONE = 6;
/** Characters of all documents that are read for the pins of one: fewer pins are tried in a long one. */
const PINNED_CHARACTERS = 400_000;

type Read = (text: string) => ImageDocument;

/** Everything that fails in `text`. @param read by a fresh reader @param readKept by one that has read other documents */
export function failuresOf(text: string, read: Read, readKept: Read): Failure[] {
  try {
    const document = read(text);
    const outside = outsideOf(text, document);
    const failures: Failure[] = outside === null ? [] : [{ check: "range", what: outside }];
    const raw = wrongRawOf(text, document);
    if (raw !== null) failures.push({ check: "raw text", what: raw });
    if (!isDeepStrictEqual(readKept(text), document)) {
      failures.push({ check: "determinism", what: "a kept reader gives something else than a fresh one" });
    }
    const wrong = wrongPinOf(text, read, document);
    return wrong === null ? failures : [...failures, { check: "pin", what: wrong }];
  } catch (error) {
    return [{ check: "exception", what: error instanceof Error ? (error.stack ?? error.message) : String(error) }];
  }
}

/** The first use whose range holds another text than it says; else null. Where a line ends in it, that may be joined. */
function wrongRawOf(text: string, { uses }: ImageDocument): string | null {
  for (const { kind, raw, range } of uses) {
    const slice = text.slice(range.start, range.end);
    if (slice !== raw && !/[\r\n]/.test(slice)) {
      return `${kind} ${JSON.stringify(raw)} at ${range.start}–${range.end}, where ${JSON.stringify(slice)} stands`;
    }
  }
  return null;
}

/** The first range that is outside of the document or out of order, or an origin's that holds another text; else null. */
function outsideOf(text: string, document: ImageDocument): string | null {
  const { uses, undeclaredStages, outputs, problems } = document;
  const isOutside = ({ start, end }: OffsetRange) => !(start >= 0 && start <= end && end <= text.length);
  for (const part of [...undeclaredStages, ...outputs, ...problems]) {
    if (isOutside(part)) return `${JSON.stringify(part)} in ${text.length} characters`;
  }
  let last = 0;
  for (const use of uses) {
    const { range, raw, variables, origin } = use;
    const shown = `${use.kind} ${JSON.stringify(raw)} at ${range.start}–${range.end}`;
    if (isOutside(range)) return `${shown} in ${text.length} characters`;
    if (range.start < last) return `${shown} stands behind one at ${last}`;
    last = range.start;
    for (const { name, definition } of variables) {
      if (definition?.path === null && isOutside(definition.range)) return `${shown}: the definition of ${name}`;
    }
    if (origin.kind === "environment-file") continue;
    if (origin.kind === "fixed") {
      const at = origin.appendAt;
      if (at !== null && isOutside({ start: at, end: at })) return `${shown}: appendAt ${at}`;
      continue;
    }
    const stretch = wrongStretch(text, use, origin.stretches);
    if (stretch !== null) return `${shown}: stretch ${stretch}`;
  }
  return null;
}

function wrongStretch(
  text: string,
  { resolved }: ImageUse,
  stretches: Extract<Origin, { kind: "literal" }>["stretches"],
): string | null {
  for (const stretch of stretches) {
    const { start, end } = stretch.range;
    const isRight =
      start >= 0 &&
      start <= end &&
      end <= text.length &&
      (resolved === null || resolved.startsWith(text.slice(start, end), stretch.at));
    if (!isRight) return JSON.stringify(stretch);
  }
  return null;
}

/** The first pin that changes something else than the reference it pins; null where all are right. */
function wrongPinOf(text: string, read: Read, before: ImageDocument): string | null {
  const editable = before.uses.flatMap((_, index) => (editOf(before.uses[index], "tag-and-digest") ? [index] : []));
  const count = Math.min(PINNED_ALONE, Math.ceil(PINNED_CHARACTERS / Math.max(1, text.length)), editable.length);
  for (let number = 0; number < count; number += 1) {
    // Spread over the document, the first and the last among them.
    const index = editable[Math.round((number * (editable.length - 1)) / Math.max(1, count - 1))] ?? 0;
    const style = number % 2 === 0 ? "tag-and-digest" : "digest-only";
    const wrong = wrongAfterPin(text, read, before, index, style);
    if (wrong !== null) return wrong;
  }
  if (count === 0 || text.length > PINNED_CHARACTERS / 4) return null;
  const pinned = applyEdits(text, editsOf(before));
  const again = read(pinned);
  if (applyEdits(pinned, editsOf(again)) !== pinned) return "pinning all images twice is not the same as once";
  const after = again.uses.length;
  return after === before.uses.length ? null : `${before.uses.length} uses, ${after} after all were pinned`;
}

function wrongAfterPin(
  text: string,
  read: Read,
  before: ImageDocument,
  pinned: number,
  style: PinStyle,
): string | null {
  const edit = editOf(before.uses[pinned], style);
  if (edit === null) return null;
  const after = read(applyEdits(text, [edit]));
  const shown = `${style} of use ${pinned}, ${JSON.stringify(before.uses[pinned]?.resolved)}`;
  if (after.uses.length !== before.uses.length) {
    return `${shown}: ${before.uses.length} uses before, ${after.uses.length} after`;
  }
  const counts = [before, after].map((document) =>
    [document.undeclaredStages, document.outputs, document.problems].map(({ length }) => length),
  );
  if (!isDeepStrictEqual(counts[0], counts[1])) return `${shown}: stages, outputs, problems ${counts.join(" → ")}`;
  for (const [index, use] of before.uses.entries()) {
    const now = after.uses[index];
    const change = `${shown}: use ${index} ${JSON.stringify(use.resolved)} → ${JSON.stringify(now?.resolved)}`;
    if (now?.kind !== use.kind || now.platform !== use.platform) return change;
    const isShared = index === pinned || isDeepStrictEqual(editOf(use, style)?.range, edit.range);
    if (isShared ? !isPinned(use, now, style) : now.resolved !== use.resolved) return change;
  }
  return null;
}

function isPinned(before: ImageUse, after: ImageUse, style: PinStyle): boolean {
  const reference = pinnableReference(before);
  const now = after.parsed?.reference;
  return (
    reference !== null &&
    now?.digest === fakeDigest(reference) &&
    now.registry === reference.registry &&
    now.repository === reference.repository &&
    now.tag === (style === "digest-only" ? null : (reference.tag ?? DEFAULT_TAG))
  );
}

function editsOf({ uses }: ImageDocument): Edit[] {
  return mergeEdits(uses.flatMap((use) => editOf(use, "tag-and-digest") ?? []));
}

/** The edit in the document itself that pins the use; null where there is none. */
function editOf(use: ImageUse | undefined, style: PinStyle): Edit | null {
  const reference = use && pinnableReference(use);
  if (!use || !reference) return null;
  const plan = planPin(use, reference, fakeDigest(reference), style);
  return plan.kind === "edit" && plan.edit.path === null ? plan.edit : null;
}
