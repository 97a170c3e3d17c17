/**
 * The way from a root that is believed to the newest one: every version on it in turn, each signed by the one before
 * (TUF specification, section 5.3; github.com/theupdateframework/notary, `client/tufclient.go`, `updateRoot`).
 */
import type { Gun } from "./gun";
import { parseRoot, type Root } from "./metadata/root";
import { MAX_ROOT, type MetadataSource, trustDataRemoved } from "./metadataSource";
import { NotaryError } from "./notaryError";
import { requireSelfSigned, requireSuccessor } from "./rootVerifier";

/** The server chooses how far it is ahead. */
const MAX_ROTATIONS = 500;

/**
 * @returns the newest root, of which nothing is known yet but that it descends from `known`; that one where it is it
 * @throws NotaryError, RegistryError
 */
export async function newestRoot(known: Root, gun: Gun, source: MetadataSource): Promise<Root> {
  const bytes = await source.fetch("root", MAX_ROOT);
  if (bytes === null) throw trustDataRemoved(gun, "root");
  if (bytes.equals(known.bytes)) return known;
  const newest = parseRoot(bytes);
  if (newest.version < known.version) {
    // One that is older has keys which the known one had before; a repository that was set up anew has others.
    const isOlder = [...newest.roles.root.keys.keys()].some((id) => known.keyIds.has(id));
    if (!isOlder) requireSuccessor(newest, known, gun);
    throw new NotaryError(
      "rollback",
      "root",
      `The root of ${gun} went back from version ${known.version} to ${newest.version}.`,
    );
  }
  if (newest.version - known.version > MAX_ROTATIONS) {
    throw new NotaryError("too-large", "root", `The root of ${gun} is more than ${MAX_ROTATIONS} versions ahead.`);
  }
  let previous = known;
  for (let version = known.version + 1; version < newest.version; version++) {
    previous = await nextRoot(previous, version, gun, source);
  }
  requireSuccessor(newest, previous, gun);
  return newest;
}

async function nextRoot(previous: Root, version: number, gun: Gun, source: MetadataSource): Promise<Root> {
  const bytes = await source.fetch(`${version}.root`, MAX_ROOT);
  const next = bytes === null ? null : parseRoot(bytes);
  if (next?.version !== version) {
    throw new NotaryError(
      "root-version-skipped",
      "root",
      `The server leaves out version ${version} of the root of ${gun}.`,
    );
  }
  requireSuccessor(next, previous, gun);
  requireSelfSigned(next, gun);
  return next;
}
