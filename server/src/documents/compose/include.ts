/**
 * `include`: other Compose projects, each read with its own folder and environment files and put under what the including
 * file says (compose-go, `loader/include.go`). Pure.
 */
import type { FilePath } from "../surroundings";
import type { Environment } from "./environment";
import { textOf } from "./leafText";
import {
  entriesOf,
  entryOf,
  itemsOf,
  type Leaf,
  leafOf,
  type Mapping,
  merged,
  type Source,
  settled,
  type Value,
  withEntry,
} from "./model";
import { folderOf, inFolder, resolvePath } from "./paths";
import type { ProjectReader } from "./projectReader";
import { serviceSections } from "./shape";

/** Files that include one another. */
const MAX_DEPTH = 20;

/** @param including the files up to this one, which may not be included again */
export function includedModels(
  project: ProjectReader,
  root: Mapping,
  source: Source,
  including: readonly FilePath[],
): Mapping {
  const includes = root.entries.get("include");
  if (includes === undefined) return root;
  let model = withEntry(root, "include", undefined);
  for (const include of itemsOf(includes)) {
    const included = readIncluded(project, include, source, including);
    if (included !== null) model = under(model, included);
  }
  return model;
}

interface Included {
  readonly model: Mapping;
  readonly directory: FilePath;
}

function readIncluded(
  project: ProjectReader,
  include: Value,
  source: Source,
  including: readonly FilePath[],
): Included | null {
  const paths = pathsOf(project, entryOf(include, "path"));
  const first = paths[0];
  if (first === undefined) return null;
  for (const path of paths) project.bring(source, path);
  if (including.includes(first) || including.length >= MAX_DEPTH || project.includesLeft <= 0) return null;
  project.includesLeft -= 1;
  const ownDirectory = leafOf(include, "project_directory");
  const directory = ownDirectory ? resolvePath(source.directory, textOf(ownDirectory) ?? "") : folderOf(first);
  if (directory === null) return null;
  const environment = environmentOf(project, entryOf(include, "env_file"), source, directory);
  // What it resets are its own files' words.
  return { model: settled(project.model(paths, directory, environment, including)), directory };
}

/** Its own `env_file`, which is relative to the including project, or `.env` in its folder. */
function environmentOf(
  project: ProjectReader,
  files: Value | undefined,
  { environment }: Source,
  directory: FilePath,
): Environment {
  const paths = files === undefined ? [inFolder(directory, ".env")] : pathsOf(project, files);
  return project.environmentIncluding(environment, paths);
}

function pathsOf(project: ProjectReader, paths: Value | undefined): FilePath[] {
  return itemsOf(paths)
    .filter((item): item is Leaf => item.kind === "leaf")
    .flatMap((leaf) => project.pathOf(leaf, textOf(leaf)) ?? []);
}

/** What both define is merged, with the including file's own words over the included ones. */
function under(model: Mapping, { model: included, directory }: Included): Mapping {
  let result = model;
  for (const section of [...serviceSections, "models"]) {
    const imported = entriesOf(included.entries.get(section));
    if (imported.size === 0) continue;
    const own = result.entries.get(section);
    const entries = new Map(entriesOf(own));
    for (const [name, value] of imported) {
      const existing = entries.get(name);
      const service = atHome(value, directory);
      entries.set(name, existing === undefined ? service : merged(service, existing));
    }
    const dropped = own?.kind === "mapping" ? own.dropped : new Set<string>();
    result = withEntry(result, section, { kind: "mapping", entries, dropped });
  }
  return result;
}

/** What builds without naming a folder builds in that of the innermost project. */
function atHome(service: Value, home: FilePath): Value {
  const build = entryOf(service, "build");
  if (service.kind !== "mapping" || build?.kind !== "mapping" || build.home !== undefined) return service;
  return withEntry(service, "build", { ...build, home });
}
