/** The cache's size: what was used longest ago goes, seldom, and nothing that somebody may still be writing. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { tryLock } from "../../../server/src/registry/cache/processLock";
import { createSweeper, sweep } from "../../../server/src/registry/cache/sweep";

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
const BLOCK = 4096;

describe("sweeping the cache", () => {
  let directory: string;
  let time: number;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "sweep-"));
    time = Date.UTC(2026, 0, 1);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const now = () => time;
  const blocks = (count: number) => ({ directory, now, maxBytes: count * BLOCK });
  /** The name of an entry, in one of a few folders. */
  const nameOf = (number: number) => `0${number % 3}${String(number).padStart(62, "0")}`;

  async function put(path: string, usedAt = time, bytes = 10): Promise<void> {
    await mkdir(join(directory, dirname(path)), { recursive: true });
    await writeFile(join(directory, path), Buffer.alloc(bytes));
    await utimes(join(directory, path), new Date(usedAt), new Date(usedAt));
  }
  async function putEntry(number: number, usedAt = time, bytes?: number): Promise<void> {
    await put(`${nameOf(number).slice(0, 2)}/${nameOf(number)}`, usedAt, bytes);
  }
  /** The numbers of the entries, in order. */
  async function entries(): Promise<number[]> {
    const names = await readdir(directory, { recursive: true });
    const ofEntries = names.filter((name) => /[/\\][0-9a-f]{64}$/.test(name));
    return ofEntries.map((name) => Number(name.slice(-62))).sort((a, b) => a - b);
  }
  const isThere = (path: string) =>
    readFile(join(directory, path)).then(
      () => true,
      () => false,
    );

  describe("a folder", () => {
    it("keeps all that fits", async () => {
      for (let number = 0; number < 10; number++) await putEntry(number, time - number * 1000 * DAY);
      await sweep(blocks(10));
      assert.equal((await entries()).length, 10);
    });

    it("loses what was used longest ago, until a fifth is free", async () => {
      for (let number = 0; number < 11; number++) await putEntry(number, time - ((number * 7) % 11) * HOUR);
      await sweep(blocks(10));
      // The three oldest were used 10, 9 and 8 hours ago.
      assert.deepEqual(await entries(), [0, 1, 2, 4, 5, 7, 8, 10]);
    });

    it("counts whole blocks, of all sizes", async () => {
      await putEntry(1, time - 4, 1);
      await putEntry(2, time - 3, BLOCK);
      await putEntry(3, time - 2, BLOCK + 1);
      await putEntry(4, time - 1, 0);
      await sweep(blocks(4));
      assert.deepEqual(await entries(), [1, 2, 3, 4]);
      await sweep({ directory, now, maxBytes: 4 * BLOCK - 1 });
      assert.deepEqual(await entries(), [2, 3, 4]);
    });

    it("loses first what was used in the future: the clock was set back", async () => {
      await putEntry(1, time + DAY);
      await putEntry(2, time - DAY);
      // Of a process that looked at the clock later than the sweeping one.
      await putEntry(3, time + 1);
      await putEntry(4);
      await putEntry(5);
      await sweep(blocks(4));
      assert.deepEqual(await entries(), [3, 4, 5]);
    });

    it("loses what killed writers and holders of locks have left, when it is an hour old", async () => {
      const [temporary, lock] = [`00/${nameOf(0)}.123`, `locks/${nameOf(0)}.some-token`];
      for (const path of [temporary, lock]) {
        await put(path, time - HOUR);
        await sweep(blocks(10));
        assert.ok(await isThere(path));
        time += 1000;
        await sweep(blocks(10));
        assert.ok(!(await isThere(path)));
      }
    });

    it("does not lose what is not the cache's, or counts it", async function () {
      if (process.platform === "win32") this.skip();
      const others = ["notes", "swept", `00/${nameOf(0)}.old`, "00/notes", `000/${nameOf(0)}`, "other/notes"];
      for (const path of others) await put(path, time - 1000 * DAY, 20 * BLOCK);
      await mkdir(join(directory, "00", nameOf(30)));
      await put("elsewhere", time - 1000 * DAY, 20 * BLOCK);
      await symlink(join(directory, "elsewhere"), join(directory, "00", nameOf(60)));
      await putEntry(1);
      await sweep(blocks(1));
      for (const path of [...others, "elsewhere", `00/${nameOf(60)}`]) assert.ok(await isThere(path), path);
      assert.deepEqual(await readdir(join(directory, "01")), [nameOf(1)]);
    });

    it("that can't be listed is an error", async () => {
      await assert.rejects(sweep({ ...blocks(1), directory: join(directory, "none") }), { code: "ENOENT" });
    });
  });

  describe("by those who write", () => {
    const stamp = () => readFile(join(directory, "swept"), "utf8").then(Number);
    /** Makes one entry too many, and tells whether it was swept away. */
    async function sweeps(wrote: () => Promise<void>): Promise<boolean> {
      for (let number = 0; number < 6; number++) await putEntry(number, time - DAY + number);
      await wrote();
      return (await entries()).length < 6;
    }

    it("is done at the first writing, which is told to all processes", async () => {
      const [one, other] = [createSweeper(blocks(5)), createSweeper(blocks(5))];
      assert.ok(await sweeps(() => one.wrote(0)));
      assert.equal(await stamp(), time);
      assert.ok(!(await sweeps(() => one.wrote(0))));
      assert.ok(!(await sweeps(() => other.wrote(0))));
      assert.deepEqual(await readdir(join(directory, "locks")), []);
    });

    it("is done again after a day, by one of them", async () => {
      const [one, other] = [createSweeper(blocks(5)), createSweeper(blocks(5))];
      await one.wrote(0);
      await other.wrote(0);
      time += DAY - 1;
      assert.ok(!(await sweeps(() => one.wrote(0))));
      time += 1;
      assert.ok(await sweeps(() => one.wrote(0)));
      assert.ok(!(await sweeps(() => other.wrote(0))));
    });

    it("is done by whoever wrote more than a tenth since", async () => {
      const [one, other] = [createSweeper(blocks(50)), createSweeper(blocks(50))];
      const fill = async () => {
        for (let number = 0; number < 51; number++) await putEntry(number, time - number);
      };
      await one.wrote(0);
      await other.wrote(0);
      await fill();
      for (let count = 0; count < 5; count++) await one.wrote(1);
      await other.wrote(1);
      assert.equal((await entries()).length, 51);
      await one.wrote(1);
      assert.equal((await entries()).length, 40);
      await fill();
      for (let count = 0; count < 5; count++) await one.wrote(1);
      assert.equal((await entries()).length, 51, "it counts from the last sweep on");
    });

    it("is done when the clock was set back behind the last time", async () => {
      const one = createSweeper(blocks(5));
      await one.wrote(0);
      time -= 1;
      assert.ok(await sweeps(() => one.wrote(0)));
    });

    for (const content of ["", "rubbish", "1e999", String(Date.UTC(2027, 0, 1))]) {
      it(`is done whatever the stamp holds that is no time of the past: "${content}"`, async () => {
        await writeFile(join(directory, "swept"), content);
        assert.ok(await sweeps(() => createSweeper(blocks(5)).wrote(0)));
        assert.equal(await stamp(), time);
      });
    }

    it("is left to another that is at it", async () => {
      const one = createSweeper(blocks(5));
      const lock = (await tryLock(join(directory, "locks", "sweep"), now)) ?? assert.fail();
      assert.ok(!(await sweeps(() => one.wrote(0))));
      await lock.release();
      assert.ok(await sweeps(() => one.wrote(0)));
    });

    it("is done once by one that writes while it sweeps", async () => {
      const one = createSweeper({ ...blocks(5), maxBytes: BLOCK });
      const sweeping = one.wrote(BLOCK);
      // At once, as it has nothing to do.
      await one.wrote(BLOCK);
      assert.ok(!(await isThere("swept")));
      await sweeping;
      assert.equal(await stamp(), time);
    });

    it("is done without a lock where none can be made", async () => {
      await writeFile(join(directory, "locks"), "");
      assert.ok(await sweeps(() => createSweeper(blocks(5)).wrote(0)));
    });

    it("is not tried again at each writing where its time can't be stored", async () => {
      const one = createSweeper(blocks(5));
      await mkdir(join(directory, "swept"));
      assert.ok(!(await sweeps(() => one.wrote(0))));
      await rm(join(directory, "swept"), { recursive: true });
      assert.ok(!(await sweeps(() => one.wrote(0))));
      time += DAY;
      assert.ok(await sweeps(() => one.wrote(0)));
    });

    it("does not fail where nothing can be swept", async () => {
      await createSweeper({ ...blocks(5), directory: join(directory, "none", "below") }).wrote(0);
      await writeFile(join(directory, "file"), "");
      await createSweeper({ ...blocks(5), directory: join(directory, "file") }).wrote(0);
    });
  });
});
