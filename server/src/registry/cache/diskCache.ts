/**
 * A cache on disk that all editor windows and commands of a user share: bytes by key, each entry a file that is written
 * whole or not at all and is verified when it is read. Nothing depends on it: what can't be read is a miss, what can't be
 * written is not kept. It knows nothing of registries, and must never be given a secret.
 */
import { createHash } from "node:crypto";
import { open, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import writeFileAtomic from "write-file-atomic";
import { inFolder, remove } from "./folders";
import { tryLock } from "./processLock";
import { createSweeper, LOCK_FOLDER } from "./sweep";

export interface CachedEntry {
  readonly body: Buffer;
  /** Whole milliseconds since the epoch, as the entry itself tells. */
  readonly writtenAt: number;
}

export interface DiskCache {
  /** Null for whatever is not a whole entry of this key, written before now. Never rejects. */
  read(key: string): Promise<CachedEntry | null>;
  /** Never rejects: where nothing can be written, nothing is kept. */
  write(key: string, body: Buffer): Promise<void>;
  /** Never rejects. */
  forget(key: string): Promise<void>;
  /**
   * Lets one process of all do `work` for a key; the others wait and get what it has written. Work that fails rejects for
   * its caller alone: the others then try themselves.
   * @param known what the cache holds, or null; it is asked again before `work` begins
   * @param signal ends the waiting; `work` has to heed it itself
   * @throws the signal's reason, or whatever `known` and `work` throw
   */
  once<T>(key: string, known: () => Promise<T | null>, work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export interface DiskCachePorts {
  /** Made where it is not there. */
  readonly directory: string;
  /** Whole milliseconds since the epoch. */
  readonly now: () => number;
  /** What the entries may take of the disk; now and then they take up to a tenth more for each process that writes. */
  readonly maxBytes: number;
  /** Takes one sentence for the log, when an entry can't be written for the first time. */
  readonly report?: (problem: string) => void;
}

const FORMAT = 1;
/** A file's time tells when the entry was last used, to the hour: so reading seldom writes. */
const TOUCH_MS = 60 * 60_000;
const SHORTEST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 50;

export function createDiskCache({ directory, now, maxBytes, report }: DiskCachePorts): DiskCache {
  const sweeper = createSweeper({ directory, now, maxBytes });
  let isReported = false;

  function pathOf(key: string): string {
    const name = nameOf(key);
    return join(directory, name.slice(0, 2), name);
  }

  function tell(cause: unknown): void {
    if (isReported) return;
    isReported = true;
    report?.(`The cache in ${directory} can't be written (${(cause as NodeJS.ErrnoException).code}): nothing is kept.`);
  }

  return {
    async read(key) {
      const path = pathOf(key);
      try {
        const { content, usedAt } = await readContent(path);
        const entry = parseEntry(content, key);
        if (entry === null || entry.writtenAt > now()) return null;
        if (Math.abs(now() - usedAt) > TOUCH_MS) await touch(path, now());
        return entry;
      } catch {
        return null;
      }
    },

    async write(key, body) {
      const path = pathOf(key);
      const writtenAt = now();
      const header = headerOf(key, body, writtenAt);
      try {
        // Nothing waits for the disk: what a power failure leaves torn fails its checksum, and is asked for again.
        await inFolder(dirname(path), () =>
          writeFileAtomic(path, Buffer.concat([header, body]), { mode: 0o600, fsync: false }),
        );
        await touch(path, writtenAt);
      } catch (cause) {
        return tell(cause);
      }
      void sweeper.wrote(header.length + body.length);
    },

    async forget(key) {
      await remove(pathOf(key)).catch(tell);
    },

    async once(key, known, work, signal) {
      const path = join(directory, LOCK_FOLDER, nameOf(key));
      for (let pause = SHORTEST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
        signal.throwIfAborted();
        const lock = await tryLock(path, now).catch(() => undefined);
        // Where no lock can be made, each works for itself.
        if (lock === undefined) return await work();
        if (lock !== null) {
          try {
            return (await known()) ?? (await work());
          } finally {
            await lock.release();
          }
        }
        // Many wait for the same lock: they had better not all look at once.
        await delay(pause * (0.5 + Math.random() / 2));
        const answer = await known();
        if (answer !== null) return answer;
      }
    },
  };
}

function nameOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** Another process may have put another file in its place, or removed it. */
async function touch(path: string, time: number): Promise<void> {
  await utimes(path, new Date(time), new Date(time)).catch(() => {});
}

async function readContent(path: string): Promise<{ content: Buffer; usedAt: number }> {
  const file = await open(path);
  try {
    const { mtimeMs } = await file.stat();
    return { content: await file.readFile(), usedAt: mtimeMs };
  } finally {
    await file.close();
  }
}

/** A line of JSON. The checksum is over all that stands before it, and the body. */
function headerOf(key: string, body: Buffer, writtenAt: number): Buffer {
  const told = { format: FORMAT, writtenAt, key, length: body.length };
  const sha256 = createHash("sha256").update(JSON.stringify(told)).update(body).digest("hex");
  return Buffer.from(`${JSON.stringify({ ...told, sha256 })}\n`);
}

/** An entry is the one that would be written with its own time, to the byte; null for any other content. */
function parseEntry(content: Buffer, key: string): CachedEntry | null {
  const bodyStart = content.indexOf("\n") + 1;
  const header = content.subarray(0, bodyStart);
  const body = content.subarray(bodyStart);
  const [, time] = /^\{"format":\d+,"writtenAt":(\d+),/.exec(header.toString("latin1")) ?? [];
  if (time === undefined) return null;
  const writtenAt = Number(time);
  return header.equals(headerOf(key, body, writtenAt)) ? { body, writtenAt } : null;
}
