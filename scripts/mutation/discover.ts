/**
 * Finds the checks in a source by their form: conditions that end in an error or in no answer, and calls of functions
 * that throw where something does not hold. It reads text, not syntax: each mutant has to compile, or the run fails.
 */

/** A source with the text between two offsets replaced. */
export interface Mutant {
  readonly file: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** What was disabled, in one line. */
  readonly code: string;
}

/** The source with what the mutant replaces. */
export function mutated(source: string, { start, end, text }: Mutant): string {
  return source.slice(0, start) + text + source.slice(end);
}

/** What follows a condition where it is a check: an error, or the word for "none". */
const consequence = /^\s*(?:throw\b|continue;|return (?:null|false|\[\]|undefined|"invalid");|return;)/;

export function discoverMutants(file: string, source: string): Mutant[] {
  const at = (start: number, end: number, text: string): Mutant => ({
    file,
    line: source.slice(0, start).split("\n").length,
    start,
    end,
    text,
    code: source.slice(start, end).replace(/\s+/g, " "),
  });
  const conditions = [...source.matchAll(/^[ \t]*(?:\} else )?if (?=\()/gm)].flatMap(({ index, 0: { length } }) => {
    const open = index + length;
    const close = closingOf(source, open);
    const behind = source.slice(close + 1);
    const isCheck = consequence.test(behind) || (/^\s*\{/.test(behind) && /\bthrow\b/.test(blockBehind(source, close)));
    return isCheck ? at(open + 1, close, "false") : [];
  });
  const calls = [...source.matchAll(/^[ \t]*(?=require[A-Z]\w*\()/gm)].flatMap(({ index, 0: { length } }) => {
    const start = index + length;
    const end = closingOf(source, source.indexOf("(", start)) + 1;
    return source[end] === ";" ? at(start, end, "") : [];
  });
  return [...conditions, ...calls].sort((a, b) => a.start - b.start);
}

function blockBehind(source: string, offset: number): string {
  const open = source.indexOf("{", offset);
  return source.slice(open, closingOf(source, open));
}

const pairs: Readonly<Record<string, string>> = { "(": ")", "{": "}" };

/** The offset of what closes the bracket at `open`; brackets in texts and regular expressions do not count. */
function closingOf(source: string, open: number): number {
  const [opening = "", closing] = [source[open], pairs[source[open] ?? ""]];
  let depth = 0;
  for (const { index, 0: token } of source
    .slice(open)
    .matchAll(/"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|\/(?![/* ])(?:\\.|\[[^\]]*\]|[^/\\\n])+\/|\/\/.*|[(){}]/g)) {
    if (token === opening) depth++;
    if (token === closing && --depth === 0) return open + index;
  }
  throw new Error(`nothing closes the bracket at ${open}`);
}
