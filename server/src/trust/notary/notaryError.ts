/**
 * Why trust data of a Notary server was not accepted: a closed set of codes, each with the step that failed. Messages
 * name roles, key ids, dates and hosts, and never repeat other text that the server sent.
 */

/** A role of the metadata, or what stands before and behind it. */
export type NotaryStep = "store" | "root" | "timestamp" | "snapshot" | "targets" | "target" | `targets/${string}`;

export type NotaryErrorCode =
  /** Not the form that the role's metadata has. */
  | "malformed-metadata"
  | "wrong-type"
  | "key-id-mismatch"
  | "threshold-not-met"
  | "expired"
  | "rollback"
  | "too-large"
  | "length-mismatch"
  | "hash-mismatch"
  /** A parent lists the role, and the server does not have it. */
  | "metadata-missing"
  | "no-valid-certificate"
  /** None of the root's certificates is one that the user pinned. */
  | "root-not-pinned"
  /** The root changed without the signature of the previous one. */
  | "root-changed"
  | "root-version-skipped"
  /** The server has no root for this name. */
  | "no-trust-data"
  /** The server has none, but had one before. */
  | "trust-data-removed"
  /** What is stored here can't be used, which is no word about the server. */
  | "store-unusable";

export class NotaryError extends Error {
  override readonly name = "NotaryError";
  constructor(
    readonly code: NotaryErrorCode,
    readonly step: NotaryStep,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
