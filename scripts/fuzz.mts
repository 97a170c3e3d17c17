/**
 * `npm run fuzz [-- --minutes 5] [--seed N] [--format dockerfile|compose]`: reads mutated documents, and texts made to
 * cost much, and checks of each what must hold for every text. A failure is made smaller, printed, and kept whole below
 * .cache/fuzz; the run goes on to its end and then ends with status 1. The same seed makes the same documents.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { DocumentFormat } from "../server/src/documents/format";
import { createReader } from "../server/src/documents/reader";
import { alone, type Surroundings } from "../server/src/documents/surroundings";
import { type Check, checks, type Failure, failuresOf } from "../test/fuzz/checks";
import { corpusOf } from "../test/fuzz/corpus";
import { type Hostile, hostileTexts } from "../test/fuzz/hostile";
import { LONGEST, mutantOf } from "../test/fuzz/mutations";
import { shrunk } from "../test/fuzz/shrink";
import {
  bounded,
  doublingOf,
  isOverdue,
  overdueOf,
  type Pair,
  ratioOf,
  type Series,
  slownessOf,
  warmUp,
} from "../test/fuzz/timing";
import { Random } from "../test/support/random";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "5" }, seed: { type: "string" }, format: { type: "string" } },
});
const FOLDER = join(".cache", "fuzz");
const GENERATED = 500;
const WARM_UP = 300;
/** Failures of one check and format that are made smaller and printed; the others are counted. */
const SHOWN = 5;
/** Milliseconds for making one smaller. */
const SHRINKING = 5000;
/** All checks of one text together: many readings, each of which has a deadline of its own where it is timed. */
const CHECKING = 20_000;
/** Readings that are listed as the slowest. */
const LISTED = 8;
/** Characters of a hostile text that all is checked of, and not its time alone. */
const SHORT = 30_000;
/** Mutants of each format between two hostile texts, which take longer. */
const BETWEEN_HOSTILE = 5;
/** Shorter texts are not timed: no reading of one takes long enough to be measured. */
const SHORTEST_TIMED = 2000;

const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const end = performance.now() + Number(values.minutes) * 60_000;
const formats = (["dockerfile", "compose"] as const).filter((each) => (values.format ?? each) === each);
const corpus = corpusOf(seed, GENERATED);
const kept = { dockerfile: createReader("dockerfile"), compose: createReader("compose") };
const reads = { dockerfile: 0, compose: 0 };
const counts = new Map<string, number>();
const slowest = new Map<DocumentFormat, { ours: number; from: string }[]>();
const worst = new Map<DocumentFormat, { ratio: number; text: string; what: string }>();
let documents = 0;
let characters = 0;

mkdirSync(FOLDER, { recursive: true });
console.log(`seed ${seed}`);
for (const format of formats) warmUp(corpus[format].map(({ text }) => text).slice(0, WARM_UP), format);
const hostile = hostileTexts.filter(({ format }) => formats.includes(format));
for (let number = 0; performance.now() < end; number += 1) {
  const next = number % BETWEEN_HOSTILE === 0 ? hostile[number / BETWEEN_HOSTILE] : undefined;
  if (next !== undefined) checkHostile(next);
  for (const format of formats) {
    const random = new Random((seed ^ Math.imul(number, 0x9e3779b1)) + (format === "compose" ? 1 : 0));
    const { text, grown, surroundings } = mutantOf(format, corpus, random);
    const from = `document ${number}`;
    checkOne(text, format, surroundings, from);
    if (grown !== null) time([text, ...grown], format, from);
    if (text.length < SHORTEST_TIMED) continue;
    const twice = `${text}\n${text}`;
    time([text, twice, `${twice}\n${twice}`], format, from);
  }
}

const failed = [...counts.values()].reduce((sum, count) => sum + count, 0);
console.log(`\n${documents} documents, ${(characters / 1e6).toFixed(0)} MB, seed ${seed}`);
for (const format of formats) console.log(`${format}: ${reads[format]} documents read`);
for (const check of checks) console.log(`${check}: ${countOf(check) || "no"} failures`);
for (const [format, { ratio, text, what }] of worst) {
  const file = join(FOLDER, `worst-ratio-${format}.txt`);
  writeFileSync(file, text);
  console.log(`worst ratio to the parser, ${format}: ${ratio.toFixed(2)}, ${what}, in ${file}`);
}
for (const [format, readings] of slowest) {
  const list = readings.map(({ ours, from }) => `${ours.toFixed(0)} ms (${from})`).join(", ");
  console.log(`slowest readings, ${format}: ${list}`);
}
process.exitCode = failed === 0 ? 0 : 1;

function checkOne(text: string, format: DocumentFormat, surroundings: Surroundings, from: string): void {
  count(text, format);
  const plain = (each: string) => plainFailures(each, format, surroundings);
  for (const failure of plain(text)) report(failure, text, format, from, plain);
  if (text.length < SHORTEST_TIMED) return;
  const { failures, ours } = overdueOf(text, format);
  noteSlow(ours, format, from);
  const slow = (each: string) => slownessOf(each, format);
  for (const failure of failures) report(failure, text, format, from, slow);
  if (failures.length > 0) return;
  const beside = ratioOf(text, format, ours);
  if (beside.pair !== null) noteRatio(beside.pair, text, format, from);
  for (const failure of beside.failures) report(failure, text, format, from, slow);
}

/** No ratio to the parser: these are made of what the parser takes for one word, and does not look into. */
function checkHostile({ format, name, text }: Hostile): void {
  const from = `hostile, ${name}`;
  const short = text(SHORT);
  count(short, format);
  const plain = (each: string) => plainFailures(each, format, alone);
  for (const failure of plain(short)) report(failure, short, format, from, plain);
  // What is refused beyond some length may be the worst just below it.
  for (const length of [LONGEST / 4, LONGEST]) {
    const long = text(length);
    count(long, format);
    const { failures, ours } = overdueOf(long, format);
    noteSlow(ours, format, from);
    for (const failure of failures) report(failure, long, format, from, null);
    if (failures.length > 0) return;
  }
  time([text(LONGEST / 16), text(LONGEST / 8), text(LONGEST / 4)], format, from);
}

function count(text: string, format: DocumentFormat): void {
  documents += 1;
  characters += text.length;
  reads[format] += 1;
}

function time(series: Series, format: DocumentFormat, from: string): void {
  for (const failure of doublingOf(series, format)) report(failure, series[0], format, from, null);
}

function plainFailures(text: string, format: DocumentFormat, surroundings: Surroundings): readonly Failure[] {
  const reader = kept[format];
  try {
    const fresh = (each: string) => createReader(format)(each, surroundings);
    return bounded(() => failuresOf(text, fresh, (each) => reader(each, surroundings)), CHECKING);
  } catch (error) {
    if (!isOverdue(error)) throw error;
    // What was ended half way is not to be used again.
    kept[format] = createReader(format);
    return [{ check: "one second", what: `all checks together took more than ${CHECKING / 1000} s` }];
  }
}

function noteSlow(ours: number, format: DocumentFormat, from: string): void {
  const readings = [...(slowest.get(format) ?? []), { ours, from }].sort((a, b) => b.ours - a.ours);
  slowest.set(format, readings.slice(0, LISTED));
}

function noteRatio([ours, parser]: Pair, text: string, format: DocumentFormat, from: string): void {
  if (ours / parser <= (worst.get(format)?.ratio ?? 0)) return;
  worst.set(format, { ratio: ours / parser, text, what: `${ours.toFixed(1)} ms, ${from}` });
}

/** @param failuresAgain what fails in a smaller text; null where it can't be made smaller */
function report(
  { check, what }: Failure,
  text: string,
  format: DocumentFormat,
  from: string,
  failuresAgain: ((text: string) => readonly Failure[]) | null,
): void {
  const key = `${check}, ${format}`;
  const number = (counts.get(key) ?? 0) + 1;
  counts.set(key, number);
  if (number > SHOWN) return;
  const name = `${check}-${format}-${number}`.replaceAll(" ", "-");
  writeFileSync(join(FOLDER, `${name}.txt`), text);
  console.log(`\n${check}, ${format}, seed ${seed}, ${from}: ${what}`);
  const fails = (smaller: string) => failuresAgain?.(smaller).some((each) => each.check === check) ?? false;
  const smallest = failuresAgain === null ? text : shrunk(text, fails, SHRINKING);
  writeFileSync(join(FOLDER, `${name}-small.txt`), smallest);
  const shown = JSON.stringify(smallest);
  console.log(`  ${shown.length <= 600 ? shown : `${shown.slice(0, 300)} … ${shown.slice(-100)}`}`);
  console.log(`  whole and small in ${join(FOLDER, name)}*.txt`);
}

function countOf(check: Check): number {
  return formats.reduce((sum, format) => sum + (counts.get(`${check}, ${format}`) ?? 0), 0);
}
