/** Quotes around a whole word. */
import type { OffsetRange } from "../../reference/reference";

/** The range without one pair of quotes that surrounds it whole. */
export function unquoted(text: string, { start, end }: OffsetRange): OffsetRange {
  const quote = text.charAt(start);
  const surrounds = (quote === '"' || quote === "'") && end - start >= 2 && text.indexOf(quote, start + 1) === end - 1;
  return surrounds ? { start: start + 1, end: end - 1 } : { start, end };
}
