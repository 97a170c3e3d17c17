/**
 * Remembers for all processes of the user how a registry asks for a login, so that the first question of each already
 * carries one. A challenge is no secret; what it leads to is checked each time as if it had just come.
 */
import { parseObject } from "../jsonObject";
import type { KeptChallenges } from "../login/authentication";
import type { DiskCache } from "./diskCache";

/** Milliseconds. */
const LIFETIME = 24 * 60 * 60_000;

export function challengesOn(disk: DiskCache, clock: () => Date): KeptChallenges {
  const keyOf = (origin: string) => `challenge ${origin}`;
  return {
    async read(origin) {
      const entry = await disk.read(keyOf(origin));
      if (entry === null || clock().getTime() - entry.writtenAt >= LIFETIME) return null;
      const members = parseObject(entry.body);
      const [field, address] = [members?.get("field"), members?.get("address")];
      if (typeof field !== "string" || !(address === null || typeof address === "string")) return null;
      return { field, address };
    },
    keep(origin, challenge) {
      void disk.write(keyOf(origin), Buffer.from(JSON.stringify(challenge)));
    },
  };
}
