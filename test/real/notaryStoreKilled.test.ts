/**
 * The store of trust data survives its writers: processes that are killed at any instant leave the old state or the new
 * one, and two that write at once never disturb each other, or a reader.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { build } from "esbuild";
import { createTrustStore } from "../../server/src/trust/notary/store";
import { numberOf, STORED_GUN, stateOf, type Versions, versionOf } from "../support/notary/storeWriter";
import { Random, seedOfRun } from "../support/random";

const KILLS = 200;
/** So many of them have to fall between the beginning and the end of a write. */
const KILLS_INSIDE = 100;
/** Milliseconds: longer than a write takes. */
const LONGEST_DELAY = 30;
/** Bytes of each role: a state of some megabytes takes some milliseconds to write. */
const LARGE = 400_000;
/** Many such are written in a short time. */
const SMALL = 100;
const HOUR_MS = 60 * 60 * 1000;

interface Lane {
  readonly folder: string;
  readonly versions: Versions;
  readonly random: Random;
  /** What the store held after the last kill; null where it was empty. */
  known: number | null;
  next: number;
}

interface Writer {
  readonly child: ChildProcess;
  readonly lines: Interface;
}

describe("the store of trust data", () => {
  let directory: string;
  let program: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "trust-store-"));
    program = join(directory, "storeWriter.cjs");
    // Bundled, so that a process starts fast.
    await build({
      entryPoints: [join(__dirname, "../support/notary/storeWriter.ts")],
      outfile: program,
      bundle: true,
      platform: "node",
      format: "cjs",
    });
  });
  after(() => rm(directory, { recursive: true, force: true }));

  function startWriter(folder: string, ...parameters: readonly (number | Versions)[]): Writer {
    const child = spawn(process.execPath, [program, folder, ...parameters.map(String)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    assert.ok(child.stdout);
    return { child, lines: createInterface(child.stdout) };
  }

  /** @returns whether the kill fell inside a write */
  async function kill(lane: Lane): Promise<boolean> {
    const { child, lines } = startWriter(lane.folder, lane.next, 1, 0, lane.versions, LARGE);
    let [before, begun, begins] = [lane.known, lane.known, 0];
    const [enough, wait] = [1 + lane.random.below(2), lane.random.below(LONGEST_DELAY)];
    lines.on("line", (line) => {
      const [what, number] = [line.split(" ")[0], Number(line.split(" ")[1])];
      if (what === "end") before = number;
      else begun = number;
      if (what === "begin" && ++begins === enough) setTimeout(() => child.kill("SIGKILL"), wait);
    });
    await Promise.all([once(lines, "close"), once(child, "exit")]);
    assert.equal(child.signalCode, "SIGKILL");
    const found = await createTrustStore(lane.folder).read(STORED_GUN);
    const number = numberOf(found, LARGE);
    if (found !== null || before !== null) {
      assert.ok(number === before || number === begun, `${number} is stored, not ${before} or ${begun}`);
    }
    lane.known = number;
    lane.next = (begun ?? 0) + 1;
    return begun !== before;
  }

  it(`holds the old state or the new one when ${KILLS} writers are killed`, async function () {
    this.timeout(120_000);
    const seed = seedOfRun();
    const lanes: readonly Lane[] = [
      { folder: join(directory, "rising"), versions: "rising", random: new Random(seed), known: null, next: 1 },
      { folder: join(directory, "same"), versions: "same", random: new Random(seed + 1), known: null, next: 1 },
    ];
    const counts = { kills: 0, inside: 0, old: 0, new: 0 };
    const killing = lanes.map(async (lane) => {
      while (counts.kills < KILLS || counts.inside < KILLS_INSIDE) {
        counts.kills++;
        if (!(await kill(lane))) continue;
        counts.inside++;
        counts[lane.known === lane.next - 1 ? "new" : "old"]++;
      }
    });
    try {
      await Promise.all(killing);
    } catch (error) {
      console.error(`DIGEST_PIN_SEED=${seed}`);
      throw error;
    }
    const { kills, inside } = counts;
    console.log(
      `      ${kills} kills, ${inside} inside a write: ${counts.old} left the old state, ${counts.new} the new`,
    );

    for (const { folder, versions, next } of lanes) {
      const left = await temporaryFiles(folder);
      const [young = assert.fail("no kill left a file"), ...old] = left;
      for (const path of old) await utimes(path, new Date(), new Date(Date.now() - 2 * HOUR_MS));
      await createTrustStore(folder).write(STORED_GUN, stateOf(next, LARGE), versionOf(next, versions));
      assert.deepEqual(await temporaryFiles(folder), [young], `of ${left.length} that killed writers left`);
      assert.equal(numberOf(await createTrustStore(folder).read(STORED_GUN), LARGE), next);
    }
  });

  for (const versions of ["rising", "same"] as const) {
    it(`takes the states of two processes that write at once, with ${versions} versions`, async function () {
      this.timeout(30_000);
      const WRITES = 300;
      const folder = join(directory, `both-${versions}`);
      const writers = [1, 2].map((first) => startWriter(folder, first, 2, WRITES, versions, SMALL));
      let isWriting = true;
      const ends = Promise.all(
        writers.map(async ({ child, lines }) => {
          await Promise.all([once(child, "exit"), once(lines, "close")]);
          return child.exitCode;
        }),
      ).finally(() => {
        isWriting = false;
      });
      await Promise.race(writers.map(({ lines }) => firstEnd(lines)));
      const seen: (number | null)[] = [];
      while (isWriting) {
        seen.push(numberOf(await createTrustStore(folder).read(STORED_GUN), SMALL));
        await delay(1);
      }
      assert.deepEqual(await ends, [0, 0]);
      assert.ok(seen.length > 10 && !seen.includes(null), seen.join());
      if (versions === "rising") {
        assert.deepEqual(
          seen,
          [...seen].sort((a, b) => Number(a) - Number(b)),
          "an older state came back",
        );
      }
      const last = numberOf(await createTrustStore(folder).read(STORED_GUN), SMALL);
      assert.ok(last === 2 * WRITES || (versions === "same" && last === 2 * WRITES - 1), String(last));
      assert.deepEqual(await temporaryFiles(folder), []);
      assert.equal((await files(folder)).length, 1);
    });
  }
});

async function firstEnd(lines: Interface): Promise<void> {
  for await (const line of lines) if (line.startsWith("end")) return;
}

async function files(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function temporaryFiles(folder: string): Promise<string[]> {
  return (await files(folder)).filter((path) => !path.endsWith(".json")).sort();
}
