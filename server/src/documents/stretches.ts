/** From the segments of a reference to the text that an edit would have to change, for every format. Pure. */
import type { Segment } from "./expand";
import type { ImageUse, Stretch } from "./imageUse";

/** Where each segment stands, and where it begins in the reference. */
export function stretchesOf(segments: readonly Segment[], from = 0): Stretch[] {
  const result: Stretch[] = [];
  let at = from;
  for (const { text, range } of segments) {
    result.push({ at, range });
    at += text.length;
  }
  return result;
}

/**
 * The literal end of a reference that stands within the default of a variable without value, `${TAG:-edge}`: the
 * default is read for this reference alone, so a digest may end it. Null where the reference ends otherwise.
 */
export function defaultStretches(
  segments: readonly Segment[],
): { readonly name: string; readonly stretches: readonly Stretch[] } | null {
  const name = segments.at(-1)?.defaultOf ?? null;
  if (name === null) return null;
  let first = segments.length;
  while (isLiteralOf(segments[first - 1], name)) first -= 1;
  if (first === segments.length) return null;
  const at = segments.slice(0, first).reduce((length, { text }) => length + text.length, 0);
  return { name, stretches: stretchesOf(segments.slice(first), at) };
}

/** The variable whose own value ends the reference and stands nowhere else in it; null where none does. */
export function endingVariable(segments: readonly Segment[]): string | null {
  const last = segments.at(-1);
  if (last === undefined || !last.isOwnValue) return null;
  return segments.some((segment) => segment !== last && segment.variable === last.variable) ? null : last.variable;
}

export function isSameReference(a: Pick<ImageUse, "parsed">, b: Pick<ImageUse, "parsed"> | undefined): boolean {
  const [first, second] = [a.parsed?.reference, b?.parsed?.reference];
  return (
    !!first &&
    !!second &&
    first.registry === second.registry &&
    first.repository === second.repository &&
    first.tag === second.tag &&
    first.digest === second.digest
  );
}

function isLiteralOf(segment: Segment | undefined, name: string): boolean {
  return segment !== undefined && segment.variable === null && segment.defaultOf === name;
}
