/**
 * Compose interpolation, as compose-go does it (github.com/compose-spec/compose-go, `template/template.go`,
 * `Substitute`; compose-spec, `12-interpolation.md`), with its oddities: a modifier needs its "}" on the same line, every
 * "{" wants a "}" of its own, and where one is missing the word reaches to the last "}" of the line. Pure.
 */
import type { ExpandedWord } from "./expandedWord";
import { BadSubstitution, MAX_DEPTH, type Operator, refuse, substitute, type Variables } from "./substitution";

export function expandTemplate(source: string, variables: Variables, into: ExpandedWord): void {
  new ComposeTemplate(source, variables).expand({ start: 0, end: source.length }, into);
}

/** Ignoring case takes in two letters outside ASCII, here as in Go: "ſ" and the Kelvin sign. */
const nameForm = /[_a-z][_a-z0-9]*/iuy;
const operatorForm = /:?[-+?]/y;

/** A part of the source that is expanded as if it were the whole: the source itself, or a word. */
interface Region {
  readonly start: number;
  readonly end: number;
}

/** Of the line that is being read, within a region. */
interface Line {
  end: number;
  /** Before what is being read where it has none ahead. */
  lastBrace: number;
}

class ComposeTemplate {
  private closings: Int32Array | null = null;
  private depth = 0;

  constructor(
    private readonly source: string,
    private readonly variables: Variables,
  ) {}

  expand({ start, end }: Region, into: ExpandedWord): void {
    const { source } = this;
    const line: Line = { end: -1, lastBrace: -1 };
    let position = start;
    while (position < end) {
      let dollar = position;
      while (dollar < end && source.charAt(dollar) !== "$") dollar += 1;
      into.addLiteral(position, dollar);
      position = dollar < end ? this.dollar(dollar, end, line, into) : end;
    }
  }

  /** What begins with the "$" at `start`; returns where it ends. */
  private dollar(start: number, end: number, line: Line, into: ExpandedWord): number {
    const next = start + 1 < end ? this.source.charAt(start + 1) : "";
    if (next === "{") return this.braced(start, end, line, into);
    if (next === "$") {
      into.addLiteral(start + 1, start + 2);
      return start + 2;
    }
    // A region ends at a "}" or with the source, so that no name goes beyond it.
    const name = next === "" ? null : this.match(nameForm, start + 1);
    if (name === null) {
      into.addLiteral(start, start + 1);
      return start + 1;
    }
    const range = { start, end: start + 1 + name.length };
    into.addOwnValue(name, this.variables.valueOf(name), range);
    return range.end;
  }

  private braced(start: number, end: number, line: Line, into: ExpandedWord): number {
    const name = this.match(nameForm, start + 2) ?? refuse();
    const afterName = start + 2 + name.length;
    if (afterName < end && this.source.charAt(afterName) === "}") {
      into.addOwnValue(name, this.variables.valueOf(name), { start, end: afterName + 1 });
      return afterName + 1;
    }
    const operator = (this.match(operatorForm, afterName) ?? refuse()) as Operator;
    const wordStart = afterName + operator.length;
    const lastBrace = this.lastBrace(wordStart, end, line);
    if (lastBrace < wordStart) refuse();
    const closing = this.closingOf(start + 1);
    const word = { start: wordStart, end: closing === -1 || closing > lastBrace ? lastBrace : closing };
    substitute(this.source, { name, operator, start }, this.variables, into, (expanded, counts) => {
      this.word(word, expanded, counts);
      return word.end + 1;
    });
    return word.end + 1;
  }

  /** A word that does not count is not even read by Compose; here it is, for the variables in it. */
  private word(region: Region, into: ExpandedWord, counts: boolean): void {
    const { depth } = this;
    try {
      if (depth === MAX_DEPTH) refuse();
      this.depth += 1;
      this.expand(region, into);
    } catch (error) {
      if (counts || !(error instanceof BadSubstitution)) throw error;
    } finally {
      this.depth = depth;
    }
  }

  /** The last "}" of the line that `position` is in, up to `end`. Remembers it, as there may be much on one line. */
  private lastBrace(position: number, end: number, line: Line): number {
    if (position <= line.end) return line.lastBrace;
    line.end = position;
    // A word never reaches beyond its line: only the source itself has more than one.
    if (this.depth > 0) line.end = end;
    else while (line.end < end && this.source.charAt(line.end) !== "\n") line.end += 1;
    line.lastBrace = line.end - 1;
    while (line.lastBrace >= position && this.source.charAt(line.lastBrace) !== "}") line.lastBrace -= 1;
    return line.lastBrace;
  }

  /**
   * The "}" that closes the "{" at `open`, or -1 (`getFirstBraceClosingIndex`). The character behind a "{" is not looked
   * at. Where to start makes no difference, because the "{" of a "${" never is such a character.
   */
  private closingOf(open: number): number {
    if (this.closings === null) {
      this.closings = new Int32Array(this.source.length).fill(-1);
      const opened: number[] = [];
      for (let index = 0; index < this.source.length; index += 1) {
        const character = this.source.charAt(index);
        if (character === "{") {
          opened.push(index);
          index += 1;
        } else if (character === "}") {
          const opening = opened.pop();
          if (opening !== undefined) this.closings[opening] = index;
        }
      }
    }
    return this.closings[open] ?? -1;
  }

  private match(form: RegExp, at: number): string | null {
    form.lastIndex = at;
    return form.exec(this.source)?.[0] ?? null;
  }
}
