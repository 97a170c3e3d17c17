/**
 * The files that a command works on, read and parsed: what was found in each, or what kept it from being read. A file
 * that others include or extend is read as a part of their projects, and is a source of its own although nobody named it.
 */
import { relative } from "node:path";
import type { DocumentFormat } from "../documents/format";
import type { ImageDocument, ImageUse } from "../documents/imageUse";
import { createReader } from "../documents/reader";
import type { FilePath, SurroundingFile } from "../documents/surroundings";
import { type Root, readSettled, readSurroundingFile, rootOf, withSlashes } from "../surroundingFiles";
import { mapConcurrently } from "./concurrency";
import { byPath, type FoundFile, findFiles } from "./fileSet";
import type { Files } from "./files";
import { Places } from "./places";
import type { FileProblem } from "./problem";
import { type FileText, readText } from "./readText";

export interface Source {
  /** As it is shown. */
  readonly path: string;
  /** Null where nothing could be read. */
  readonly content: SourceContent | null;
  /** The uses are those that could be read all the same. */
  readonly uses: readonly ImageUse[];
  readonly problem: FileProblem | null;
}

export interface SourceContent extends FileText {
  readonly absolute: string;
  readonly places: Places;
  readonly document: ImageDocument;
  /** The other files that were read for it. */
  readonly surroundings: ReadonlyMap<FilePath, SurroundingFile>;
}

export interface SourcePorts {
  readonly cwd: string;
  readonly files: Files;
  /** Ends the work. */
  readonly signal: AbortSignal;
}

export interface SourceOptions {
  /** Variables of the process that Compose files may be read with; empty where the user did not ask for it. */
  readonly environment: ReadonlyMap<string, string>;
}

const CONCURRENT_READS = 32;
/** Files that include files that include files. */
const MAX_ROUNDS = 20;

/** In the order of their paths. */
export async function readSources(
  args: readonly string[],
  { environment }: SourceOptions,
  { cwd, files, signal }: SourcePorts,
): Promise<Source[]> {
  const { found, missed } = await findFiles(args, cwd, files);
  const reader = new SourceReader(cwd, files, signal, environment);
  const sources = new Map<string, Source>();
  /** The first files of the projects that each part belongs to. */
  const projects = new Map<FilePath, Set<FilePath>>();
  let open: readonly FoundFile[] = found;
  for (let round = 0; open.length > 0 && round < MAX_ROUNDS; round += 1) {
    const read = await mapConcurrently(open, CONCURRENT_READS, async (file) => {
      const source = await reader.read(file, [...(projects.get(withSlashes(file.absolute)) ?? [])]);
      sources.set(file.absolute, source);
      return source;
    });
    const again = new Set<FilePath>();
    for (const { content } of read) {
      for (const part of content?.document.parts ?? []) {
        const known = projects.get(part) ?? new Set();
        projects.set(part, known);
        const first = withSlashes(content?.absolute ?? "");
        if (known.has(first) || part === first) continue;
        known.add(first);
        again.add(part);
      }
    }
    open = [...again].map((part) => ({ path: shownFrom(cwd, part), absolute: part, format: "compose" }));
  }
  return [...sources.values(), ...missed.map(unread)].sort(byPath);
}

class SourceReader {
  private readonly roots = new Map<FilePath, Root | null>();
  private readonly loaded = new Map<string, Promise<SurroundingFile>>();

  constructor(
    private readonly cwd: string,
    private readonly files: Files,
    private readonly signal: AbortSignal,
    private readonly environment: ReadonlyMap<string, string>,
  ) {}

  async read({ path, absolute, format }: FoundFile, projects: readonly FilePath[]): Promise<Source> {
    this.signal.throwIfAborted();
    const file = await readText(absolute, this.files);
    if ("code" in file) return unread({ path, problem: file });
    const places = new Places(file.text);
    const surroundings = new Map<FilePath, SurroundingFile>();
    const document = await this.document(file.text, format, withSlashes(absolute), projects, surroundings);
    const problem = document.problems.find(({ isFatal }) => isFatal);
    const content = { ...file, absolute, places, document, surroundings };
    if (problem === undefined) return { path, content, uses: document.uses, problem: null };
    const { line, column } = places.of(problem);
    const message = `line ${line}, column ${column}: ${problem.message.replace(/\.$/, "")}: correct it, or leave it out`;
    return { path, content, uses: document.uses, problem: { code: problem.code, message } };
  }

  private document(
    text: string,
    format: DocumentFormat,
    path: FilePath,
    projects: readonly FilePath[],
    read: Map<FilePath, SurroundingFile>,
  ): Promise<ImageDocument> {
    const root = this.rootOf(path);
    const { environment } = this;
    return readSettled(
      createReader(format),
      text,
      { path, root: root?.shown ?? null, projects, environment },
      async (name) => {
        const file = root === null ? { kind: "absent" as const } : await this.load(name, root.real);
        read.set(name, file);
        return file;
      },
    );
  }

  /** The git top level, else the working folder where the file is below it, else the file's folder. */
  private rootOf(path: FilePath): Root | null {
    const folder = path.slice(0, path.lastIndexOf("/"));
    const known = this.roots.get(folder);
    if (known !== undefined) return known;
    const root = rootOf(path, [], this.cwd);
    this.roots.set(folder, root);
    return root;
  }

  private load(path: FilePath, root: FilePath): Promise<SurroundingFile> {
    const key = `${root}\0${path}`;
    const file = this.loaded.get(key) ?? readSurroundingFile(path, root);
    this.loaded.set(key, file);
    return file;
  }
}

/** How a file that nobody named is shown. */
export function shownFrom(cwd: string, path: FilePath): string {
  return withSlashes(relative(cwd, path)) || ".";
}

function unread({ path, problem }: { readonly path: string; readonly problem: FileProblem }): Source {
  return { path, content: null, uses: [], problem };
}
