/**
 * Which Compose services build a Dockerfile with another value for one of its `ARG`s: the nearest Compose files above
 * it are asked, up to the root. Pure but for what it keeps.
 */
import type { ServiceBuild } from "./compose/builds";
import { baseComposeNames } from "./format";
import type { ImageDocument, ImageUse } from "./imageUse";
import type { FilePath, SurroundingFile, Surroundings } from "./surroundings";

/** Folders above a Dockerfile that are looked into. */
const MAX_FOLDERS = 40;
/** What may be repeated in a message: a service's name, and a path without anything odd. */
const plainText = /^[\w./-]{1,120}$/;

interface KnownBuilds {
  readonly builds: readonly ServiceBuild[];
  /** What they were read from. */
  readonly files: ReadonlyMap<FilePath, SurroundingFile | undefined>;
}

export class BuildArguments {
  private known = new Map<FilePath, KnownBuilds>();

  /** The document with the services that set its variables, and with the files that were looked for. */
  annotate(document: ImageDocument, surroundings: Surroundings): ImageDocument {
    const { path } = surroundings;
    if (path === null || document.uses.every(({ variables }) => variables.length === 0)) return document;
    const asked = new Set(document.surroundings);
    const kept = new Map<FilePath, KnownBuilds>();
    const setBy = new Map<string, string[]>();
    for (const compose of composeFilesAbove(path, surroundings, asked)) {
      const known = this.buildsOf(compose, surroundings);
      kept.set(compose, known);
      for (const file of known.files.keys()) asked.add(file);
      for (const { service, dockerfile, args, file } of known.builds) {
        if (dockerfile !== path) continue;
        const shown = relativeTo(surroundings.root, file);
        if (!plainText.test(service) || !plainText.test(shown)) continue;
        for (const name of args.keys())
          setBy.set(name, [...(setBy.get(name) ?? []), `the service ${service} of ${shown}`]);
      }
    }
    this.known = kept;
    return { ...document, uses: document.uses.map((use) => withServices(use, setBy)), surroundings: [...asked] };
  }

  private buildsOf(path: FilePath, surroundings: Surroundings): KnownBuilds {
    const known = this.known.get(path);
    if (known && [...known.files].every(([name, file]) => surroundings.file(name) === file)) return known;
    const files = new Map<FilePath, SurroundingFile | undefined>();
    const file = (name: FilePath) => {
      const found = surroundings.file(name);
      files.set(name, found);
      return found;
    };
    const compose = file(path);
    // Loaded with the first Compose file: the YAML reader is a quarter of the server.
    const { composeBuilds } = require("./compose/compose") as typeof import("./compose/compose");
    const text = compose?.kind === "text" ? compose.text : "";
    return { builds: composeBuilds(text, { ...surroundings, path, projects: [], file }), files };
  }
}

/** The first of the base names in each folder from the Dockerfile's own up to the root. */
function composeFilesAbove(path: FilePath, { root, file }: Surroundings, asked: Set<FilePath>): FilePath[] {
  const found: FilePath[] = [];
  let folder = folderOf(path);
  for (let depth = 0; depth < MAX_FOLDERS; depth += 1) {
    const candidates = baseComposeNames.map((name) => `${folder === "/" ? "" : folder}/${name}`);
    for (const candidate of candidates) asked.add(candidate);
    const first = candidates.find((candidate) => file(candidate)?.kind === "text");
    if (first !== undefined) found.push(first);
    if (root === null || !folder.startsWith(`${root}/`)) break;
    folder = folderOf(folder);
  }
  return found;
}

function withServices(use: ImageUse, setBy: ReadonlyMap<string, readonly string[]>): ImageUse {
  if (!use.variables.some(({ name }) => setBy.has(name))) return use;
  return { ...use, variables: use.variables.map((each) => ({ ...each, setBy: setBy.get(each.name) ?? [] })) };
}

function folderOf(path: FilePath): FilePath {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function relativeTo(root: FilePath | null, path: FilePath): string {
  return root !== null && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}
