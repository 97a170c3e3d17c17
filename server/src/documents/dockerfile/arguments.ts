/**
 * The arguments of single instructions, by dockerfile-ast. It is given joined lines only, one at a time, so that its
 * cost follows the instructions that changed and not the document. Ranges are offsets in the joined line.
 */
import { type Argument, DockerfileParser, type From, type ModifiableInstruction } from "dockerfile-ast";
import type { OffsetRange } from "../../reference/reference";
import { type EscapeCharacter, isSpace } from "./instructions";

export interface FromArguments {
  readonly platform: OffsetRange | null;
  /** Null while nothing is written behind `FROM` yet. */
  readonly image: OffsetRange | null;
  readonly stageName: string | null;
}

/** `FROM [--platform=…] image [AS name]`. */
export function readFromArguments(line: string, escapeCharacter: EscapeCharacter): FromArguments {
  const instruction = DockerfileParser.parse(shapeOf(line, escapeCharacter)).getFROMs()[0];
  if (instruction === undefined) return { platform: null, image: null, stageName: null };
  const [image, as, name] = instruction.getArguments().map(offsets);
  const isNamed = as !== undefined && line.slice(as.start, as.end).toUpperCase() === "AS";
  return {
    platform: flagValue(instruction, "platform"),
    image: image ?? null,
    stageName: isNamed && name !== undefined ? line.slice(name.start, name.end) : null,
  };
}

export interface ArgumentDefinition {
  readonly name: string;
  /** The default as written, quotes included; null for `ARG NAME`. */
  readonly value: OffsetRange | null;
}

/** `ARG name[=default] …`. */
export function readArgDefinitions(line: string, escapeCharacter: EscapeCharacter): ArgumentDefinition[] {
  const words = DockerfileParser.parse(shapeOf(line, escapeCharacter)).getARGs()[0]?.getArguments() ?? [];
  const first = words[0];
  const last = words.at(-1);
  if (first === undefined || last === undefined) return [];
  return quotedWords(line, { start: offsets(first).start, end: offsets(last).end }, escapeCharacter).map(
    ({ start, end }) => {
      const word = line.slice(start, end);
      const equals = word.indexOf("=");
      return equals === -1
        ? { name: word, value: null }
        : { name: word.slice(0, equals), value: { start: start + equals + 1, end } };
    },
  );
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

function flagValue(instruction: From & ModifiableInstruction, name: string): OffsetRange | null {
  const range = instruction
    .getFlags()
    .find((flag) => flag.getName() === name)
    ?.getValueRange();
  return range ? { start: range.start.character, end: range.end.character } : null;
}

function offsets(argument: Argument): OffsetRange {
  const { start, end } = argument.getRange();
  return { start: start.character, end: end.character };
}

/**
 * The line as dockerfile-ast and BuildKit read it alike, each character in its place: quotes, escapes, a "#" or white
 * space beyond ASCII mean something else to dockerfile-ast, so only the words' shape is left of them. Of the flags
 * the first `--platform` stays: a build refuses a second one, and dockerfile-ast takes quadratic time for many.
 */
function shapeOf(line: string, escapeCharacter: EscapeCharacter): string {
  const shape = line.replace(/[\t\v\f\r]/g, " ").replace(/[^ \w.,:=/@-]/g, "_");
  const keywordEnd = shape.indexOf(" ") === -1 ? shape.length : shape.indexOf(" ");
  const flags = leadingFlags(line, { start: keywordEnd, end: line.length }, escapeCharacter);
  const platform = flags.find(({ start }) => line.startsWith("--platform=", start));
  const flag = platform === undefined ? "" : shape.slice(platform.start, platform.end).replaceAll(" ", "_");
  // Behind the flags BuildKit trims any white space at both ends, and splits at ASCII white space alone.
  let start = flags.at(-1)?.end ?? keywordEnd;
  let end = line.length;
  while (start < end && isSpace(line.charAt(start))) start += 1;
  while (end > start && isSpace(line.charAt(end - 1))) end -= 1;
  // No argument is a flag any more, not even one that begins with dashes.
  const words = shape.slice(start, end).replaceAll("-", "_");
  return (shape.slice(0, keywordEnd).padEnd(platform?.start ?? 0) + flag).padEnd(start) + words;
}

/** The flags before the arguments, up to a "--" (BuildKit, `split_command.go`, `extractBuilderFlags`). */
function leadingFlags(line: string, range: OffsetRange, escapeCharacter: EscapeCharacter): OffsetRange[] {
  const flags: OffsetRange[] = [];
  for (const word of quotedWords(line, range, escapeCharacter)) {
    if (!line.startsWith("--", word.start)) break;
    flags.push(word);
    if (word.end === word.start + 2) break;
  }
  return flags;
}
