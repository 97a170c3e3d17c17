/**
 * Variable expansion with a source map, for the two dialects of the documents that we read: BuildKit's shell words
 * (github.com/moby/buildkit, `frontend/dockerfile/shell/lex.go`) and Compose interpolation (compose-spec,
 * `12-interpolation.md`). It keeps, for each stretch of the result, the text that it comes from. Pure.
 */
import type { OffsetRange } from "../reference/reference";

/** A stretch of an expanded text. */
export interface Segment {
  readonly text: string;
  /** What it comes from, within the source: for a literal the same characters, for a variable `${NAME…}` whole. */
  readonly range: OffsetRange;
  readonly variable: string | null;
  /** False where a modifier put another text in place of the variable's own value. */
  readonly isOwnValue: boolean;
}

export interface Expansion {
  /** Null where a variable has no value. */
  readonly text: string | null;
  readonly segments: readonly Segment[];
  /** Every variable that the source reads, in order, each once. */
  readonly variables: readonly string[];
}

export interface ExpansionRules {
  /** The value of a variable; null where nothing is known of it. */
  readonly lookup: (name: string) => string | null;
  /** Whether quotes group and an escape character escapes (BuildKit), and which one it is; null for Compose. */
  readonly escape: "\\" | "`" | null;
}

/** A text that the dialect itself would refuse: an open quote, `${` without `}`. */
class BadSubstitution extends Error {}

/** Expands `source`. What the dialect refuses as malformed is taken literally. */
export function expand(source: string, rules: ExpansionRules): Expansion {
  if (!/[$'"\\`]/.test(source)) {
    const range = { start: 0, end: source.length };
    const segments = source === "" ? [] : [{ text: source, range, variable: null, isOwnValue: false }];
    return { text: source, segments, variables: [] };
  }
  const expander = new Expander(source, rules);
  try {
    expander.run();
  } catch (error) {
    if (!(error instanceof BadSubstitution)) throw error;
    const range = { start: 0, end: source.length };
    return { text: source, segments: [{ text: source, range, variable: null, isOwnValue: false }], variables: [] };
  }
  return expander.result();
}

const composeName = /[A-Za-z_][A-Za-z0-9_]*/y;
/** Positional and special parameters count as names, which nothing ever defines (`lex.go`, `processName`). */
const shellName = /\p{Nd}+|[@*#?$!-]|[\p{L}_][\p{L}\p{Nd}_]*/uy;
const modifier = /:?[-+?]/y;
/** BuildKit's modifiers that cut or change the value: they are not followed, and leave it unknown. */
const cuttingModifier = /[#%/]/y;
const plainText = /[^$'"\\`}]+/y;
/**
 * No image reference comes near this length. Without a limit ten defaults, each made of ten of the one before, would
 * multiply to gigabytes.
 */
const MAX_EXPANDED_LENGTH = 2_000;
/** Modifiers within modifiers: what a person writes ends far below, what overflows a stack far above. */
const MAX_DEPTH = 50;

class Expander {
  private position = 0;
  private readonly segments: Segment[] = [];
  private readonly variables = new Set<string>();
  private complete = true;

  constructor(
    private readonly source: string,
    private readonly rules: ExpansionRules,
    private readonly depth = 0,
  ) {}

  result(): Expansion {
    const length = this.segments.reduce((sum, { text }) => sum + text.length, 0);
    const isKnown = this.complete && (this.variables.size === 0 || length <= MAX_EXPANDED_LENGTH);
    return {
      text: isKnown ? this.segments.map(({ text }) => text).join("") : null,
      segments: this.segments,
      variables: [...this.variables],
    };
  }

  /** Expands up to `stop` (consumed) or the end of the source. */
  run(stop?: "}"): void {
    const { source } = this;
    let quote = "";
    while (this.position < source.length) {
      const character = source.charAt(this.position);
      if (character === stop && quote === "") {
        this.position += 1;
        return;
      }
      if (this.rules.escape !== null && quote !== "'" && character === this.rules.escape) {
        this.escape(quote);
      } else if (this.rules.escape !== null && (quote === "" ? /['"]/.test(character) : character === quote)) {
        quote = quote === "" ? character : "";
        this.position += 1;
      } else if (character === "$" && quote !== "'") {
        this.dollar();
      } else {
        const plain = this.match(plainText, this.position) ?? character;
        this.literal(this.position, this.position + plain.length);
      }
    }
    if (stop !== undefined || quote !== "") throw new BadSubstitution();
  }

  /** Within double quotes only `"`, `$` and the escape character itself can be escaped; elsewhere everything can. */
  private escape(quote: string): void {
    const next = this.source.charAt(this.position + 1);
    const keeps = quote === '"' && next !== "" && next !== '"' && next !== "$" && next !== this.rules.escape;
    if (keeps) {
      this.literal(this.position, this.position + 1);
      return;
    }
    this.position += 1;
    if (next !== "") this.literal(this.position, this.position + 1);
  }

  private dollar(): void {
    const start = this.position;
    const next = this.source.charAt(start + 1);
    if (next === "{") {
      this.braced(start);
      return;
    }
    if (next === "$" && this.rules.escape === null) {
      this.position = start + 1;
      this.literal(start + 1, start + 2);
      return;
    }
    const name = this.name(start + 1);
    if (name === null) {
      this.literal(start, start + 1);
      return;
    }
    this.position = start + 1 + name.length;
    this.variables.add(name);
    this.own(name, this.rules.lookup(name), { start, end: this.position });
  }

  /** `${NAME}` and `${NAME<modifier>word}`. */
  private braced(start: number): void {
    const name = this.name(start + 2);
    if (name === null) throw new BadSubstitution();
    this.variables.add(name);
    const value = this.rules.lookup(name);
    const afterName = start + 2 + name.length;
    if (this.source.charAt(afterName) === "}") {
      this.position = afterName + 1;
      this.own(name, value, { start, end: this.position });
      return;
    }
    const operator = this.match(modifier, afterName);
    const cuts = this.rules.escape !== null && this.match(cuttingModifier, afterName) !== null;
    if (operator === null && !cuts) throw new BadSubstitution();
    const inner = this.nested(afterName + (operator?.length ?? 1));
    const range = { start, end: this.position };
    if (operator === null) {
      this.replaced(name, null, range);
      return;
    }
    const counts = value !== null && !(operator.startsWith(":") && value === "");
    if (operator.endsWith("+")) this.replaced(name, counts ? inner.text : "", range);
    else if (counts || operator.endsWith("?")) this.own(name, counts ? value : null, range);
    else this.replaced(name, inner.text, range);
  }

  /** Expands the word of a modifier, which ends with "}"; only its text counts. */
  private nested(start: number): { text: string | null } {
    if (this.depth === MAX_DEPTH) throw new BadSubstitution();
    const inner = new Expander(this.source, this.rules, this.depth + 1);
    inner.position = start;
    inner.run("}");
    this.position = inner.position;
    for (const name of inner.variables) this.variables.add(name);
    return { text: inner.result().text };
  }

  private own(name: string, value: string | null, range: OffsetRange): void {
    this.push({ text: value ?? "", range, variable: name, isOwnValue: true });
    if (value === null) this.complete = false;
  }

  private replaced(name: string, text: string | null, range: OffsetRange): void {
    this.push({ text: text ?? "", range, variable: name, isOwnValue: false });
    if (text === null) this.complete = false;
  }

  private literal(start: number, end: number): void {
    this.position = end;
    const last = this.segments.at(-1);
    const text = this.source.slice(start, end);
    if (last && last.variable === null && last.range.end === start) {
      this.segments[this.segments.length - 1] = {
        ...last,
        text: last.text + text,
        range: { start: last.range.start, end },
      };
    } else {
      this.push({ text, range: { start, end }, variable: null, isOwnValue: false });
    }
  }

  private push(segment: Segment): void {
    this.segments.push(segment);
  }

  private name(at: number): string | null {
    return this.match(this.rules.escape === null ? composeName : shellName, at);
  }

  private match(form: RegExp, at: number): string | null {
    form.lastIndex = at;
    return form.exec(this.source)?.[0] ?? null;
  }
}
