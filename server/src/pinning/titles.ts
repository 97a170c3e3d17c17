/** The words of the actions: what is pinned to what, and who vouches for it. Plain text for a menu. */
import type { ImageUse } from "../documents/imageUse";
import type { Offer } from "../facts/types";
import type { Digest } from "../reference/digest";
import { familiarName, type Reference } from "../reference/reference";
import type { PinRefusal } from "./pin";

export type DigestOffer = Offer & { readonly kind: "digest" };

/** Digits of a digest that a title shows. */
const SHORT_DIGEST = 12;

/** What is known of the digest: who signed it, or that nobody did, or that nobody knows; and where only a mirror has it. */
export function basisOf({ verdict, signer, mirror }: Pick<DigestOffer, "verdict" | "signer" | "mirror">): string {
  const source = mirror === null ? "registry digest" : `from mirror ${mirror}, not confirmed`;
  switch (verdict) {
    case "verified":
      return `signed by ${signer}`;
    case "signed-by-unknown":
      return `signed by ${signer}, whom no policy names`;
    case "unsigned":
      return `${source}, unsigned`;
    case "unavailable":
      return `${source}, signature could not be checked`;
    default:
      return `${source}, signature not checked`;
  }
}

/** `offer` is null while nobody was asked: the action itself asks then. */
export function pinTitle(use: ImageUse, reference: Reference, offer: DigestOffer | null): string {
  const what = whatIsPinned(use) ?? familiarName(reference);
  return `Pin ${what} to ${targetOf(offer, "the digest of its tag")} (${remarksOn(offer, overrideOf(use))})`;
}

/**
 * @param reference the use's own, with the digest that is to be replaced
 * @param offer for its tag; null while nobody was asked
 * @param isWeaker whether the signer of the digest that stands there would be lost
 */
export function updateTitle(
  use: ImageUse,
  reference: Reference,
  reason: "stale" | "one-platform",
  offer: DigestOffer | null,
  isWeaker: boolean,
): string {
  const what = whatIsPinned(use) ?? familiarName({ ...reference, digest: null });
  const target = targetOf(offer, "the digest of its tag");
  // A digest that stands behind the variable decides already.
  const override = use.origin.kind === "fixed" ? null : overrideOf(use);
  const remarks = remarksOn(offer, isWeaker ? "not signed as the current one is" : null, override);
  if (reason === "stale") return `Update the pin of ${what} to ${target} (${remarks})`;
  return `Pin the index instead of one platform: ${what} to ${target} (${remarks})`;
}

function overrideOf({ origin }: ImageUse): string | null {
  return origin.kind === "literal" ? null : "an override is not pinned";
}

/** What a person should know before taking the digest. */
function remarksOn(offer: DigestOffer | null, ...others: readonly (string | null)[]): string {
  const basis = offer === null ? "its signature is looked up first" : basisOf(offer);
  return [basis, ...others].filter((remark) => remark !== null).join("; ");
}

/** The text that takes the digest, where that is not the use itself. */
export function whatIsPinned({ origin }: ImageUse): string | null {
  switch (origin.kind) {
    case "argument":
    case "default":
      return `the default of ${origin.name}`;
    case "environment-file":
      return `${origin.name} in ${plainFileName(origin.path)}`;
    default:
      return null;
  }
}

/** The file's own name, without what a document may have put into it. */
function plainFileName(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return /^[\w.-]{1,60}$/.test(name) ? name : "the environment file";
}

export function appendTitle(offer: DigestOffer | null): string {
  const basis = offer === null ? "its signature is looked up first" : basisOf(offer);
  const target = targetOf(offer, "the digest");
  return `Append ${target} here (${basis}): the digest then decides, and an override of the tag has no effect`;
}

export const refusals: Readonly<Record<PinRefusal, string>> = {
  "variable-not-last": "A variable stands within the name, so that no default can take the digest.",
  "variable-without-default": "The name ends with a variable whose value is set elsewhere.",
  "variable-read-elsewhere": "The variable is read elsewhere too, where a digest would be wrong.",
  "variable-feeds-other-references": "The variable also feeds another image.",
  "default-from-variables": "The variable's default is made of other variables.",
  "scalar-with-escapes":
    "The name does not stand there as it is read: it has escapes, or Compose replaces a part of it first.",
  "variable-not-expanded": "A variable stands where the build expands none.",
  "anchor-read-elsewhere": "The name is shared with a place that is no image to pull, where a digest would be wrong.",
  "anchor-feeds-other-references": "The name is shared by places that make different images of it.",
  "environment-file-ignored": "The variable is set in an environment file that git ignores.",
  "environment-file-shared": "The variable is set in a file that a service takes its environment from.",
  "value-from-environment": "The variable is set in the environment of this process.",
  "tag-in-variable": "The tag can't be replaced as a whole: pin with tag and digest instead.",
  "digest-in-parts": "The digest can't be replaced as a whole: it is not written in one piece.",
  "digest-kept": "The registry serves another digest for the tag, and the one that is pinned is the signed one.",
};

function targetOf(offer: DigestOffer | null, unknown: string): string {
  if (offer === null) return unknown;
  const isSigned = offer.verdict === "verified" || offer.verdict === "signed-by-unknown";
  return `${isSigned ? "the signed digest " : ""}${shortDigest(offer.digest)}`;
}

function shortDigest(digest: Digest): string {
  const colon = digest.indexOf(":");
  return `${digest.slice(0, colon + 1 + SHORT_DIGEST)}…`;
}
