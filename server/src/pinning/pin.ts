/**
 * From a use and a digest to the edits that pin it: the bytes that must change and no others (DESIGN.md, promise 3).
 * Pure. Where no sound edit exists it says why, and never falls back to a worse one by itself.
 */
import type { ImageUse, OriginRefusal, Stretch } from "../documents/imageUse";
import type { Digest } from "../reference/digest";
import { DEFAULT_TAG, type OffsetRange, type Reference } from "../reference/reference";

/** `alpine:edge@sha256:…`, or `alpine@sha256:…`. */
export type PinStyle = "tag-and-digest" | "digest-only";

export interface Edit {
  /** Offsets in the document; an insertion where both are equal. */
  readonly range: OffsetRange;
  readonly newText: string;
}

export type PinRefusal = OriginRefusal | "tag-in-variable";

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
  const { origin } = use;
  if (origin.kind === "fixed") return { kind: "refused", reason: origin.reason };
  const end = documentOffset(origin.stretches, reference.text.length);
  if (end === null) return { kind: "refused", reason: "variable-without-default" };
  const { tag } = reference.parts;
  if (style === "tag-and-digest" || tag === null) {
    const newText = tag === null && style === "tag-and-digest" ? `:${DEFAULT_TAG}@${digest}` : `@${digest}`;
    return { kind: "edit", edit: { range: { start: end, end }, newText } };
  }
  const start = documentOffset(origin.stretches, tag.start - 1);
  // A quote or a continuation between ":" and the end of the tag is not ours to remove.
  if (start === null || end - start !== tag.end - tag.start + 1) return { kind: "refused", reason: "tag-in-variable" };
  return { kind: "edit", edit: { range: { start, end }, newText: `@${digest}` } };
}

/**
 * The edit that appends the digest to the use itself although a variable feeds it: the variable has no effect from
 * then on. Only ever offered by hand.
 */
export function planAppend({ origin }: ImageUse, reference: Reference, digest: Digest): Edit | null {
  if (origin.kind !== "fixed" || origin.appendAt === null) return null;
  const newText = reference.tag === null ? `:${DEFAULT_TAG}@${digest}` : `@${digest}`;
  return { range: { start: origin.appendAt, end: origin.appendAt }, newText };
}

/** Edits of several uses: one for each place, in the order of the text. */
export function mergeEdits(edits: readonly Edit[]): Edit[] {
  const byPlace = new Map(edits.map((edit) => [`${edit.range.start}-${edit.range.end}`, edit]));
  return [...byPlace.values()].sort((a, b) => a.range.start - b.range.start);
}

export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let position = 0;
  for (const { range, newText } of mergeEdits(edits)) {
    result += text.slice(position, range.start) + newText;
    position = range.end;
  }
  return result + text.slice(position);
}

/** Where the character at `at` of the resolved reference stands; its end where `at` is the reference's length. */
function documentOffset(stretches: readonly Stretch[], at: number): number | null {
  for (const stretch of [...stretches].reverse()) {
    const { start, end } = stretch.range;
    if (at >= stretch.at && at - stretch.at <= end - start) return start + at - stretch.at;
  }
  return null;
}
