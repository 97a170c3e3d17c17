/**
 * From a use and a digest to the edits that pin it: the bytes that must change and no others (DESIGN.md, promise 3).
 * Pure. Where no sound edit exists it says why, and never falls back to a worse one by itself.
 */
import type { ImageUse, OriginRefusal, Stretch } from "../documents/imageUse";
import type { FilePath } from "../documents/surroundings";
import type { Digest } from "../reference/digest";
import { DEFAULT_TAG, type OffsetRange, type Reference } from "../reference/reference";

/** `alpine:edge@sha256:…`, or `alpine@sha256:…`. */
export type PinStyle = "tag-and-digest" | "digest-only";

export interface TextChange {
  /** Offsets in a file; an insertion where both are equal. */
  readonly range: OffsetRange;
  readonly newText: string;
}

export interface Edit extends TextChange {
  /** The file that it changes; null for the document of the use. */
  readonly path: FilePath | null;
}

export type PinRefusal = OriginRefusal | "tag-in-variable" | "digest-in-parts" | "digest-kept";

export type PinPlan =
  | { readonly kind: "edit"; readonly edit: Edit }
  | { readonly kind: "refused"; readonly reason: PinRefusal };

/** The reference that a digest would be added to: null where the use has a digest, a problem, or no value. */
export function pinnableReference({ parsed }: ImageUse): Reference | null {
  const reference = parsed?.reference;
  return reference && reference.digest === null ? reference : null;
}

/** The edit at the use's origin that gives `reference`, the use's own, the digest. */
export function planPin(use: ImageUse, reference: Reference, digest: Digest, style: PinStyle): PinPlan {
  const place = placeOf(use, reference, style);
  if (typeof place === "string") return { kind: "refused", reason: place };
  const path = use.origin.kind === "environment-file" ? use.origin.path : null;
  return { kind: "edit", edit: { path, range: place.range, newText: `${place.before}@${digest}` } };
}

/** Why no digest can be written for the use, whichever it is; null where one can. */
export function pinRefusal(use: ImageUse, reference: Reference, style: PinStyle): PinRefusal | null {
  const place = placeOf(use, reference, style);
  return typeof place === "string" ? place : null;
}

/** Where "@" and the digest go, and what is written before them. */
interface Place {
  readonly range: OffsetRange;
  readonly before: string;
}

function placeOf({ origin }: ImageUse, reference: Reference, style: PinStyle): Place | PinRefusal {
  if (origin.kind === "fixed") return origin.reason;
  const end = documentOffset(origin.stretches, reference.text.length);
  if (end === null) return "variable-without-default";
  const { tag } = reference.parts;
  if (style === "tag-and-digest" || tag === null) {
    const before = tag === null && style === "tag-and-digest" ? `:${DEFAULT_TAG}` : "";
    return { range: { start: end, end }, before };
  }
  const start = documentOffset(origin.stretches, tag.start - 1);
  // A quote or a continuation between ":" and the end of the tag is not ours to remove.
  if (start === null || end - start !== tag.end - tag.start + 1) return "tag-in-variable";
  return { range: { start, end }, before: "" };
}

/** Whether a digest can be appended to the use itself although a variable feeds it. */
export function canAppend({ origin }: ImageUse): boolean {
  return origin.kind === "fixed" && origin.appendAt !== null;
}

/**
 * The edit that appends the digest to the use itself although a variable feeds it: the variable has no effect from
 * then on. Only ever offered by hand.
 */
export function planAppend({ origin }: ImageUse, reference: Reference, digest: Digest): Edit | null {
  if (origin.kind !== "fixed" || origin.appendAt === null) return null;
  const newText = reference.tag === null ? `:${DEFAULT_TAG}@${digest}` : `@${digest}`;
  return { path: null, range: { start: origin.appendAt, end: origin.appendAt }, newText };
}

/** Edits of several uses in one file: one for each place, in the order of the text. */
export function mergeEdits<T extends TextChange>(edits: readonly T[]): T[] {
  const byPlace = new Map(edits.map((edit) => [`${edit.range.start}-${edit.range.end}`, edit]));
  return [...byPlace.values()].sort((a, b) => a.range.start - b.range.start);
}

/** Edits by the file that they change, null for the document of the uses; those of one file are merged. */
export function editsByFile(edits: readonly Edit[]): Map<FilePath | null, Edit[]> {
  const byFile = new Map<FilePath | null, Edit[]>();
  for (const edit of edits) byFile.set(edit.path, [...(byFile.get(edit.path) ?? []), edit]);
  return new Map([...byFile].map(([path, ofFile]) => [path, mergeEdits(ofFile)]));
}

export function applyEdits(text: string, edits: readonly TextChange[]): string {
  let result = "";
  let position = 0;
  for (const { range, newText } of mergeEdits(edits)) {
    result += text.slice(position, range.start) + newText;
    position = range.end;
  }
  return result + text.slice(position);
}

/** Where the character at `at` of the resolved reference stands; its end where `at` is the reference's length. Null where it is not written there. */
export function documentOffset(stretches: readonly Stretch[], at: number): number | null {
  for (const stretch of [...stretches].reverse()) {
    const { start, end } = stretch.range;
    if (at >= stretch.at && at - stretch.at <= end - start) return start + at - stretch.at;
  }
  return null;
}
