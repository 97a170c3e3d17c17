/**
 * Metadata of the targets role and of delegations: tags with their digests, and to whom parts of them are handed on
 * (`tuf/data/targets.go`, `tuf/data/roles.go`).
 */
import type { JsonObject, JsonValue } from "../strictJson";
import {
  arrayIn,
  type FileMeta,
  malformed,
  objectIn,
  parseEnvelope,
  parseFileMeta,
  parseKeys,
  parseRole,
  type Role,
  type Signed,
  stringIn,
} from "./signed";

export type TargetsRole = "targets" | `targets/${string}`;

export interface Delegation extends Role {
  readonly name: `targets/${string}`;
  /** Prefixes of the tags that the role may sign. */
  readonly paths: readonly string[];
}

export interface Targets extends Signed {
  /** By tag. Null for one without a sha256, which no image's digest can be compared with. */
  readonly targets: ReadonlyMap<string, FileMeta | null>;
  /** Direct children, in the order of their priority. */
  readonly delegations: readonly Delegation[];
}

const MAX_ROLE_LENGTH = 255;
/** The server chooses how many there are, and each is looked at. */
const MAX_TARGETS = 50_000;
const roleForm = /^targets(?:\/[-a-z0-9_]+)+$/;

/** @throws NotaryError `malformed-metadata`, `wrong-type` or `key-id-mismatch` */
export function parseTargets(bytes: Buffer, role: TargetsRole): Targets {
  const { body, ...signed } = parseEnvelope(bytes, "Targets", role);
  const targets = new Map<string, FileMeta | null>();
  if (objectIn(body.get("targets"), role).size > MAX_TARGETS)
    throw malformed(role, `has more than ${MAX_TARGETS} targets`);
  for (const [tag, meta] of objectIn(body.get("targets"), role)) targets.set(tag, parseTarget(meta, role));
  const delegations = body.get("delegations") ?? null;
  return {
    ...signed,
    targets,
    delegations: delegations === null ? [] : parseDelegations(objectIn(delegations, role), role),
  };
}

/** `notary addhash` takes a sha512 alone: that is no reason to refuse the other tags. */
function parseTarget(value: JsonValue, role: TargetsRole): FileMeta | null {
  const hashes = objectIn(objectIn(value, role).get("hashes"), role);
  return hashes.has("sha256") || !hashes.has("sha512") ? parseFileMeta(value, role) : null;
}

function parseDelegations(delegations: JsonObject, parent: TargetsRole): Delegation[] {
  const roles = arrayIn(delegations.get("roles") ?? [], parent);
  if (roles.length === 0) return [];
  const keys = parseKeys(delegations.get("keys"), parent);
  const names = new Set<string>();
  return roles.map((entry) => {
    const role = objectIn(entry, parent);
    const name = stringIn(role.get("name"), parent);
    if (!isChild(name, parent)) throw malformed(parent, "delegates to a role that is no child of its own");
    if (names.has(name)) throw malformed(parent, "delegates to one role twice");
    names.add(name);
    const paths = arrayIn(role.get("paths") ?? [], parent).map((path) => stringIn(path, parent));
    return { name, paths, ...parseRole(role, keys, parent) };
  });
}

function isChild(name: string, parent: TargetsRole): name is `targets/${string}` {
  return name.length <= MAX_ROLE_LENGTH && roleForm.test(name) && name.slice(0, name.lastIndexOf("/")) === parent;
}
