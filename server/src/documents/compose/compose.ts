/**
 * Compose adapter: finds the image uses of a Compose file as a part of the project that Compose makes of it and the files
 * around it (compose-spec; compose-go). The YAML reader is eemeli's `yaml`, bounded against what would exhaust a stack or
 * a heap; nothing here looks at a disk.
 */
import type { BuildOutput, DocumentProblem, ImageDocument, ImageUse, UndeclaredStage } from "../imageUse";
import { alone, type FilePath, type Surroundings } from "../surroundings";
import { united } from "./origin";
import { projectFiles } from "./projectFiles";
import { type Given, type Project, ProjectReader, type Reading } from "./projectReader";
import { usesOf } from "./projectUses";
import { VariableIndexes } from "./variableIndex";
import { YamlFiles } from "./yamlFile";

export { composeBuilds } from "./builds";

/** Projects that a file is read as a part of. */
const MAX_PROJECTS = 20;

export function readCompose(text: string, surroundings: Surroundings = alone): ImageDocument {
  return new ComposeReader().read(text, surroundings);
}

/** Keeps the parsed files of the last reading: what it returns never depends on them. */
export class ComposeReader {
  private readonly yaml = new YamlFiles();
  private readonly indexes = new VariableIndexes();

  read(text: string, surroundings: Surroundings): ImageDocument {
    const { path } = surroundings;
    const asked = new Set<FilePath>();
    const result = new UnitedDocument();
    for (const { reader, project, own } of this.projects({ path, text }, surroundings, asked)) {
      const { uses, outputs, undeclaredStages, problems } = usesOf(project, own, this.indexes);
      for (const use of uses) result.addUse(use);
      for (const output of outputs) result.addOutput(output);
      for (const stage of undeclaredStages) result.addStage(stage);
      for (const problem of [...problems, ...reader.remotes]) result.addProblem(problem);
      for (const part of reader.partsOf(path)) result.parts.add(part);
    }
    const { problems } = this.yaml.file(text);
    this.yaml.endReading();
    return result.document(problems, asked);
  }

  /** The projects that are known to bring the document in; where there is none, its own. */
  private *projects(
    given: Given,
    surroundings: Surroundings,
    asked: Set<FilePath>,
  ): Generator<{ reader: ProjectReader; project: Project; own: Reading[] }> {
    const { path } = given;
    let isPart = false;
    const firsts = surroundings.projects.slice(0, MAX_PROJECTS).filter((first) => first !== path);
    for (const first of [...firsts, path]) {
      if (first === path && isPart) return;
      const reader = new ProjectReader(given, surroundings, this.yaml, asked);
      const project = reader.read(first === null ? [null] : projectFiles(first, (name) => reader.text(name) !== null));
      const own = ownReadings(reader, path);
      if (own.length === 0) continue;
      isPart = true;
      yield { reader, project, own };
    }
  }
}

function ownReadings(reader: ProjectReader, path: FilePath | null): Reading[] {
  const own = () => reader.readings.filter(({ source }) => source.path === path);
  const found = own();
  const whole = found.filter(({ isWhole }) => isWhole);
  const [first] = found;
  if (whole.length > 0 || first === undefined) return whole;
  // Only extended: what it includes and extends itself is read now.
  reader.stages.push(reader.readFile(first.source));
  return own().filter(({ isWhole }) => isWhole);
}

/** What several projects say of one document. */
class UnitedDocument {
  readonly parts = new Set<FilePath>();
  private readonly uses = new Map<string, ImageUse>();
  private readonly outputs = new Map<string, BuildOutput>();
  private readonly stages = new Map<string, UndeclaredStage>();
  private readonly problems = new Map<string, DocumentProblem>();

  addUse(use: ImageUse): void {
    const key = keyOf(use.range);
    const known = this.uses.get(key);
    this.uses.set(key, known === undefined ? use : united(known, use));
  }

  addOutput(output: BuildOutput): void {
    this.outputs.set(keyOf(output), this.outputs.get(keyOf(output)) ?? output);
  }

  addStage(stage: UndeclaredStage): void {
    this.stages.set(keyOf(stage), stage);
  }

  addProblem(problem: DocumentProblem): void {
    this.problems.set(keyOf(problem), problem);
  }

  /** What one project builds and another one pulls is an image use. */
  document(problems: readonly DocumentProblem[], asked: ReadonlySet<FilePath>): ImageDocument {
    return {
      uses: [...this.uses.values()].sort((a, b) => a.range.start - b.range.start),
      undeclaredStages: [...this.stages.values()].sort((a, b) => a.start - b.start),
      outputs: [...this.outputs]
        .filter(([key]) => !this.uses.has(key))
        .map(([, output]) => output)
        .sort((a, b) => a.start - b.start),
      problems: [...problems, ...this.problems.values()],
      surroundings: [...asked],
      parts: [...this.parts],
    };
  }
}

function keyOf({ start, end }: { readonly start: number; readonly end: number }): string {
  return `${start} ${end}`;
}
