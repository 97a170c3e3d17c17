/**
 * What is known of the signature of an image (DESIGN.md, "Verdicts"): a closed union, of which only `verified` says
 * that a signer whom a policy names has signed exactly this digest. Data only; every text in it names roles, keys,
 * hosts, dates and tags that passed a grammar.
 */
import type { Digest } from "../reference/digest";
import type { RegistryErrorCode } from "../registry/registry";
import type { NotaryErrorCode, NotaryStep } from "./notary/notaryError";

export const schemes = ["notary", "sigstore", "notation"] as const;
export type Scheme = (typeof schemes)[number];

/** Who says that the signer is the right one. */
export type Vouching = "user" | "built-in" | "repository";

export interface Signer {
  /** `targets/releases`. */
  readonly name: string;
  readonly key: string;
}

/** How the root that everything hangs on came to be believed. */
export interface RootFacts {
  /** Key ids, as root.json names them. */
  readonly keys: readonly string[];
  readonly firstSeen: Date;
  /** `pinned` by policy; on the `first-use` of this repository here; found in the `docker` client's own store. */
  readonly trust: "pinned" | "first-use" | "docker";
}

/** A piece of metadata that was checked on the way to the signature. */
export interface CheckedStep {
  /** `root`, `targets/releases`. */
  readonly step: string;
  readonly version: number;
  readonly expires: Date;
}

/** A sound signature. */
export interface SignatureFacts {
  readonly scheme: Scheme;
  /** What the signature ties together: the tag with the digest, or nothing but the digest. */
  readonly binds: "tag" | "digest";
  /** The digest that was signed. */
  readonly digest: Digest;
  /** The one that decided stands first. */
  readonly signers: readonly Signer[];
  /** The tags that the digest is signed for, where the reference's own is none of them. */
  readonly otherTags: readonly string[];
  /** A few tags of the repository that are signed too, the nearest first. */
  readonly signedTags: readonly string[];
  readonly root: RootFacts | null;
  /** What was checked, in its order. */
  readonly steps: readonly CheckedStep[];
  readonly checkedAt: Date;
  /** When metadata or a certificate ends, and the verdict with it. */
  readonly validUntil: Date;
  /** What a person should know although the signature is sound. */
  readonly notes: readonly string[];
}

/** Who was asked, and has no signature. */
export interface Absence {
  readonly message: string;
  readonly scheme: Scheme | null;
  /** The digest that the reference's tag is signed with, where the reference carries another. */
  readonly signedDigest: Digest | null;
  /** Tags of the repository that are signed, the nearest first. */
  readonly signedTags: readonly string[];
  readonly validUntil: Date | null;
}

export type FailureCode =
  | NotaryErrorCode
  | RegistryErrorCode
  /** Signed by a scheme that this version can't verify. */
  | "scheme-not-supported"
  /** Docker Hub's own Notary server is being closed. */
  | "server-closed"
  | "invalid-server"
  | "invalid-policy"
  | "ambiguous-policy"
  /** A variable stands in the image's name. */
  | "unknown-image"
  /** The network may not be used. */
  | "offline";

export interface Failure {
  readonly step: NotaryStep | "policy" | "server" | "registry" | "signature";
  readonly code: FailureCode;
  readonly message: string;
}

export type Verdict =
  | ({ readonly kind: "verified"; readonly vouchedBy: Vouching } & SignatureFacts)
  | ({ readonly kind: "signed-by-unknown" } & SignatureFacts)
  | ({ readonly kind: "unsigned" } & Absence)
  | { readonly kind: "untrusted" | "invalid"; readonly scheme: Scheme; readonly failure: Failure }
  | { readonly kind: "unavailable"; readonly scheme: Scheme | null; readonly failure: Failure }
  | { readonly kind: "not-checked" };

export type VerdictKind = Verdict["kind"];

/**
 * Who requires a signature: nobody, Docker's environment variable, which takes a root on first use as Docker does, or
 * the user by policy, setting or flag.
 */
export type Requirement = "none" | "docker" | "user";

/** DESIGN.md, promise 2: where a signature is required, nothing but a verified one will do. */
export function satisfies(verdict: Verdict, requirement: Requirement): boolean {
  if (requirement === "none") return true;
  if (verdict.kind === "verified") return verdict.vouchedBy !== "repository";
  return requirement === "docker" && verdict.kind === "signed-by-unknown" && verdict.root !== null;
}
