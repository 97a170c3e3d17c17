/** The port that every signature scheme implements: it answers for one image, and raises nothing. */
import type { Digest } from "../reference/digest";
import type { Reference } from "../reference/reference";
import type { RequestOptions } from "../registry/registry";
import type { TrustRule } from "./policy/trustRule";
import type { Absence, Failure, Scheme, SignatureFacts } from "./verdict";

export interface SchemeQuestion {
  readonly reference: Reference;
  /** What the registry serves for the reference; null where it did not answer. */
  readonly served: Digest | null;
  /** The rule of the policy that covers the image and names this scheme; null where none does. */
  readonly rule: TrustRule | null;
}

export type SchemeAnswer =
  /** `isNamed`: the signer is one that the rule names. */
  | ({ readonly kind: "signed"; readonly isNamed: boolean } & SignatureFacts)
  | ({ readonly kind: "unsigned" } & Absence)
  | { readonly kind: "untrusted" | "invalid" | "unavailable"; readonly failure: Failure };

export interface SignatureScheme {
  readonly name: Scheme;
  /**
   * Whether the user calls for the scheme although no policy names it for the image. The others are looked for beside
   * the image.
   */
  isCalledFor(reference: Reference): Promise<boolean>;
  check(question: SchemeQuestion, options: RequestOptions): Promise<SchemeAnswer>;
}
