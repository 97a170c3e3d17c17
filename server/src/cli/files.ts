/**
 * The files of this computer as the command needs them: a port, so that a test can make a file vanish or forbid it,
 * and the port's real side. Every function fails with Node's system errors.
 */
import { constants, type Dirent } from "node:fs";
import { access, readdir, readFile, realpath, stat } from "node:fs/promises";

export interface FileFacts {
  isFile(): boolean;
  isDirectory(): boolean;
  /** Bytes. */
  readonly size: number;
}

export interface Files {
  /** Follows links. */
  stat(path: string): Promise<FileFacts>;
  realPath(path: string): Promise<string>;
  list(folder: string): Promise<Dirent[]>;
  read(path: string): Promise<Buffer>;
  /** Replaces the content in one step, behind a link if `path` is one; mode and owner stay. */
  replace(path: string, content: Buffer): Promise<void>;
}

export const localFiles: Files = {
  stat,
  realPath: (path) => realpath(path),
  list: (folder) => readdir(folder, { withFileTypes: true }),
  read: (path) => readFile(path),
  replace: async (path, content) => {
    // Replacing needs the folder's permission only: what the user made read-only stays as it is.
    await access(path, constants.W_OK);
    const { default: writeFileAtomic } = await import("write-file-atomic");
    await writeFileAtomic(path, content);
  },
};
