/** The words of the actions: what is pinned to what, and who vouches for it. Plain text for a menu. */
import type { ImageUse } from "../documents/imageUse";
import type { Digest } from "../reference/digest";
import { familiarName, type Reference } from "../reference/reference";
import type { PinRefusal } from "./pin";

/** What is known of a digest that a registry serves, while no signature is checked. */
export const UNCHECKED = "registry digest, signature not checked";
/** Digits of a digest that a title shows. */
const SHORT_DIGEST = 12;

/** `digest` is null while the registry was not asked: the action itself asks it then. */
export function pinTitle(use: ImageUse, reference: Reference, digest: Digest | null): string {
  const target = digest === null ? "the digest of its tag" : shortDigest(digest);
  if (use.origin.kind === "argument") {
    return `Pin the default of ${use.origin.name} to ${target} (${UNCHECKED}; an override is not pinned)`;
  }
  return `Pin ${familiarName(reference)} to ${target} (${UNCHECKED})`;
}

export function appendTitle(digest: Digest | null): string {
  const target = digest === null ? "the digest" : shortDigest(digest);
  return `Append ${target} here (${UNCHECKED}): the digest then decides, and an override of the tag has no effect`;
}

export const refusals: Readonly<Record<PinRefusal, string>> = {
  "variable-not-last": "A variable stands within the name, so that no default can take the digest.",
  "variable-without-default": "The name ends with a variable whose value is set elsewhere.",
  "variable-read-elsewhere": "The variable is read elsewhere too, where a digest would be wrong.",
  "variable-feeds-other-references": "The variable also feeds another image.",
  "default-from-variables": "The variable's default is made of other variables.",
  "scalar-with-escapes": "The name is written with escapes or over several lines.",
  "yaml-alias": "The name is a YAML alias: pin it where its anchor stands.",
  "anchor-read-elsewhere": "The name is shared with a place that is no image to pull, where a digest would be wrong.",
  "tag-in-variable": "The tag can't be replaced as a whole: pin with tag and digest instead.",
};

function shortDigest(digest: Digest): string {
  const colon = digest.indexOf(":");
  return `${digest.slice(0, colon + 1 + SHORT_DIGEST)}…`;
}
