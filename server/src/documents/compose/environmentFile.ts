/**
 * An environment file (`.env`) as Compose reads it (compose-go, `dotenv/parser.go`): the value of each variable, and the
 * characters that make it where they stand there as they are. What stands behind the first error is not read, as Compose
 * reads none of it. Pure.
 */
import type { OffsetRange } from "../../reference/reference";
import { expand, type VariableValue } from "../expand";
import type { MappedText } from "../mappedText";

export interface EnvironmentLine {
  readonly value: VariableValue;
  /** What Compose takes for it: a variable without value is blank there. */
  readonly blank: string;
  /** The value with the way back to the file; one opaque piece where it is not written as it is. */
  readonly text: MappedText;
  /** The value as written, without quotes. */
  readonly range: OffsetRange;
  /** Variables that the value is made of. */
  readonly variables: readonly string[];
}

export interface EnvironmentFile {
  /** The last line of each variable. */
  readonly lines: ReadonlyMap<string, EnvironmentLine>;
  /** Every variable that a line reads, for its value or by being there without one. */
  readonly read: ReadonlySet<string>;
}

/**
 * @param lookup the variables that have precedence over the file's own
 * @param before the lines of the files that were read before it
 * @param lookupBlank as `lookup`, but blank where a value is made of what has none
 */
export function parseEnvironmentFile(
  text: string,
  lookup: (name: string) => VariableValue,
  before: ReadonlyMap<string, EnvironmentLine> = new Map(),
  lookupBlank: (name: string) => VariableValue = lookup,
): EnvironmentFile {
  const lines = new Map<string, EnvironmentLine>();
  const read = new Set<string>();
  const lineOf = (name: string) => lines.get(name) ?? before.get(name);
  const lookups: Lookups = {
    value: (name) => {
      const outer = lookup(name);
      return outer.kind === "unset" ? (lineOf(name)?.value ?? outer) : outer;
    },
    blank: (name) => {
      const outer = lookupBlank(name);
      const blank = lineOf(name)?.blank;
      return outer.kind !== "unset" || blank === undefined ? outer : { kind: "set", value: blank };
    },
  };
  for (const { key, value } of statements(text)) {
    if (value === null) {
      // A variable without a value is taken from outside.
      read.add(key);
      continue;
    }
    const line = readValue(text, value, lookups);
    if (line === null) break;
    for (const name of line.variables) read.add(name);
    lines.set(key, line);
  }
  return { lines, read };
}

interface Lookups {
  readonly value: (name: string) => VariableValue;
  readonly blank: (name: string) => VariableValue;
}

interface Statement {
  readonly key: string;
  /** Between its quotes where it has any; null for a key alone. */
  readonly value: (OffsetRange & { readonly quote: string }) | null;
}

/** White space within a line (`parser.go`, `isSpace`), and all of it (Go's `unicode.IsSpace`). */
const blanks = /[\t\v\f\r \u0085\u00a0]*/y;
const spaces = /[\s\u0085]*/y;
const exportWord = /export(?=[\t\n\f\r ])/y;
const keyText = /[\p{L}\p{N}_.\-[\]\t\v\f\r \u0085\u00a0]*/uy;
const comment = /#[^\n]*/y;
const unquoted = /[^\n]*/y;

function* statements(text: string): Generator<Statement> {
  let at = text.startsWith("\ufeff") ? 1 : 0;
  const skip = (form: RegExp): string => {
    form.lastIndex = at;
    const found = form.exec(text)?.[0] ?? "";
    at += found.length;
    return found;
  };
  for (;;) {
    do skip(spaces);
    while (skip(comment) !== "");
    if (at >= text.length) return;
    if (skip(exportWord) !== "") skip(blanks);
    const key = skip(keyText).trimEnd();
    const separator = text.charAt(at);
    // At the end of the file `parser.go` takes what is left for a value without a key.
    if (key.includes(" ") || !/^[=:\n]$/.test(separator)) return;
    at += 1;
    if (separator === "\n") {
      yield { key, value: null };
      continue;
    }
    skip(blanks);
    const quote = /['"]/.test(text.charAt(at)) ? text.charAt(at) : "";
    const start = at + quote.length;
    if (quote === "") {
      const value = (skip(unquoted).split(" #", 1)[0] ?? "").replace(/(?<![\s\u0085])[\s\u0085]+$/, "");
      yield { key, value: { start, end: start + value.length, quote } };
      continue;
    }
    const end = closingQuote(text, start, quote);
    if (end === -1) return;
    at = end + 1;
    yield { key, value: { start, end, quote } };
  }
}

/** The quote that no backslash stands before; -1 where there is none. */
function closingQuote(text: string, start: number, quote: string): number {
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === quote) return at;
    if (character === "\\") at += 1;
  }
  return -1;
}

/**
 * Backslashes before anything but the quote stay; then escapes count between double quotes, then variables. Null where
 * the value is malformed.
 */
function readValue(
  text: string,
  { start, end, quote }: NonNullable<Statement["value"]>,
  lookups: Lookups,
): EnvironmentLine | null {
  const range = { start, end };
  const source = text.slice(start, end);
  const opened =
    quote === "" ? source : source.replace(/\\(.)/gs, (pair, next: string) => (next === quote ? next : pair));
  const unescaped = quote === '"' ? opened.replace(escapeSequence, characterOf) : opened;
  const expansion = quote === "'" ? null : expand(unescaped, { lookup: lookups.value, escape: null });
  if (expansion?.isMalformed) return null;
  const { text: expanded, variables } = expansion ?? { text: unescaped, variables: [] };
  const isVerbatim = expanded === source && variables.length === 0;
  return {
    value: expanded === null ? { kind: "unknown", mayBeEmpty: true } : { kind: "set", value: expanded },
    blank: expanded ?? blankText(unescaped, lookups.blank),
    text:
      expanded === null || expanded === ""
        ? { text: "", pieces: [] }
        : { text: expanded, pieces: [{ at: 0, offset: start, end: isVerbatim ? null : end }] },
    range,
    variables,
  };
}

const escapeSequence = /\\(?:[abcfnrtv$"\\]|0\d{0,3})/g;
const namedEscapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  // The template's own escape, which the expansion takes back.
  $: "$$",
  '"': '"',
  "\\": "\\",
};

/** `expandEscapes` of `parser.go`: octal escapes have three digits behind their zero. */
function characterOf(sequence: string): string {
  const code = sequence.slice(1);
  if (!code.startsWith("0")) return namedEscapes[code] ?? sequence;
  const isByte = /^0[0-7]{3}$/.test(code) && Number.parseInt(code, 8) <= 0xff;
  return isByte ? String.fromCharCode(Number.parseInt(code, 8)) : sequence;
}

/** The text in which a variable without value is blank. */
export function blankText(source: string, lookup: (name: string) => VariableValue): string {
  return expand(source, { lookup, escape: null })
    .segments.map(({ text }) => text)
    .join("");
}
