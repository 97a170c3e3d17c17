/**
 * Whether a digest may end the value of a variable in an environment file: only where all that reads it in the project
 * are references which it ends, and the same one (DESIGN.md, "Where an edit lands"). Looked for only where such a
 * variable ends an image. Pure.
 */
import type { Scalar } from "yaml";
import type { OriginRefusal } from "../imageUse";
import { endingVariable, isSameReference } from "../stretches";
import type { Draft } from "./draft";
import type { EnvironmentDefinition } from "./environment";
import { textOf } from "./leafText";
import { entriesOf, entryOf, itemsOf, leafOf, type Mapping, type Value } from "./model";
import { resolvePath } from "./paths";
import type { Reading } from "./projectReader";
import { serviceSections } from "./shape";
import type { VariableIndexes } from "./variableIndex";

export class VariableReads {
  private readonly refusals = new Map<EnvironmentDefinition, OriginRefusal | null>();
  private sharedFiles: SharedFiles | null = null;
  private readonly draftsOf = new Map<Scalar, Draft[]>();

  /** @param drafts every reference of the project that is no output, and whose scalar nothing else reads */
  constructor(
    private readonly readings: readonly Reading[],
    private readonly indexes: VariableIndexes,
    drafts: Iterable<Draft>,
  ) {
    for (const draft of drafts) {
      const known = this.draftsOf.get(draft.leaf.scalar);
      if (known === undefined) this.draftsOf.set(draft.leaf.scalar, [draft]);
      else known.push(draft);
    }
  }

  /** Why the line takes no digest; null where it does. */
  refusalOf(name: string, definition: EnvironmentDefinition): OriginRefusal | null {
    let refusal = this.refusals.get(definition);
    if (refusal === undefined) {
      refusal = this.findRefusal(name, definition);
      this.refusals.set(definition, refusal);
    }
    return refusal;
  }

  private findRefusal(name: string, definition: EnvironmentDefinition): OriginRefusal | null {
    const { line, path, isIgnored } = definition;
    if (line.variables.length > 0) return "default-from-variables";
    if (line.text.pieces.some(({ end }) => end !== null)) return "scalar-with-escapes";
    if (line.text.text === "") return "variable-without-default";
    if (isIgnored) return "environment-file-ignored";
    this.sharedFiles ??= serviceEnvironmentFiles(this.readings);
    if (!this.sharedFiles.isCertain || this.sharedFiles.paths.has(path)) return "environment-file-shared";

    const fed = new Set<Draft>();
    for (const { source } of this.readings) {
      const { environment, file } = source;
      if (environment.isReadByFile(name)) return "variable-read-elsewhere";
      if (environment.definitionOf(name) !== definition) continue;
      const index = this.indexes.indexOf(file);
      if (index.mentioned.has(name)) return "variable-read-elsewhere";
      for (const scalar of index.readers.get(name) ?? []) {
        const drafts = (this.draftsOf.get(scalar) ?? []).filter((draft) => draft.leaf.source === source);
        if (drafts.length === 0) return "variable-read-elsewhere";
        for (const draft of drafts) fed.add(draft);
      }
    }
    const all = [...fed];
    if (!all.every(({ segments }) => endingVariable(segments) === name)) return "variable-not-last";
    return all.every((draft) => isSameReference(draft, all[0])) ? null : "variable-feeds-other-references";
  }
}

/** The files of every `env_file`; not certain where one can't be told. */
interface SharedFiles {
  readonly paths: ReadonlySet<string>;
  readonly isCertain: boolean;
}

function serviceEnvironmentFiles(readings: readonly Reading[]): SharedFiles {
  const paths = new Set<string>();
  let isCertain = true;
  const add = (container: Value): void => {
    for (const item of itemsOf(entryOf(container, "env_file"))) {
      const leaf = leafOf(item, "path");
      const path = leaf && resolvePath(leaf.source.directory, textOf(leaf) ?? "");
      if (path === undefined || path === null) isCertain = false;
      else paths.add(path);
    }
  };
  for (const { model } of readings) {
    for (const service of servicesOf(model)) {
      add(service);
      for (const hook of itemsOf(entryOf(service, "pre_start"))) add(hook);
    }
  }
  return { paths, isCertain };
}

function servicesOf(model: Mapping): Value[] {
  return serviceSections.flatMap((section) => [...entriesOf(model.entries.get(section)).values()]);
}
