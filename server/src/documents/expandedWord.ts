/** What a text, or the word of a modifier within it, expands to: segments that are added one by one. Pure. */
import type { OffsetRange } from "../reference/reference";
import type { Segment, VariableValue } from "./expand";

/**
 * No image reference comes near this length. Without a limit ten defaults, each made of ten of the one before, would
 * multiply to gigabytes.
 */
const MAX_LENGTH = 2_000;
/** Of variables without text there may be as many. */
const MAX_SEGMENTS = 2_000;

export class ExpandedWord {
  /** Of the text so far; infinite once it is too much. */
  length = 0;
  /** False from the first value on that is not known. */
  isKnown = true;
  private readonly added: Segment[] = [];
  /** Literal text that more may join, as a range of the source. */
  private pending: { start: number; end: number } | null = null;
  private defaultOf: string | null = null;

  /**
   * @param isLimited false for what is no modifier's word: up to its first variable it only takes what stands in the
   *   document, at whatever length
   */
  constructor(
    private readonly source: string,
    private isLimited: boolean,
  ) {}

  /** Whether it grew beyond the limits, or a part was left out as too much work. It then has no segments. */
  isTooMuch(): boolean {
    this.flush();
    return this.length === Number.POSITIVE_INFINITY;
  }

  segments(): readonly Segment[] {
    this.flush();
    return this.added;
  }

  text(): string {
    return this.segments()
      .map(({ text }) => text)
      .join("");
  }

  /** The characters of the source as they stand there. */
  addLiteral(start: number, end: number): void {
    if (end === start) return;
    this.length += end - start;
    if (this.pending?.end === start) {
      this.pending.end = end;
    } else {
      this.flush();
      this.pending = { start, end };
    }
  }

  /** The unmodified value of a variable. What is not known is an empty text. */
  addOwnValue(variable: string, value: VariableValue, range: OffsetRange): void {
    this.addValue(variable, value.kind === "set" ? value.value : "", range, value.kind === "set", true);
  }

  /** What a modifier made in place of the value of a variable. */
  addMade(variable: string, text: string, range: OffsetRange, isKnown: boolean): void {
    this.addValue(variable, text, range, isKnown, false);
  }

  /** In place of what would be too long, or too much work. */
  addTooMuch(): void {
    this.isLimited = true;
    this.length = Number.POSITIVE_INFINITY;
    this.pending = null;
    this.added.length = 0;
  }

  /** Everything that `addWord` adds counts because `name` has no value. */
  asDefaultOf(name: string, addWord: () => void): void {
    const outer = this.defaultOf;
    this.flush();
    this.limit();
    this.defaultOf = outer ?? name;
    addWord();
    this.flush();
    this.defaultOf = outer;
  }

  private addValue(variable: string, text: string, range: OffsetRange, isKnown: boolean, isOwnValue: boolean): void {
    this.flush();
    this.isKnown &&= isKnown;
    this.length += text.length;
    this.isLimited = true;
    this.push({ text, range, variable, isOwnValue, defaultOf: this.defaultOf });
  }

  private flush(): void {
    if (this.pending === null) return;
    const { start, end } = this.pending;
    this.pending = null;
    const text = this.source.slice(start, end);
    this.push({ text, range: { start, end }, variable: null, isOwnValue: false, defaultOf: this.defaultOf });
  }

  private push(segment: Segment): void {
    this.added.push(segment);
    if (this.isLimited) this.limit();
  }

  private limit(): void {
    this.isLimited = true;
    if (this.length > MAX_LENGTH || this.added.length > MAX_SEGMENTS) this.addTooMuch();
  }
}
