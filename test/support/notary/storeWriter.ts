/**
 * Writes states of one GUN into a trust store, and tells of each write before and after it over its standard output, at
 * once. A program of its own, so that a test may kill it; the states are made here for both sides. Parameters: folder
 * of the store, first number, step between numbers, writes (0 for no end), `rising` or `same`, bytes of each role.
 */
import { writeSync } from "node:fs";
import type { Gun } from "../../../server/src/trust/notary/gun";
import { createTrustStore, type StateVersion, type StoredTrust } from "../../../server/src/trust/notary/store";

/** Whether each state has a higher version than the one before, or all have the same. */
export type Versions = "rising" | "same";

export const STORED_GUN = "registry.example/acme/app" as Gun;
const ROLES = ["root", "timestamp", "snapshot", "targets", "targets/releases"] as const;

/**
 * All of a state tells its number, so that a mixture of two is seen.
 * @param size bytes of each role
 */
export function stateOf(number: number, size: number): StoredTrust {
  const files = ROLES.map((role) => [role, Buffer.alloc(size + number, `${role} of ${number}; `)] as const);
  const time = new Date(1_700_000_000_000 + number * 1000);
  return { files: new Map(files), firstSeen: time, checkedAt: time, origin: "first-use" };
}

export function versionOf(number: number, versions: Versions): StateVersion {
  return versions === "same"
    ? { root: 1, timestamp: 1, snapshot: 1 }
    : { root: 1, timestamp: number, snapshot: number };
}

/** The number of a state that is whole; null for anything else. */
export function numberOf(state: StoredTrust | "forgotten" | null, size: number): number | null {
  if (state === null || state === "forgotten") return null;
  const number = (state.files.get("root")?.length ?? 0) - size;
  if (number < 0) return null;
  const expected = stateOf(number, size);
  const isWhole =
    state.files.size === expected.files.size &&
    state.firstSeen.getTime() === expected.firstSeen.getTime() &&
    [...expected.files].every(([role, bytes]) => state.files.get(role)?.equals(bytes));
  return isWhole ? number : null;
}

async function write([folder = "", first, step, writes, versions, size]: readonly string[]): Promise<void> {
  const store = createTrustStore(folder);
  const end = Number(writes) || Number.POSITIVE_INFINITY;
  for (let count = 0, number = Number(first); count < end; count++, number += Number(step)) {
    const state = stateOf(number, Number(size));
    writeSync(1, `begin ${number}\n`);
    await store.write(STORED_GUN, state, versionOf(number, versions as Versions));
    writeSync(1, `end ${number}\n`);
  }
}

if (require.main === module) write(process.argv.slice(2));
