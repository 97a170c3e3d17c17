/**
 * Uses a cache on disk as one process of many, and tells of what it does over its standard output, at once. A program of
 * its own, so that a test may start fifty of them, and kill them. Parameters: what to do, the folder, and more by that.
 */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { writeSync } from "node:fs";
import { createDiskCache, type DiskCache } from "../../server/src/registry/cache/diskCache";

/** All of a body tells its key and number, so that a mixture of two is seen. */
export function bodyOf(key: string, number: number): Buffer {
  return Buffer.alloc(20_000 + (number % 10) * 10_000, `${key} ${number};`);
}

export function isBodyOf(key: string, body: Buffer): boolean {
  const number = /^(\S+) (\d+);/.exec(body.toString("latin1", 0, 100))?.[2];
  return number !== undefined && body.equals(bodyOf(key, Number(number)));
}

function tell(line: string): void {
  writeSync(1, `${line}\n`);
}

/** Waits for a line of its input before it begins, and for another one, or for ever, within the work. */
async function workOnce(cache: DiskCache, key: string): Promise<void> {
  const known = async () => (await cache.read(key))?.body.toString() ?? null;
  const work = async () => {
    tell("works");
    await once(process.stdin, "data");
    await cache.write(key, Buffer.from(`by ${process.pid}`));
    return `by ${process.pid}`;
  };
  tell("ready");
  await once(process.stdin, "data");
  tell(`got ${await cache.once(key, known, work, new AbortController().signal)}`);
  process.stdin.destroy();
}

/** Writes the keys `0` to `9` in turn until it is killed. */
async function writeForEver(cache: DiskCache, first: number): Promise<void> {
  for (let number = first; ; number++) {
    const key = String(number % 10);
    tell(`begin ${number}`);
    await cache.write(key, bodyOf(key, number));
    tell(`end ${number}`);
  }
}

/** Reads, writes and forgets some keys at random. */
async function mix(cache: DiskCache, times: number): Promise<void> {
  const counts = { whole: 0, absent: 0, wrong: 0 };
  for (let number = 0; number < times; number++) {
    const key = String(randomInt(60));
    const choice = randomInt(10);
    if (choice === 0) await cache.forget(key);
    else if (choice < 5) await cache.write(key, bodyOf(key, number));
    else {
      const entry = await cache.read(key);
      counts[entry === null ? "absent" : isBodyOf(key, entry.body) ? "whole" : "wrong"]++;
    }
  }
  tell(JSON.stringify(counts));
}

const tasks: Readonly<Record<string, (cache: DiskCache, parameter: string) => Promise<void>>> = {
  once: workOnce,
  write: (cache, first) => writeForEver(cache, Number(first)),
  mix: (cache, times) => mix(cache, Number(times)),
};

if (require.main === module) {
  const [task = "", directory = "", maxBytes, parameter = ""] = process.argv.slice(2);
  const report = (problem: string) => tell(`problem ${problem}`);
  const cache = createDiskCache({ directory, now: Date.now, maxBytes: Number(maxBytes), report });
  tasks[task]?.(cache, parameter);
}
