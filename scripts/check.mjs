/**
 * `npm run check`: everything that a reviewer would run, in order, from a fresh clone with nothing but Node. It goes on
 * after a failure, so that one run tells all, and ends with the count of the tests and the time of each stage.
 */
import { stripVTControlCharacters } from "node:util";
import { requireInstalled, run } from "./run.mjs";

const stages = [
  ["Format and lint", "npm", ["run", "--silent", "lint"]],
  ["Types", "npm", ["run", "--silent", "types"]],
  ["Generated files", "npm", ["run", "--silent", "generate", "--", "--check"]],
  ["Unit tests", "npm", ["test", "--silent"]],
  ["Bundles and their sizes", "npm", ["run", "--silent", "build"]],
  ["Extension package", "npm", ["run", "--silent", "package"]],
  ["System packages", "bash", ["scripts/setup-system.sh"], { only: "linux" }],
  ["Editor host", "npx", ["tsx", "test/editor/host/install.ts"], { only: "linux" }],
  ["Real servers", "npm", ["run", "--silent", "test:real"]],
  ["Real editors", "npm", ["run", "--silent", "test:editor"]],
];

const tests = { passing: 0, failing: 0, pending: 0 };
const results = [];

await requireInstalled();
for (const [name, command, parameters, { only } = {}] of stages) {
  if (only !== undefined && only !== process.platform) continue;
  console.log(`\n== ${name}`);
  const started = performance.now();
  const { status, output } = await run(command, parameters);
  for (const [, count, kind] of stripVTControlCharacters(output).matchAll(/^\s+(\d+) (passing|failing|pending)\b/gm))
    tests[kind] += Number(count);
  results.push({ name, status, seconds: (performance.now() - started) / 1000 });
}

console.log("\n== Summary");
for (const { name, status, seconds } of results) {
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${seconds.toFixed(1).padStart(6)} s  ${name}`);
}
console.log(`\n${tests.passing} passed, ${tests.failing} failed, ${tests.pending} skipped`);
process.exitCode = results.every(({ status }) => status === 0) ? 0 : 1;
