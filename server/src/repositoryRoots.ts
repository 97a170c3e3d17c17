/** The repositories that folders belong to: no program in them may be run, whatever the docker configuration says. */
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/** For each folder the git top level, else the folder itself, without links; each once. What is not there is left out. */
export function repositoryRoots(folders: readonly string[]): string[] {
  const roots = new Set<string>();
  for (const folder of new Set(folders)) {
    try {
      const real = realpathSync(folder);
      roots.add(gitTopLevel(real) ?? real);
    } catch {
      // A folder that is gone holds no program.
    }
  }
  return [...roots];
}

function gitTopLevel(folder: string): string | null {
  for (let current = folder; ; current = dirname(current)) {
    if (existsSync(join(current, ".git"))) return current;
    if (current === dirname(current)) return null;
  }
}
