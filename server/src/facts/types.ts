/** The shapes of what is known of an image: the only part of `facts` that rules and pinning may see. */
import type { Digest } from "../reference/digest";
import type { Descriptor, Manifest, RegistryErrorCode } from "../registry/registry";
import type { FailureCode, Requirement, Verdict, VerdictKind } from "../trust/verdict";

export type { Catalog } from "../catalog/catalog";
export type { Platform } from "../registry/registry";
export type { Requirement, Verdict, VerdictKind } from "../trust/verdict";

/** What the registry answered for a reference, or why it did not. */
export type Answer =
  | {
      readonly kind: "found";
      readonly descriptor: Descriptor;
      /** The mirror that said so, `host[:port]`, while the registry itself has not confirmed it; else null. */
      readonly mirror: string | null;
      readonly askedAt: Date;
    }
  | {
      readonly kind: "unavailable";
      readonly code: RegistryErrorCode;
      readonly message: string;
      readonly askedAt: Date;
    };

/** The digest that a reference may be pinned to, or why to none. */
export type Offer =
  | {
      readonly kind: "digest";
      readonly digest: Digest;
      readonly verdict: VerdictKind;
      /** Who signed it, in words: `targets/releases`. Null where nobody is known to have. */
      readonly signer: string | null;
      /** The mirror that alone says so, while neither the registry itself nor a signature has confirmed it; else null. */
      readonly mirror: string | null;
      /** Whether it may be taken for many images at once, unseen. */
      readonly isAutomatic: boolean;
    }
  | {
      readonly kind: "refused";
      readonly code: FailureCode | "signature-required";
      readonly message: string;
    };

/** What registry and trust together say of one reference. */
export interface Judgement {
  readonly answer: Answer;
  readonly verdict: Verdict;
  readonly requirement: Requirement;
  /** Whether the verdict is good enough for what is required. */
  readonly isSatisfied: boolean;
  readonly offer: Offer;
}

/** What is known online of an image use, without asking anybody. */
export interface Knowledge {
  readonly judgement: Judgement | null;
  /** What the registry says of the tag; null where that is not known, or a digest stands there without a tag. */
  readonly tag: Answer | null;
  /** What the registry says of the digest that the reference carries; null where that is not known, or it has none. */
  readonly digest: Answer | null;
  /** The manifest behind the digest, and where there is none behind the tag; null where that is not known. */
  readonly manifest: Manifest | null;
}

/** When an image was built and what its publisher says of it, where the image tells. */
export interface Details {
  /** Null where the image does not tell, or tells a time before containers (reproducible builds set 1970). */
  readonly created: Date | null;
  /** Those of `org.opencontainers.image.*` (OCI image specification, annotations.md), by what follows that. */
  readonly annotations: ReadonlyMap<string, string>;
}
