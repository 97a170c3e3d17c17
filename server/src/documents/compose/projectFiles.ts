/** Which files make the project of a Compose file that stands in a folder (compose-go, `cli/options.go`). Pure. */
import { baseComposeNames, formatOfPath } from "../format";
import type { FilePath } from "../surroundings";
import { folderOf, inFolder, nameOf } from "./paths";

/** In the order of precedence (`DefaultOverrideFileNames`). */
const overrideNames = [
  "compose.override.yml",
  "compose.override.yaml",
  "docker-compose.override.yml",
  "docker-compose.override.yaml",
];

/**
 * The files that are merged, the first one first: a base file with the folder's override, and what a `-f` may put over
 * the folder's base file.
 * @param exists whether there is a file of that path, as far as is known
 */
export function projectFiles(path: FilePath, exists: (path: FilePath) => boolean): FilePath[] {
  const folder = folderOf(path);
  const find = (names: readonly string[]): FilePath | undefined =>
    names.map((name) => inFolder(folder, name)).find(exists);
  if (baseComposeNames.includes(nameOf(path))) {
    const override = find(overrideNames);
    return override === undefined ? [path] : [path, override];
  }
  const base = formatOfPath(path) === "compose" ? find(baseComposeNames) : undefined;
  return base === undefined ? [path] : [base, path];
}
