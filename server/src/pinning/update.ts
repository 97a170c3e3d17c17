/**
 * From a pin and another digest to the edit that replaces the one with the other, and nothing else (DESIGN.md,
 * promise 3). Pure. Which pins are to be replaced is for `rules/outdated.ts` to say.
 */
import type { ImageUse } from "../documents/imageUse";
import type { Judgement } from "../facts/types";
import type { Digest } from "../reference/digest";
import type { OffsetRange, Reference, ReferencePart } from "../reference/reference";
import { documentOffset, type PinPlan, type PinRefusal } from "./pin";

/**
 * The edit at the use's origin that replaces the digest of `reference`, the use's own.
 * @param digest of what its tag was judged to stand for
 */
export function planUpdate(use: ImageUse, reference: Reference, digest: Digest): PinPlan {
  const place = placeOf(use, reference);
  if (typeof place === "string") return { kind: "refused", reason: place };
  if (digest === reference.digest) return { kind: "refused", reason: "digest-kept" };
  const path = use.origin.kind === "environment-file" ? use.origin.path : null;
  return { kind: "edit", edit: { path, range: place, newText: digest } };
}

/** Why the digest of the use can't be replaced, whatever by; null where it can. */
export function updateRefusal(use: ImageUse, reference: Reference): PinRefusal | null {
  const place = placeOf(use, reference);
  return typeof place === "string" ? place : null;
}

/**
 * Whether a pin would lose its signer: the digest that it has is signed by one whom a policy names, and the next is not,
 * or only as the repository itself has it.
 */
export function isWeaker(current: Judgement | null, next: Judgement): boolean {
  if (current?.verdict.kind !== "verified") return false;
  if (next.verdict.kind !== "verified") return true;
  return next.verdict.vouchedBy === "repository" && current.verdict.vouchedBy !== "repository";
}

/** Where the digest stands. */
function placeOf(use: ImageUse, { parts }: Reference): OffsetRange | PinRefusal {
  const { origin } = use;
  const { digest } = parts;
  if (digest === null) return "digest-in-parts";
  if (origin.kind === "fixed") return behindVariable(use, digest) ?? origin.reason;
  const start = documentOffset(origin.stretches, digest.start);
  const end = documentOffset(origin.stretches, digest.end);
  // A quote or a continuation within it is not ours to remove.
  const isWhole = start !== null && end !== null && end - start === digest.end - digest.start;
  return isWhole ? { start, end } : "digest-in-parts";
}

/** The digest that ends the use itself although a variable stands before it: it decides already, whatever that says. */
function behindVariable({ origin, raw, range }: ImageUse, { text }: ReferencePart): OffsetRange | null {
  if (origin.kind !== "fixed" || origin.reason !== "variable-not-last" || origin.appendAt === null) return null;
  const isVerbatim = raw.endsWith(text) && raw.length === range.end - range.start;
  return isVerbatim ? { start: origin.appendAt - text.length, end: origin.appendAt } : null;
}
