/**
 * The registry's port over HTTP: the pull side of the OCI distribution specification ("Pulling manifests", "Listing
 * Referrers") and nothing of the push side. It must never return a digest that a body which was read contradicts, and
 * never answer from anything but the registry that the reference names.
 */
import type { Digest } from "../reference/digest";
import { DEFAULT_TAG, type Reference } from "../reference/reference";
import { digestHeader, digestMismatch, verifiedDigest } from "./answeredDigest";
import { createEndpoints } from "./endpoint";
import { refusedWith } from "./failures";
import type { HttpAnswer, HttpRequest, Transport } from "./http/http";
import { createAuthentication } from "./login/authentication";
import type { CredentialSource } from "./login/credentials";
import { ACCEPTED_MEDIA_TYPES, algorithmOf, mediaTypeOf, parseManifest, parseMediaType } from "./manifest";
import { fetchAllReferrers } from "./referrersRequests";
import { type Descriptor, type Manifest, type Referrer, type Registry, RegistryError } from "./registry";
import { createRepositoryRequests, type RepositoryName } from "./repositoryRequests";
import { createSharedRequests } from "./sharedRequests";

export interface RegistryLimits {
  /** Milliseconds for each request. */
  readonly requestTime: number;
  /** Bytes of a manifest or an index. */
  readonly manifestBody: number;
  /** Bytes of a token server's answer. */
  readonly tokenBody: number;
}

export const DEFAULT_LIMITS: RegistryLimits = {
  requestTime: 10_000,
  manifestBody: 4 * 1024 * 1024,
  tokenBody: 1024 * 1024,
};

export interface RegistryPorts {
  readonly transport: Transport;
  readonly credentials: CredentialSource;
  /** Milliseconds; only differences count. */
  readonly now: () => number;
  readonly limits?: RegistryLimits;
}

/** One manifest in one repository, by tag or by digest. */
interface ManifestTarget extends RepositoryName {
  readonly tagOrDigest: string;
  readonly digest: Digest | null;
}

/** Statuses of a server that knows the path and not the method. */
const methodRefused = new Set([405, 501]);

export function createRegistry(ports: RegistryPorts): Registry {
  const { transport, limits = DEFAULT_LIMITS } = ports;
  const resolving = createSharedRequests<Descriptor>();
  const fetching = createSharedRequests<Manifest>();
  const listing = createSharedRequests<readonly Referrer[]>();
  const authentication = createAuthentication(
    { transport, credentials: ports.credentials, timeLimit: limits.requestTime, bodyLimit: limits.tokenBody },
    ports.now,
  );
  const requests = createRepositoryRequests({
    transport,
    endpoints: createEndpoints(),
    authentication,
    timeLimit: limits.requestTime,
    bodyLimit: limits.manifestBody,
  });

  function request(method: HttpRequest["method"], target: ManifestTarget, signal: AbortSignal) {
    const { registry, repository, tagOrDigest } = target;
    const location = `/v2/${repository}/manifests/${tagOrDigest}`;
    return requests.send({ registry, repository, method, location, accept: ACCEPTED_MEDIA_TYPES }, signal);
  }

  /** Null where the answer to `HEAD` does not tell the digest and its kind reliably. */
  async function resolveByHead(target: ManifestTarget, signal: AbortSignal): Promise<Descriptor | null> {
    const answer = await request("HEAD", target, signal);
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

  async function readManifest(target: ManifestTarget, signal: AbortSignal): Promise<Manifest> {
    const answer = await request("GET", target, signal);
    requireFound(answer, target);
    const digest = verifiedDigest(answer, target.digest, target);
    const { content, problem } = parseManifest(answer.body, mediaTypeOf(answer.headers["content-type"]));
    if (problem) throw new RegistryError(problem.code, `${target.registry} answered with ${problem.text}.`);
    return { digest, size: answer.body.length, ...content };
  }

  return {
    resolve(reference, options) {
      const target = targetOf(reference, reference.digest);
      return resolving.join(keyOf(target), target.registry, options?.signal, async (signal) => {
        const descriptor = await resolveByHead(target, signal);
        if (descriptor !== null) return descriptor;
        const { digest, mediaType, size } = await readManifest(target, signal);
        return { digest, mediaType, size };
      });
    },

    fetchManifest(reference, digest, options) {
      const target = targetOf(reference, digest);
      return fetching.join(keyOf(target), target.registry, options?.signal, (signal) => readManifest(target, signal));
    },

    fetchReferrers({ registry, repository }, digest, options) {
      const key = `${registry}/${repository} ${digest}`;
      return listing.join(key, registry, options?.signal, (signal) =>
        fetchAllReferrers(requests, { registry, repository }, digest, signal),
      );
    },
  };
}

function targetOf({ registry, repository, tag }: Reference, digest: Digest | null): ManifestTarget {
  return { registry, repository, tagOrDigest: digest ?? tag ?? DEFAULT_TAG, digest };
}

function keyOf({ registry, repository, tagOrDigest }: ManifestTarget): string {
  return `${registry}/${repository} ${tagOrDigest}`;
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
