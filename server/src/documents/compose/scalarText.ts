/**
 * The value of a YAML scalar with the way back to the characters that make it, for the five styles (YAML 1.2.2,
 * chapters 7.3 and 8.1). It never guesses: a text that is not the value which the YAML reader found is none.
 */
import { Scalar } from "yaml";
import type { MappedText, Piece } from "../mappedText";

/** Null where the value can't be told from the characters. */
export function scalarText(source: string, scalar: Scalar): MappedText | null {
  const value = scalar.value;
  const [start, end] = scalar.range ?? [0, 0];
  if (typeof value !== "string") return null;
  if (value === "") return { text: "", pieces: [] };
  const isQuoted = scalar.type === Scalar.QUOTE_DOUBLE || scalar.type === Scalar.QUOTE_SINGLE;
  const from = isQuoted ? start + 1 : start;
  const to = isQuoted && end - start >= 2 && source[end - 1] === source[start] ? end - 1 : end;
  // What nearly every scalar is: its characters.
  if (to - from === value.length && source.startsWith(value, from)) {
    return { text: value, pieces: [{ at: 0, offset: from, end: null }] };
  }
  const builder = new TextBuilder(source);
  switch (scalar.type) {
    case Scalar.PLAIN:
      readFolded(builder, from, to, (a, b) => builder.verbatim(a, b));
      break;
    case Scalar.QUOTE_SINGLE:
      readFolded(builder, from, to, (a, b) => readSingleQuoted(builder, a, b));
      break;
    case Scalar.QUOTE_DOUBLE:
      readDoubleQuoted(builder, from, to);
      break;
    case Scalar.BLOCK_LITERAL:
    case Scalar.BLOCK_FOLDED:
      readBlock(builder, value, start, end, scalar.type === Scalar.BLOCK_FOLDED);
      break;
  }
  return builder.text === value ? { text: value, pieces: builder.pieces } : null;
}

class TextBuilder {
  text = "";
  readonly pieces: Piece[] = [];

  constructor(readonly source: string) {}

  verbatim(start: number, end: number): void {
    if (end <= start) return;
    const last = this.pieces.at(-1);
    const continues = last !== undefined && last.end === null && last.offset + this.text.length - last.at === start;
    if (!continues) this.pieces.push({ at: this.text.length, offset: start, end: null });
    this.text += this.source.slice(start, end);
  }

  /** `text` stands for the characters from `start` to `end`. */
  opaque(start: number, end: number, text: string): void {
    if (text === "") return;
    this.pieces.push({ at: this.text.length, offset: start, end });
    this.text += text;
  }

  /** The line feed at `offset`, or what stands for one there. */
  lineFeed(offset: number): void {
    if (this.source.startsWith("\n", offset)) this.verbatim(offset, offset + 1);
    else this.opaque(offset, this.source.startsWith("\r\n", offset) ? offset + 2 : offset, "\n");
  }
}

/** Plain and single-quoted lines: one line break is a space, and each empty line a line feed (7.3.2, 7.3.3, 6.5). */
function readFolded(
  builder: TextBuilder,
  start: number,
  end: number,
  readLine: (start: number, end: number) => void,
): void {
  const { source } = builder;
  let lineStart = start;
  let gap = start;
  let emptyLines = -1;
  for (;;) {
    const feed = source.indexOf("\n", lineStart);
    const isLast = feed === -1 || feed >= end;
    let to = isLast ? end : feed;
    if (!isLast && to > lineStart && source[to - 1] === "\r") to -= 1;
    const from = lineStart === start ? start : skipBlanks(source, lineStart, to);
    if (!isLast) to = skipBlanksBack(source, from, to);
    if (emptyLines >= 0 && (isLast || from < to)) {
      builder.opaque(gap, from, emptyLines === 0 ? " " : "\n".repeat(emptyLines));
      emptyLines = -1;
    }
    if (from < to || lineStart === start) {
      readLine(from, to);
      gap = to;
    }
    if (isLast) return;
    emptyLines += 1;
    lineStart = feed + 1;
  }
}

function readSingleQuoted(builder: TextBuilder, start: number, end: number): void {
  // Searched within the line alone: the next pair of quotes may stand far behind it.
  const line = builder.source.slice(start, end);
  let from = start;
  for (;;) {
    const found = line.indexOf("''", from - start);
    if (found === -1) break;
    const quotes = start + found;
    builder.verbatim(from, quotes);
    builder.opaque(quotes, quotes + 2, "'");
    from = quotes + 2;
  }
  builder.verbatim(from, end);
}

const escapes: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  N: "\u0085",
  _: "\u00a0",
  L: "\u2028",
  P: "\u2029",
  " ": " ",
  '"': '"',
  "/": "/",
  "\\": "\\",
  "\t": "\t",
};
const codeLengths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const plainRun = /[^\\\r\n \t]+/y;
const blankRun = /[ \t]+/y;
const blanksAndBreak = /[ \t]*(?:\r?\n[ \t]*)+/y;
const escapedBreak = /\\\r?\n[ \t]*/y;

/** Escapes and folded line breaks (7.3.1); an escaped line break is nothing. */
function readDoubleQuoted(builder: TextBuilder, start: number, end: number): void {
  const { source } = builder;
  let at = start;
  const match = (form: RegExp): number => {
    form.lastIndex = at;
    return form.exec(source)?.[0].length ?? 0;
  };
  while (at < end) {
    const plain = Math.min(match(plainRun), end - at);
    const fold = plain > 0 ? 0 : Math.min(match(blanksAndBreak), end - at);
    const skipped = plain + fold > 0 ? 0 : Math.min(match(escapedBreak), end - at);
    let length = plain + fold + skipped;
    if (fold > 0) {
      const breaks = source.slice(at, at + fold).split("\n").length - 1;
      builder.opaque(at, at + fold, breaks === 1 ? " " : "\n".repeat(Math.max(0, breaks - 1)));
    } else if (source[at] === "\\" && skipped === 0) {
      const code = source.charAt(at + 1);
      length = 2 + (codeLengths[code] ?? 0);
      builder.opaque(at, at + length, escapes[code] ?? characterOf(source.slice(at + 2, at + length)));
    } else if (skipped === 0) {
      // Blanks that no break follows are taken whole: each of them would look for one again.
      length = Math.max(length, Math.min(match(blankRun), end - at), 1);
      builder.verbatim(at, at + length);
    }
    at += length;
  }
}

/** Empty where it is no character's code, so that the whole text is refused. */
function characterOf(code: string): string {
  const number = /^[0-9a-fA-F]+$/.test(code) ? Number.parseInt(code, 16) : Number.POSITIVE_INFINITY;
  return number <= 0x10ffff ? String.fromCodePoint(number) : "";
}

/** Literal and folded blocks (8.1.2, 8.1.3), with the chomping of their header. */
function readBlock(builder: TextBuilder, value: string, start: number, end: number, isFolded: boolean): void {
  const { source } = builder;
  const headerEnd = source.indexOf("\n", start);
  if (headerEnd === -1 || headerEnd >= end) return;
  const header = source.slice(start + 1, headerEnd).split(/[ \t#]/, 1)[0] ?? "";
  const lines = blockLines(source, headerEnd + 1, end);
  const first = lines.findIndex(({ from, to }) => from < to);
  if (first === -1) return;
  const last = lines.findLastIndex(({ from, to }) => from < to);

  // An explicit indentation counts from a parent that the scalar does not know: its value tells what was cut.
  const indented = lines[first] as BlockLine;
  const kept = /^ */.exec(value.split("\n", first + 1)[first] ?? "")?.[0].length ?? 0;
  const indent = indented.from - indented.start - (/[1-9]/.test(header) ? kept : 0);
  const textStart = ({ start, from }: BlockLine) => Math.min(from, start + indent);

  // Blank lines longer than the indentation are content too.
  const lastText = Math.max(
    last,
    lines.findLastIndex((line) => line.from - line.start > indent),
  );
  for (let index = 0; index < first; index += 1) {
    const line = lines[index] as BlockLine;
    builder.verbatim(textStart(line), line.from);
    builder.lineFeed(line.to);
  }
  const content = lines.slice(first, lastText + 1);
  if (isFolded) readFoldedLines(builder, content, textStart);
  else {
    content.forEach((line, index) => {
      const before = content[index - 1];
      if (before !== undefined) builder.lineFeed(before.to);
      builder.verbatim(textStart(line), line.to);
    });
  }
  if (header.includes("-")) return;
  builder.lineFeed((lines[lastText] as BlockLine).to);
  if (!header.includes("+")) return;
  for (const line of lines.slice(lastText + 1)) {
    builder.verbatim(textStart(line), line.from);
    if (line !== lines.at(-1)) builder.lineFeed(line.to);
  }
}

/** A single break between two lines of text is a space; breaks beside more-indented lines stay (8.1.3). */
function readFoldedLines(
  builder: TextBuilder,
  lines: readonly BlockLine[],
  textStart: (line: BlockLine) => number,
): void {
  let separator = "";
  let gap = 0;
  let afterIndented = false;
  for (const line of lines) {
    const from = textStart(line);
    if (from >= line.to) {
      if (separator === "\n") builder.opaque(gap, from, "\n");
      else separator = "\n";
      continue;
    }
    const isIndented = from < line.from || builder.source[from] === "\t";
    if (isIndented && separator === " ") separator = "\n";
    else if (isIndented && !afterIndented && separator === "\n") separator = "\n\n";
    builder.opaque(gap, from, separator);
    builder.verbatim(from, line.to);
    separator = isIndented ? "\n" : " ";
    afterIndented = isIndented;
    gap = line.to;
  }
}

/** A line without its line break: `from` is where its indentation ends. */
interface BlockLine {
  readonly start: number;
  readonly from: number;
  readonly to: number;
}

function blockLines(source: string, start: number, end: number): BlockLine[] {
  const lines: BlockLine[] = [];
  for (let at = start; at <= end; ) {
    const feed = source.indexOf("\n", at);
    const lineEnd = feed === -1 || feed >= end ? end : feed;
    const to = lineEnd < end && lineEnd > at && source[lineEnd - 1] === "\r" ? lineEnd - 1 : lineEnd;
    let from = at;
    while (from < to && source[from] === " ") from += 1;
    lines.push({ start: at, from, to });
    at = lineEnd + 1;
  }
  return lines;
}

function skipBlanks(source: string, start: number, end: number): number {
  let at = start;
  while (at < end && (source[at] === " " || source[at] === "\t")) at += 1;
  return at;
}

function skipBlanksBack(source: string, start: number, end: number): number {
  let at = end;
  while (at > start && (source[at - 1] === " " || source[at - 1] === "\t")) at -= 1;
  return at;
}
