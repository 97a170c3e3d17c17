/** The names that a Compose project gives to what it builds: wherever they stand in it, they name no image to pull. Pure. */
import type { Draft } from "./draft";
import { textOf } from "./leafText";
import { entriesOf, entryOf, type Leaf, leafOf, type Mapping } from "./model";
import type { Project } from "./projectReader";
import { serviceSections } from "./shape";

export interface Output {
  readonly service: string;
  readonly mayBePulled: boolean;
}

export class Outputs {
  private readonly outputs = new Map<string, Output>();

  /** @param own the readings of a file which may be no part of the merged project, but of one that extends it */
  constructor({ model }: Project, own: readonly Mapping[]) {
    this.add(model, null);
    for (const reading of own) this.add(reading, model);
  }

  outputOf({ leaf, resolved }: Draft): Output | undefined {
    return this.outputs.get(keyOf(leaf, resolved));
  }

  /** That of the reference of an inline Dockerfile. */
  named(reference: string): Output | undefined {
    return this.outputs.get(`resolved ${reference}`);
  }

  /** @param known a model whose services are not added again */
  private add(model: Mapping, known: Mapping | null): void {
    for (const section of serviceSections) {
      const others = known === null ? undefined : known.entries.get(section);
      for (const [service, value] of entriesOf(model.entries.get(section))) {
        const image = leafOf(value, "image");
        if (image === undefined || entryOf(value, "build") === undefined) continue;
        if (entryOf(others, service) !== undefined) continue;
        const key = keyOf(image, textOf(image));
        const mayBePulled = textOf(leafOf(value, "pull_policy")) !== "build";
        if (!this.outputs.has(key)) this.outputs.set(key, { service, mayBePulled });
      }
    }
  }
}

/** Where a variable is unknown, the same text with the same variable is the same name. */
function keyOf(leaf: Leaf, resolved: string | null): string {
  return resolved === null ? `written ${String(leaf.scalar.value)}` : `resolved ${resolved}`;
}
