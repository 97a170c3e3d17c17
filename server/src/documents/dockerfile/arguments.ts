/**
 * The arguments of single instructions, by dockerfile-ast. It is given joined lines only, one at a time, so that its
 * cost follows the instructions that changed and not the document. Ranges are offsets in the joined line.
 */
import { type Argument, DockerfileParser } from "dockerfile-ast";
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
  const words = DockerfileParser.parse(shapeOf(line, start)).getFROMs()[0]?.getArguments() ?? [];
  const [first, ...others] = words.map(offsets);
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

/** `ARG name[=default] …`. @param start where the arguments begin, behind the flags */
export function readArgDefinitions(
  line: string,
  start: number,
  escapeCharacter: EscapeCharacter,
): ArgumentDefinition[] {
  const words = DockerfileParser.parse(shapeOf(line, start)).getARGs()[0]?.getArguments() ?? [];
  const first = words[0];
  const last = words.at(-1);
  if (first === undefined || last === undefined) return [];
  const arguments_ = { start: offsets(first).start, end: offsets(last).end };
  return quotedWords(line, arguments_, escapeCharacter).map((word) => {
    const text = line.slice(word.start, word.end);
    const equals = text.indexOf("=");
    return equals === -1
      ? { name: text, value: null }
      : { name: text.slice(0, equals), value: { start: word.start + equals + 1, end: word.end } };
  });
}

/** Splits at white space outside quotes (BuildKit, `line_parsers.go`, `parseWords`). */
function quotedWords(line: string, { start, end }: OffsetRange, escapeCharacter: EscapeCharacter): OffsetRange[] {
  const words: OffsetRange[] = [];
  let wordStart: number | null = null;
  let quote = "";
  for (let position = start; position < end; position += 1) {
    const character = line.charAt(position);
    if (quote === "" && isSpace(character)) {
      if (wordStart !== null) words.push({ start: wordStart, end: position });
      wordStart = null;
      continue;
    }
    wordStart ??= position;
    if (character === escapeCharacter && quote !== "'") position += 1;
    else if (quote === "" ? character === "'" || character === '"' : character === quote) {
      quote = quote === "" ? character : "";
    }
  }
  if (wordStart !== null) words.push({ start: wordStart, end });
  return words;
}

function offsets(argument: Argument): OffsetRange {
  const { start, end } = argument.getRange();
  return { start: start.character, end: end.character };
}

/**
 * The line as dockerfile-ast and BuildKit read it alike, each character in its place and no flag left: quotes, escapes,
 * a "#" or white space beyond ASCII mean something else to dockerfile-ast, so only the words' shape stays.
 */
function shapeOf(line: string, start: number): string {
  const shape = line.replace(/[\t\v\f\r]/g, " ").replace(/[^ \w.,:=/@]/g, "_");
  const keywordEnd = shape.indexOf(" ") === -1 ? shape.length : shape.indexOf(" ");
  // BuildKit trims any white space at both ends of the arguments, and splits at ASCII white space alone.
  let from = start;
  let end = line.length;
  while (from < end && isSpace(line.charAt(from))) from += 1;
  while (end > from && isSpace(line.charAt(end - 1))) end -= 1;
  return shape.slice(0, keywordEnd).padEnd(from) + shape.slice(from, end);
}
