/** From the readings of a project to what it says of one of its files: image uses, and names of what is built. Pure. */
import { isAlias } from "yaml";
import type { BuildOutput, DocumentProblem, ImageUse, UndeclaredStage } from "../imageUse";
import { Anchors } from "./anchors";
import { type Draft, draftOf } from "./draft";
import { readInlineDockerfile } from "./inlineDockerfile";
import { textOf } from "./leafText";
import { leafOf } from "./model";
import { Origins, variablesOf } from "./origin";
import { type Output, Outputs } from "./outputs";
import { type Place, placesOf } from "./places";
import type { Project, Reading } from "./projectReader";
import type { VariableIndexes } from "./variableIndex";
import { VariableReads } from "./variableReads";

export interface FileUses {
  readonly uses: readonly ImageUse[];
  readonly outputs: readonly BuildOutput[];
  readonly undeclaredStages: readonly UndeclaredStage[];
  /** Of Dockerfiles within the file. */
  readonly problems: readonly DocumentProblem[];
}

/** @param own the readings of the file */
export function usesOf(project: Project, own: readonly Reading[], indexes: VariableIndexes): FileUses {
  const places = own.flatMap(ownPlaces);
  const anchors = new Anchors(places);
  const outputs = new Outputs(project);
  let reads: VariableReads | null = null;
  const origins = new Origins(anchors, () => {
    reads ??= new VariableReads(project.readings, indexes, referencesOf(project, outputs));
    return reads;
  });

  const uses: ImageUse[] = [];
  const undeclaredStages: UndeclaredStage[] = [];
  const problems: DocumentProblem[] = [];
  const outputPlaces: BuildOutput[] = [];
  const seen = new Set<unknown>();
  for (const place of places) {
    const { node } = place.leaf;
    // What several services share by a merge is one use, where it is written.
    const isShared = seen.has(node);
    if (isShared && own.length === 1) continue;
    seen.add(node);
    if (place.kind === "inline-dockerfile") {
      const inline = readInlineDockerfile(place.leaf, anchors.isReadElsewhere(place.kind, place.leaf));
      for (const use of inline.uses) {
        const output = use.resolved === null ? undefined : outputs.outputOfInline(place.leaf, use.resolved);
        if (output === undefined) uses.push(use);
        else outputPlaces.push({ ...use.range, name: use.resolved ?? "", ...output });
      }
      undeclaredStages.push(...inline.undeclaredStages);
      problems.push(...inline.problems);
      continue;
    }
    const draft = draftOf(place);
    if (draft === null) continue;
    const output = draft.kind === "compose-model" ? undefined : outputs.outputOf(draft);
    if (output !== undefined) outputPlaces.push(outputPlace(draft, output));
    else uses.push(imageUse(project, draft, origins));
  }
  return { uses, outputs: outputPlaces, undeclaredStages, problems };
}

/** The places that are written in the file itself. */
function ownPlaces({ source, model }: Reading): Place[] {
  return placesOf(model).filter(({ leaf }) => leaf.source === source);
}

/** Every reference of the project whose text may be changed as one: no output's, no model's, and nothing else's too. */
function* referencesOf({ readings }: Project, outputs: Outputs): Generator<Draft> {
  const places = readings.flatMap(ownPlaces);
  const anchors = new Anchors(places);
  for (const place of places) {
    if (place.kind === "compose-model" || anchors.isReadElsewhere(place.kind, place.leaf)) continue;
    const draft = draftOf(place);
    if (draft !== null && outputs.outputOf(draft) === undefined) yield draft;
  }
}

function imageUse({ model }: Project, draft: Draft, origins: Origins): ImageUse {
  const { kind, range, resolved, parsed, unresolved, place, leaf } = draft;
  const { service } = place;
  // What the whole project says of the service counts, also where another file says it.
  const platform =
    service === null || (kind !== "compose-image" && place.platform !== undefined)
      ? place.platform
      : (leafOf(model, service.section, service.name, "platform") ?? place.platform);
  return {
    kind,
    range,
    raw: leaf.source.file.text.slice(range.start, range.end),
    resolved,
    parsed,
    unresolved,
    platform: textOf(platform),
    variables: variablesOf(draft),
    origin: origins.originOf(draft),
  };
}

function outputPlace({ range, resolved, leaf }: Draft, output: Output): BuildOutput {
  const raw = leaf.source.file.text.slice(range.start, range.end);
  return { ...range, name: resolved ?? (isAlias(leaf.node) ? String(leaf.scalar.value) : raw), ...output };
}
