/**
 * Splits a Dockerfile into instructions by BuildKit's line rules (`frontend/dockerfile/parser/parser.go`, `Parse`):
 * directives, comments, continuations, heredocs. An instruction is one joined line with a map back to the document,
 * so that what reads it never meets a continuation. The scan is one pass over the text.
 */
import type { MappedText, Piece } from "../mappedText";
import { type Heredoc, heredocsOf } from "./heredoc";

export type EscapeCharacter = "\\" | "`";

/** The joined line, without leading white space, from the keyword to the end. Its pieces are verbatim. */
export interface Instruction extends MappedText {
  /** Upper case: `FROM`. */
  readonly keyword: string;
}

export interface Instructions {
  readonly escapeCharacter: EscapeCharacter;
  readonly instructions: readonly Instruction[];
  /** For each instruction where the line begins that follows it and its heredocs. */
  readonly ends: readonly number[];
}

/** What Go's `unicode.IsSpace` calls white space. */
const space = "[\\t\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const oneSpace = new RegExp(`^${space}$`);
const leadingSpace = new RegExp(`^${space}+`);
const directiveForm = new RegExp(`^#${space}*([a-zA-Z][a-zA-Z0-9]*)[\\t\\f\\r ]*=([^]*)$`);
const directives = new Set(["syntax", "escape", "check"]);
const BYTE_ORDER_MARK = 0xfeff;

/** Instructions that may open a heredoc, alone or behind `ONBUILD`. */
const heredocKeywords = /^(?:ONBUILD[\t\v\f\r ]+)?(?:ADD|COPY|RUN)(?=[\t\v\f\r ])/i;
const jsonForm = /^(?:ONBUILD\s+)?(?:ADD|COPY|RUN)\s+(?:--\S+\s+)*(\[.*)$/is;

export function readInstructions(document: string): Instructions {
  const lines = new Lines(document, document.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0);
  const instructions: Instruction[] = [];
  const ends: number[] = [];
  const directivesSeen = new Set<string>();
  let escapeCharacter: EscapeCharacter = "\\";
  let inDirectives = true;

  while (lines.next()) {
    const start = lines.start + leadingSpaceLength(document, lines.start, lines.end);
    if (inDirectives) {
      const directive = readDirective(document.slice(start, lines.end));
      if (directive === null || directivesSeen.has(directive.name)) inDirectives = false;
      else {
        directivesSeen.add(directive.name);
        if (directive.name === "escape" && (directive.value === "\\" || directive.value === "`")) {
          escapeCharacter = directive.value;
        }
      }
    }
    const instruction = readInstruction(document, lines, start, escapeCharacter);
    if (instruction === null) continue;
    instructions.push(instruction);
    ends.push(lines.following);
  }
  return { escapeCharacter, instructions, ends };
}

/**
 * The same for a document that was another one before: what a change left untouched at both ends is taken over.
 * @returns what `readInstructions` returns
 */
export function readInstructionsAgain(document: string, before: string, known: Instructions): Instructions {
  const prefix = commonPrefix(document, before);
  // What ended with the document, a continuation or a heredoc, may go on now.
  const keptAtStart = countUpTo(known.ends, Math.min(prefix, before.length - 1));
  // The directives stand before the first instruction.
  if (keptAtStart === 0) return readInstructions(document);
  const suffix = commonSuffix(document, before, prefix);
  const moved = document.length - before.length;

  const { escapeCharacter } = known;
  const instructions = known.instructions.slice(0, keptAtStart);
  const ends = known.ends.slice(0, keptAtStart);
  const lines = new Lines(document, ends.at(-1) ?? 0);
  for (;;) {
    if (lines.following >= document.length - suffix) {
      const same = countUpTo(known.ends, lines.following - moved);
      if (known.ends[same - 1] === lines.following - moved) {
        for (const instruction of known.instructions.slice(same)) instructions.push(shifted(instruction, moved));
        for (const end of known.ends.slice(same)) ends.push(end + moved);
        break;
      }
    }
    if (!lines.next()) break;
    const start = lines.start + leadingSpaceLength(document, lines.start, lines.end);
    const instruction = readInstruction(document, lines, start, escapeCharacter);
    if (instruction === null) continue;
    instructions.push(instruction);
    ends.push(lines.following);
  }
  return { escapeCharacter, instructions, ends };
}

function shifted(instruction: Instruction, by: number): Instruction {
  if (by === 0) return instruction;
  const pieces = instruction.pieces.map(({ at, offset, end }) => ({ at, offset: offset + by, end }));
  return { keyword: instruction.keyword, text: instruction.text, pieces };
}

/** Characters that are compared at once, which is faster by far than one by one. */
const CHUNK = 2_048;

function commonPrefix(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at + CHUNK <= length && a.slice(at, at + CHUNK) === b.slice(at, at + CHUNK)) at += CHUNK;
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return at;
}

/** Of what stands behind the common prefix. */
function commonSuffix(a: string, b: string, prefix: number): number {
  const length = Math.min(a.length, b.length) - prefix;
  let count = 0;
  const chunkOf = (text: string) => text.slice(text.length - count - CHUNK, text.length - count);
  while (count + CHUNK <= length && chunkOf(a) === chunkOf(b)) count += CHUNK;
  while (count < length && a.charCodeAt(a.length - 1 - count) === b.charCodeAt(b.length - 1 - count)) count += 1;
  return count;
}

/** How many of the ascending numbers are at most `limit`. */
function countUpTo(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The instruction that begins at `start`, with its heredocs behind; null for a comment and an empty line. */
function readInstruction(
  document: string,
  lines: Lines,
  start: number,
  escapeCharacter: EscapeCharacter,
): Instruction | null {
  if (start === lines.end || document.charAt(start) === "#") return null;
  const instruction = joinLines(document, lines, start, escapeCharacter);
  if (instruction === null) return null;
  for (const heredoc of openedHeredocs(instruction.text)) skipHeredoc(document, lines, heredoc);
  return instruction;
}

/** What Go's `unicode.IsSpace` says of one character, line feeds aside. */
export function isSpace(character: string): boolean {
  const code = character.charCodeAt(0);
  if (code < 0x80) return code === 32 || (code >= 9 && code <= 13 && code !== 10);
  return oneSpace.test(character);
}

/** Walks over the lines; `end` excludes the line break and every carriage return before it. */
class Lines {
  start = 0;
  end = 0;

  /** @param following where the next line begins */
  constructor(
    private readonly document: string,
    public following: number,
  ) {}

  next(): boolean {
    if (this.following >= this.document.length) return false;
    this.start = this.following;
    const lineFeed = this.document.indexOf("\n", this.start);
    this.end = lineFeed === -1 ? this.document.length : lineFeed;
    this.following = this.end + 1;
    while (this.end > this.start && this.document.charCodeAt(this.end - 1) === 13) this.end -= 1;
    return true;
  }
}

/** Joins the current line with those that continue it; null where nothing but continuations stands there. */
function joinLines(
  document: string,
  lines: Lines,
  start: number,
  escapeCharacter: EscapeCharacter,
): Instruction | null {
  const first = continuationStart(document, start, lines.end, escapeCharacter);
  let text = document.slice(start, first ?? lines.end);
  const pieces: Piece[] = [{ at: 0, offset: start, end: null }];
  let continues = first !== null;
  while (continues && lines.next()) {
    const first = lines.start + leadingSpaceLength(document, lines.start, lines.end);
    const isSkipped = first === lines.end || document.charAt(first) === "#";
    if (!isSkipped) continues = append(text === "" ? first : lines.start, lines.end);
  }
  const keyword = /^[^\t\v\f\r ]+/.exec(text)?.[0];
  return keyword === undefined ? null : { keyword: keyword.toUpperCase(), text, pieces };

  function append(from: number, to: number): boolean {
    const continuation = continuationStart(document, from, to, escapeCharacter);
    const end = continuation ?? to;
    pieces.push({ at: text.length, offset: from, end: null });
    text += document.slice(from, end);
    return continuation !== null;
  }
}

/** Where the escape character stands that makes the line `[from, to)` go on; null where it ends. */
function continuationStart(
  document: string,
  from: number,
  to: number,
  escapeCharacter: EscapeCharacter,
): number | null {
  let last = to - 1;
  while (last >= from && (document[last] === " " || document[last] === "\t")) last -= 1;
  if (last < from || document[last] !== escapeCharacter) return null;
  return last > from && document[last - 1] === escapeCharacter ? null : last;
}

function leadingSpaceLength(document: string, start: number, end: number): number {
  const code = document.charCodeAt(start);
  if (start >= end || (code > 32 && code < 0x80)) return 0;
  return leadingSpace.exec(document.slice(start, end))?.[0].length ?? 0;
}

function readDirective(line: string): { name: string; value: string } | null {
  const [, name, rest] = directiveForm.exec(line) ?? [];
  const key = name?.toLowerCase();
  // Trimmed here and not by the expression, which would take quadratic time on a long run of spaces.
  const value = rest?.trim();
  return key === undefined || !value || !directives.has(key) ? null : { name: key, value };
}

function openedHeredocs(line: string): readonly Heredoc[] {
  if (!line.includes("<<") || !heredocKeywords.test(line)) return [];
  const json = jsonForm.exec(line)?.[1];
  return json !== undefined && isJsonStrings(json) ? [] : heredocsOf(line);
}

function isJsonStrings(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === "string");
  } catch {
    return false;
  }
}

/** Where the terminator is missing, the heredoc takes the rest of the document. */
function skipHeredoc(document: string, lines: Lines, { terminator, chomps }: Heredoc): void {
  while (lines.next()) {
    const line = document.slice(lines.start, lines.end);
    if ((chomps ? line.replace(/^\t+/, "") : line) === terminator) return;
  }
}
