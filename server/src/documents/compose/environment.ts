/**
 * The variables that one part of a Compose project is read with: those of the process, then those of its environment
 * files, where the ones of the including project come first (compose-go, `loader/include.go`, `cli/options.go`).
 */
import type { VariableValue } from "../expand";
import type { FilePath } from "../surroundings";
import { type EnvironmentFile, type EnvironmentLine, parseEnvironmentFile } from "./environmentFile";

/** A line of an environment file that gives a variable its value. */
export interface EnvironmentDefinition {
  readonly path: FilePath;
  readonly line: EnvironmentLine;
  readonly isIgnored: boolean;
}

export interface LoadedEnvironmentFile {
  readonly path: FilePath;
  readonly text: string;
  readonly isIgnored: boolean;
}

export class Environment {
  private readonly definitions = new Map<string, EnvironmentDefinition>();
  private readonly ownFiles: EnvironmentFile[] = [];

  private constructor(
    private readonly outer: ReadonlyMap<string, string>,
    private readonly parent: Environment | null,
    files: readonly LoadedEnvironmentFile[],
  ) {
    const before = new Map<string, EnvironmentLine>();
    for (const { path, text, isIgnored } of files) {
      const file = parseEnvironmentFile(
        text,
        (name) => this.outerValue(name),
        before,
        (name) => parent?.lookupBlank(name) ?? this.outerValue(name),
      );
      this.ownFiles.push(file);
      for (const [name, line] of file.lines) {
        before.set(name, line);
        this.definitions.set(name, { path, line, isIgnored });
      }
    }
  }

  static ofProject(outer: ReadonlyMap<string, string>, files: readonly LoadedEnvironmentFile[]): Environment {
    return new Environment(outer, null, files);
  }

  including(files: readonly LoadedEnvironmentFile[]): Environment {
    return files.length === 0 ? this : new Environment(this.outer, this, files);
  }

  readonly lookup = (name: string): VariableValue => {
    const outer = this.outerValue(name);
    return outer.kind === "unset" ? (this.definitions.get(name)?.line.value ?? outer) : outer;
  };

  /** As Compose takes them: what is made of a variable without value is there, with a blank for that. */
  readonly lookupBlank = (name: string): VariableValue => {
    const value = this.lookup(name);
    const line = value.kind === "unknown" ? this.definitionOf(name)?.line : undefined;
    return line === undefined ? value : { kind: "set", value: line.blank };
  };

  isSetByProcess(name: string): boolean {
    return this.outer.has(name);
  }

  /** Null where no environment file gives it its value. */
  definitionOf(name: string): EnvironmentDefinition | null {
    if (this.outer.has(name)) return null;
    return this.parent?.definitionOf(name) ?? this.definitions.get(name) ?? null;
  }

  /** Whether a line of an environment file is made of this variable. */
  isReadByFile(name: string): boolean {
    return this.ownFiles.some(({ read }) => read.has(name)) || (this.parent?.isReadByFile(name) ?? false);
  }

  private outerValue(name: string): VariableValue {
    const value = this.outer.get(name);
    if (value !== undefined) return { kind: "set", value };
    // Compose sets it itself, to a name that the command line may change.
    if (name === "COMPOSE_PROJECT_NAME") return { kind: "unknown", mayBeEmpty: false };
    return this.parent?.lookup(name) ?? { kind: "unset" };
  }
}
