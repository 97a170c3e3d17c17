/**
 * Variable expansion with a source map, for the two dialects of the documents that we read: BuildKit's shell words
 * (`shellWord.ts`) and Compose interpolation (`composeTemplate.ts`). It keeps, for each stretch of the result, the text
 * that it comes from. The source and all values come from documents that anybody may have written: whatever they hold,
 * the work stays linear in the source. Pure.
 */
import type { OffsetRange } from "../reference/reference";
import { expandTemplate } from "./composeTemplate";
import { ExpandedWord } from "./expandedWord";
import { expandShellWord, isSkippedAtStart } from "./shellWord";
import { BadSubstitution, Variables } from "./substitution";

/** A stretch of an expanded text. */
export interface Segment {
  readonly text: string;
  /** What it comes from, within the source: for a literal the same characters (verbatim, same length), else the whole `${…}`. */
  readonly range: OffsetRange;
  /** The variable whose value it is, or that a modifier read; null for literal text. */
  readonly variable: string | null;
  /** True where the text is the variable's own, unmodified value. */
  readonly isOwnValue: boolean;
  /**
   * For what stands within the word of `${NAME:-word}` or `${NAME-word}` and counts because NAME has no value: NAME (the
   * outermost one). Such a segment keeps its own range inside the word. Else null.
   */
  readonly defaultOf: string | null;
}

export type VariableValue =
  | { readonly kind: "set"; readonly value: string }
  | { readonly kind: "unset" }
  /** It has a value that is not known here (an automatic platform argument, a default made of what is unknown). */
  | { readonly kind: "unknown"; readonly mayBeEmpty: boolean };

export interface Expansion {
  /**
   * Null where a variable has no known value. The segments then join to what the dialect would give with that value
   * empty, except that a default in place of what may be empty (`${NAME:-word}`) is left out. Null as well, without any
   * segment, where the expansion grows beyond what a reference can be or takes too much work.
   */
  readonly text: string | null;
  readonly segments: readonly Segment[];
  /** Every variable that the source reads (also inside words that don't count), in order, each once. */
  readonly variables: readonly string[];
  /**
   * True where the dialect refuses the source (open quote, `${`, unknown modifier, bad pattern), or where its words nest
   * too deep: then text is the source itself, as one literal segment, and variables are [].
   */
  readonly isMalformed: boolean;
}

export interface ExpansionRules {
  readonly lookup: (name: string) => VariableValue;
  /** Which character escapes, with quotes (BuildKit); null for Compose. */
  readonly escape: "\\" | "`" | null;
}

/** Expands `source` as the dialect does. Only what `lookup` throws is thrown. */
export function expand(source: string, { lookup, escape: escapeCharacter }: ExpansionRules): Expansion {
  if (!/[$'"\\`]/.test(source) && (escapeCharacter === null || !isSkippedAtStart(source)))
    return unexpanded(source, false);
  const variables = new Variables(lookup);
  const word = new ExpandedWord(source, false);
  try {
    if (escapeCharacter === null) expandTemplate(source, variables, word);
    else expandShellWord(source, escapeCharacter, variables, word);
  } catch (error) {
    if (!(error instanceof BadSubstitution)) throw error;
    return unexpanded(source, true);
  }
  // BuildKit reads words that don't count too, and ends with what one of them requires.
  const fails = escapeCharacter !== null && variables.isRequiredMissing;
  const text = word.isKnown && !fails && !word.isTooMuch() ? word.text() : null;
  return { text, segments: word.segments(), variables: variables.names(), isMalformed: false };
}

function unexpanded(source: string, isMalformed: boolean): Expansion {
  const range = { start: 0, end: source.length };
  const segment = { text: source, range, variable: null, isOwnValue: false, defaultOf: null };
  return { text: source, segments: source === "" ? [] : [segment], variables: [], isMalformed };
}
