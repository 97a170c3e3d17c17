/** The shapes of what is known of an image: the only part of `facts` that rules and pinning may see. */
import type { Digest } from "../reference/digest";
import type { Descriptor, RegistryErrorCode } from "../registry/registry";
import type { FailureCode, Requirement, Verdict, VerdictKind } from "../trust/verdict";

export type { Catalog } from "../catalog/catalog";
export type { Requirement, Verdict, VerdictKind } from "../trust/verdict";

/** What the registry answered for a reference, or why it did not. */
export type Answer =
  | { readonly kind: "found"; readonly descriptor: Descriptor; readonly askedAt: Date }
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
