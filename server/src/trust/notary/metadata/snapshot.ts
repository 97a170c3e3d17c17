/** The snapshot role's metadata: which root, targets and delegations belong together (`tuf/data/snapshot.go`). */
import { type FileMeta, objectIn, parseEnvelope, parseFileMeta, type Signed } from "./signed";

export interface Snapshot extends Signed {
  /** By role: `root`, `targets`, `targets/releases`. */
  readonly meta: ReadonlyMap<string, FileMeta>;
}

/** @throws NotaryError `malformed-metadata` or `wrong-type` */
export function parseSnapshot(bytes: Buffer): Snapshot {
  const { body, ...signed } = parseEnvelope(bytes, "Snapshot", "snapshot");
  const meta = new Map<string, FileMeta>();
  for (const [role, entry] of objectIn(body.get("meta"), "snapshot")) meta.set(role, parseFileMeta(entry, "snapshot"));
  return { ...signed, meta };
}
