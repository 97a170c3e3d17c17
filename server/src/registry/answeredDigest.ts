/**
 * Holds an answer's digests together: the one that was asked for, the one that `Docker-Content-Digest` tells (OCI
 * distribution specification, "Pulling manifests"), and the one that the body has. No two of them may disagree.
 */
import { type Digest, parseDigest } from "../reference/digest";
import type { HttpAnswer } from "./http/http";
import { digestOf } from "./manifest";
import { RegistryError } from "./registry";
import type { RepositoryName } from "./repositoryRequests";

/** Optional, and taken only where it is a digest in full. */
export function digestHeader({ headers }: HttpAnswer): Digest | null {
  return parseDigest(headers["docker-content-digest"] ?? "");
}

/**
 * The digest of the body, in the algorithm of the one that was asked for, else of the one that was told.
 * @param asked null where a tag was asked for
 * @throws RegistryError `digest-mismatch`
 */
export function verifiedDigest(answer: HttpAnswer, asked: Digest | null, from: RepositoryName): Digest {
  const told = digestHeader(answer);
  for (const expected of [asked, told]) {
    if (expected !== null && expected !== digestOf(answer.body, expected)) throw digestMismatch(from);
  }
  return digestOf(answer.body, asked ?? told);
}

export function digestMismatch({ registry, repository }: RepositoryName): RegistryError {
  return new RegistryError(
    "digest-mismatch",
    `${registry} answered for ${repository} with a digest that does not fit what was asked for or sent.`,
  );
}
