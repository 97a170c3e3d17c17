/**
 * Many processes share one cache: they do the same work once, they get entries that are whole or none, and those that
 * are killed leave nothing that disturbs the others.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { createDiskCache } from "../../../server/src/registry/cache/diskCache";
import { sweep } from "../../../server/src/registry/cache/sweep";
import { isBodyOf } from "../../support/cacheUser";
import { Random, seedOfRun } from "../../support/random";

const PLENTY = 1_000_000_000;
const KILLS = 100;
/** Milliseconds: longer than some writes take. */
const LONGEST_DELAY = 30;

class User {
  readonly lines: string[] = [];
  readonly ended: Promise<unknown>;
  private readonly expected: { readonly line: RegExp; readonly resolve: (line: string) => void }[] = [];

  constructor(readonly child: ChildProcess) {
    assert.ok(child.stdout);
    const lines = createInterface(child.stdout);
    lines.on("line", (line) => {
      this.lines.push(line);
      for (const { line: pattern, resolve } of this.expected) if (pattern.test(line)) resolve(line);
    });
    this.ended = Promise.all([once(lines, "close"), once(child, "exit")]);
  }

  /** The first line that matches, from the beginning on. */
  said(line: RegExp): Promise<string> {
    const before = this.lines.find((one) => line.test(one));
    return before !== undefined
      ? Promise.resolve(before)
      : new Promise((resolve) => this.expected.push({ line, resolve }));
  }

  tell(): void {
    this.child.stdin?.write("go\n");
  }
}

describe("processes that share a cache", () => {
  let directory: string;
  let program: string;
  const users: User[] = [];
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "cache-processes-"));
    program = join(directory, "cacheUser.cjs");
    // Bundled, so that a process starts fast.
    await build({
      entryPoints: [join(__dirname, "../../support/cacheUser.ts")],
      outfile: program,
      bundle: true,
      platform: "node",
      format: "cjs",
    });
  });
  afterEach(async () => {
    for (const { child } of users) child.kill("SIGKILL");
    await Promise.all(users.splice(0).map(({ ended }) => ended));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  function start(...parameters: readonly (string | number)[]): User {
    const child = spawn(process.execPath, [program, ...parameters.map(String)], { stdio: ["pipe", "pipe", "inherit"] });
    const user = new User(child);
    users.push(user);
    return user;
  }

  async function filesIn(folder: string): Promise<string[]> {
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    return files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  }

  const locksIn = (folder: string) => filesIn(join(folder, "locks"));
  const openCache = (folder: string) => createDiskCache({ directory: folder, now: Date.now, maxBytes: PLENTY });

  it("do the same work once, of fifty", async function () {
    this.timeout(60_000);
    const folder = join(directory, "fifty");
    const fifty = Array.from({ length: 50 }, () => start("once", folder, PLENTY, "key"));
    await Promise.all(fifty.map((user) => user.said(/^ready$/)));
    for (const user of fifty) user.tell();
    const worker = await Promise.race(fifty.map((user) => user.said(/^works$/).then(() => user)));
    worker.tell();
    const answers = await Promise.all(fifty.map((user) => user.said(/^got /)));
    await Promise.all(fifty.map(({ ended }) => ended));

    const worked = fifty.filter(({ lines }) => lines.includes("works"));
    console.log(`      ${worked.length} of ${fifty.length} processes worked, all got "${answers[0]?.slice(4)}"`);
    assert.deepEqual(worked, [worker]);
    assert.deepEqual(new Set(answers), new Set([`got by ${worker.child.pid}`]));
    assert.deepEqual(await locksIn(folder), []);
  });

  it("take over from one that was killed at work", async () => {
    const folder = join(directory, "killed");
    const [first, ...others] = Array.from({ length: 5 }, () => start("once", folder, PLENTY, "key"));
    assert.ok(first);
    await first.said(/^ready$/);
    first.tell();
    await first.said(/^works$/);
    for (const user of others) await user.said(/^ready$/).then(() => user.tell());
    first.child.kill("SIGKILL");
    await first.ended;
    const worker = await Promise.race(others.map((user) => user.said(/^works$/).then(() => user)));
    worker.tell();
    await Promise.all(others.map(({ ended }) => ended));

    assert.deepEqual(
      others.filter(({ lines }) => lines.includes("works")),
      [worker],
    );
    for (const user of others) assert.equal(user.lines.at(-1), `got by ${worker.child.pid}`);
    assert.deepEqual(await locksIn(folder), []);
  });

  it(`leave entries that are whole or absent when ${KILLS} writers are killed`, async function () {
    this.timeout(120_000);
    const folder = join(directory, "writers");
    const seed = seedOfRun();
    const random = new Random(seed);
    const cache = openCache(folder);
    const counts = { inside: 0, read: 0 };
    const written = new Set<number>();
    async function kill(number: number): Promise<void> {
      const user = start("write", folder, PLENTY, number * 1000);
      await user.said(new RegExp(`^begin ${number * 1000 + random.below(10)}$`));
      setTimeout(() => user.child.kill("SIGKILL"), random.below(LONGEST_DELAY));
      await user.ended;
      users.splice(users.indexOf(user), 1);
      assert.equal(user.child.signalCode, "SIGKILL");
      if (user.lines.at(-1)?.startsWith("begin")) counts.inside++;
      for (let key = 0; key < 10; key++) {
        const entry = await cache.read(String(key));
        if (entry === null) {
          assert.ok(!written.has(key), `${key} was there, and is torn or gone. DIGEST_PIN_SEED=${seed}`);
          continue;
        }
        written.add(key);
        counts.read++;
        assert.ok(isBodyOf(String(key), entry.body), `DIGEST_PIN_SEED=${seed}`);
      }
    }
    // Two at a time, so that one is killed while the other writes.
    let next = 0;
    const lane = async () => {
      while (next < KILLS) await kill(next++);
    };
    await Promise.all([lane(), lane()]);

    const files = await filesIn(folder);
    const entries = files.filter((file) => /[/\\][0-9a-f]{64}$/.test(file));
    const whole = await Promise.all(Array.from({ length: 10 }, (_, key) => cache.read(String(key))));
    assert.equal(whole.filter((entry) => entry !== null).length, entries.length, "a torn entry stands in the folder");
    assert.ok(counts.inside > KILLS / 4, `${counts.inside} kills fell inside a write`);

    const inTwoHours = () => Date.now() + 2 * 60 * 60_000;
    await sweep({ directory: folder, now: inTwoHours, maxBytes: PLENTY });
    const left = (await filesIn(folder)).filter((file) => !file.endsWith("swept"));
    assert.deepEqual(left.sort(), entries.sort());
    console.log(
      `      ${KILLS} kills, ${counts.inside} inside a write: ${counts.read} entries read, all whole; ` +
        `${files.length - entries.length} leftovers swept`,
    );
  });

  it("write, read and sweep at once, and never see a wrong entry", async function () {
    this.timeout(60_000);
    const folder = join(directory, "mixed");
    const maxBytes = 1_500_000;
    const four = Array.from({ length: 4 }, () => start("mix", folder, maxBytes, 600));
    await Promise.all(four.map(({ ended }) => ended));

    const totals = { whole: 0, absent: 0, wrong: 0 };
    for (const { child, lines } of four) {
      assert.equal(child.exitCode, 0);
      const [line = "", ...problems] = lines;
      assert.deepEqual(problems, []);
      const counts: typeof totals = JSON.parse(line);
      for (const kind of ["whole", "absent", "wrong"] as const) totals[kind] += counts[kind];
    }
    console.log(`      ${totals.whole} reads whole, ${totals.absent} absent, ${totals.wrong} wrong`);
    assert.ok(totals.whole > 0 && totals.absent > 0);
    assert.equal(totals.wrong, 0);
    const files = await filesIn(folder);
    const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
    // Each of the four may have written a tenth since the last sweep.
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 1.5 * maxBytes);
    assert.deepEqual(
      files.filter((file) => !/[/\\](?:[0-9a-f]{64}|swept)$/.test(file)),
      [],
    );
  });
});
