/**
 * `npm run bench:registry [-- --json FILE]`: has `digest-pin check` look up 200 references of 200 repositories at a
 * registry that answers 40 ms late, and crane do the same. It asserts nothing and builds nothing of ours: a target that
 * is not met is printed as such, and the exit status stays 0.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { arch, cpus, platform, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildWithGo } from "../test/support/goProgram";
import { LATENCY_MS, REPOSITORIES, type SlowRegistry, startSlowRegistry } from "./slowRegistry";
import { median } from "./statistics";
import { printTable, type Row } from "./table";

const RUNS = 5;
const AT_ONCE = 6;
/** Round trips that a list of that length takes at six at once. */
const ROUNDS = Math.ceil(REPOSITORIES / AT_ONCE);
const ALLOWED = 1.3;
const command = resolve("server/dist/cli.js");

const { values } = parseArgs({ options: { json: { type: "string" } } });
if (!existsSync(command)) {
  console.error("The command is not built: run `npm run build` first.");
  process.exit(2);
}

interface Run {
  /** Of the whole process, start included. */
  readonly milliseconds: number;
  /** Bytes. */
  readonly peakMemory: number;
  readonly counts: ReturnType<SlowRegistry["takeCounts"]>;
}

const folder = mkdtempSync(join(tmpdir(), "digest-pin-bench-"));
const crane = await buildWithGo({
  module: "tools",
  name: "crane",
  package: "github.com/google/go-containerregistry/cmd/crane",
});
const raw: Record<string, unknown> = {};
const rows: Row[] = [];
try {
  for (const isBearer of [false, true]) rows.push(...(await measure(isBearer)));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`\n${printTable(rows)}\n`);
console.log(`Peer: crane digest, a process for each reference: one after the other, and by xargs -P${AT_ONCE}.`);
console.log(`Node ${process.version}, ${platform()} ${arch()}, ${cpus().length} cores, medians of ${RUNS} runs.`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ rows, raw }, null, 2)}\n`);

async function measure(isBearer: boolean): Promise<Row[]> {
  const name = isBearer ? "with tokens" : "anonymously";
  process.stderr.write(`${name} …\n`);
  const registry = await startSlowRegistry(isBearer);
  try {
    const names = Array.from({ length: REPOSITORIES }, (_, index) => `${registry.host}/app${index + 1}:1`);
    const file = join(folder, "Dockerfile");
    writeFileSync(file, names.map((each) => `FROM ${each}\n`).join(""));
    const nothing = join(folder, "empty");
    writeFileSync(nothing, "FROM scratch\n");
    const colds: Run[] = [];
    const warms: Run[] = [];
    const starts: Run[] = [];
    for (let run = 0; run < RUNS; run++) {
      const cache = join(folder, `cache-${name}-${run}`);
      colds.push(await look(registry, file, cache));
      warms.push(await look(registry, file, cache));
      starts.push(await look(registry, nothing, cache));
    }
    const loop =
      crane === null
        ? null
        : await timed(() => shell(`while read -r name; do "$0" digest --insecure "$name"; done`, names));
    const parallel =
      crane === null ? null : await timed(() => shell(`xargs -P${AT_ONCE} -n1 "$0" digest --insecure`, names));
    registry.takeCounts();
    raw[name] = { colds, warms, starts, loop, parallel };
    // With tokens: one round trip for the challenge, then a token and a question for each repository.
    const needed = (isBearer ? 1 + 2 * ROUNDS : ROUNDS) * LATENCY_MS;
    const milliseconds = (runs: readonly Run[]) => median(runs.map((run) => run.milliseconds));
    const cold = milliseconds(colds) - milliseconds(starts);
    const { manifests, refused, tokens, others } = colds[0]?.counts ?? {
      manifests: 0,
      refused: 0,
      tokens: 0,
      others: 0,
    };
    const told = `${manifests} for manifests, ${refused} refused, ${tokens} for tokens, ${others} others`;
    const warmCounts = warms.map(({ counts }) => counts.manifests + counts.refused + counts.tokens + counts.others);
    return [
      {
        name: `${name}: cold, without the start`,
        unit: "ms",
        ours: cold,
        target: { limit: Math.round(needed * ALLOWED) },
        note: `${needed} ms of round trips`,
      },
      { name: `${name}: cold, the whole process; crane in a loop`, unit: "ms", ours: milliseconds(colds), peer: loop },
      { name: `${name}: the same; crane by xargs`, unit: "ms", ours: milliseconds(colds), peer: parallel },
      { name: `${name}: warm, the whole process`, unit: "ms", ours: milliseconds(warms) },
      {
        name: `${name}: requests when cold`,
        unit: "requests",
        ours: manifests + refused + tokens + others,
        note: told,
      },
      { name: `${name}: requests when warm`, unit: "requests", ours: Math.max(...warmCounts), target: { limit: 0 } },
      {
        name: `${name}: peak memory`,
        unit: "MB",
        ours: Math.max(...colds.map(({ peakMemory }) => peakMemory)) / 1e6,
        target: { limit: 120 },
      },
    ];
  } finally {
    registry.close();
  }
}

/** One run of the command, with nothing of the user's own but that cache. */
async function look(registry: SlowRegistry, file: string, cache: string): Promise<Run> {
  const memory = join(folder, "memory");
  const environment = {
    PATH: process.env.PATH,
    HOME: folder,
    XDG_CACHE_HOME: cache,
    PEAK_MEMORY: memory,
    NODE_OPTIONS: `--require ${resolve("bench/peakMemory.cjs")}`,
  };
  registry.takeCounts();
  const milliseconds = await timed(() => run(process.execPath, [command, "check", file], environment));
  return { milliseconds, peakMemory: Number(readFileSync(memory, "utf8")), counts: registry.takeCounts() };
}

/** @param script sees crane as `$0`, and the names on its input */
function shell(script: string, names: readonly string[]): Promise<void> {
  return run("sh", ["-c", script, crane ?? ""], { PATH: process.env.PATH, HOME: folder }, names.join("\n"));
}

function run(program: string, parameters: readonly string[], env: NodeJS.ProcessEnv, input = ""): Promise<void> {
  return new Promise((done, fail) => {
    const child = execFile(program, parameters, { env, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      // 1 says that something was found.
      if (error !== null && error.code !== 1) fail(new Error(`${program} failed: ${stderr || stdout}`));
      else done();
    });
    child.stdin?.end(input);
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
