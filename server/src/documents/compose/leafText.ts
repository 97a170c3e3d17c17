/** The text of a scalar after Compose's interpolation (compose-go, `loader/interpolate.go`). Pure. */
import { type Expansion, expand, type Segment } from "../expand";
import { isTemplate } from "../template";
import { blankText } from "./environmentFile";
import type { Leaf } from "./model";

const templateExpansion: Expansion = { text: null, segments: [], variables: [], isMalformed: false };

/** Another tool's placeholder leaves nothing known. */
export function expansionOf({ scalar, source }: Leaf): Expansion & { readonly isTemplate: boolean } {
  const value = String(scalar.value);
  if (isTemplate(value)) return { ...templateExpansion, isTemplate: true };
  return { ...expand(value, { escape: null, lookup: source.environment.lookup }), isTemplate: false };
}

/** Null where it is not known, or there is no such leaf. */
export function textOf(leaf: Leaf | undefined): string | null {
  if (leaf === undefined) return null;
  const { text } = expansionOf(leaf);
  return text === null || !leaf.isPair ? text : text.slice(text.indexOf("=") + 1);
}

/** The text that Compose takes, in which a variable without value is blank. */
export function blankTextOf({ scalar, source, isPair }: Leaf): string {
  const text = blankText(String(scalar.value), source.environment.lookupBlank);
  return isPair ? text.slice(text.indexOf("=") + 1) : text;
}

/** The segments of an expanded text from `from` on. */
export function segmentsFrom(segments: readonly Segment[], from: number): Segment[] {
  const result: Segment[] = [];
  let at = 0;
  for (const segment of segments) {
    const cut = from - at;
    at += segment.text.length;
    if (cut <= 0) result.push(segment);
    else if (cut < segment.text.length) {
      const { text, range, variable } = segment;
      const start = variable === null ? range.start + cut : range.start;
      result.push({ ...segment, text: text.slice(cut), range: { start, end: range.end }, isOwnValue: false });
    }
  }
  return result;
}
