/**
 * The values that `FROM` reads: the `ARG`s before the first `FROM`, and those that BuildKit sets by itself
 * (`dockerfile2llb/convert.go`, `buildMetaArgs`; `dockerfile2llb/platform.go`, `defaultArgs`).
 */
import { type Expansion, expand, type Segment, type VariableValue } from "../expand";
import { documentRange, type MappedText, verbatimRanges } from "../mappedText";
import type { ArgumentDefinition } from "./arguments";
import type { EscapeCharacter } from "./instructions";
import type { ArgumentDefault } from "./origin";
import { unquoted } from "./quotes";

/** True for those that are empty on most platforms. */
const automatic: ReadonlyMap<string, boolean> = new Map([
  ["BUILDPLATFORM", false],
  ["BUILDOS", false],
  ["BUILDOSVERSION", true],
  ["BUILDARCH", false],
  ["BUILDVARIANT", true],
  ["TARGETPLATFORM", false],
  ["TARGETOS", false],
  ["TARGETOSVERSION", true],
  ["TARGETARCH", false],
  ["TARGETVARIANT", true],
  ["TARGETSTAGE", false],
]);

export class GlobalArguments {
  private readonly values = new Map<string, VariableValue>();
  readonly defaults = new Map<string, ArgumentDefault>();

  constructor(private readonly escapeCharacter: EscapeCharacter) {}

  /** An `ARG` before the first `FROM`: a later one of the same name wins, unless it has no default. */
  define(instruction: MappedText, { name, value }: ArgumentDefinition, expansion: Expansion): void {
    if (value === null) return;
    this.defaults.delete(name);
    if (expansion.isMalformed) {
      this.values.delete(name);
    } else if (expansion.text === null) {
      this.values.set(name, { kind: "unknown", mayBeEmpty: true });
    } else {
      this.values.set(name, { kind: "set", value: expansion.text });
      const segments = placedSegments(instruction, value.start, expansion.segments);
      this.defaults.set(name, { segments, range: documentRange(instruction, unquoted(instruction.text, value)) });
    }
  }

  expand(source: string): Expansion {
    return expand(source, { escape: this.escapeCharacter, lookup: (name) => this.lookup(name) });
  }

  private lookup(name: string): VariableValue {
    const value = this.values.get(name);
    if (value !== undefined) return value;
    const mayBeEmpty = automatic.get(name);
    return mayBeEmpty === undefined ? { kind: "unset" } : { kind: "unknown", mayBeEmpty };
  }
}

/** Segments moved from a word at `start` of a text to the document, literals cut where the document goes on elsewhere. */
export function placedSegments(text: MappedText, start: number, segments: readonly Segment[]): Segment[] {
  return segments.flatMap((segment) => {
    const inText = { start: start + segment.range.start, end: start + segment.range.end };
    const verbatim = segment.variable === null ? verbatimRanges(text, inText) : null;
    if (verbatim === null) return [{ ...segment, range: documentRange(text, inText) }];
    let at = 0;
    return verbatim.map((range) => {
      const length = range.end - range.start;
      at += length;
      return { ...segment, text: segment.text.slice(at - length, at), range };
    });
  });
}
