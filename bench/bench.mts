/**
 * `npm run bench [-- --json FILE]`: measures the built server beside its peers in one run and prints a table. It asserts
 * nothing and builds nothing: a target that is not met is printed as such, and the exit status stays 0.
 */
import { existsSync, writeFileSync } from "node:fs";
import { arch, cpus, platform } from "node:os";
import { parseArgs } from "node:util";
import { findInstalled } from "../test/support/system";
import { measureComposeAdapter, measureDockerfileAdapter, measureDockerfileChange } from "./adapters";
import { composeFile, dockerfile, dockerfileOf, smallDockerfile } from "./documents";
import { composeSites, dockerfileSites, editsOf } from "./edits";
import { type Beside, type Keystrokes, measureGrowth, measureKeystrokes, measureStarts } from "./keystrokes";
import { composePeer, dockerfilePeer, type OpenedDocument, ours } from "./languageServers";
import { sizeRows } from "./sizes";
import { median, percentile } from "./statistics";
import { printTable, type Row } from "./table";
import { measureTrust, type TrustTimes } from "./trust";

const { values } = parseArgs({ options: { json: { type: "string" } } });
if (!ours.every((file) => existsSync(file))) {
  console.error("The server is not built: run `npm run build` first.");
  process.exit(2);
}

const SHORT = 300;
const LONG = 3000;
const SMALL = 30;
const SERVICES = 300;
/** What is read without a server around it. */
const INSTRUCTIONS = 1000;
const READ_SERVICES = 1000;
const raw: Record<string, unknown> = {};
const started = performance.now();

const short = dockerfileDocument(SHORT);
const long = dockerfileDocument(LONG);
const compose: OpenedDocument = {
  uri: "file:///bench/compose.yaml",
  languageId: "dockercompose",
  text: composeFile(SERVICES),
};
const typedLong = editsOf(long.text, dockerfileSites, 84);

const starts = await step("starts", () => measureStarts(short, dockerfilePeer, 11));
const onShort = await step("keystrokes, short", () =>
  measureKeystrokes(short, editsOf(short.text, dockerfileSites, 252), dockerfilePeer),
);
const onLong = await step("keystrokes, long", () => measureKeystrokes(long, typedLong, dockerfilePeer));
const onCompose = await step("keystrokes, Compose", () =>
  measureKeystrokes(compose, editsOf(compose.text, composeSites, 84), composePeer),
);
const growth = await step("keystrokes, long and small", () => {
  const small = { ...short, text: smallDockerfile() };
  return measureGrowth(long, typedLong, small, editsOf(small.text, dockerfileSites, typedLong.length));
});
const readCompose = await step("Compose adapter", () => measureComposeAdapter(composeFile(READ_SERVICES)));
const readInstructions = await step("Dockerfile adapter, instructions", () =>
  measureDockerfileAdapter(dockerfileOf(INSTRUCTIONS)),
);
const readCold = await step("Dockerfile adapter", () => measureDockerfileAdapter(long.text));
const readChange = await step("Dockerfile adapter, after a change", () =>
  measureDockerfileChange(long.text, typedLong),
);
const hasNotary = ["notary", "notary-server", "openssl"].every((program) => findInstalled(program) !== null);
const trust = hasNotary ? await step("Docker Content Trust", measureTrust) : null;

const rows: Row[] = [
  ...keystrokeRows(`Dockerfile, ${SHORT} lines`, onShort, 0.25),
  ...keystrokeRows(`Dockerfile, ${LONG} lines`, onLong, 0.1),
  ...keystrokeRows(`Compose, ${SERVICES} services`, onCompose),
  { name: `process start to diagnostics, ${SHORT} lines`, unit: "ms", ...medians(starts), target: { ratio: 0.6 } },
  { name: `peak memory, ${LONG} lines`, unit: "MB", ...megabytes(onLong.peakMemory), target: { ratio: 1 } },
  {
    name: `keystroke p50, ${inThousands(LONG)} lines against ${SMALL} lines`,
    unit: "ms",
    ...medians(growth),
    target: { ratio: 3 },
    note: "the peer is ours, in the small one",
  },
  {
    name: `reading Compose, ${inThousands(READ_SERVICES)} services`,
    unit: "ms",
    ...medians(readCompose),
    target: { ratio: 1.5 },
  },
  {
    name: `reading Dockerfile, ${inThousands(INSTRUCTIONS)} instructions, cold`,
    unit: "ms",
    ...medians(readInstructions),
    target: { ratio: 1.5 },
  },
  { name: `reading Dockerfile, ${LONG} lines, cold`, unit: "ms", ...medians(readCold) },
  { name: `reading Dockerfile, ${LONG} lines, changed`, unit: "ms", ...medians(readChange) },
  ...(trust === null ? [] : trustRows(trust)),
  ...sizeRows(),
];
if (trust === null) console.error("Docker Content Trust was not measured: run scripts/setup-system.sh first.");

const seconds = (performance.now() - started) / 1000;
console.log(`\n${printTable(rows)}\n`);
console.log(
  "Peers: dockerfile-language-server-nodejs; for Compose keystrokes dclint with its image rule alone; for reading",
);
console.log("yaml and dockerfile-ast, each its own parse; for trust the notary client, as a process of its own.");
console.log(`Node ${process.version}, ${platform()} ${arch()}, ${cpus().length} cores, ${seconds.toFixed(0)} s.`);
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ node: process.version, seconds, rows, raw }, null, 2)}\n`);
}

function dockerfileDocument(lineCount: number): OpenedDocument {
  return { uri: "file:///bench/Dockerfile", languageId: "dockerfile", text: dockerfile(lineCount) };
}

async function step<T>(name: string, measure: () => T | Promise<T>): Promise<T> {
  process.stderr.write(`${name} …\n`);
  const result = await measure();
  raw[name] = result;
  return result;
}

function keystrokeRows(name: string, { times }: Keystrokes, ratio?: number): Row[] {
  const p95 = { ours: percentile(times.ours, 0.95), peer: percentile(times.peer, 0.95) };
  return [
    { name: `keystroke p50, ${name}`, unit: "ms", ...medians(times) },
    { name: `keystroke p95, ${name}`, unit: "ms", ...p95, ...(ratio === undefined ? {} : { target: { ratio } }) },
  ];
}

function trustRows(times: TrustTimes): Row[] {
  const verify = "verify a signed tag";
  return [
    { name: `${verify}, cold`, unit: "ms", ours: median(times.cold), peer: median(times.coldPeer) },
    { name: `${verify}, warm`, unit: "ms", ours: median(times.warm), peer: median(times.warmPeer) },
    { name: `${verify}, cold`, unit: "requests", ours: times.coldRequests, target: { limit: 6 } },
    { name: `${verify}, warm`, unit: "requests", ours: times.warmRequests, target: { limit: 1 } },
    { name: `${verify}, without the network`, unit: "ms", ours: median(times.alone), target: { limit: 15 } },
    { name: `${verify} of 5,000, without the network`, unit: "ms", ours: median(times.aloneMany) },
    { name: `${times.manyCount} repositories at once, cold`, unit: "ms", ours: times.many },
  ];
}

function medians(times: Beside<readonly number[]>): Beside<number> {
  return { ours: median(times.ours), peer: median(times.peer) };
}

function inThousands(count: number): string {
  return count.toLocaleString("en");
}

function megabytes({ ours, peer }: Beside<number | null>): Beside<number | null> {
  return { ours: ours === null ? null : ours / 1e6, peer: peer === null ? null : peer / 1e6 };
}
