/**
 * A Compose project, read as compose-go does (`loader/loader.go`): each file with what it includes and extends, one merged
 * over the other. What is not loaded yet, or stands outside of the repository, is as if it were absent. Pure.
 */
import type { DocumentProblem } from "../imageUse";
import type { FilePath, SurroundingFile, Surroundings } from "../surroundings";
import { Environment, type LoadedEnvironmentFile } from "./environment";
import { extendedModel } from "./extends";
import { includedModels } from "./include";
import { emptyMapping, type Leaf, type Mapping, ModelReader, mergedMappings, type Source, settled } from "./model";
import { folderOf, inFolder, isRemoteFile, resolvePath } from "./paths";
import { composeShape } from "./shape";
import type { YamlFiles } from "./yamlFile";

/** Paths that one project asks for, and projects that it includes. */
const MAX_FILES = 100;

/** What one file says by itself, with what it includes and extends. */
export interface Reading {
  readonly source: Source;
  readonly model: Mapping;
  /** False for a file that only `extends` names: what it includes and extends itself was left out. */
  readonly isWhole: boolean;
}

export interface Project {
  readonly model: Mapping;
  readonly readings: readonly Reading[];
  /** What its first file says, and it with the second, up to the whole; and the same of each included project. */
  readonly stages: readonly Mapping[];
}

/** The document under edit, whose text is newer than its file. */
export interface Given {
  readonly path: FilePath | null;
  readonly text: string;
}

export class ProjectReader {
  readonly readings: Reading[] = [];
  readonly stages: Mapping[] = [];
  /** References to files elsewhere, in the document under edit. */
  readonly remotes: DocumentProblem[] = [];
  /** Counted down to nothing. */
  includesLeft = MAX_FILES;
  private readonly own = new Set<FilePath>();
  private readonly brought = new Map<FilePath | null, Set<FilePath>>();
  private readonly environments = new Map<string, Environment>();
  private readonly environmentIds = new Map<Environment, number>();
  private readonly bases = new Map<string, Reading | null>();

  /** @param asked where every other path is written down that is asked for */
  constructor(
    private readonly given: Given,
    private readonly surroundings: Surroundings,
    private readonly yaml: YamlFiles,
    private readonly asked: Set<FilePath>,
  ) {}

  /** The project of these files: the first one's folder is the project's. */
  read(paths: readonly (FilePath | null)[]): Project {
    const first = paths[0] ?? null;
    const directory = first === null ? null : folderOf(first);
    const environmentPath = directory === null ? null : inFolder(directory, ".env");
    const environment = Environment.ofProject(this.surroundings.environment, this.environmentFiles([environmentPath]));
    const model = this.model(paths, directory, environment, []);
    return { model, readings: this.readings, stages: this.stages };
  }

  /** @param including the files that include this one, the outermost first */
  model(
    paths: readonly (FilePath | null)[],
    directory: FilePath | null,
    environment: Environment,
    including: readonly FilePath[],
  ): Mapping {
    let model = emptyMapping;
    for (const path of paths) {
      const source = this.source(path, directory, environment);
      if (source === null) continue;
      model = mergedMappings(model, this.readFile(source, including));
      this.stages.push(model);
    }
    return model;
  }

  /** What the file says by itself. */
  readFile(source: Source, including: readonly FilePath[] = []): Mapping {
    const { file, path } = source;
    let model = emptyMapping;
    for (const document of file.documents) {
      const root = new ModelReader(source, document).root(composeShape);
      const whole = includedModels(this, root, source, path === null ? including : [...including, path]);
      model = mergedMappings(model, extendedModel(this, whole));
    }
    this.readings.push({ source, model, isWhole: true });
    return model;
  }

  /** The file that a service extends another one of, as it is written; its paths are relative to its own folder. */
  extendsBase(path: FilePath, { environment }: Source): Mapping | null {
    const key = `${this.idOf(environment)} ${path}`;
    let base = this.bases.get(key);
    if (base === undefined) {
      const source = this.source(path, folderOf(path), environment);
      let model = emptyMapping;
      for (const document of source?.file.documents ?? []) {
        // Of what its documents reset, only the last one's words count when a service of it is extended in turn.
        model = mergedMappings(settled(model), new ModelReader(source as Source, document).root(composeShape));
      }
      base = source && { source, model, isWhole: false };
      this.bases.set(key, base);
      if (base !== null) this.readings.push(base);
    }
    return base?.model ?? null;
  }

  /** Null where the leaf names no file here; one elsewhere becomes a problem. */
  pathOf(leaf: Leaf, text: string | null): FilePath | null {
    if (text === null) return null;
    if (!isRemoteFile(text)) return resolvePath(leaf.source.directory, text);
    const [start, end] = leaf.node.range ?? [0, 0];
    const isTold = this.remotes.some((remote) => remote.start === start);
    if (leaf.source.path === this.given.path && !isTold && this.remotes.length < MAX_FILES) {
      const message = "It is not read: only files below the repository are.";
      this.remotes.push({ code: "remote-include", message, start, end, isFatal: false });
    }
    return null;
  }

  /** The text of a file; null where there is none, or it is not known yet. */
  text(path: FilePath): string | null {
    if (path === this.given.path) return this.given.text;
    const file = this.file(path);
    return file?.kind === "text" ? file.text : null;
  }

  environmentIncluding(parent: Environment, paths: readonly (FilePath | null)[]): Environment {
    const key = `${this.idOf(parent)} ${paths.join("\0")}`;
    let environment = this.environments.get(key);
    environment ??= parent.including(this.environmentFiles(paths));
    this.environments.set(key, environment);
    return environment;
  }

  idOf(environment: Environment): number {
    const id = this.environmentIds.get(environment) ?? this.environmentIds.size;
    this.environmentIds.set(environment, id);
    return id;
  }

  /** Notes that `source` names this file as a part of its project. */
  bring({ path: by }: Source, path: FilePath): void {
    if (this.text(path) === null) return;
    const brought = this.brought.get(by) ?? new Set();
    this.brought.set(by, brought.add(path));
  }

  /** Every file that `path` brings in, with those that they bring in. */
  partsOf(path: FilePath | null): Set<FilePath> {
    const parts = new Set<FilePath>();
    const next = [...(this.brought.get(path) ?? [])];
    for (let part = next.pop(); part !== undefined; part = next.pop()) {
      if (parts.has(part) || part === path) continue;
      parts.add(part);
      next.push(...(this.brought.get(part) ?? []));
    }
    return parts;
  }

  private source(path: FilePath | null, directory: FilePath | null, environment: Environment): Source | null {
    const text = path === null ? this.given.text : this.text(path);
    return text === null ? null : { path, file: this.yaml.file(text), environment, directory };
  }

  private environmentFiles(paths: readonly (FilePath | null)[]): LoadedEnvironmentFile[] {
    return paths.flatMap((path) => {
      const file = path === null ? undefined : this.file(path);
      return path !== null && file?.kind === "text" ? [{ path, text: file.text, isIgnored: file.isIgnored }] : [];
    });
  }

  private file(path: FilePath): SurroundingFile | undefined {
    if (!this.own.has(path)) {
      if (this.own.size >= MAX_FILES) return { kind: "absent" };
      this.own.add(path);
      this.asked.add(path);
    }
    return this.surroundings.file(path);
  }
}
