/**
 * Reads a list of referrers (OCI distribution specification 1.1, "Listing Referrers"), and names the tag that holds it
 * where a registry has no such API. Pure. The registry, or whoever may push to it, chooses every byte: what the list
 * says of a referrer is a hint of what to read, and proves nothing.
 */
import { type Digest, parseDigest } from "../reference/digest";
import { OCI_INDEX } from "../reference/mediaTypes";
import { objectIn, parseObject } from "./jsonObject";
import { type ManifestProblem, parseMediaType } from "./manifest";
import type { Referrer } from "./registry";

export const MAX_REFERRERS = 1000;

export type ParsedReferrers =
  | { readonly kind: "index"; readonly referrers: readonly Referrer[] }
  /** Nothing that claims to be an OCI index. */
  | { readonly kind: "other" }
  | { readonly kind: "broken"; readonly problem: ManifestProblem };

/**
 * @param mediaType of the answer, from `mediaTypeOf`. Where it says nothing, the body's own word counts.
 */
export function parseReferrers(body: Buffer, mediaType: string): ParsedReferrers {
  const isTold = mediaType === OCI_INDEX;
  if (!isTold && isTelling(mediaType)) return { kind: "other" };
  const members = parseObject(body);
  const ownType = members?.get("mediaType");
  if (!isTold && ownType !== OCI_INDEX) return { kind: "other" };
  if (members === null) return malformed("an index that is not a JSON object");
  if (ownType !== undefined && ownType !== OCI_INDEX) return malformed("an index that contradicts its own media type");
  const entries = members.get("manifests");
  if (!Array.isArray(entries)) return malformed("an index without a list of manifests");
  if (entries.length > MAX_REFERRERS) return { kind: "broken", problem: tooManyReferrers };

  const referrers: Referrer[] = [];
  for (const entry of entries) {
    const descriptor = objectIn(entry);
    const digest = parseDigest(textIn(descriptor?.get("digest")));
    if (!descriptor || digest === null) return malformed("an index with a broken descriptor");
    const artifactType = textIn(descriptor.get("artifactType"));
    referrers.push({ artifactType, digest, mediaType: textIn(descriptor.get("mediaType")) });
  }
  return { kind: "index", referrers };
}

/** Never a part of the list: the signature that counts may stand behind its end. */
export const tooManyReferrers: ManifestProblem = {
  code: "too-large",
  text: `a list of more than ${MAX_REFERRERS} referrers`,
};

/** "Referrers Tag Schema": algorithm and encoded part cut to 32 and 64 characters, with what no tag may hold as `-`. */
export function referrersTag(digest: Digest): string {
  const colon = digest.indexOf(":");
  const parts = [digest.slice(0, colon).slice(0, 32), digest.slice(colon + 1).slice(0, 64)];
  return parts.join("-").replace(/[^A-Za-z0-9._-]/g, "-");
}

/** Whether a media type says what the body is. */
function isTelling(mediaType: string): boolean {
  const { kind, problem } = parseMediaType(mediaType);
  return kind !== null || problem !== null;
}

/** "" too where the shape is wrong: one odd descriptor does not hide the others, and its manifest tells more. */
function textIn(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function malformed(text: string): ParsedReferrers {
  return { kind: "broken", problem: { code: "malformed-answer", text } };
}
