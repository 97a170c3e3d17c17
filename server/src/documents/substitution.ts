/** What both dialects agree on: which text `${NAME-word}`, `${NAME+word}` and `${NAME?word}` stand for. Pure. */
import type { VariableValue } from "./expand";
import { ExpandedWord } from "./expandedWord";

/** A text that the dialect itself would refuse: an open quote, `${` without `}`. */
export class BadSubstitution extends Error {}

/** One for all: it says nothing but that it is one, and a hostile document would have thousands of stacks collected. */
const refusal = new BadSubstitution();

export function refuse(): never {
  throw refusal;
}

/** Words within words: what a person writes ends far below, what overflows a stack far above. */
export const MAX_DEPTH = 50;

/** The values of variables, and which of them were read. */
export class Variables {
  /** Whether `${NAME?…}` was read of a variable without value, be it in a word that does not count. */
  isRequiredMissing = false;
  private readonly read = new Set<string>();

  constructor(private readonly lookup: (name: string) => VariableValue) {}

  valueOf(name: string): VariableValue {
    this.read.add(name);
    return this.lookup(name);
  }

  names(): readonly string[] {
    return [...this.read];
  }
}

export type Operator = `${"" | ":"}${"-" | "+" | "?"}`;

/** `${NAME<operator>word}` before its word is read. */
export interface Substitution {
  readonly name: string;
  readonly operator: Operator;
  /** Where the "$" stands. */
  readonly start: number;
}

/**
 * Adds to `into` what the substitution stands for.
 * @param addWord expands the word of the modifier and returns where the whole `${…}` ends; `counts` tells whether the
 *   dialect's result is made of it
 */
export function substitute(
  source: string,
  { name, operator, start }: Substitution,
  variables: Variables,
  into: ExpandedWord,
  addWord: (word: ExpandedWord, counts: boolean) => number,
): void {
  const value = variables.valueOf(name);
  const presence = presenceOf(value, operator.startsWith(":"));
  const isAlternative = operator.endsWith("+");
  if (operator.endsWith("-") && presence === "absent") {
    into.asDefaultOf(name, () => addWord(into, true));
    return;
  }
  const word = new ExpandedWord(source, true);
  const counts = presence === (isAlternative ? "present" : "absent");
  const range = { start, end: addWord(word, counts) };
  if (isAlternative && counts) {
    if (word.isTooMuch()) into.addTooMuch();
    else into.addMade(name, word.text(), range, word.isKnown);
  } else if (isAlternative) {
    into.addMade(name, "", range, presence === "absent");
  } else if (operator.endsWith("?")) {
    // Without a value the dialect stops with an error; here it only is not known.
    variables.isRequiredMissing ||= presence === "absent";
    into.addOwnValue(name, presence === "absent" ? { kind: "unset" } : value, range);
  } else if (presence === "uncertain") {
    into.addMade(name, "", range, false);
  } else {
    into.addOwnValue(name, value, range);
  }
}

/** Whether a modifier finds a value; with ":" an empty one counts as none. */
function presenceOf(value: VariableValue, isEmptyAbsent: boolean): "present" | "absent" | "uncertain" {
  switch (value.kind) {
    case "set":
      return isEmptyAbsent && value.value === "" ? "absent" : "present";
    case "unset":
      return "absent";
    case "unknown":
      return isEmptyAbsent && value.mayBeEmpty ? "uncertain" : "present";
  }
}
