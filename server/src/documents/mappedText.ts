/**
 * A text that was made of parts of a document, with the way back: a joined line, a word without its quotes, a YAML
 * scalar's value. Pure.
 */
import type { OffsetRange } from "../reference/reference";

/** A stretch of the text, up to the next piece. */
export interface Piece {
  /** Where it begins in the text. */
  readonly at: number;
  /** Where it begins in the document. */
  readonly offset: number;
  /**
   * Where it ends in the document, for a piece whose characters do not stand there as they are (an escape, a folded
   * line break, a variable's value): it stands for the whole range. Null for a verbatim piece.
   */
  readonly end: number | null;
}

export interface MappedText {
  readonly text: string;
  /** In order; the first begins at 0. None where the text is empty and stands nowhere. */
  readonly pieces: readonly Piece[];
}

/** The range of the document from the first character of `[start, end)` to the last. */
export function documentRange({ pieces }: MappedText, { start, end }: OffsetRange): OffsetRange {
  const first = pieces[pieceAt(pieces, start)];
  const from = first === undefined ? start : first.end !== null ? first.offset : first.offset + start - first.at;
  if (end <= start) return { start: from, end: from };
  // The end belongs to the piece of the last character: behind it may stand what belongs to no piece.
  const last = pieces[pieceAt(pieces, end - 1)];
  return { start: from, end: last === undefined ? end : (last.end ?? last.offset + end - last.at) };
}

/** The verbatim ranges of the document that make `[start, end)`, in order; null where a part does not stand there as it is. */
export function verbatimRanges({ pieces }: MappedText, { start, end }: OffsetRange): OffsetRange[] | null {
  const ranges: OffsetRange[] = [];
  let from = start;
  for (let index = pieceAt(pieces, start); from < end; index += 1) {
    const piece = pieces[index];
    if (piece === undefined || piece.end !== null) return null;
    const to = Math.min(end, pieces[index + 1]?.at ?? end);
    const offset = piece.offset + from - piece.at;
    if (to > from) ranges.push({ start: offset, end: offset + to - from });
    from = to;
  }
  return ranges;
}

/** The text made of these ranges of another, one behind the other. */
export function mappedParts(whole: MappedText, ranges: readonly OffsetRange[]): MappedText {
  const pieces: Piece[] = [];
  let text = "";
  for (const { start, end } of ranges) {
    for (let index = pieceAt(whole.pieces, start), from = start; from < end; index += 1) {
      const piece = whole.pieces[index];
      const to = Math.min(end, whole.pieces[index + 1]?.at ?? end);
      if (piece !== undefined && to > from) {
        const offset = piece.end === null ? piece.offset + from - piece.at : piece.offset;
        pieces.push({ at: text.length + from - start, offset, end: piece.end });
      }
      from = to;
    }
    text += whole.text.slice(start, end);
  }
  return { text, pieces };
}

/** The index of the last piece that begins at `at` or before it. */
function pieceAt(pieces: readonly Piece[], at: number): number {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((pieces[middle]?.at ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}
