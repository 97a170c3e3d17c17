/** Folders of the cache are made when something is to be put into them, and anybody may remove them at any time. */
import { mkdir, unlink } from "node:fs/promises";

/** Does `work` once more, in a folder that was made for it, where it found none. */
export async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return work();
  }
}

/** @throws the file system's error, but for a file that is not there */
export async function remove(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}
