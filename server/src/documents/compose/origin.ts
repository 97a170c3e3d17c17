/**
 * Which text an edit has to change for each reference of a Compose file: the scalar, the anchor that it is an alias of, a
 * default within it, or the line of an environment file (DESIGN.md, "Where an edit lands"). When in doubt it refuses,
 * with the reason. Pure.
 */
import type { Segment } from "../expand";
import type { ImageUse, Origin, OriginRefusal, Stretch, Variable } from "../imageUse";
import { documentRange, verbatimRanges } from "../mappedText";
import { defaultStretches } from "../stretches";
import type { Anchors } from "./anchors";
import { type Draft, verbatimOf } from "./draft";
import type { VariableReads } from "./variableReads";

export class Origins {
  constructor(
    private readonly anchors: Anchors,
    /** Made when it is first asked for. */
    private readonly reads: () => VariableReads,
  ) {}

  originOf(draft: Draft): Origin {
    const { kind, leaf, mapped, segments, unresolved, variables } = draft;
    if (unresolved === "template") return fixed("variable-without-default", null);
    if (mapped === null) return fixed("scalar-with-escapes", null);
    if (this.anchors.isReadElsewhere(kind, leaf)) return fixed("anchor-read-elsewhere", null);
    if (variables.length === 0) return editable(draft, "literal", stretchesOf(draft, segments, 0));

    const inDefault = defaultStretches(segments);
    if (inDefault !== null) {
      const { name, stretches } = inDefault;
      const first = segments.length - stretches.length;
      const literals = stretchesOf(draft, segments.slice(first), stretches[0]?.at ?? 0);
      return literals === null ? refused(draft, "scalar-with-escapes") : { kind: "default", name, stretches: literals };
    }
    const last = segments.at(-1);
    if (last === undefined || last.variable === null || !last.isOwnValue) {
      return refused(
        draft,
        draft.resolved === null && last === undefined ? "variable-without-default" : "variable-not-last",
      );
    }
    return this.variableOrigin(draft, last.variable, segments);
  }

  private variableOrigin(draft: Draft, name: string, segments: readonly Segment[]): Origin {
    const { environment } = draft.leaf.source;
    const definition = environment.definitionOf(name);
    if (definition === null) {
      return refused(draft, environment.isSetByProcess(name) ? "value-from-environment" : "variable-without-default");
    }
    const { line, path } = definition;
    const refusal = this.reads().refusalOf(name, definition);
    if (refusal !== null) return refused(draft, refusal);
    const at = segments.slice(0, -1).reduce((length, { text }) => length + text.length, 0);
    const ranges = verbatimRanges(line.text, { start: 0, end: line.text.text.length });
    if (ranges === null) return refused(draft, "scalar-with-escapes");
    return { kind: "environment-file", name, path, stretches: ranges.map((range) => ({ at, range })) };
  }
}

/** The definitions are lines of environment files, or the words of defaults that count. */
export function variablesOf({ variables, leaf, segments, mapped }: Draft): Variable[] {
  return variables.map((name) => {
    const line = leaf.source.environment.definitionOf(name);
    if (line !== null) return { name, definition: { path: line.path, range: line.line.range }, setBy: [] };
    const word = segments.filter(({ defaultOf }) => defaultOf === name).map(({ range }) => range);
    const [first, last] = [word[0], word.at(-1)];
    if (first === undefined || last === undefined || mapped === null) return { name, definition: null, setBy: [] };
    const range = documentRange(mapped, { start: first.start, end: last.end });
    return { name, definition: { path: null, range }, setBy: [] };
  });
}

/** What two readings of one place agree on: where they differ, no edit is right for both. */
export function united(a: ImageUse, b: ImageUse): ImageUse {
  const use = a.resolved === null ? b : a;
  if (a.resolved === b.resolved && JSON.stringify(a.origin) === JSON.stringify(b.origin)) return use;
  const appendAt = use.origin.kind === "fixed" ? use.origin.appendAt : null;
  return { ...use, origin: fixed("variable-feeds-other-references", appendAt) };
}

function stretchesOf(draft: Draft, segments: readonly Segment[], from: number): Stretch[] | null {
  const stretches: Stretch[] = [];
  let at = from;
  for (const { range } of segments) {
    const ranges = verbatimOf(draft, range);
    if (ranges === null) return null;
    for (const range of ranges) {
      stretches.push({ at, range });
      at += range.end - range.start;
    }
  }
  return stretches;
}

function editable(draft: Draft, kind: "literal", stretches: Stretch[] | null): Origin {
  return stretches === null ? refused({ ...draft, isAlias: true }, "scalar-with-escapes") : { kind, stretches };
}

/** A digest may still be appended by hand where the use is no alias, and its last character is written as it is. */
function refused(draft: Draft, reason: OriginRefusal): Origin {
  const { isAlias, mapped } = draft;
  const length = mapped?.text.trimEnd().length ?? 0;
  if (isAlias || mapped === null || length === 0) return fixed(reason, null);
  const last = verbatimRanges(mapped, { start: length - 1, end: length });
  return fixed(reason, last?.[0]?.end === draft.range.end ? draft.range.end : null);
}

function fixed(reason: OriginRefusal, appendAt: number | null): Origin {
  return { kind: "fixed", reason, appendAt };
}
