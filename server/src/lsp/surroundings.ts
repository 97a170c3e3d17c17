/**
 * The files around the open documents: loaded in the background when a reading has asked for one, taken from the editor
 * where it is open there, and loaded again when it changes on the disk. Nothing here waits: a reading takes what is
 * there, and is done again when more has come.
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import type { FilePath, SurroundingFile, Surroundings } from "../documents/surroundings";
import { type Root, withSlashes } from "../surroundingFiles";

export interface SurroundingPorts {
  /** Reads a file whose real path is below `root`; never fails. */
  readonly read: (path: FilePath, root: FilePath) => Promise<SurroundingFile>;
  /** The root that a file belongs to; null where its folder is not there. */
  readonly rootOf: (path: FilePath, workspaceFolders: readonly FilePath[]) => Root | null;
}

/** One object: readings are compared by what they were read with. */
const absent: SurroundingFile = { kind: "absent" };

interface Loaded {
  readonly root: FilePath;
  /** Undefined until it was loaded for the first time. */
  file: SurroundingFile | undefined;
}

/** What the editor holds of a file. */
export interface OpenText {
  readonly version: number;
  readonly text: string;
}

export class SurroundingFiles {
  private readonly loaded = new Map<FilePath, Loaded>();
  private readonly roots = new Map<FilePath, Root | null>();
  private readonly opened = new Map<FilePath, OpenText & { readonly file: SurroundingFile }>();
  private readonly parts = new Map<FilePath, ReadonlySet<FilePath>>();
  private workspaceFolders: readonly FilePath[] = [];
  private state = 0;

  constructor(
    private readonly ports: SurroundingPorts,
    private readonly openText: (path: FilePath) => OpenText | null,
    private readonly onChanged: () => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** A number that changes whenever a reading might come out differently. */
  get generation(): number {
    return this.state;
  }

  setWorkspaceFolders(uris: readonly string[]): void {
    this.workspaceFolders = uris.flatMap((uri) => pathOf(uri) ?? []);
    this.roots.clear();
    this.loaded.clear();
    this.advance();
  }

  of(uri: string): Surroundings {
    const path = pathOf(uri);
    const root = path === null ? null : this.rootOf(path);
    const projects =
      path === null ? [] : [...this.parts].filter(([, parts]) => parts.has(path)).map(([first]) => first);
    const file = (name: FilePath) => (root === null ? absent : this.file(name, root.real));
    return { path, root: root?.shown ?? null, projects, file, environment: new Map() };
  }

  /** What a document's reading has brought in: those files are read as parts of its project. */
  setParts(uri: string, parts: readonly FilePath[]): void {
    const path = pathOf(uri);
    if (path === null) return;
    const before = this.parts.get(path) ?? new Set();
    if (parts.length === before.size && parts.every((part) => before.has(part))) return;
    if (parts.length === 0) this.parts.delete(path);
    else this.parts.set(path, new Set(parts));
    this.advance();
  }

  /** Files changed on the disk, were made or removed. */
  async changed(uris: readonly string[]): Promise<void> {
    const paths = uris.flatMap((uri) => pathOf(uri) ?? []);
    const all = paths.some((path) => path.endsWith("/.gitignore"));
    await this.reload([...this.loaded.keys()].filter((path) => all || paths.includes(path)));
  }

  /** The editor's text of a file changed: whoever asked for the file reads it anew. */
  edited(uri: string): void {
    const path = pathOf(uri);
    if (path !== null && this.loaded.has(path)) this.advance();
  }

  /** Loads files that are known anew; those of `paths`, or all of them for a client that watches none. */
  async reload(paths: Iterable<FilePath> = [...this.loaded.keys()]): Promise<void> {
    await Promise.all([...paths].map((path) => this.load(path)));
  }

  /** Forgets what no reading asks for any more. */
  keep(asked: ReadonlySet<FilePath>): void {
    for (const path of this.loaded.keys()) if (!asked.has(path)) this.loaded.delete(path);
    for (const path of this.opened.keys()) if (!asked.has(path)) this.opened.delete(path);
  }

  private file(path: FilePath, root: FilePath): SurroundingFile | undefined {
    const known = this.loaded.get(path);
    if (known === undefined || known.root !== root) {
      this.loaded.set(path, { root, file: undefined });
      this.load(path).catch(this.onError);
      return undefined;
    }
    return known.file === undefined || known.file.kind === "outside" ? known.file : this.asOpen(path, known.file);
  }

  /** With the editor's text; the same object as long as it is the same version. */
  private asOpen(path: FilePath, file: SurroundingFile): SurroundingFile {
    const open = this.openText(path);
    if (open === null) return file;
    const before = this.opened.get(path);
    const isIgnored = file.kind === "text" && file.isIgnored;
    if (before?.version === open.version && before.text === open.text) return before.file;
    const opened: SurroundingFile = { kind: "text", text: open.text, isIgnored };
    this.opened.set(path, { ...open, file: opened });
    return opened;
  }

  private async load(path: FilePath): Promise<void> {
    const entry = this.loaded.get(path);
    if (entry === undefined) return;
    const file = await this.ports.read(path, entry.root);
    if (this.loaded.get(path) !== entry || isSame(entry.file, file)) return;
    entry.file = file;
    this.opened.delete(path);
    this.advance();
  }

  private rootOf(path: FilePath): Root | null {
    const folder = path.slice(0, path.lastIndexOf("/"));
    const known = this.roots.get(folder);
    if (known !== undefined) return known;
    const root = this.ports.rootOf(path, this.workspaceFolders);
    this.roots.set(folder, root);
    return root;
  }

  private advance(): void {
    this.state += 1;
    this.onChanged();
  }
}

/** The path of a file's URI, with "/"; null for what is no file of this machine. */
export function pathOf(uri: string): FilePath | null {
  try {
    return withSlashes(fileURLToPath(uri));
  } catch {
    return null;
  }
}

export function uriOf(path: FilePath): string {
  return pathToFileURL(path).href;
}

function isSame(a: SurroundingFile | undefined, b: SurroundingFile): boolean {
  if (a === undefined || a.kind !== b.kind) return false;
  return a.kind !== "text" || b.kind !== "text" || (a.text === b.text && a.isIgnored === b.isIgnored);
}
