/** The lock between processes: one holds it, nobody waits for the dead, and who was outpaced disturbs nobody. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, utimesSync, writeFileSync } from "node:fs";
import files, { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { type ProcessLock, tryLock } from "../../../server/src/registry/cache/processLock";

const STALE = 30_000;

describe("the lock between processes", () => {
  let directory: string;
  let folder: string;
  let path: string;
  let time: number;
  let deadPid: number;
  before(async () => {
    const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
    deadPid = child.pid ?? 0;
    await once(child, "exit");
  });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "process-lock-"));
    folder = join(directory, "locks");
    path = join(folder, "lock");
    time = Date.UTC(2026, 0, 1);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const attempt = () => tryLock(path, () => time);
  async function take(): Promise<ProcessLock> {
    return (await attempt()) ?? assert.fail("another holds it");
  }
  /** A lock file as of now. */
  async function put(content: string, name = path): Promise<void> {
    await mkdir(folder, { recursive: true });
    await writeFile(name, content);
    await utimes(name, new Date(time), new Date(time));
  }
  const holder = (changes: Readonly<Record<string, unknown>> = {}) =>
    JSON.stringify({ host: hostname(), pid: process.pid, token: "another", ...changes });

  it("is held by one, and free afterwards", async () => {
    const lock = await take();
    assert.equal(await attempt(), null);
    assert.deepEqual(await readdir(folder), ["lock"]);
    await lock.release();
    assert.deepEqual(await readdir(folder), []);
    await (await take()).release();
  });

  it("is held by one of all who try at once", async () => {
    const taken = (await Promise.all(Array.from({ length: 20 }, attempt))).filter((lock) => lock !== null);
    assert.equal(taken.length, 1);
    assert.deepEqual(await readdir(folder), ["lock"]);
    await taken[0]?.release();
  });

  it("tells its holder, and is readable to the user alone", async function () {
    const lock = await take();
    const { token, ...told } = JSON.parse(await readFile(path, "utf8"));
    assert.deepEqual(told, { host: hostname(), pid: process.pid });
    assert.equal(typeof token, "string");
    await lock.release();
    if (process.platform === "win32") this.skip();
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
  });

  describe("of one who is dead", () => {
    it("is taken over at once on the same host", async () => {
      await put(holder({ pid: deadPid }));
      const lock = await take();
      assert.equal(await attempt(), null);
      assert.deepEqual(await readdir(folder), ["lock"]);
      await lock.release();
      assert.deepEqual(await readdir(folder), []);
    });

    it("is taken over on another host after the time without a sign of life", async () => {
      await put(holder({ pid: deadPid, host: "another.example" }));
      time += STALE;
      assert.equal(await attempt(), null);
      time += 1;
      await (await take()).release();
    });

    it("is taken over by one of all who find it so", async () => {
      for (let round = 0; round < 20; round++) {
        await put(holder({ pid: deadPid }));
        const taken = (await Promise.all(Array.from({ length: 10 }, attempt))).filter((lock) => lock !== null);
        assert.equal(taken.length, 1);
        assert.deepEqual(await readdir(folder), ["lock"]);
        await taken[0]?.release();
      }
    });
  });

  it("is taken over from a living process that gave no sign of life", async () => {
    await put(holder());
    time += STALE;
    assert.equal(await attempt(), null);
    time += 1;
    await (await take()).release();
  });

  it("is not taken over from a living process of another user", async () => {
    await put(holder());
    const { kill } = process;
    process.kill = () => {
      throw Object.assign(new Error("not yours"), { code: "EPERM" });
    };
    try {
      assert.equal(await attempt(), null);
    } finally {
      process.kill = kill;
    }
  });

  it("is taken over if it comes from the future: the clock was set back", async () => {
    await put(holder());
    time -= STALE;
    assert.equal(await attempt(), null);
    time -= 1;
    await (await take()).release();
  });

  for (const [title, content] of [
    ["of no byte", () => ""],
    ["that is no JSON", () => "{"],
    ["that is null", () => "null"],
    ["that is a list", () => "[]"],
    ["with a text as the process", () => holder({ pid: String(deadPid) })],
    ["with half a process", () => holder({ pid: 0.5 })],
    ["with all processes of the group", () => holder({ pid: 0 })],
    ["with another group of processes", () => holder({ pid: -deadPid })],
    ["without a host", () => holder({ pid: deadPid, host: undefined })],
    ["without a token", () => holder({ pid: deadPid, token: undefined })],
  ] as const) {
    it(`counts by its time alone if it is a file ${title}`, async () => {
      await put(content());
      time += STALE;
      assert.equal(await attempt(), null);
      time += 1;
      await (await take()).release();
    });
  }

  describe("of one who was paused for too long", () => {
    it("is the other's from then on, whatever the first does", async () => {
      const first = await take();
      time += STALE + 1;
      const second = await take();
      await first.release();
      assert.equal(await attempt(), null);
      await second.release();
      assert.deepEqual(await readdir(folder), []);
    });

    it("does not come back when the other has ended", async () => {
      const first = await take();
      time += STALE + 1;
      await (await take()).release();
      await first.release();
      assert.deepEqual(await readdir(folder), []);
    });
  });

  describe("while it is held", () => {
    const { setInterval, clearInterval } = globalThis;
    /** What is to be done again and again. */
    let ticks: Map<unknown, () => Promise<void>>;
    const tick = () => Promise.all([...ticks.values()].map((refresh) => refresh()));
    beforeEach(() => {
      ticks = new Map();
      globalThis.setInterval = ((refresh: () => Promise<void>, pause: number) => {
        assert.ok(2 * pause < STALE, "one late refreshing is to be survived");
        const timer = setInterval(() => {}, pause);
        ticks.set(timer, refresh);
        return timer;
      }) as unknown as typeof setInterval;
      globalThis.clearInterval = (timer) => {
        ticks.delete(timer);
        clearInterval(timer);
      };
    });
    afterEach(() => {
      globalThis.setInterval = setInterval;
      globalThis.clearInterval = clearInterval;
    });

    it("is refreshed", async () => {
      const lock = await take();
      time += STALE;
      await tick();
      time += STALE;
      assert.equal(await attempt(), null);
      await lock.release();
    });

    it("refreshes no other's", async () => {
      const first = await take();
      const [refreshFirst = assert.fail()] = ticks.values();
      time += STALE + 1;
      const second = await take();
      time += STALE + 1;
      await refreshFirst();
      const third = await take();
      for (const lock of [first, second, third]) await lock.release();
      assert.deepEqual(await readdir(folder), []);
    });

    it("is refreshed no more once it is released, and a refreshing that comes late does no harm", async () => {
      const lock = await take();
      const [refresh = assert.fail()] = ticks.values();
      await lock.release();
      assert.equal(ticks.size, 0);
      await refresh();
      assert.deepEqual(await readdir(folder), []);
    });

    it("is refreshed by nobody who did not get it", async () => {
      const lock = await take();
      assert.equal(await attempt(), null);
      assert.equal(ticks.size, 1);
      await lock.release();
    });
  });

  describe("with a takeover under way", () => {
    const guard = () => `${path}.takeover`;

    it("is left to whoever is at it", async () => {
      await put(holder({ pid: deadPid }));
      await put(holder(), guard());
      assert.equal(await attempt(), null);
      assert.deepEqual(await readdir(folder), ["lock", "lock.takeover"]);
    });

    it("is taken over in the end, if that one was killed", async () => {
      await put(holder({ pid: deadPid }));
      await put(holder({ pid: deadPid }), guard());
      assert.equal(await attempt(), null);
      const lock = await take();
      assert.deepEqual(await readdir(folder), ["lock"]);
      await lock.release();
    });
  });

  describe("of one who is dead, but no more when it is looked at again", () => {
    /** Does something between the first look and the second. */
    function attemptWith(between: () => void): Promise<ProcessLock | null> {
      let looks = 0;
      return tryLock(path, () => {
        if (looks++ === 1) between();
        return time;
      });
    }

    it("is the living one's", async () => {
      await put(holder({ pid: deadPid }));
      const replace = () => {
        writeFileSync(path, holder());
        utimesSync(path, new Date(time), new Date(time));
      };
      assert.equal(await attemptWith(replace), null);
      assert.equal(await readFile(path, "utf8"), holder());
      assert.deepEqual(await readdir(folder), ["lock"]);
    });

    it("is to be taken anew if it was released", async () => {
      await put(holder({ pid: deadPid }));
      assert.equal(await attemptWith(() => rmSync(path)), null);
      assert.deepEqual(await readdir(folder), []);
      await (await take()).release();
    });
  });

  it("rejects where the file system knows no hard links, and leaves nothing", async () => {
    const { link } = files;
    files.link = () => Promise.reject(Object.assign(new Error("not here"), { code: "EPERM" }));
    try {
      await assert.rejects(attempt(), { code: "EPERM" });
      assert.deepEqual(await readdir(folder), []);
    } finally {
      files.link = link;
    }
  });

  it("rejects where no lock can be made, and leaves nothing", async () => {
    await writeFile(folder, "");
    await assert.rejects(attempt(), { code: "ENOTDIR" });
    await rm(folder);
    await mkdir(path, { recursive: true });
    await assert.rejects(attempt(), { code: "EISDIR" });
    assert.deepEqual(await readdir(folder), ["lock"]);
  });

  it("may be gone, or replaced by anything, when it is released", async () => {
    const gone = await take();
    await rm(path);
    await gone.release();
    const replaced = await take();
    await rm(path);
    await mkdir(path);
    await replaced.release();
    assert.deepEqual(await readdir(folder), ["lock"]);
  });
});
