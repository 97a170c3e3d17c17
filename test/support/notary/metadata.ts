/** The metadata of Notary v1 as it is on the wire: names, capitals and order of nesting are the server's. */
import type { WireKey, WireSignature } from "./keys";

export interface FileMeta {
  length: number;
  /** Base64 by algorithm: `sha256`, `sha512`. */
  hashes: Record<string, string>;
  custom?: unknown;
}

interface Common<Type extends string> {
  _type: Type;
  version: number;
  /** RFC 3339. */
  expires: string;
}

export interface WireRole {
  keyids: string[];
  threshold: number;
}

export interface WireDelegation extends WireRole {
  name: string;
  paths: string[];
}

export interface RootBody extends Common<"Root"> {
  consistent_snapshot: boolean;
  keys: Record<string, WireKey>;
  roles: Record<string, WireRole>;
}

export interface TargetsBody extends Common<"Targets"> {
  targets: Record<string, FileMeta>;
  delegations: { keys: Record<string, WireKey>; roles: WireDelegation[] };
}

export interface SnapshotBody extends Common<"Snapshot"> {
  meta: Record<string, FileMeta>;
}

export interface TimestampBody extends Common<"Timestamp"> {
  meta: Record<string, FileMeta>;
}

export type Body = RootBody | TargetsBody | SnapshotBody | TimestampBody;

export interface SignedFile<SignedBody extends Body = Body> {
  signed: SignedBody;
  signatures: WireSignature[];
}
