/**
 * The arguments of single instructions. dockerfile-ast is given joined lines of `FROM` only, one at a time, so that its
 * cost follows the instructions that changed and not the document. Ranges are offsets in the joined line.
 */
import { DockerfileParser } from "dockerfile-ast";
import type { OffsetRange } from "../../reference/reference";
import { templateWordEnd } from "../template";
import { type EscapeCharacter, isSpace } from "./instructions";

export interface FromArguments {
  /** Null while nothing is written behind `FROM` yet. */
  readonly image: OffsetRange | null;
  readonly stageName: string | null;
}

/** `FROM image [AS name]`. @param start where the arguments begin, behind the flags */
export function readFromArguments(line: string, start: number): FromArguments {
  const [first, ...others] = wordsOf(line, trimmed(line, start));
  if (first === undefined) return { image: null, stageName: null };
  const image = { start: first.start, end: templateWordEnd(line, first.start, first.end) };
  const [as, name] = others.filter((word) => word.start >= image.end);
  const isNamed = as !== undefined && line.slice(as.start, as.end).toUpperCase() === "AS";
  return { image, stageName: isNamed && name !== undefined ? line.slice(name.start, name.end) : null };
}

export interface ArgumentDefinition {
  readonly name: string;
  /** The default as written, quotes included; null for `ARG NAME`. */
  readonly value: OffsetRange | null;
}

/**
 * `ARG name[=default] …`, split at white space outside quotes (BuildKit, `line_parsers.go`, `parseWords`).
 * @param start where the arguments begin, behind the flags
 */
export function readArgDefinitions(
  line: string,
  start: number,
  escapeCharacter: EscapeCharacter,
): ArgumentDefinition[] {
  const definitions: ArgumentDefinition[] = [];
  let wordStart: number | null = null;
  let quote = "";
  const endWord = (end: number) => {
    if (wordStart === null) return;
    const word = line.slice(wordStart, end);
    const equals = word.indexOf("=");
    definitions.push(
      equals === -1
        ? { name: word, value: null }
        : { name: word.slice(0, equals), value: { start: wordStart + equals + 1, end } },
    );
    wordStart = null;
  };
  const { end } = trimmed(line, start);
  for (let position = start; position < end; position += 1) {
    const character = line.charAt(position);
    if (quote === "" && isSpace(character)) {
      endWord(position);
      continue;
    }
    wordStart ??= position;
    if (character === escapeCharacter && quote !== "'") position += 1;
    else if (quote === "" ? character === "'" || character === '"' : character === quote) {
      quote = quote === "" ? character : "";
    }
  }
  endWord(end);
  return definitions;
}

/** BuildKit trims any white space at both ends of the arguments. */
function trimmed(line: string, start: number): OffsetRange {
  let [from, end] = [start, line.length];
  while (from < end && isSpace(line.charAt(from))) from += 1;
  while (end > from && isSpace(line.charAt(end - 1))) end -= 1;
  return { start: from, end };
}

/** It splits at ASCII white space alone. */
function wordsOf(line: string, { start, end }: OffsetRange): OffsetRange[] {
  if (end > MAX_LENGTH) {
    return [...line.slice(start, end).matchAll(/[^\t\v\f\r ]+/g)].map(({ 0: word, index }) => {
      return { start: start + index, end: start + index + word.length };
    });
  }
  const words =
    DockerfileParser.parse(shapeOf(line, start, end))
      .getFROMs()[0]
      ?.getArguments() ?? [];
  return words.map((word) => {
    const range = word.getRange();
    return { start: range.start.character, end: range.end.character };
  });
}

/** dockerfile-ast takes its time for many words, and no person writes as many behind a `FROM`. */
const MAX_LENGTH = 1_000;

/**
 * The line as dockerfile-ast and BuildKit read it alike, each character in its place and no flag left: quotes, escapes,
 * a "#" or white space beyond ASCII mean something else to dockerfile-ast, so only the words' shape stays.
 */
function shapeOf(line: string, start: number, end: number): string {
  const shape = line.replace(/[\t\v\f\r]/g, " ").replace(/[^ \w.,:=/@]/g, "_");
  const keywordEnd = shape.indexOf(" ") === -1 ? shape.length : shape.indexOf(" ");
  return shape.slice(0, keywordEnd).padEnd(start) + shape.slice(start, end);
}
