/**
 * The files below a folder that match patterns: without what `.gitignore` files exclude, from the git top level down,
 * without `.git` and `node_modules`, and without anything behind a link. A folder that can't be read is told and
 * passed over.
 */
import * as fileSystem from "node:fs";
import { relative, sep } from "node:path";
import type { Files } from "./files";
import { type FileProblem, readingProblem } from "./problem";

export interface SearchResult {
  /** Relative to the folder, with "/". */
  readonly paths: readonly string[];
  readonly unreadable: readonly { readonly path: string; readonly problem: FileProblem }[];
}

type ListCallback = (error: NodeJS.ErrnoException | null, entries: fileSystem.Dirent[]) => void;

/** @param folder absolute and without links */
export async function searchFolder(folder: string, patterns: readonly string[], files: Files): Promise<SearchResult> {
  const { globby } = await import("globby");
  const unreadable = new Map<string, FileProblem>();

  const readdir = (path: string, _options: unknown, callback: ListCallback) => {
    files.list(path).then(
      (entries) => callback(null, entries),
      (error: unknown) => {
        const problem = readingProblem(error);
        if (problem.code !== "not-found") unreadable.set(relative(folder, path).replaceAll(sep, "/"), problem);
        callback(null, []);
      },
    );
  };

  // A pattern that begins with "!" would be an exclusion to globby; here each stands for itself.
  const paths = await globby(
    patterns.map((pattern) => (pattern.startsWith("!") ? `./${pattern}` : pattern)),
    {
      cwd: folder,
      dot: true,
      gitignore: true,
      ignore: ["**/.git/**", "**/node_modules/**"],
      expandDirectories: false,
      followSymbolicLinks: false,
      suppressErrors: true,
      // The glob library only ever lists with file types.
      fs: { ...fileSystem, readdir: readdir as typeof fileSystem.readdir },
    },
  );
  return { paths, unreadable: [...unreadable].map(([path, problem]) => ({ path, problem })) };
}
