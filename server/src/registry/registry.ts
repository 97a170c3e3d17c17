/**
 * The registry's port: what the rest of the house may ask of an OCI distribution registry, and the errors it raises.
 * Every answer comes from a server that is not trusted; a digest in it was checked for its form, and against the
 * body wherever a body was read.
 */
import type { Digest } from "../reference/digest";
import type { ManifestKind } from "../reference/mediaTypes";
import type { Reference } from "../reference/reference";

/** OCI image specification, descriptor.md. `size` in bytes; null where a `HEAD` did not tell it. */
export interface Descriptor {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number | null;
}

/** What a reference stands for. */
export interface Resolved extends Descriptor {
  /** The mirror that said so, `host[:port]`, where the registry itself was not asked; else null. */
  readonly mirror: string | null;
  /** When it was said: answers are kept for a while. */
  readonly answeredAt: Date;
}

/** OCI image specification, image-index.md, "platform". */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | null;
}

export interface Manifest extends Descriptor {
  readonly kind: ManifestKind;
  /** OCI image specification, manifest.md, "artifactType": else the media type of its configuration; "" for neither. */
  readonly artifactType: string;
  /** Platforms that an index lists, without attestations (`unknown/unknown`); empty for a single manifest. */
  readonly platforms: readonly Platform[];
  /** What an index lists, in its order; empty for a single manifest. */
  readonly children: readonly Child[];
  /** The image's configuration (OCI image specification, manifest.md, "config"); null for an index. */
  readonly configuration: Digest | null;
  /**
   * Those of `org.opencontainers.image.*` (annotations.md, "Pre-Defined Annotation Keys"), by what follows that; of an
   * index without any, those of its first image.
   */
  readonly annotations: ReadonlyMap<string, string>;
}

/** An entry of an index. */
export interface Child {
  readonly digest: Digest;
  /** Null where it belongs to no platform, as an attestation does. */
  readonly platform: Platform | null;
}

/** OCI image specification, config.md. */
export interface ImageConfiguration {
  /** As the configuration has it, in ISO 8601; null where it has none. */
  readonly created: string | null;
}

/** OCI distribution specification, "Listing Tags". */
export interface TagList {
  readonly tags: readonly string[];
  /** False where the registry has more than are listed at all. */
  readonly isComplete: boolean;
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
  /** Nobody asked for it: it leaves alone a registry that allows only few requests more. */
  readonly isUnasked?: boolean;
  /** What was answered before does not count. */
  readonly refresh?: boolean;
}

export interface ResolveOptions extends RequestOptions {
  /** Mirrors do not count: what one of them said is confirmed, or not. */
  readonly fromOrigin?: boolean;
}

export interface Registry {
  /**
   * What the reference's tag (`latest` where none is written), or its digest, stands for now: one `HEAD`, and a `GET`
   * only where the answer lacks a digest. The user's mirrors are asked first.
   * @throws RegistryError that of the registry itself where no mirror answered
   */
  resolve(reference: Reference, options?: ResolveOptions): Promise<Resolved>;
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
  /**
   * The configuration of an image of the reference's repository.
   * @param digest `configuration` of its manifest
   * @throws RegistryError
   */
  fetchConfiguration(reference: Reference, digest: Digest, options?: RequestOptions): Promise<ImageConfiguration>;
  /**
   * The tags of the reference's repository, as the registry sorts them.
   * @throws RegistryError
   */
  listTags(reference: Reference, options?: RequestOptions): Promise<TagList>;
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
  /** The user's own configuration forbids it. */
  | "blocked"
  /** Nobody may be asked. */
  | "offline"
  | "cancelled";

/**
 * Whether a failure tells nothing that the next question would not have to find out by itself: it was cancelled, or it
 * was held back because nobody had asked for it.
 */
export function saysNothing(code: string, { isUnasked = false }: RequestOptions): boolean {
  return code === "cancelled" || (isUnasked && code === "rate-limited");
}

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
