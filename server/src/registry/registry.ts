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
  /** Platforms that an index lists, without attestations (`unknown/unknown`); empty for a single manifest. */
  readonly platforms: readonly Platform[];
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
