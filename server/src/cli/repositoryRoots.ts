/** The repositories that files belong to: no program in them may be run, whatever the docker configuration says. */
import { dirname, join } from "node:path";
import type { Files } from "./files";

/** For each file the git top level, else its own folder, without links; each once. */
export async function repositoryRoots(paths: readonly string[], files: Files): Promise<string[]> {
  const roots = new Set<string>();
  for (const folder of new Set(paths.map((path) => dirname(path)))) {
    const real = await files.realPath(folder);
    roots.add((await gitTopLevel(real, files)) ?? real);
  }
  return [...roots];
}

async function gitTopLevel(folder: string, files: Files): Promise<string | null> {
  for (let current = folder; ; current = dirname(current)) {
    const isTopLevel = await files.stat(join(current, ".git")).then(
      () => true,
      () => false,
    );
    if (isTopLevel) return current;
    if (current === dirname(current)) return null;
  }
}
