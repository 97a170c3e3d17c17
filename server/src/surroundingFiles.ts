/**
 * Reads the files around a document for the readers (`documents/surroundings.ts`), and lets none of them out of the
 * root: what decides is a file's real path, so that neither ".." nor a link leads anywhere else (DESIGN.md, promise 5).
 */
import { isUtf8 } from "node:buffer";
import { constants, existsSync, realpathSync } from "node:fs";
import { open, readFile, realpath } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import ignore from "ignore";
import type { ImageDocument } from "./documents/imageUse";
import { type DocumentReader, MAX_DOCUMENT_LENGTH } from "./documents/reader";
import type { FilePath, SurroundingFile, Surroundings } from "./documents/surroundings";
import { repositoryRoots } from "./repositoryRoots";

const absent: SurroundingFile = { kind: "absent" };
const outside: SurroundingFile = { kind: "outside" };

/** Rounds of reading and loading: a chain of files that each name the next. */
const MAX_ROUNDS = 25;

/** The text of a file below `root`, which is a real path. Never throws. */
export async function readSurroundingFile(path: FilePath, root: FilePath): Promise<SurroundingFile> {
  try {
    const real = withSlashes(await realpath(path));
    if (!isBelow(real, root)) return outside;
    const text = await readSmallText(real);
    if (text === null) return absent;
    return { kind: "text", text, isIgnored: isEdited(real) && (await isIgnoredByGit(real, root)) };
  } catch {
    return absent;
  }
}

/**
 * Reads a document until every file that it asked for is there, or is known not to be.
 * @param load what is loaded is kept by the caller; the same path may be asked for again in the next round
 */
export async function readSettled(
  read: DocumentReader,
  text: string,
  surroundings: Omit<Surroundings, "file">,
  load: (path: FilePath) => Promise<SurroundingFile>,
): Promise<ImageDocument> {
  const files = new Map<FilePath, SurroundingFile>();
  for (let round = 0; ; round += 1) {
    const document = read(text, { ...surroundings, file: (path) => files.get(path) });
    const missing = document.surroundings.filter((path) => !files.has(path));
    if (missing.length === 0 || round === MAX_ROUNDS) return document;
    await Promise.all(missing.map(async (path) => files.set(path, await load(path))));
  }
}

export interface Root {
  /** Without links: what files are held to. */
  readonly real: FilePath;
  /** The same folder by the way that leads to the file, which may go through links. */
  readonly shown: FilePath;
}

/**
 * The root of a file's repository (DESIGN.md, "Words"): the nearest of `workspaceFolders` that holds it, else the git
 * top level, else `fallback` where that holds it, else its folder. Null where its folder is not there.
 */
export function rootOf(path: FilePath, workspaceFolders: readonly FilePath[], fallback?: FilePath): Root | null {
  const folder = dirname(path);
  const real = realFolder(folder);
  if (real === null) return null;
  const root = holding(real, workspaceFolders) ?? gitTopLevelOr(real, fallback);
  let shown = folder;
  while (realFolder(shown) !== root && shown !== dirname(shown)) shown = dirname(shown);
  return { real: root, shown: withSlashes(realFolder(shown) === root ? shown : folder) };
}

function gitTopLevelOr(real: FilePath, fallback: FilePath | undefined): FilePath {
  const top = withSlashes(repositoryRoots([real])[0] ?? real);
  return top !== real || fallback === undefined ? top : (holding(real, [fallback]) ?? top);
}

/** The nearest of the folders that is `real` or above it. */
function holding(real: FilePath, folders: readonly FilePath[]): FilePath | null {
  const above = folders
    .map(realFolder)
    .filter((folder) => folder === real || (folder !== null && isBelow(real, folder)));
  return above.sort((a, b) => (b?.length ?? 0) - (a?.length ?? 0))[0] ?? null;
}

export function withSlashes(path: string): FilePath {
  return sep === "/" ? path : path.replaceAll(sep, "/");
}

function realFolder(folder: string): FilePath | null {
  try {
    return withSlashes(realpathSync(folder));
  } catch {
    return null;
  }
}

function isBelow(path: FilePath, folder: FilePath): boolean {
  return path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

/** Null for what is no text, or too much of it. Asked of the open file: what the name stands for may change. */
async function readSmallText(path: string): Promise<string | null> {
  // A pipe is not waited for, and a link that has just been put there not followed; not every system has these flags.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
  try {
    const facts = await file.stat();
    if (!facts.isFile() || facts.size > MAX_DOCUMENT_LENGTH) return null;
    const bytes = await file.readFile();
    if (!isUtf8(bytes) || bytes.includes(0)) return null;
    // Editors count from behind a byte order mark.
    return bytes.toString("utf8").replace(/^\ufeff/, "");
  } finally {
    await file.close();
  }
}

/** Of the files around a document only environment files are ever edited on its behalf. */
function isEdited(path: string): boolean {
  return !/\.(?:ya?ml|json)$/i.test(path);
}

/** By the `.gitignore` files from the root down to the file's folder (gitignore(5)); the nearest that says something counts. */
async function isIgnoredByGit(path: FilePath, root: FilePath): Promise<boolean> {
  const top = gitTopLevel(root);
  for (let folder = dirname(path); folder.length >= top.length; folder = dirname(folder)) {
    const patterns = await readFile(join(folder, ".gitignore"), "utf8").catch(() => "");
    const verdict = ignore()
      .add(patterns)
      .test(withSlashes(relative(folder, path)));
    if (verdict.ignored) return true;
    if (verdict.unignored || folder === dirname(folder)) return false;
  }
  return false;
}

function gitTopLevel(folder: string): string {
  for (let current = folder; ; current = dirname(current)) {
    if (existsSync(join(current, ".git"))) return current;
    if (current === dirname(current)) return folder;
  }
}
