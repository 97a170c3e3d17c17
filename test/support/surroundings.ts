/** Files around a document, from memory. */
import type { SurroundingFile, Surroundings } from "../../server/src/documents/surroundings";

export const PROJECT = "/project";

export interface SurroundingsOptions {
  /** Below the project's folder. */
  readonly path?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Below the project's folder: the first files of projects that the document is a part of. */
  readonly projects?: readonly string[];
  /** Below the project's folder: what git ignores. */
  readonly ignored?: readonly string[];
}

/** @param files text by path below the project's folder; what is missing is absent */
export function surroundingsOf(
  files: Readonly<Record<string, string>>,
  { path = "compose.yaml", environment = {}, projects = [], ignored = [] }: SurroundingsOptions = {},
): Surroundings {
  const known = new Map<string, SurroundingFile>(
    Object.entries(files).map(([name, text]) => [
      `${PROJECT}/${name}`,
      { kind: "text", text, isIgnored: ignored.includes(name) },
    ]),
  );
  return {
    path: `${PROJECT}/${path}`,
    root: PROJECT,
    file: (name) => known.get(name) ?? { kind: "absent" },
    projects: projects.map((name) => `${PROJECT}/${name}`),
    environment: new Map(Object.entries(environment)),
  };
}
