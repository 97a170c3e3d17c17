/**
 * `dockerfile_inline`: a Dockerfile within a scalar, which Compose interpolates before BuildKit reads it (compose-spec,
 * `build.md`). Its uses are those of the Dockerfile adapter, with every range led back through the interpolation and the
 * scalar's form. Pure.
 */
import type { OffsetRange } from "../../reference/reference";
import { DockerfileReader } from "../dockerfile/dockerfile";
import { expand } from "../expand";
import type { DocumentProblem, ImageUse, Origin, Stretch, UndeclaredStage, Variable } from "../imageUse";
import { documentRange, type MappedText, mappedParts, type Piece, verbatimRanges } from "../mappedText";
import type { Leaf } from "./model";
import { scalarText } from "./scalarText";

/** UTF-16 code units that variables may make a Dockerfile grow to. */
const MAX_LENGTH = 1_000_000;
/**
 * What stands for a variable of Compose without a value: one that no Dockerfile declares, so that what is made of it stays
 * unknown.
 */
const unknownPrefix = "compose_variable_";

export interface InlineDockerfile {
  readonly uses: readonly ImageUse[];
  readonly undeclaredStages: readonly UndeclaredStage[];
  readonly problems: readonly DocumentProblem[];
}

const empty: InlineDockerfile = { uses: [], undeclaredStages: [], problems: [] };

/** @param isReadElsewhere whether something else reads the scalar: then no edit is right for both */
export function readInlineDockerfile(leaf: Leaf, isReadElsewhere: boolean): InlineDockerfile {
  const value = String(leaf.scalar.value);
  const source = leaf.source.file.text;
  const whole: MappedText = scalarText(source, leaf.scalar) ?? {
    text: value,
    pieces: [{ at: 0, offset: leaf.scalar.range?.[0] ?? 0, end: leaf.scalar.range?.[1] ?? 0 }],
  };
  const dockerfile = interpolated(whole, leaf);
  if (dockerfile === null) return empty;
  const { uses, undeclaredStages, problems } = new DockerfileReader().read(dockerfile.text);
  return {
    uses: uses.map((use) => mappedUse(use, dockerfile, source, isReadElsewhere)),
    undeclaredStages: undeclaredStages.map((stage) => ({ ...stage, ...documentRange(dockerfile, stage) })),
    problems: problems.map((problem) => ({ ...problem, ...documentRange(dockerfile, problem) })),
  };
}

/** Line by line, since no `${…}` goes on behind a line's end (compose-go, `template/template.go`). Null where Compose refuses it. */
function interpolated(whole: MappedText, { source: { environment } }: Leaf): MappedText | null {
  const pieces: Piece[] = [];
  let text = "";
  for (const line of linesOf(whole.text)) {
    const expansion = expand(whole.text.slice(line.start, line.end), { escape: null, lookup: environment.lookup });
    if (expansion.isMalformed) return null;
    // A line that grows too long has no segments: as no reference is so long, it may stay as it is written.
    const isTooLong = expansion.segments.length === 0 && expansion.variables.length > 0;
    const written = { text: "", range: { start: 0, end: line.end - line.start }, variable: null };
    for (const { text: segment, range, variable } of isTooLong ? [written] : expansion.segments) {
      const written = { start: line.start + range.start, end: line.start + range.end };
      if (variable === null) {
        const part = mappedParts(whole, [written]);
        for (const piece of part.pieces) pieces.push({ ...piece, at: text.length + piece.at });
        text += part.text;
        continue;
      }
      const isUnknown = segment === "" && expansion.text === null;
      const shown = isUnknown ? `\${${unknownPrefix}${variable}}` : segment;
      if (shown === "") continue;
      const { start: offset, end } = documentRange(whole, written);
      pieces.push({ at: text.length, offset, end });
      text += shown;
    }
    if (text.length > MAX_LENGTH) return null;
  }
  return { text, pieces };
}

/** Each with its line feed. */
function* linesOf(text: string): Generator<OffsetRange> {
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf("\n", start);
    const end = feed === -1 ? text.length : feed + 1;
    yield { start, end };
    start = end;
  }
}

function mappedUse(use: ImageUse, dockerfile: MappedText, source: string, isReadElsewhere: boolean): ImageUse {
  const range = documentRange(dockerfile, use.range);
  const written = source.slice(range.start, range.end);
  return {
    ...use,
    range,
    // Where a line continuation splits it, the joined text.
    raw: written.includes("\n") ? use.raw : written,
    variables: use.variables.map((variable) => mappedVariable(variable, dockerfile)),
    origin: isReadElsewhere
      ? { kind: "fixed", reason: "anchor-read-elsewhere", appendAt: null }
      : mappedOrigin(use.origin, dockerfile),
  };
}

function mappedVariable({ name, definition, setBy }: Variable, dockerfile: MappedText): Variable {
  return {
    name: name.startsWith(unknownPrefix) ? name.slice(unknownPrefix.length) : name,
    definition: definition && { path: null, range: documentRange(dockerfile, definition.range) },
    setBy,
  };
}

function mappedOrigin(origin: Origin, dockerfile: MappedText): Origin {
  if (origin.kind === "fixed") {
    const { appendAt } = origin;
    const last = appendAt && verbatimRanges(dockerfile, { start: appendAt - 1, end: appendAt });
    return { ...origin, appendAt: last ? (last[0]?.end ?? null) : null };
  }
  const stretches: Stretch[] = [];
  for (const { at, range } of origin.stretches) {
    const ranges = verbatimRanges(dockerfile, range);
    if (ranges === null) return { kind: "fixed", reason: "scalar-with-escapes", appendAt: null };
    let from = at;
    for (const range of ranges) {
      stretches.push({ at: from, range });
      from += range.end - range.start;
    }
  }
  return { ...origin, stretches };
}
