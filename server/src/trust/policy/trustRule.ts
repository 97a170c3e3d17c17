/** What the `trust:` section of a policy says (DESIGN.md, "Policy file"): for which images, whose signature counts. */
import type { RootPins } from "../notary/rootVerifier";
import type { Vouching } from "../verdict";

export interface NotaryTerms {
  readonly scheme: "notary";
  /** https only; null for the one that the environment or the registry's host gives. */
  readonly server: URL | null;
  /** PEM of the authority that the server's TLS certificate descends from; null for the system's own. */
  readonly ca: string | null;
  /** Null where the root is trusted on first use. */
  readonly pins: RootPins | null;
}

/** Named, and not verified by this version. */
export interface OtherTerms {
  readonly scheme: "sigstore" | "notation";
}

export type SchemeTerms = NotaryTerms | OtherTerms;

export interface TrustRule {
  /** Globs over `registry/repository`. */
  readonly images: readonly string[];
  /** Null where the rule does not say. */
  readonly require: boolean | null;
  /** Null where the rule requires a signature and names no scheme. */
  readonly terms: SchemeTerms | null;
  readonly vouchedBy: Vouching;
  /** Tells rules apart: what is remembered under one rule is no answer under another. */
  readonly key: string;
}

export interface TrustPolicy {
  readonly rules: readonly TrustRule[];
  readonly requireSignature: boolean;
  /** Why the policy can't be read; then nothing is known to be trusted. */
  readonly problem: string | null;
}

export const EMPTY_POLICY: TrustPolicy = { rules: [], requireSignature: false, problem: null };
