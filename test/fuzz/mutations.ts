/**
 * What typing, pasting, a broken tool and malice make of a document. The same `Random` makes the same document again. Pure.
 */
import type { DocumentFormat } from "../../server/src/documents/format";
import type { Surroundings } from "../../server/src/documents/surroundings";
import { Random } from "../support/random";
import { type Corpus, pickOne, type SourceDocument } from "./corpus";

export interface Mutant extends SourceDocument {
  /** The document with twice, and with four times as much of what was multiplied in it; null where nothing was. */
  readonly grown: readonly [twice: string, fourfold: string] | null;
}

/** UTF-16 code units; a mutant that would be longer is cut. */
export const LONGEST = 1_000_000;
const MOST_REPETITIONS = 10_000;
/** What an ordinary mutant is multiplied to at most: a longer one takes the time of many others. */
const USUALLY_LONGEST = 60_000;

/** Texts that mean something to one of the languages, or to nobody. */
const specials: Readonly<Record<"both" | DocumentFormat, readonly string[]>> = {
  both: [
    ...'$ ${ ${A} ${A:- ${A:-b} ${A#*} ${A//a/b} $$ } {{ }} {{a}} {% %} " \' "" \\ ` : :: @ / # -- = , < > [ ] { } * & !'.split(
      " ",
    ),
    "\ufeff",
    "\0",
    "\ud800",
    "\udc00",
    "\u0085",
    "\u2028",
    "\u00a0",
    "\u3000",
    "😀",
    "\r",
    "\n",
    "\r\n",
    "\t",
    "\v",
    "\f",
    " ",
    "  ",
    "\\\n",
    "`\n",
    "\\\r\n",
    " # ",
    "@sha256:",
    `@sha256:${"0".repeat(64)}`,
    "alpine:3",
    "node",
    "scratch",
  ],
  dockerfile: [
    "<<EOF",
    "<<-EOF",
    "<<'EOF'",
    "<<A <<B",
    "\nEOF\n",
    "\nFROM alpine\n",
    "\nFROM alpine:$A AS build\n",
    "\nARG A=alpine\n",
    "\nARG A\n",
    "\nCOPY --from=build a b\n",
    "\nCOPY --from=0 a b\n",
    "\nCOPY --from=alpine:3 a b\n",
    "\nRUN --mount=type=bind,from=alpine,target=/x true\n",
    "\nONBUILD COPY --from=alpine:3 a b\n",
    "\n# escape=`\n",
    "# syntax=docker/dockerfile:1\n",
    "# check=skip=all\n",
    "\n# comment\n",
    "--platform=$A",
    "--mount=from=",
    "--from=",
    " AS ",
    "999999999999999999999999",
  ],
  compose: [
    "&a ",
    "*a",
    " *a ",
    "<<: *a\n",
    "<<: [*a, *b]\n",
    "!reset ",
    "!override ",
    "!!str ",
    "!!binary ",
    "? ",
    ": ",
    "- ",
    "|\n",
    ">-\n",
    "|2+\n",
    "\n---\n",
    "\n...\n",
    "%YAML 1.2\n---\n",
    "image: ",
    "\n    image: alpine:3\n",
    "\n    image: &a alpine\n",
    "\n    build: .\n",
    "\n    build:\n      context: docker-image://alpine\n",
    "\n    build:\n      dockerfile_inline: |\n        FROM alpine\n",
    "\n    pull_policy: build\n",
    "\n    platform: linux/amd64\n",
    "\n    extends:\n      service: a\n",
    "\ninclude:\n  - a.yaml\n",
    "\nservices:\n",
    "\nx-a: &a\n  image: alpine\n",
    "\n    volumes:\n      - type: image\n        source: alpine\n",
    "\n    pre_start:\n      - image: alpine\n",
    "null",
    "~",
    "\\x41",
    "\\u0041",
    "''",
  ],
};

/** One to four mutations of a document of the corpus. */
export function mutantOf(format: DocumentFormat, corpus: Corpus, random: Random): Mutant {
  const { text: original, surroundings } = pickOne(corpus[format], random);
  let text = original;
  for (let left = random.below(4); left > 0; left -= 1) text = changed(text, format, corpus, random);
  const isMultiplied = random.below(4) === 0;
  const { text: last, grown } = isMultiplied
    ? multiplied(text, random)
    : { text: changed(text, format, corpus, random), grown: null };
  const around = random.below(3) === 0 ? changedAround(surroundings, format, corpus, random) : surroundings;
  return { text: last.slice(0, LONGEST), grown, surroundings: around };
}

/** Changes every file that stands around the document, each in its own way, and the same way whenever it is asked for. */
function changedAround(
  surroundings: Surroundings,
  format: DocumentFormat,
  corpus: Corpus,
  random: Random,
): Surroundings {
  const seed = random.below(2 ** 31);
  return {
    ...surroundings,
    file: (path) => {
      const file = surroundings.file(path);
      if (file?.kind !== "text") return file;
      return { ...file, text: changed(file.text, format, corpus, new Random(seed ^ path.length)).slice(0, LONGEST) };
    },
  };
}

/** One change, somewhere. */
function changed(text: string, format: DocumentFormat, corpus: Corpus, random: Random): string {
  const [start, end] = stretchOf(text, random);
  const chunk = text.slice(start, end);
  switch (random.below(10)) {
    case 0:
    case 1:
    case 2:
      return text.slice(0, start) + special(format, random) + text.slice(start);
    case 3:
      return text.slice(0, start) + special(format, random) + text.slice(end);
    case 4:
    case 5:
      return text.slice(0, start) + text.slice(end);
    case 6:
      return text.slice(0, end) + chunk + text.slice(end);
    case 7: {
      const [otherStart, otherEnd] = stretchOf(text, random);
      if (otherStart < end) return text.slice(0, otherStart) + chunk + text.slice(otherStart);
      const other = text.slice(otherStart, otherEnd);
      return text.slice(0, start) + other + text.slice(end, otherStart) + chunk + text.slice(otherEnd);
    }
    case 8: {
      const other = pickOne(corpus[format], random).text;
      return text.slice(0, start) + other.slice(random.below(other.length + 1));
    }
    default:
      return text.length > USUALLY_LONGEST / 2 ? text.slice(0, start) : text + random.pick("", "\n") + text;
  }
}

/** A chunk, or something special, repeated up to ten thousand times: more often a little than a lot. */
function multiplied(text: string, random: Random): Pick<Mutant, "text" | "grown"> {
  const [start, end] = stretchOf(text, random);
  const chunk = random.below(2) === 0 ? text.slice(start, end) : special(random.pick("dockerfile", "compose"), random);
  const wanted = Math.ceil(2 * (MOST_REPETITIONS / 2) ** (random.below(1001) / 1000));
  const longest = random.below(20) === 0 ? LONGEST : USUALLY_LONGEST;
  const count = Math.min(wanted, Math.floor(longest / 4 / Math.max(1, chunk.length)));
  const times = (factor: number) => text.slice(0, start) + chunk.repeat(factor * count) + text.slice(start);
  return { text: times(1), grown: [times(2), times(4)] };
}

/** A character, a few, a token, a line or several: where it begins and ends. */
function stretchOf(text: string, random: Random): [start: number, end: number] {
  const at = random.below(text.length + 1);
  switch (random.below(5)) {
    case 0:
      return [at, Math.min(text.length, at + 1)];
    case 1:
      return [at, Math.min(text.length, at + random.below(20))];
    case 2: {
      const token = /^[\w.-]+|^\s+|^[^\w\s]+/.exec(text.slice(at, at + 200))?.[0] ?? "";
      return [at, at + token.length];
    }
    default: {
      const start = text.lastIndexOf("\n", at - 1) + 1;
      let end = at;
      for (let left = random.pick(1, 1, 1, 2, 5, 20); left > 0 && end !== 0; left -= 1)
        end = text.indexOf("\n", end) + 1;
      return [Math.min(start, text.length), end === 0 ? text.length : end];
    }
  }
}

function special(format: DocumentFormat, random: Random): string {
  return pickOne(random.below(2) === 0 ? specials.both : specials[format], random);
}
