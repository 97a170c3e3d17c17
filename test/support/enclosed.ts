import type { OffsetRange } from "../../server/src/reference/reference";

/** A document whose source shows ranges as `«…»`: the text without those, and the ranges in it. */
export function enclosed(source: string): { text: string; ranges: OffsetRange[] } {
  const ranges: OffsetRange[] = [];
  const pieces = source.split(/[«»]/);
  let text = "";
  pieces.forEach((piece, index) => {
    if (index % 2 === 1) ranges.push({ start: text.length, end: text.length + piece.length });
    text += piece;
  });
  if (pieces.length % 2 === 0) throw new Error(`« without »: ${source}`);
  return { text, ranges };
}
