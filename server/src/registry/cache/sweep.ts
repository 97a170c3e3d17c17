/**
 * Keeps the cache within its size, and clears away what killed processes have left. It works behind the back of those
 * who read and write: nobody waits for it, nothing that is being written is touched, and to delete what another reads
 * does no harm.
 */
import { lstat, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tryLock } from "./processLock";

export interface SweeperPorts {
  /** Of the cache. */
  readonly directory: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** What all entries together may take of the disk. */
  readonly maxBytes: number;
}

export interface Sweeper {
  /**
   * To be told of each entry that was written: sweeps if the folder was not swept for a day by any process, or if this
   * one has written a tenth of `maxBytes` since. Ends when that is done, if there is anything to do, and never rejects.
   */
  wrote(bytes: number): Promise<void>;
}

interface Found {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly usedAt: number;
}

/** Beside the entries, which stand in folders of two hexadecimal digits. */
export const LOCK_FOLDER = "locks";
/** Holds when the last sweep began. */
const STAMP = "swept";
const entryFolder = /^[0-9a-f]{2}$/;
const entryName = /^[0-9a-f]{64}$/;
/** What a write is made under until it is whole (write-file-atomic, `getTmpname`). */
const temporaryName = /^[0-9a-f]{64}\.\d+$/;

const DAY_MS = 24 * 60 * 60_000;
/** Older than any write under way, and any lock that is held. */
const LEFTOVER_MS = 60 * 60_000;
/** A file takes whole blocks: thousands of small answers take more than the sum of their lengths. */
const BLOCK_BYTES = 4096;

export function createSweeper(ports: SweeperPorts): Sweeper {
  const { directory, now, maxBytes } = ports;
  const stamp = join(directory, STAMP);
  let written = 0;
  let dueAt = 0;
  let isSweeping = false;

  function isDue(): boolean {
    // A clock that was set back would keep it from ever being due.
    return now() >= dueAt || now() < dueAt - DAY_MS;
  }

  async function sweepOnce(isFull: boolean): Promise<void> {
    if (!isFull) {
      dueAt = (await readStamp(stamp)) + DAY_MS;
      if (!isDue()) return;
    }
    dueAt = now() + DAY_MS;
    written = 0;
    await writeFile(stamp, String(now()), { mode: 0o600 });
    await sweep(ports);
  }

  return {
    async wrote(bytes) {
      written += onDisk(bytes);
      const isFull = written > maxBytes / 10;
      if (isSweeping || (!isFull && !isDue())) return;
      isSweeping = true;
      try {
        // Where no lock can be made, several may sweep at once, which is no more than wasteful.
        const lock = await tryLock(join(directory, LOCK_FOLDER, "sweep"), now).catch(() => undefined);
        if (lock === null) return;
        await sweepOnce(isFull).finally(() => lock?.release());
      } catch {
        // What can't be listed or stamped now is swept when it is due the next time.
      } finally {
        isSweeping = false;
      }
    },
  };
}

/**
 * Removes leftovers, and the entries that were used longest ago until the rest takes four fifths of `maxBytes`, where it
 * takes more than that.
 * @throws the file system's error where the folder can't be listed
 */
export async function sweep({ directory, now, maxBytes }: SweeperPorts): Promise<void> {
  const entries: Found[] = [];
  const leftovers: Found[] = [];
  const isLeftover = ({ usedAt }: Found) => now() - usedAt > LEFTOVER_MS;
  for (const folder of (await readdir(directory)).filter((name) => entryFolder.test(name))) {
    const files = await filesIn(join(directory, folder));
    entries.push(...files.filter(({ name }) => entryName.test(name)));
    leftovers.push(...files.filter((file) => temporaryName.test(file.name) && isLeftover(file)));
  }
  leftovers.push(...(await filesIn(join(directory, LOCK_FOLDER))).filter(isLeftover));
  for (const { path } of leftovers) await remove(path);

  let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= maxBytes) return;
  // What was used in the future is from before the clock was set back, and of no use any more.
  const order = ({ usedAt }: Found) => (usedAt - now() > LEFTOVER_MS ? 0 : usedAt);
  entries.sort((a, b) => order(a) - order(b));
  for (const { path, bytes } of entries) {
    if (total <= maxBytes * 0.8) return;
    if (await remove(path)) total -= bytes;
  }
}

async function filesIn(folder: string): Promise<Found[]> {
  const names = await readdir(folder).catch(() => []);
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      // Another process may have removed it meanwhile.
      const file = await lstat(path).catch(() => null);
      return file?.isFile() ? { path, name, bytes: onDisk(file.size), usedAt: file.mtimeMs } : [];
    }),
  );
  return files.flat();
}

/** @returns false where it is still there, as on Windows while another process reads it */
async function remove(path: string): Promise<boolean> {
  return await rm(path, { force: true }).then(
    () => true,
    () => false,
  );
}

/** Milliseconds since the epoch; 0 where nothing usable is stored. */
async function readStamp(stamp: string): Promise<number> {
  const text = await readFile(stamp, "utf8").catch(() => "");
  return Number(text) || 0;
}

function onDisk(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}
