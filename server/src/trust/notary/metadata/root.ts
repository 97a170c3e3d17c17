/** The root role's metadata: the keys, and which of them sign for which role (`tuf/data/root.go`). */
import { objectIn, parseEnvelope, parseKeys, parseRole, type Role, type Signed } from "./signed";

export const baseRoles = ["root", "timestamp", "snapshot", "targets"] as const;
export type BaseRole = (typeof baseRoles)[number];

export interface Root extends Signed {
  /** Of every key that the root lists, of no role too: those that were its own before stay there. */
  readonly keyIds: ReadonlySet<string>;
  readonly roles: Readonly<Record<BaseRole, Role>>;
}

/** @throws NotaryError `malformed-metadata`, `wrong-type` or `key-id-mismatch` */
export function parseRoot(bytes: Buffer): Root {
  const { body, ...signed } = parseEnvelope(bytes, "Root", "root");
  const keys = parseKeys(body.get("keys"), "root");
  const roles = objectIn(body.get("roles"), "root");
  const roleOf = (name: BaseRole) => parseRole(objectIn(roles.get(name), "root"), keys, "root");
  return {
    ...signed,
    keyIds: new Set(keys.keys()),
    roles: {
      root: roleOf("root"),
      timestamp: roleOf("timestamp"),
      snapshot: roleOf("snapshot"),
      targets: roleOf("targets"),
    },
  };
}
