/**
 * The registry's port: what the rest of the house may ask of an OCI distribution registry, and the errors it raises.
 * Every answer comes from a server that is not trusted; a digest in it was checked for its form, and against the
 * body wherever a body was read.
 */
import type { Digest } from "../reference/digest";
import type { Reference } from "../reference/reference";

/** OCI image specification, descriptor.md. `size` in bytes; null where a `HEAD` did not tell it. */
export interface Descriptor {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number | null;
}

/** OCI image specification, image-index.md, "platform". */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | null;
}

export interface Manifest extends Descriptor {
  readonly kind: "index" | "manifest";
  /** OCI image specification, manifest.md, "artifactType": else the media type of its configuration; "" for neither. */
  readonly artifactType: string;
  /** Platforms that an index lists, without attestations (`unknown/unknown`); empty for a single manifest. */
  readonly platforms: readonly Platform[];
}

/**
 * A manifest whose `subject` is the digest that was asked about, as the list names it (OCI distribution specification
 * 1.1, "Listing Referrers"). The registry, or whoever may push to it, writes these texts: only the digest's form was
 * checked, and only the manifest itself tells what it is.
 */
export interface Referrer {
  /** "" where the list does not tell. */
  readonly artifactType: string;
  readonly digest: Digest;
  /** Of the referrer's manifest; "" where the list does not tell. */
  readonly mediaType: string;
}

export interface RequestOptions {
  /** Ends the request with code `cancelled`. */
  readonly signal?: AbortSignal;
}

export interface Registry {
  /**
   * What the reference's tag (`latest` where none is written), or its digest, stands for now: one `HEAD`, and a `GET`
   * only where the answer lacks a digest.
   * @throws RegistryError
   */
  resolve(reference: Reference, options?: RequestOptions): Promise<Descriptor>;
  /**
   * The manifest or index of that digest in the reference's repository, hashed and compared with the digest.
   * @throws RegistryError
   */
  fetchManifest(reference: Reference, digest: Digest, options?: RequestOptions): Promise<Manifest>;
  /**
   * What refers to that digest in the reference's repository, by the registry's API or by the tag that stands in for
   * it: the whole list, at most 1000, or an error that is never `not-found`.
   * @throws RegistryError
   */
  fetchReferrers(reference: Reference, digest: Digest, options?: RequestOptions): Promise<readonly Referrer[]>;
}

export type RegistryErrorCode =
  | "not-found"
  | "unauthorized"
  | "forbidden"
  | "rate-limited"
  | "server-error"
  | "unreachable"
  | "timed-out"
  | "tls"
  | "too-large"
  | "digest-mismatch"
  | "unsupported-manifest"
  | "malformed-answer"
  | "refused-address"
  | "credential-helper"
  | "cancelled";

/** `message` names hosts and statuses only: never a credential, a token, a cookie, or a body. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
  constructor(
    readonly code: RegistryErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
