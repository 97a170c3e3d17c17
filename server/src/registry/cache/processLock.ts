/**
 * A lock between processes, so that one of them does what all of them want. It is a file that appears with its holder's
 * name in it or not at all, and that a holder who was killed does not keep. It saves work and guards nothing: in the
 * rarest of races two may hold it, so nothing that must not happen twice may rely on it.
 */
import { randomUUID } from "node:crypto";
import { link, open, rename } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { inFolder, remove } from "./folders";

export interface ProcessLock {
  /** Never rejects: a lock that can't be removed grows stale. */
  release(): Promise<void>;
}

interface Owner {
  readonly host: string;
  readonly pid: number;
  /** Tells this holder from all others, the same process at another time included. */
  readonly token: string;
}

interface Holder {
  /** Null where the file does not tell. */
  readonly owner: Owner | null;
  /** Milliseconds since the epoch. */
  readonly refreshedAt: number;
}

/** Without a sign of life for so long, a holder is held for dead. */
const STALE_MS = 30_000;
const REFRESH_MS = 10_000;

/**
 * Takes the lock if nobody alive holds it.
 * @param path of the lock; beside it are files that begin with the same name
 * @param now milliseconds since the epoch
 * @returns null where another holds it
 * @throws the file system's error where no lock can be made: a folder that is read-only, or knows no hard links
 */
export async function tryLock(path: string, now: () => number): Promise<ProcessLock | null> {
  const found = await readHolder(path);
  if (found !== null && !isStale(found, now())) return null;

  const owner: Owner = { host: hostname(), pid: process.pid, token: randomUUID() };
  const own = `${path}.${owner.token}`;
  // By the handle it is this lock that is refreshed, even if another stands under its name by then.
  const file = await inFolder(dirname(path), () => open(own, "wx", 0o600));
  const refresh = () => file.utimes(new Date(now()), new Date(now()));
  let isTaken = false;
  try {
    await file.writeFile(JSON.stringify(owner));
    await refresh();
    isTaken = found === null ? await linkAs(own, path) : await takeOver(own, path, now);
  } finally {
    await remove(own).catch(() => {});
    if (!isTaken) await file.close();
  }
  if (!isTaken) return null;

  const refreshing = setInterval(() => refresh().catch(() => {}), REFRESH_MS).unref();
  return {
    async release() {
      clearInterval(refreshing);
      try {
        await file.close();
        const holder = await readHolder(path);
        if (holder?.owner?.token === owner.token) await remove(path);
      } catch {
        // It is not refreshed any more.
      }
    },
  };
}

/** @returns false where something has that name already */
async function linkAs(file: string, name: string): Promise<boolean> {
  try {
    await link(file, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Puts `own` in the place of a stale lock. Of all who find it stale, one at a time may: another could otherwise replace
 * the lock that the first has just put there.
 */
async function takeOver(own: string, path: string, now: () => number): Promise<boolean> {
  const guard = `${path}.takeover`;
  if (!(await linkAs(own, guard))) {
    const other = await readHolder(guard);
    if (other !== null && isStale(other, now())) await remove(guard);
    return false;
  }
  try {
    const holder = await readHolder(path);
    if (holder === null || !isStale(holder, now())) return false;
    await rename(own, path);
    return true;
  } finally {
    // Left behind it grows stale, as a lock does.
    await remove(guard).catch(() => {});
  }
}

/** Null where there is no such lock. */
async function readHolder(path: string): Promise<Holder | null> {
  try {
    const file = await open(path);
    try {
      const { mtimeMs } = await file.stat();
      return { owner: parseOwner(await file.readFile("utf8")), refreshedAt: mtimeMs };
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function parseOwner(text: string): Owner | null {
  let owner: Partial<Record<keyof Owner, unknown>> | null;
  try {
    owner = JSON.parse(text);
  } catch {
    return null;
  }
  const { host, pid, token } = owner ?? {};
  const isOwner = typeof host === "string" && Number.isSafeInteger(pid) && Number(pid) > 0 && typeof token === "string";
  return isOwner ? { host, pid: Number(pid), token } : null;
}

/** A lock from the future is one from before the clock was set back. */
function isStale({ owner, refreshedAt }: Holder, now: number): boolean {
  if (Math.abs(now - refreshedAt) > STALE_MS) return true;
  return owner !== null && owner.host === hostname() && !isAlive(owner.pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It may be another user's.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
