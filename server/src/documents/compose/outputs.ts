/** The names that a Compose project gives to what it builds: wherever they stand in it, they name no image to pull. Pure. */
import type { Draft } from "./draft";
import { blankTextOf, textOf } from "./leafText";
import { entriesOf, entryOf, type Leaf, leafOf, type Mapping, type Value } from "./model";
import { placesOf } from "./places";
import type { Project } from "./projectReader";
import { serviceSections } from "./shape";

export interface Output {
  readonly service: string;
  readonly mayBePulled: boolean;
}

/** By name, and by the text of a name whose variables have no value. */
type Names = Map<string, Output>;

export class Outputs {
  private readonly names: Names;
  /** The names that are built where each place, as it is written, takes effect. */
  private readonly stages = new Map<Leaf["node"], Names[]>();

  /**
   * What the project as a whole builds is nowhere an image to pull. But each of its stages counts too: an image that a
   * later file replaces is pulled, or built, where the earlier ones are used alone.
   */
  constructor({ model, stages }: Project) {
    this.names = namesOf(model, model);
    for (const stage of stages) {
      const names = stage === model ? this.names : namesOf(stage, model);
      for (const { leaf } of placesOf(stage)) {
        const known = this.stages.get(leaf.node);
        if (known === undefined) this.stages.set(leaf.node, [names]);
        else if (known.at(-1) !== names) known.push(names);
      }
    }
  }

  outputOf({ leaf, resolved }: Draft): Output | undefined {
    return this.named(leaf, resolved === null ? writtenKey(leaf) : nameKey(resolved));
  }

  /** That of a reference of the inline Dockerfile at `leaf`. */
  outputOfInline(leaf: Leaf, reference: string): Output | undefined {
    return this.named(leaf, nameKey(reference));
  }

  /** Undefined where a stage does not build it. */
  private named({ node }: Leaf, key: string): Output | undefined {
    const named = this.names.get(key);
    const stages = this.stages.get(node) ?? [];
    return named ?? (stages.every((names) => names.has(key)) ? stages[0]?.get(key) : undefined);
  }
}

/** @param whole whose word on `pull_policy` counts */
function namesOf(stage: Mapping, whole: Mapping): Names {
  const names: Names = new Map();
  for (const [section, service, value] of servicesOf(stage)) {
    const image = leafOf(value, "image");
    if (image === undefined || entryOf(value, "build") === undefined) continue;
    const inWhole = entryOf(whole, section, service) ?? value;
    const mayBePulled = textOf(leafOf(inWhole, "pull_policy")) !== "build";
    for (const key of keysOf(image)) if (!names.has(key)) names.set(key, { service, mayBePulled });
  }
  return names;
}

function* servicesOf(model: Mapping): Generator<readonly [section: string, name: string, service: Value]> {
  for (const section of serviceSections) {
    for (const [name, service] of entriesOf(model.entries.get(section))) yield [section, name, service];
  }
}

/** Where a variable has no value, the same text is the same name, and for Compose the one with a blank for it. */
function keysOf(image: Leaf): string[] {
  const name = textOf(image);
  const blank = name ?? blankTextOf(image);
  return [...(name === null ? [writtenKey(image)] : []), ...(blank === "" ? [] : [nameKey(blank)])];
}

function writtenKey({ scalar }: Leaf): string {
  return `written ${String(scalar.value)}`;
}

function nameKey(name: string): string {
  return `name ${name}`;
}
