/** The files that a command works on, read and parsed: what was found in each, or what kept it from being read. */
import type { ImageUse } from "../documents/imageUse";
import { createReader } from "../documents/reader";
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
}

export interface SourcePorts {
  readonly cwd: string;
  readonly files: Files;
  /** Ends the work. */
  readonly signal: AbortSignal;
}

const CONCURRENT_READS = 32;

/** In the order of their paths. */
export async function readSources(args: readonly string[], { cwd, files, signal }: SourcePorts): Promise<Source[]> {
  const { found, missed } = await findFiles(args, cwd, files);
  const read = await mapConcurrently(found, CONCURRENT_READS, (file) => {
    signal.throwIfAborted();
    return readSource(file, files);
  });
  return [...read, ...missed.map(unread)].sort(byPath);
}

async function readSource({ path, absolute, format }: FoundFile, files: Files): Promise<Source> {
  const file = await readText(absolute, files);
  if ("code" in file) return unread({ path, problem: file });
  const places = new Places(file.text);
  const { uses, problems } = createReader(format)(file.text);
  const problem = problems[0];
  const content = { ...file, absolute, places };
  if (problem === undefined) return { path, content, uses, problem: null };
  const { line, column } = places.of(problem);
  const message = `line ${line}, column ${column}: ${problem.message.replace(/\.$/, "")}: correct it, or leave it out`;
  return { path, content, uses, problem: { code: problem.code, message } };
}

function unread({ path, problem }: { readonly path: string; readonly problem: FileProblem }): Source {
  return { path, content: null, uses: [], problem };
}
