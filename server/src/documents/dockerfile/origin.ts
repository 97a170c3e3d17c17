/**
 * Which text an edit has to change for each use of a Dockerfile: the use, a default within it, or the one `ARG`
 * default that ends every reference it feeds (DESIGN.md, "Where an edit lands"). When in doubt it refuses, with the reason.
 */

import type { OffsetRange } from "../../reference/reference";
import type { Segment } from "../expand";
import type { ImageUse, Origin, OriginRefusal } from "../imageUse";
import { defaultStretches, endingVariable, isSameReference, stretchesOf } from "../stretches";

/** A global `ARG` with its default, as far as an edit cares. */
export interface ArgumentDefault {
  /** The default's text in the document, without quotes. */
  readonly range: OffsetRange;
  /** Their ranges are in the document, as those of a draft. */
  readonly segments: readonly Segment[];
}

/** What is known of one use before its origin is decided. */
export interface UseDraft extends Pick<ImageUse, "range" | "parsed" | "unresolved"> {
  readonly segments: readonly Segment[];
  readonly variables: readonly string[];
}

/** One use that a variable feeds. */
interface Fed {
  readonly draft: UseDraft;
  /** Whether the variable's own value ends the reference, and stands nowhere else in it. */
  readonly isEnding: boolean;
}

export class Origins {
  private readonly fedBy = new Map<string, Fed[]>();
  private readonly refusals = new Map<string, OriginRefusal | null>();

  constructor(
    private readonly defaults: ReadonlyMap<string, ArgumentDefault>,
    /** Names that something other than an image name reads. */
    private readonly readElsewhere: ReadonlySet<string>,
    drafts: readonly UseDraft[],
  ) {
    for (const draft of drafts) {
      if (draft.unresolved === "not-expanded") continue;
      const ending = endingVariable(draft.segments);
      for (const name of draft.variables) {
        const fed = this.fedBy.get(name) ?? [];
        this.fedBy.set(name, fed);
        fed.push({ draft, isEnding: name === ending });
      }
    }
  }

  originOf({ range, segments, variables, unresolved }: UseDraft): Origin {
    if (unresolved === "not-expanded") return { kind: "fixed", reason: "variable-not-expanded", appendAt: null };
    if (unresolved === "template") return { kind: "fixed", reason: "variable-without-default", appendAt: null };
    if (variables.length === 0) return { kind: "literal", stretches: stretchesOf(segments) };
    const inDefault = defaultStretches(segments);
    if (inDefault !== null) return { kind: "default", ...inDefault };
    const last = segments.at(-1);
    const name = last?.isOwnValue ? last.variable : null;
    const refusal = name === null ? "variable-not-last" : this.refusalOf(name);
    const definition = name === null ? undefined : this.defaults.get(name);
    if (name === null || refusal !== null || definition === undefined) {
      return { kind: "fixed", reason: refusal ?? "variable-without-default", appendAt: range.end };
    }
    const at = segments.slice(0, -1).reduce((length, { text }) => length + text.length, 0);
    return { kind: "argument", name, stretches: stretchesOf(definition.segments, at) };
  }

  /** Why the default of `name` takes no digest, or null where it does. */
  private refusalOf(name: string): OriginRefusal | null {
    const known = this.refusals.get(name);
    if (known !== undefined) return known;
    const refusal = this.findRefusal(name);
    this.refusals.set(name, refusal);
    return refusal;
  }

  private findRefusal(name: string): OriginRefusal | null {
    const definition = this.defaults.get(name);
    if (definition === undefined || definition.segments.length === 0) return "variable-without-default";
    if (definition.segments.some(({ variable, defaultOf }) => variable !== null || defaultOf !== null)) {
      return "default-from-variables";
    }
    if (this.readElsewhere.has(name)) return "variable-read-elsewhere";
    const fed = this.fedBy.get(name) ?? [];
    if (!fed.every(({ isEnding }) => isEnding)) return "variable-not-last";
    return fed.every(({ draft }) => isSameReference(draft, fed[0]?.draft)) ? null : "variable-feeds-other-references";
  }
}
