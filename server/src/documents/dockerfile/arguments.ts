/**
 * The arguments of single instructions, by dockerfile-ast. It is given joined lines only, one at a time, so that its
 * cost follows the instructions that changed and not the document. Ranges are offsets in the joined line.
 */
import { type Argument, DockerfileParser, type From, type ModifiableInstruction } from "dockerfile-ast";
import type { OffsetRange } from "../../reference/reference";
import type { EscapeCharacter } from "./instructions";

export interface FromArguments {
  readonly platform: OffsetRange | null;
  /** Null while nothing is written behind `FROM` yet. */
  readonly image: OffsetRange | null;
  readonly stageName: string | null;
}

/** `FROM [--platform=…] image [AS name]`. */
export function readFromArguments(line: string): FromArguments {
  const instruction = DockerfileParser.parse(oneLine(line)).getFROMs()[0];
  if (instruction === undefined) return { platform: null, image: null, stageName: null };
  const [image, as, name] = instruction.getArguments();
  return {
    platform: flagValue(instruction, "platform"),
    image: image === undefined ? null : offsets(image),
    stageName: as?.getValue().toUpperCase() === "AS" && name !== undefined ? name.getValue() : null,
  };
}

export interface ArgumentDefinition {
  readonly name: string;
  /** The default as written, quotes included; null for `ARG NAME`. */
  readonly value: OffsetRange | null;
}

/** `ARG name[=default] …`. */
export function readArgDefinitions(line: string, escapeCharacter: EscapeCharacter): ArgumentDefinition[] {
  const words = DockerfileParser.parse(oneLine(line)).getARGs()[0]?.getArguments() ?? [];
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

/** dockerfile-ast splits the arguments of `ARG` inside quotes; BuildKit does not (`line_parsers.go`, `parseWords`). */
function quotedWords(line: string, { start, end }: OffsetRange, escapeCharacter: EscapeCharacter): OffsetRange[] {
  const words: OffsetRange[] = [];
  let wordStart: number | null = null;
  let quote = "";
  for (let position = start; position < end; position += 1) {
    const character = line.charAt(position);
    if (quote === "" && /\s/.test(character)) {
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

/** To BuildKit a carriage return within a line is white space; to dockerfile-ast it ends the line. */
function oneLine(line: string): string {
  return line.replace(/[\r\v\f]/g, " ");
}
