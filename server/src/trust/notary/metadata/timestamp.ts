/** The timestamp role's metadata: which snapshot is the newest (`tuf/data/timestamp.go`). */
import { type FileMeta, objectIn, parseEnvelope, parseFileMeta, type Signed } from "./signed";

export interface Timestamp extends Signed {
  readonly snapshot: FileMeta;
}

/** @throws NotaryError `malformed-metadata` or `wrong-type` */
export function parseTimestamp(bytes: Buffer): Timestamp {
  const { body, ...signed } = parseEnvelope(bytes, "Timestamp", "timestamp");
  const meta = objectIn(body.get("meta"), "timestamp");
  return { ...signed, snapshot: parseFileMeta(meta.get("snapshot"), "timestamp") };
}
