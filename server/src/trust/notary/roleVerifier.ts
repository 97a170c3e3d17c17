/**
 * Decides whether the metadata of timestamp, snapshot, targets and delegations may be believed, given a root that is
 * (github.com/theupdateframework/notary, `tuf/builder.go`). Pure: bytes, the floor of versions, and a moment go in.
 */
import { createHash } from "node:crypto";
import type { KeyId } from "./keys";
import type { Root } from "./metadata/root";
import type { FileMeta, Role, Signed } from "./metadata/signed";
import { parseSnapshot, type Snapshot } from "./metadata/snapshot";
import { type Delegation, parseTargets, type Targets } from "./metadata/targets";
import { parseTimestamp, type Timestamp } from "./metadata/timestamp";
import { NotaryError, type NotaryStep } from "./notaryError";
import { dayOf } from "./rootVerifier";
import { requireThreshold } from "./signatures";

export interface Circumstances {
  /** The version that was last believed; 0 where none was. */
  readonly floor: number;
  readonly now: Date;
}

/** Metadata that was verified, with the keys that signed it. */
export interface Verified<T extends Signed> {
  readonly metadata: T;
  readonly signers: readonly KeyId[];
}

/** @throws NotaryError */
export function verifyTimestamp(bytes: Buffer, root: Root, circumstances: Circumstances): Timestamp {
  return verifyRole(parseTimestamp(bytes), root.roles.timestamp, circumstances).metadata;
}

/** @throws NotaryError */
export function verifySnapshot(bytes: Buffer, meta: FileMeta, root: Root, circumstances: Circumstances): Snapshot {
  requireFile(bytes, meta, "snapshot");
  const { metadata } = verifyRole(parseSnapshot(bytes), root.roles.snapshot, circumstances);
  // The snapshot says which root it belongs to: a mixture of two states ends here.
  requireFile(root.bytes, metaIn(metadata, "root"), "root");
  return metadata;
}

/** @throws NotaryError */
export function verifyTargets(
  bytes: Buffer,
  snapshot: Snapshot,
  root: Root,
  circumstances: Circumstances,
): Verified<Targets> {
  requireFile(bytes, metaIn(snapshot, "targets"), "targets");
  return verifyRole(parseTargets(bytes, "targets"), root.roles.targets, circumstances);
}

/** @throws NotaryError of which `expired` and `threshold-not-met` leave the role out, and others fail the whole */
export function verifyDelegation(
  bytes: Buffer,
  meta: FileMeta,
  delegation: Delegation,
  circumstances: Circumstances,
): Verified<Targets> {
  requireFile(bytes, meta, delegation.name);
  return verifyRole(parseTargets(bytes, delegation.name), delegation, circumstances);
}

/** Signatures, then the version, then the expiry: what is said last is said of metadata that is sound otherwise. */
function verifyRole<T extends Signed>(metadata: T, role: Role, { floor, now }: Circumstances): Verified<T> {
  const { step, version, expires } = metadata;
  const signers = requireThreshold(metadata, role);
  if (version < floor) {
    throw new NotaryError("rollback", step, `The ${step} metadata went back from version ${floor} to ${version}.`);
  }
  if (expires < now) throw new NotaryError("expired", step, `The ${step} metadata expired on ${dayOf(expires)}.`);
  return { metadata, signers };
}

/**
 * Whether bytes are those that a parent tells of.
 * @throws NotaryError `length-mismatch` or `hash-mismatch`
 */
export function requireFile(bytes: Buffer, meta: FileMeta, step: NotaryStep): void {
  if (bytes.length !== meta.length) {
    throw new NotaryError(
      "length-mismatch",
      step,
      `The ${step} metadata is not the one that its parent names: its length is another.`,
    );
  }
  if (!isFile(bytes, meta)) {
    throw new NotaryError(
      "hash-mismatch",
      step,
      `The ${step} metadata is not the one that its parent names: its hash is another.`,
    );
  }
}

/** Whether the hashes are right; the length then is too. */
export function isFile(bytes: Buffer, { sha256, sha512 }: FileMeta): boolean {
  if (createHash("sha256").update(bytes).digest("hex") !== sha256) return false;
  return sha512 === null || createHash("sha512").update(bytes).digest("hex") === sha512;
}

/** Nothing else ties this root and these targets to the snapshot: both have to be listed. */
function metaIn({ meta }: Snapshot, role: "root" | "targets"): FileMeta {
  const file = meta.get(role);
  if (file === undefined) throw new NotaryError("metadata-missing", role, `The snapshot lists no ${role} metadata.`);
  return file;
}
