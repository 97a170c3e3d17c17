/** Which Dockerfiles the services of a Compose project build, and with which arguments (compose-spec, `build.md`). Pure. */
import type { FilePath, Surroundings } from "../surroundings";
import { blankTextOf, textOf } from "./leafText";
import { entriesOf, entryOf, leafOf, type Value } from "./model";
import { folderOf, inFolder, isRemoteContext, resolvePath } from "./paths";
import { projectFiles } from "./projectFiles";
import { ProjectReader } from "./projectReader";
import { serviceSections } from "./shape";
import { YamlFiles } from "./yamlFile";

export interface ServiceBuild {
  readonly service: string;
  /** The folder that it builds in. */
  readonly context: FilePath;
  readonly dockerfile: FilePath;
  /** The arguments that it sets, with their values; null where a value is not known. */
  readonly args: ReadonlyMap<string, string | null>;
  /** The Compose file that says so. */
  readonly file: FilePath;
}

/** Of the project whose first file has this text, as far as the Dockerfiles stand below the root. */
export function composeBuilds(text: string, surroundings: Surroundings): ServiceBuild[] {
  const { path, root } = surroundings;
  if (path === null) return [];
  const reader = new ProjectReader({ path, text }, surroundings, new YamlFiles(), new Set());
  const { model } = reader.read(projectFiles(path, (name) => reader.text(name) !== null));
  return serviceSections.flatMap((section) =>
    [...entriesOf(model.entries.get(section))].flatMap(([service, value]) => {
      const build = buildOf(service, entryOf(value, "build"), path);
      const isBelow = build !== null && (root === null || build.dockerfile.startsWith(inFolder(root, "")));
      return isBelow ? [build] : [];
    }),
  );
}

function buildOf(service: string, build: Value | undefined, project: FilePath): ServiceBuild | null {
  if (build?.kind !== "mapping" || entryOf(build, "dockerfile_inline") !== undefined) return null;
  const contextLeaf = leafOf(build, "context");
  const contextText = contextLeaf ? blankTextOf(contextLeaf) : ".";
  if (isRemoteContext(contextText) || contextText.startsWith("~")) return null;
  const context = resolvePath(
    contextLeaf ? contextLeaf.source.directory : (build.home ?? folderOf(project)),
    contextText,
  );
  const dockerfileLeaf = leafOf(build, "dockerfile");
  const dockerfile = resolvePath(context, dockerfileLeaf ? blankTextOf(dockerfileLeaf) : "Dockerfile");
  if (context === null || dockerfile === null) return null;

  const args = new Map<string, string | null>();
  let file = contextLeaf?.source.path ?? dockerfileLeaf?.source.path ?? project;
  for (const [name, value] of entriesOf(entryOf(build, "args"))) {
    // A name alone takes its value from the environment, if it has one there.
    if (value.kind !== "leaf" || (value.isPair && !String(value.scalar.value).includes("="))) continue;
    args.set(name, textOf(value));
    file = value.source.path ?? file;
  }
  return { service, context, dockerfile, args, file };
}
