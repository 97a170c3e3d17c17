/**
 * The flags of an instruction (BuildKit, `parser/split_command.go`, `extractBuilderFlags`), with the map from each
 * value to the joined line: quotes and escapes anywhere in a flag are no part of its text.
 */
import type { OffsetRange } from "../../reference/reference";
import { type MappedText, mappedParts } from "../mappedText";
import { type EscapeCharacter, isSpace } from "./instructions";

export interface Flag {
  /** Without the dashes. */
  readonly name: string;
  /** Null where no "=" follows; its pieces are ranges of the joined line. */
  readonly value: MappedText | null;
}

export interface Flags {
  readonly flags: readonly Flag[];
  /** Where the arguments begin in the joined line. */
  readonly end: number;
}

/** Reads the flags from `start`, which stands behind the keyword, up to the first word without dashes or a lone "--". */
export function readFlags(line: string, start: number, escapeCharacter: EscapeCharacter): Flags {
  const whole: MappedText = { text: line, pieces: [{ at: 0, offset: 0, end: null }] };
  const flags: Flag[] = [];
  let position = start;
  for (;;) {
    while (position < line.length && isSpace(line.charAt(position))) position += 1;
    if (!line.startsWith("--", position)) return { flags, end: position };
    const word = readWord(line, position, escapeCharacter);
    position = word.end;
    const text = mappedParts(whole, word.parts);
    if (text.text === "--") return { flags, end: position };
    flags.push(flagOf(text));
  }
}

function flagOf(word: MappedText): Flag {
  const equals = word.text.indexOf("=");
  if (equals === -1) return { name: word.text.slice(2), value: null };
  return {
    name: word.text.slice(2, equals),
    value: mappedParts(word, [{ start: equals + 1, end: word.text.length }]),
  };
}

/** One word: in either kind of quotes the escape character still escapes, and what is not closed ends with the line. */
function readWord(
  line: string,
  start: number,
  escapeCharacter: EscapeCharacter,
): { parts: OffsetRange[]; end: number } {
  const parts: OffsetRange[] = [];
  let from = start;
  let quote = "";
  let position = start;
  const cut = (next: number) => {
    if (position > from) parts.push({ start: from, end: position });
    from = next;
  };
  for (; position < line.length; position += 1) {
    const character = line.charAt(position);
    if (quote === "" && isSpace(character)) break;
    if (quote === "" ? character === "'" || character === '"' : character === quote) {
      cut(position + 1);
      quote = quote === "" ? character : "";
    } else if (character === escapeCharacter) {
      cut(position + 1);
      position += 1;
    }
  }
  position = Math.min(position, line.length);
  cut(position);
  return { parts, end: position };
}
