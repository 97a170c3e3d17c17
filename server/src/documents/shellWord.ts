/**
 * BuildKit's shell words, as its lexer expands them (github.com/moby/buildkit, `frontend/dockerfile/shell/lex.go`,
 * `ProcessWord`). Every word of a modifier is read, whether it counts or not. Pure.
 */
import { ExpandedWord } from "./expandedWord";
import { cutMatch, replaceMatches, type Steps } from "./shellPattern";
import { MAX_DEPTH, type Operator, refuse, substitute, type Variables } from "./substitution";

type EscapeCharacter = "\\" | "`";

export function expandShellWord(
  source: string,
  escapeCharacter: EscapeCharacter,
  variables: Variables,
  into: ExpandedWord,
): void {
  new ShellWord(source, escapeCharacter, variables).expand(into);
}

/** A byte order mark at the start is no part of the word (Go's `text/scanner`, `Peek`). */
export function isSkippedAtStart(source: string): boolean {
  return source.startsWith("\uFEFF");
}

/** Digits, special parameters and names (`processName`); what has none of them has the empty name within braces. */
const nameForm = /\p{Nd}+|[@*#?$!-]|[\p{L}_][\p{L}\p{Nd}_]*/uy;
const operatorForm = /:?[-+?]/y;

/**
 * What becomes of escapes: a pattern and the replacement of a match keep the escape character (`rawEscapes`), and a
 * pattern doubles it where it stands for itself (`preservePatternEscapes`), as it is read a second time.
 */
type Reading = "word" | "pattern" | "replacement";

/** For matching patterns: no person's document comes near, and both the pattern and the value may be hostile. */
const MIN_STEPS = 500;
const STEPS_PER_CHARACTER = 8;

class ShellWord {
  private position: number;
  private depth = 0;
  private readonly steps: Steps;

  constructor(
    private readonly source: string,
    private readonly escapeCharacter: EscapeCharacter,
    private readonly variables: Variables,
  ) {
    this.position = isSkippedAtStart(source) ? 1 : 0;
    this.steps = { left: MIN_STEPS + STEPS_PER_CHARACTER * source.length };
  }

  expand(into: ExpandedWord): void {
    this.readTo("", "word", into);
  }

  /** Reads up to `stop`, which is consumed, or to the end of the source (`processStopOn`). */
  private readTo(stop: "" | "}" | "/", reading: Reading, into: ExpandedWord): void {
    while (this.position < this.source.length) {
      const character = this.source.charAt(this.position);
      if (character === stop) {
        this.position += 1;
        return;
      }
      if (character === "$") this.dollar(into);
      else if (character === "'") this.singleQuoted(reading, into);
      else if (character === '"') this.doubleQuoted(reading, into);
      else if (character === this.escapeCharacter) this.escaped(reading, into);
      else this.take(into);
    }
    if (stop !== "") refuse();
  }

  private escaped(reading: Reading, into: ExpandedWord): void {
    if (reading === "word") this.position += 1;
    else this.take(into);
    if (this.position < this.source.length) this.take(into);
  }

  private singleQuoted(reading: Reading, into: ExpandedWord): void {
    const start = this.position + 1;
    const end = this.source.indexOf("'", start);
    if (end === -1) refuse();
    this.position = start;
    if (reading !== "pattern") this.take(into, end);
    while (this.position < end) {
      if (this.source.charAt(this.position) === this.escapeCharacter) this.repeat(into);
      this.take(into);
    }
    this.position = end + 1;
  }

  /** Only `"`, `$` and the escape character can be escaped, elsewhere it stands for itself (`processDoubleQuote`). */
  private doubleQuoted(reading: Reading, into: ExpandedWord): void {
    this.position += 1;
    while (this.position < this.source.length) {
      const character = this.source.charAt(this.position);
      if (character === '"') {
        this.position += 1;
        return;
      }
      if (character === "$") {
        this.dollar(into);
      } else if (character !== this.escapeCharacter) {
        this.take(into);
      } else if (['"', "$", this.escapeCharacter].includes(this.source.charAt(this.position + 1))) {
        this.escaped(reading, into);
      } else {
        if (reading !== "word") this.repeat(into);
        this.take(into);
      }
    }
    refuse();
  }

  private dollar(into: ExpandedWord): void {
    const start = this.position;
    if (this.source.charAt(start + 1) === "{") {
      this.braced(start, into);
      return;
    }
    const name = this.match(nameForm, start + 1);
    if (name === null) {
      this.take(into);
      return;
    }
    this.position = start + 1 + name.length;
    into.addOwnValue(name, this.variables.valueOf(name), { start, end: this.position });
  }

  private braced(start: number, into: ExpandedWord): void {
    if (["", "{", "}", ":"].includes(this.source.charAt(start + 2))) refuse();
    const name = this.match(nameForm, start + 2) ?? "";
    this.position = start + 2 + name.length;
    const operator = this.match(operatorForm, this.position) as Operator | null;
    if (operator !== null) {
      this.position += operator.length;
      substitute(this.source, { name, operator, start }, this.variables, into, (word) => {
        this.readOperand("}", "word", word);
        return this.position;
      });
      return;
    }
    const character = this.source.charAt(this.position);
    this.position += 1;
    if (character === "}") {
      into.addOwnValue(name, this.variables.valueOf(name), { start, end: this.position });
    } else if (character === "#" || character === "%") {
      this.cut(start, name, character, into);
    } else if (character === "/") {
      this.replace(start, name, into);
    } else {
      refuse();
    }
  }

  /** `${NAME#pattern}`; whether the operator is doubled shows only in the expanded pattern. */
  private cut(start: number, name: string, operator: "#" | "%", into: ExpandedWord): void {
    const value = this.variables.valueOf(name);
    const operand = this.operand("}", "pattern");
    this.addChanged(start, name, into, value.kind === "set", [operand], () => {
      const pattern = operand.text();
      const isLongest = pattern.startsWith(operator);
      const text = value.kind === "set" ? value.value : "";
      return cutMatch(text, operator, isLongest ? pattern.slice(1) : pattern, isLongest, this.steps);
    });
  }

  /** `${NAME/pattern/replacement}` and `${NAME//pattern/replacement}`. */
  private replace(start: number, name: string, into: ExpandedWord): void {
    const value = this.variables.valueOf(name);
    const isOfAll = this.source.charAt(this.position) === "/";
    if (isOfAll) this.position += 1;
    const pattern = this.operand("/", "pattern");
    const replacement = this.operand("}", "replacement");
    this.addChanged(start, name, into, value.kind === "set", [pattern, replacement], () => {
      const text = value.kind === "set" ? value.value : "";
      return replaceMatches(text, pattern.text(), replacement.text(), isOfAll, this.steps);
    });
  }

  /** @param change gives null for a pattern that is none */
  private addChanged(
    start: number,
    name: string,
    into: ExpandedWord,
    isValueKnown: boolean,
    operands: readonly ExpandedWord[],
    change: () => string | null,
  ): void {
    const isTooMuch = operands.some((operand) => operand.isTooMuch());
    if (!isTooMuch) for (const { length } of operands) this.steps.left -= length;
    if (isTooMuch || this.steps.left < 0) {
      into.addTooMuch();
      return;
    }
    const text = change() ?? refuse();
    const isKnown = isValueKnown && operands.every((operand) => operand.isKnown);
    if (this.steps.left < 0) into.addTooMuch();
    else into.addMade(name, text, { start, end: this.position }, isKnown);
  }

  private operand(stop: "}" | "/", reading: Reading): ExpandedWord {
    const word = new ExpandedWord(this.source, true);
    this.readOperand(stop, reading, word);
    return word;
  }

  private readOperand(stop: "}" | "/", reading: Reading, into: ExpandedWord): void {
    if (this.depth === MAX_DEPTH) refuse();
    this.depth += 1;
    this.readTo(stop, reading, into);
    this.depth -= 1;
  }

  /** Takes the characters up to `end` as they are, by default the next one. */
  private take(into: ExpandedWord, end = this.position + 1): void {
    into.addLiteral(this.position, end);
    this.position = end;
  }

  /** Takes the next character, and leaves it to be taken once more. */
  private repeat(into: ExpandedWord): void {
    into.addLiteral(this.position, this.position + 1);
  }

  private match(form: RegExp, at: number): string | null {
    form.lastIndex = at;
    return form.exec(this.source)?.[0] ?? null;
  }
}
