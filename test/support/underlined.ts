import type { OffsetRange } from "../../server/src/reference/reference";

/** The range as a line of marks to stand under the text: `"  ^^^"`; nothing but spaces where it is empty. */
export function underlined({ start, end }: OffsetRange): string {
  return " ".repeat(start) + "^".repeat(end - start);
}
