/** What is known of an image's name in a Compose file before it is decided which text an edit has to change. Pure. */
import { isAlias } from "yaml";
import { type OffsetRange, type ParsedReference, parseReference } from "../../reference/reference";
import type { Segment } from "../expand";
import type { ImageUse } from "../imageUse";
import { documentRange, type MappedText, verbatimRanges } from "../mappedText";
import { expansionOf, segmentsFrom } from "./leafText";
import type { Leaf } from "./model";
import type { Place, PlaceKind } from "./places";
import { scalarText } from "./scalarText";

export interface Draft {
  readonly kind: Exclude<PlaceKind, "inline-dockerfile">;
  readonly place: Place;
  readonly leaf: Leaf;
  /** Of the alias, where it is one. */
  readonly range: OffsetRange;
  readonly isAlias: boolean;
  readonly resolved: string | null;
  readonly parsed: ParsedReference | null;
  readonly unresolved: ImageUse["unresolved"];
  /** Of the reference; their ranges are in the scalar's value. */
  readonly segments: readonly Segment[];
  readonly variables: readonly string[];
  /** The scalar's value; null where it can't be told from the characters. */
  readonly mapped: MappedText | null;
}

const imageScheme = "docker-image://";

/** Null where the place names no image. */
export function draftOf(place: Place): Draft | null {
  const { kind, leaf } = place;
  if (kind === "inline-dockerfile" || leaf.scalar.value === "") return null;
  const expansion = expansionOf(leaf);
  let { segments } = expansion;
  const joined = segments.map(({ text }) => text).join("");
  let from = leaf.isPair ? joined.indexOf("=") + 1 : 0;
  if (kind === "compose-build-context") {
    if (!joined.startsWith(imageScheme, from)) return null;
    from += imageScheme.length;
  }
  const written = writtenRange(String(leaf.scalar.value), segments, from);
  if (from > 0) segments = segmentsFrom(segments, from);

  // A default that is empty names no image: the variable is meant to have a value.
  const isNamed = expansion.text !== null && (expansion.text.length > from || expansion.variables.length === 0);
  const resolved = isNamed && expansion.text !== null ? expansion.text.slice(from) : null;
  const mapped = scalarText(leaf.source.file.text, leaf.scalar);
  const node = isAlias(leaf.node);
  return {
    kind,
    place,
    leaf,
    range: node || mapped === null ? nodeRange(leaf) : documentRange(mapped, written),
    isAlias: node,
    resolved,
    parsed: resolved === null || kind === "compose-model" ? null : parseReference(resolved),
    unresolved: expansion.isTemplate ? "template" : resolved === null ? "variable" : null,
    segments,
    variables: expansion.variables,
    mapped,
  };
}

/** The characters of the document that make a part of the scalar's value; null where they do not stand there as they are. */
export function verbatimOf({ mapped }: Draft, range: OffsetRange): OffsetRange[] | null {
  return mapped === null ? null : verbatimRanges(mapped, range);
}

/** Without quotes, as far as that can be told. */
function nodeRange({ node }: Leaf): OffsetRange {
  return { start: node.range?.[0] ?? 0, end: node.range?.[1] ?? 0 };
}

/**
 * Where the reference stands in the scalar's value, without white space around it. Behind a prefix that stands within
 * the default of a variable it ends with that default.
 */
function writtenRange(value: string, segments: readonly Segment[], from: number): OffsetRange {
  const end = value.trimEnd().length;
  if (from === 0) return { start: value.length - value.trimStart().length, end };
  let at = 0;
  for (const { text, range, variable, defaultOf } of segments) {
    if (at + text.length < from) {
      at += text.length;
      continue;
    }
    const start = variable === null ? range.start + from - at : range.end;
    const last = segments.at(-1);
    const isInDefault = defaultOf !== null && last !== undefined && last.defaultOf === defaultOf;
    return { start, end: Math.max(start, isInDefault ? last.range.end : end) };
  }
  return { start: end, end };
}
