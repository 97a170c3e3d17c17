/**
 * Asks one place for one manifest (OCI distribution specification, "Pulling manifests"): by `HEAD` for its digest, by
 * `GET` for itself. It must never return a digest that a body which was read contradicts.
 */
import type { Digest } from "../reference/digest";
import { digestHeader, digestMismatch, verifiedDigest } from "./answeredDigest";
import { refusedWith } from "./failures";
import type { HttpAnswer, HttpRequest } from "./http/http";
import { ACCEPTED_MEDIA_TYPES, algorithmOf, mediaTypeOf, parseManifest, parseMediaType } from "./manifest";
import { type Descriptor, type Manifest, RegistryError } from "./registry";
import type { Asking, RepositoryAddress, RepositoryName, RepositoryRequests } from "./repositoryRequests";

/** One manifest in one repository, by tag or by digest. */
export interface ManifestTarget extends RepositoryAddress {
  readonly tagOrDigest: string;
  readonly digest: Digest | null;
}

/** A manifest as it was sent: `digest` is that of the bytes. */
export interface RawManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly body: Buffer;
}

/** Statuses of a server that knows the path and not the method. */
const methodRefused = new Set([405, 501]);

/**
 * What the tag or digest stands for: one `HEAD`, and a `GET` only where the answer lacks a digest.
 * @throws RegistryError
 */
export async function resolveManifest(
  requests: RepositoryRequests,
  target: ManifestTarget,
  asking: Asking,
): Promise<Descriptor> {
  const descriptor = await resolveByHead(requests, target, asking);
  if (descriptor !== null) return descriptor;
  const { digest, mediaType, size } = manifestIn(await readManifest(requests, target, asking), target);
  return { digest, mediaType, size };
}

/**
 * The bytes, whose digest is the one that was asked for.
 * @throws RegistryError
 */
export async function readManifest(
  requests: RepositoryRequests,
  target: ManifestTarget,
  asking: Asking,
): Promise<RawManifest> {
  const answer = await request(requests, "GET", target, asking);
  requireFound(answer, target);
  const digest = verifiedDigest(answer, target.digest, target);
  return { digest, mediaType: mediaTypeOf(answer.headers["content-type"]), body: answer.body };
}

/** @throws RegistryError where it is no manifest */
export function manifestIn({ digest, mediaType, body }: RawManifest, { registry }: RepositoryName): Manifest {
  const { content, problem } = parseManifest(body, mediaType);
  if (problem) throw new RegistryError(problem.code, `${registry} answered with ${problem.text}.`);
  return { digest, size: body.length, ...content };
}

/** Null where the answer to `HEAD` does not tell the digest and its kind reliably. */
async function resolveByHead(
  requests: RepositoryRequests,
  target: ManifestTarget,
  asking: Asking,
): Promise<Descriptor | null> {
  const answer = await request(requests, "HEAD", target, asking);
  if (methodRefused.has(answer.status)) return null;
  requireFound(answer, target);
  const mediaType = mediaTypeOf(answer.headers["content-type"]);
  const { kind, problem } = parseMediaType(mediaType);
  if (problem) throw new RegistryError(problem.code, `${target.registry} answered with ${problem.text}.`);
  const digest = digestHeader(answer);
  if (digest === null || kind === null) return null;
  if (target.digest !== null && digest !== target.digest) {
    // In another algorithm it may be the same content: the body decides.
    if (algorithmOf(digest) !== algorithmOf(target.digest)) return null;
    throw digestMismatch(target);
  }
  return { digest, mediaType, size: sizeHeader(answer) };
}

function request(
  requests: RepositoryRequests,
  method: HttpRequest["method"],
  target: ManifestTarget,
  asking: Asking,
): Promise<HttpAnswer> {
  const { registry, repository, isInsecure, tagOrDigest } = target;
  const location = `/v2/${repository}/manifests/${tagOrDigest}`;
  return requests.send({ registry, repository, isInsecure, method, location, accept: ACCEPTED_MEDIA_TYPES }, asking);
}

function requireFound({ status }: HttpAnswer, { registry, repository, tagOrDigest, digest }: ManifestTarget): void {
  if (status === 200) return;
  throw refusedWith(status, registry, `${repository}${digest === null ? ":" : "@"}${tagOrDigest}`);
}

function sizeHeader({ headers }: HttpAnswer): number | null {
  const text = headers["content-length"] ?? "";
  const size = Number(text);
  return /^[0-9]+$/.test(text) && Number.isSafeInteger(size) ? size : null;
}
