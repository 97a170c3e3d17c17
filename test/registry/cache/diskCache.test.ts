/** The cache on disk: it gives back what was written, or nothing, and where it can't keep anything it is only slower. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { createDiskCache, type DiskCache } from "../../../server/src/registry/cache/diskCache";

const HOUR = 60 * 60_000;
const body = Buffer.from('{"ä":"😀"}\n\0 and more');
const { signal } = new AbortController();

describe("the cache on disk", () => {
  let parent: string;
  let directory: string;
  let time: number;
  let problems: string[];
  let cache: DiskCache;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), "disk-cache-"));
    directory = join(parent, "below", "cache");
    time = Date.UTC(2026, 0, 1);
    problems = [];
    cache = open();
  });
  afterEach(() => rm(parent, { recursive: true, force: true, maxRetries: 5 }));

  const open = (folder = directory) =>
    createDiskCache({
      directory: folder,
      now: () => time,
      maxBytes: 1e9,
      report: (problem) => problems.push(problem),
    });

  function pathOf(key: string): string {
    const name = createHash("sha256").update(key).digest("hex");
    return join(directory, name.slice(0, 2), name);
  }
  async function usedAt(key: string): Promise<number> {
    return (await stat(pathOf(key))).mtimeMs;
  }
  async function locks(): Promise<string[]> {
    return (await readdir(join(directory, "locks"))).filter((name) => !name.startsWith("sweep"));
  }
  /** Nothing can be made below a file. */
  async function unusable(): Promise<DiskCache> {
    await mkdir(dirname(directory));
    await writeFile(directory, "");
    return cache;
  }

  describe("read, write and forget", () => {
    it("knows nothing at first, and may forget it", async () => {
      assert.equal(await cache.read("key"), null);
      await cache.forget("key");
      assert.deepEqual(problems, []);
    });

    it("gives back what was written, with the time, to whoever opens the same folder", async () => {
      await cache.write("key", body);
      const written = time;
      time += 30 * 24 * HOUR;
      assert.deepEqual(await open().read("key"), { body, writtenAt: written });
      assert.equal(await open().read("other"), null);
      assert.equal(await open(join(parent, "elsewhere")).read("key"), null);
    });

    it("gives back the last of what was written", async () => {
      await cache.write("key", body);
      time += 1;
      await cache.write("key", Buffer.from("new"));
      assert.deepEqual(await cache.read("key"), { body: Buffer.from("new"), writtenAt: time });
    });

    it("keeps any bytes by any key", async () => {
      const anyKey = fc.oneof(
        fc.string({ unit: "binary" }),
        fc.constantFrom("", "__proto__", "../../etc/passwd", "\ud800", "\n", "a".repeat(10_000)),
      );
      await fc.assert(
        fc.asyncProperty(anyKey, fc.uint8Array({ maxLength: 2000 }), async (key, bytes) => {
          await cache.write(key, Buffer.from(bytes));
          assert.deepEqual(await cache.read(key), { body: Buffer.from(bytes), writtenAt: time });
        }),
      );
    });

    it("forgets an entry, and no other", async () => {
      await cache.write("key", body);
      await cache.write("other", body);
      await cache.forget("key");
      assert.equal(await cache.read("key"), null);
      assert.notEqual(await cache.read("other"), null);
    });

    it("makes files and folders that are nobody else's, by the key's checksum", async function () {
      if (process.platform === "win32") this.skip();
      await cache.write("key", body);
      assert.equal((await stat(pathOf("key"))).mode & 0o777, 0o600);
      for (const folder of [dirname(pathOf("key")), directory, dirname(directory)])
        assert.equal((await stat(folder)).mode & 0o777, 0o700);
    });

    it("stores a line that tells what it is, and then the bytes", async () => {
      await cache.write("a key", body);
      const content = await readFile(pathOf("a key"));
      const end = content.indexOf("\n") + 1;
      const { sha256, ...told } = JSON.parse(content.subarray(0, end).toString());
      assert.deepEqual(told, { format: 1, writtenAt: time, key: "a key", length: body.length });
      assert.match(sha256, /^[0-9a-f]{64}$/);
      assert.deepEqual(content.subarray(end), body);
    });
  });

  describe("what is no whole entry of the key", () => {
    beforeEach(() => cache.write("key", body));
    const change = async (changed: (content: Buffer) => Buffer | string) =>
      writeFile(pathOf("key"), changed(await readFile(pathOf("key"))));

    it("is a miss wherever it was cut off", async () => {
      const { length } = await readFile(pathOf("key"));
      for (let end = length - 1; end >= 0; end--) {
        await change((content) => content.subarray(0, end));
        assert.equal(await cache.read("key"), null, `after ${end} bytes`);
      }
    });

    it("is a miss whichever bit is flipped", async () => {
      const whole = await readFile(pathOf("key"));
      for (let place = 0; place < whole.length; place++) {
        const flipped = Buffer.from(whole);
        flipped[place] = (whole[place] ?? 0) ^ (1 << (place % 8));
        await writeFile(pathOf("key"), flipped);
        assert.equal(await cache.read("key"), null, `byte ${place}`);
      }
      await writeFile(pathOf("key"), whole);
      assert.notEqual(await cache.read("key"), null);
    });

    /** An entry as the cache would write it, were it not for the members. */
    function entryWith(changes: Readonly<Record<string, unknown>>): Buffer {
      const told = { format: 1, writtenAt: time, key: "key", length: body.length, ...changes };
      const sha256 = createHash("sha256").update(JSON.stringify(told)).update(body).digest("hex");
      return Buffer.concat([Buffer.from(`${JSON.stringify({ ...told, sha256 })}\n`), body]);
    }

    it("is judged in these tests by entries that would be read if nothing were changed", async () => {
      await change(() => entryWith({}));
      assert.notEqual(await cache.read("key"), null);
    });

    for (const [title, changes] of [
      ["of another format", { format: 2 }],
      ["of another key", { key: "other" }],
      ["of another length", { length: body.length + 1 }],
      ["without a time", { writtenAt: null }],
      ["from before the epoch", { writtenAt: -1 }],
    ] as const) {
      it(`is a miss ${title}, though its checksum is right`, async () => {
        await change(() => entryWith(changes));
        assert.equal(await cache.read("key"), null);
      });
    }

    for (const [title, changed] of [
      ["with more at its end", (content: Buffer) => Buffer.concat([content, Buffer.of(0)])],
      ["of zeros, as after a power failure", (content: Buffer) => Buffer.alloc(content.length)],
      ["of a line of other JSON", () => "null\n"],
    ] as const) {
      it(`is a miss ${title}`, async () => {
        await change(changed);
        assert.equal(await cache.read("key"), null);
      });
    }

    it("is a miss where another key's file stands", async () => {
      await cache.write("other", body);
      await cp(pathOf("other"), pathOf("key"));
      assert.equal(await cache.read("key"), null);
    });

    it("is a miss if it comes from the future: the clock was set back", async () => {
      time -= 1;
      assert.equal(await cache.read("key"), null);
      time += 1;
      assert.notEqual(await cache.read("key"), null);
    });

    it("is replaced by the next writing", async () => {
      await change(() => "");
      await cache.write("key", body);
      assert.deepEqual((await cache.read("key"))?.body, body);
    });

    it("may be a folder, which stays", async () => {
      await cache.forget("key");
      await mkdir(join(pathOf("key"), "folder"), { recursive: true });
      assert.equal(await cache.read("key"), null);
      await cache.write("key", body);
      await cache.forget("key");
      assert.equal(problems.length, 1);
      assert.deepEqual(await readdir(dirname(pathOf("key"))), [pathOf("key").slice(-64)]);
    });
  });

  describe("the time of last use", () => {
    beforeEach(() => cache.write("key", body));

    it("is that of the writing, and for an hour it is not changed by reading", async () => {
      const written = time;
      assert.equal(await usedAt("key"), written);
      time += HOUR;
      await cache.read("key");
      assert.equal(await usedAt("key"), written);
    });

    it("is that of a reading later than that", async () => {
      time += HOUR + 1000;
      await cache.read("key");
      assert.equal(await usedAt("key"), time);
    });

    it("is that of a reading if it was in the future", async () => {
      const future = new Date(time + 2 * HOUR);
      await utimes(pathOf("key"), future, future);
      await cache.read("key");
      assert.equal(await usedAt("key"), time);
    });
  });

  describe("a folder that can't be written", () => {
    it("keeps nothing, and is reported once", async () => {
      await unusable();
      await cache.write("key", body);
      await cache.write("other", body);
      await cache.forget("key");
      assert.equal(await cache.read("key"), null);
      assert.deepEqual(problems, [`The cache in ${directory} can't be written (ENOTDIR): nothing is kept.`]);
    });

    it("keeps nothing without anybody to report it to", async () => {
      await unusable();
      const silent = createDiskCache({ directory, now: () => time, maxBytes: 1e9 });
      await silent.write("key", body);
      assert.equal(await silent.read("key"), null);
    });

    it("still serves what stands in it, if it may be read", async function () {
      // Root may write everywhere.
      if (process.platform === "win32" || process.getuid?.() === 0) this.skip();
      await cache.write("key", body);
      await chmod(directory, 0o500);
      await chmod(dirname(pathOf("key")), 0o500);
      try {
        await cache.write("key", Buffer.from("new"));
        assert.deepEqual((await cache.read("key"))?.body, body);
        assert.equal(problems.length, 1);
      } finally {
        await chmod(directory, 0o700);
        await chmod(dirname(pathOf("key")), 0o700);
      }
    });
  });

  describe("once", () => {
    const known = async () => (await cache.read("key"))?.body.toString() ?? null;
    const never = async () => assert.fail("it was to wait");
    const storing = (text: string) => async () => {
      await cache.write("key", Buffer.from(text));
      return text;
    };
    /** Someone at work, until told what comes of it. */
    async function worker(): Promise<{ end(outcome: () => Promise<string>): void; readonly ended: Promise<string> }> {
      let end: (outcome: () => Promise<string>) => void = () => {};
      const outcome = new Promise<() => Promise<string>>((resolve) => {
        end = resolve;
      });
      let begin = () => {};
      const begun = new Promise<void>((resolve) => {
        begin = resolve;
      });
      const work = async () => {
        begin();
        return (await outcome)();
      };
      const ended = cache.once("key", known, work, signal);
      // Whoever awaits it sees how it failed.
      ended.catch(() => {});
      await begun;
      return { end, ended };
    }

    it("does the work, and leaves no lock", async () => {
      assert.equal(await cache.once("key", known, storing("a"), signal), "a");
      assert.deepEqual(await locks(), []);
    });

    it("asks again what is known before it works, and leaves no lock", async () => {
      await cache.write("key", Buffer.from("a"));
      assert.equal(await cache.once("key", known, never, signal), "a");
      assert.deepEqual(await locks(), []);
    });

    it("waits for another, and gets what that one has written", async () => {
      const { end, ended } = await worker();
      const waiting = open().once("key", known, never, signal);
      end(storing("a"));
      assert.equal(await waiting, "a");
      assert.equal(await ended, "a");
    });

    it("gets what is written while another goes on to hold the lock", async () => {
      const { end, ended } = await worker();
      const waiting = open().once("key", known, never, signal);
      await cache.write("key", Buffer.from("a"));
      assert.equal(await waiting, "a");
      end(async () => "later");
      assert.equal(await ended, "later");
    });

    it("works for itself once another has failed", async () => {
      const { end, ended } = await worker();
      const waiting = open().once("key", known, storing("b"), signal);
      end(() => Promise.reject(new TypeError("it failed")));
      await assert.rejects(ended, TypeError);
      assert.equal(await waiting, "b");
      assert.deepEqual(await locks(), []);
    });

    it("does not wait for the work of another key", async () => {
      const { end, ended } = await worker();
      assert.equal(
        await cache.once(
          "other",
          async () => null,
          async () => "b",
          signal,
        ),
        "b",
      );
      end(storing("a"));
      await ended;
    });

    it("leaves no lock where what is known can't be told", async () => {
      const broken = () => Promise.reject(new TypeError("it failed"));
      await assert.rejects(cache.once("key", broken, never, signal), TypeError);
      assert.deepEqual(await locks(), []);
    });

    it("ends with the reason of the signal while it waits", async () => {
      const { end, ended } = await worker();
      const controller = new AbortController();
      const reason = new Error("enough");
      const looking = async () => {
        controller.abort(reason);
        return null;
      };
      await assert.rejects(open().once("key", looking, never, controller.signal), reason);
      const waiting = open().once("key", known, never, AbortSignal.abort(reason));
      await assert.rejects(waiting, reason);
      end(storing("a"));
      assert.equal(await ended, "a");
    });

    it("does not begin once the signal has ended it", async () => {
      const reason = new Error("enough");
      await assert.rejects(cache.once("key", known, never, AbortSignal.abort(reason)), reason);
      assert.equal(await cache.read("key"), null);
    });

    it("works without a lock where none can be made", async () => {
      await unusable();
      assert.equal(await cache.once("key", known, async () => "a", signal), "a");
      await assert.rejects(
        cache.once("key", known, () => Promise.reject(new TypeError("it failed")), signal),
        TypeError,
      );
    });
  });
});
