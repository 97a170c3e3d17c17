/** What an update of a GUN's trust data ends with: metadata that was verified, all of one state. */
import { expiryOf } from "./certificates";
import type { Gun } from "./gun";
import type { KeyId } from "./keys";
import type { Root } from "./metadata/root";
import type { FileMeta } from "./metadata/signed";
import type { Snapshot } from "./metadata/snapshot";
import type { Targets, TargetsRole } from "./metadata/targets";
import type { Timestamp } from "./metadata/timestamp";
import type { NotaryErrorCode } from "./notaryError";
import type { RootKey } from "./rootVerifier";

/** Metadata by the role's name, as bytes. */
export type MetadataFiles = ReadonlyMap<string, Buffer>;

export interface TrustedRole {
  readonly name: TargetsRole;
  readonly metadata: Targets;
  /** Prefixes of the tags that count in this role: its own, as far as those of its parents reach. */
  readonly paths: readonly string[];
  readonly signers: readonly KeyId[];
}

/** A delegation that is left out, with whatever stands below it. */
export interface SkippedRole {
  readonly name: TargetsRole;
  readonly code: NotaryErrorCode;
  readonly message: string;
  /** What it says of tags, and said when it was believed last. Unverified. */
  readonly tags: ReadonlyMap<string, readonly (FileMeta | null)[]>;
}

export interface TrustedRepository {
  readonly gun: Gun;
  readonly root: Root;
  /** The root's keys that speak for the GUN now, and have signed it. */
  readonly rootKeys: readonly RootKey[];
  readonly timestamp: Timestamp;
  readonly snapshot: Snapshot;
  /** `targets` and its delegations, parents first, in the order of their priority. */
  readonly roles: readonly TrustedRole[];
  readonly skipped: readonly SkippedRole[];
  /** True where the server could not be reached, and the stored timestamp still counts. */
  readonly isFromStore: boolean;
  readonly files: MetadataFiles;
}

/** When the answer that was drawn from the metadata has to be drawn anew. */
export function validUntil({ root, rootKeys, timestamp, snapshot, roles }: TrustedRepository): Date {
  // As long as a threshold of those that signed the root is in force.
  const ends = rootKeys.map(({ certificate }) => expiryOf(certificate).getTime()).sort((a, b) => b - a);
  const certificates = ends[root.roles.root.threshold - 1] ?? 0;
  const expiries = [root, timestamp, snapshot, ...roles.map(({ metadata }) => metadata)].map(({ expires }) => expires);
  return new Date(Math.min(certificates, ...expiries.map((date) => date.getTime())));
}
