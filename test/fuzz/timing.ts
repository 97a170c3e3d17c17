/**
 * What reading a text may cost: beside the parser of its format, beside half of the text, and at all. A first
 * measurement only suspects; the medians of several, taken in turn, decide.
 */
import { createContext, Script } from "node:vm";
import { DockerfileParser } from "dockerfile-ast";
import { parseAllDocuments } from "yaml";
import { median } from "../../bench/statistics";
import type { DocumentFormat } from "../../server/src/documents/format";
import { createReader } from "../../server/src/documents/reader";
import type { Failure } from "./checks";

/** Of the parser's own time. */
const MOST_OF_PARSER = 1.5;
/** Of the time for half of the text. */
const MOST_OF_HALF = 2.5;
/** Milliseconds. A shorter reading says nothing of the ratio, however long the other one takes. */
const SHORTEST_RATIO = 2;
const SHORTEST_DOUBLING = 4;
/** What a text may cost that the parser does not take, or that we refuse. */
const MOST_OF_REFUSED = 250;
const MOST = 1000;
/** Whatever takes longer is ended. */
const DEADLINE = 5000;
const REPETITIONS = 5;

const parsers: Readonly<Record<DocumentFormat, (text: string) => unknown>> = {
  dockerfile: (text) => DockerfileParser.parse(text),
  compose: (text) => parseAllDocuments(text, { logLevel: "silent", uniqueKeys: false, prettyErrors: false }),
};

export interface Timed {
  readonly failures: readonly Failure[];
  /** Milliseconds of a reading; not a number where it throws. */
  readonly ours: number;
}

/** Whether reading the text takes longer than any may. */
export function overdueOf(text: string, format: DocumentFormat): Timed {
  const read = () => createReader(format)(text);
  const first = milliseconds(read);
  const ours = first > MOST ? median(repeated(read)) : first;
  const what = `${shown(ours)} for ${text.length} characters`;
  return { failures: ours > MOST ? [{ check: "one second", what }] : [], ours };
}

/** Whether it takes longer beside the parser of the format. @param ours what `overdueOf` measured */
export function ratioOf(
  text: string,
  format: DocumentFormat,
  ours: number,
): { failures: Failure[]; pair: Pair | null } {
  // Where the parser takes longer, ours is within its bound; an exception is another check's.
  if (Number.isNaN(ours) || ours < SHORTEST_RATIO) return { failures: [], pair: null };
  const read = () => createReader(format)(text);
  const parse = () => parsers[format](text);
  const parser = milliseconds(parse);
  if (Number.isNaN(parser) || read().problems.some(({ isFatal }) => isFatal)) {
    const isOver = () => median(repeated(read)) > MOST_OF_REFUSED;
    const what = `${shown(ours)} for ${text.length} characters that are refused (${shown(parser)} by the parser)`;
    return { failures: ours > MOST_OF_REFUSED && isOver() ? [{ check: "parser ratio", what }] : [], pair: null };
  }
  const isOver = ([our, its]: Pair) => our > MOST_OF_PARSER * its && Math.max(our, its) >= SHORTEST_RATIO;
  const { pair, isOver: isStillOver } = decide([ours, parser], isOver, read, parse);
  const [our, its] = pair;
  const what = `${(our / its).toFixed(2)} times the parser's: ${shown(our)}, ${shown(its)}, ${text.length} characters`;
  return { failures: isStillOver ? [{ check: "parser ratio", what }] : [], pair };
}

/** Both over their bounds; what `overdueOf` finds is not measured beside the parser. */
export function slownessOf(text: string, format: DocumentFormat): readonly Failure[] {
  const { failures, ours } = overdueOf(text, format);
  return failures.length > 0 ? failures : ratioOf(text, format, ours).failures;
}

/** Makes the reader and the parser of the format warm. */
export function warmUp(texts: readonly string[], format: DocumentFormat): void {
  for (const text of texts) {
    milliseconds(() => createReader(format)(text));
    milliseconds(() => parsers[format](text));
  }
}

/**
 * Whether twice the text takes more than it may, and four times the text again: once alone, it may be that the memory was
 * cleared, or that the text doubled is another thing for the parser.
 */
export function doublingOf([one, two, four]: Series, format: DocumentFormat): Failure[] {
  const reading = (text: string) => () => createReader(format)(text);
  const [readOne, readTwo, readFour] = [reading(one), reading(two), reading(four)];
  const isOver = ([half, whole]: Pair) => whole >= SHORTEST_DOUBLING && whole > MOST_OF_HALF * half;
  const first = decide([milliseconds(readOne), milliseconds(readTwo)], isOver, readOne, readTwo);
  if (!first.isOver) return [];
  const second = decide([first.pair[1], milliseconds(readFour)], isOver, readTwo, readFour);
  if (!second.isOver) return [];
  const times = [first.pair[0], ...second.pair].map(shown).join(" → ");
  return [{ check: "doubling", what: `${times} for ${one.length} → ${two.length} → ${four.length} characters` }];
}

type Work = () => unknown;
type Three<T> = readonly [T, T, T];
/** A text with its double and its fourfold. */
export type Series = Three<string>;

export type Pair = readonly [number, number];

/** What is over its bound is so three times: at first, and in the medians of two series. */
function decide(first: Pair, isOver: (pair: Pair) => boolean, one: Work, two: Work) {
  let pair = first;
  for (let series = 0; series < 2 && isOver(pair); series += 1) pair = inTurn(one, two);
  return { pair, isOver: isOver(pair) };
}

/** In turn, so that whatever else the machine does hits both alike. */
function inTurn(first: Work, second: Work): [first: number, second: number] {
  const times: [number[], number[]] = [[], []];
  for (let run = 0; run < REPETITIONS; run += 1) {
    times[0].push(milliseconds(first));
    times[1].push(milliseconds(second));
  }
  return [median(times[0]), median(times[1])];
}

function repeated(work: Work): number[] {
  return Array.from({ length: REPETITIONS }, () => milliseconds(work));
}

const context = createContext({ work: null });
const script = new Script("work()");

/** What `work` gives; it is ended, by an exception, when it takes longer than `limit` milliseconds. */
export function bounded<T>(work: () => T, limit: number): T {
  context.work = work;
  return script.runInContext(context, { timeout: limit });
}

/**
 * Not a number where `work` throws; the deadline where it had to be ended. Of the clock's time and the processor's the
 * shorter one: where others use the machine too, the clock goes on, and what the engine does beside us is not ours.
 */
function milliseconds(work: Work): number {
  const processor = process.cpuUsage();
  const start = performance.now();
  try {
    bounded(work, DEADLINE);
  } catch (error) {
    return isOverdue(error) ? DEADLINE : Number.NaN;
  }
  const clock = performance.now() - start;
  const { user, system } = process.cpuUsage(processor);
  return Math.min(clock, (user + system) / 1000);
}

/** The exception comes from the other context, and is no `Error` of this one. */
export function isOverdue(error: unknown): boolean {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : null;
  return code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}

function shown(time: number): string {
  return Number.isNaN(time) ? "refused" : `${time.toFixed(time < 10 ? 2 : 0)} ms`;
}
