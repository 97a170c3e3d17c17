/**
 * `npm run test:mutate-trust`: disables the checks of the verifier one by one and expects a unit test to fail for each. It
 * changes no file. Arguments name the files to look at, by a part of their path; without any it is all of them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { transform } from "esbuild";
import { discoverMutants, type Mutant, mutated } from "./mutation/discover";
import { equivalents } from "./mutation/equivalent";
import { listedMutants } from "./mutation/listed";
import { type Fate, fateOf, trustTests } from "./mutation/runTests";

const NOTARY = "server/src/trust/notary";
const others = [
  "combine",
  "contentTrust",
  "policy/covering",
  "policy/imageGlob",
  "policy/terms",
  "trust",
  "verdict",
].map((name) => `server/src/trust/${name}.ts`);
const wanted = process.argv.slice(2);
const started = performance.now();
const problems: string[] = [];

const files = readdirSync(NOTARY, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => `${NOTARY}/${name.replaceAll("\\", "/")}`)
  .concat(others)
  .sort();
const sources = new Map(files.map((file) => [file, readFileSync(file, "utf8")]));

function listed(): Mutant[] {
  return listedMutants.flatMap(({ file, find, replace, why }) => {
    const source = sources.get(file) ?? "";
    const start = source.indexOf(find);
    if (start === -1 || source.includes(find, start + 1)) {
      problems.push(`${file} has not exactly once what the table lists (${why}): ${find}`);
      return [];
    }
    const line = source.slice(0, start).split("\n").length;
    return { file, line, start, end: start + find.length, text: replace, code: `${find} → ${replace || "nothing"}` };
  });
}

const found = files.flatMap((file) => discoverMutants(file, sources.get(file) ?? ""));
const mutants = [...found, ...listed()]
  .filter(({ file }) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort((a, b) => a.file.localeCompare(b.file) || a.start - b.start);

for (const mutant of mutants) {
  const source = mutated(sources.get(mutant.file) ?? "", mutant);
  await transform(source, { loader: "ts" }).catch(() => problems.push(`${shown(mutant)} does not compile`));
}
for (const { file, code } of equivalents) {
  const isThere = mutants.some((mutant) => mutant.file === file && mutant.code === code);
  if (!isThere && wanted.length === 0) problems.push(`${file} has no such mutant any more: ${code}`);
}

const tests = trustTests();
const untouched = { file: files[0] ?? "", line: 1, start: 0, end: 0, text: "", code: "" };
const baseline = problems.length === 0 ? await fateOf(untouched, sources.get(untouched.file) ?? "", tests) : null;
if (baseline?.kind === "killed") problems.push(`The tests fail as it is: ${baseline.by}`);

const fates = new Map<Mutant, Fate>();
const queue = [...mutants];
async function work(): Promise<void> {
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    fates.set(mutant, await fateOf(mutant, sources.get(mutant.file) ?? "", tests));
    process.stderr.write(`\r${fates.size}/${mutants.length}`);
  }
}
if (problems.length === 0) await Promise.all(Array.from({ length: availableParallelism() }, work));
process.stderr.write("\r");

let survivors = 0;
for (const [mutant, fate] of [...fates].sort(([a], [b]) => mutants.indexOf(a) - mutants.indexOf(b))) {
  const reason = equivalents.find(({ file, code }) => file === mutant.file && code === mutant.code)?.why;
  if (fate.kind === "killed" && reason !== undefined) problems.push(`${shown(mutant)} is killed: ${fate.by}`);
  if (fate.kind === "survived" && reason === undefined) survivors++;
  const end = fate.kind === "killed" ? `killed by ${fate.by}` : reason === undefined ? "SURVIVED" : `equal: ${reason}`;
  console.log(`${shown(mutant)}\n    ${end}`);
}
for (const problem of problems) console.error(problem);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`\n${fates.size} mutants, ${survivors} survived, ${equivalents.length} equal, ${seconds} s`);
process.exitCode = survivors === 0 && problems.length === 0 ? 0 : 1;

function shown({ file, line, code }: Mutant): string {
  return `${file.replace("server/src/trust/", "")}:${line}  ${code}`;
}
