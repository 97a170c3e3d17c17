/**
 * Whether the digest of a pin is to be replaced. Pure, and shared by the rules that say so and by whoever replaces it:
 * what one of them reports, the other puts right.
 */
import type { ImageUse } from "../documents/imageUse";
import type { Answer, Knowledge } from "../facts/types";
import { type ManifestKind, manifestKinds } from "../reference/mediaTypes";

/**
 * `stale`: its tag stands for another digest. `one-platform`: it is the manifest of one platform, and its tag stands for
 * an index of several.
 */
export type Outdated = "stale" | "one-platform";

/** Null where the pin is right, and where it is not known whether it is. */
export function outdated({ parsed, platform }: ImageUse, { tag, digest }: Knowledge): Outdated | null {
  const pinned = parsed?.reference?.digest ?? null;
  if (pinned === null || tag?.kind !== "found" || digest === null) return null;
  const current = tag.descriptor.digest;
  // Two algorithms can mean one content.
  const isOther = current !== pinned && algorithmOf(current) === algorithmOf(pinned);
  // Whether the manifest of one platform is among those of the index is not known: it may well be the current one.
  if (kindOf(tag) !== "index" || kindOf(digest) !== "manifest") return isOther ? "stale" : null;
  return platform === null ? "one-platform" : null;
}

/** Null where the registry does not tell. */
function kindOf(answer: Answer): ManifestKind | null {
  return answer.kind === "found" ? (manifestKinds.get(answer.descriptor.mediaType) ?? null) : null;
}

function algorithmOf(digest: string): string {
  return digest.slice(0, digest.indexOf(":"));
}
