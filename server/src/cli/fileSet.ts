/**
 * From the arguments of a command to files. A file that is named is read whatever its name; folders and globs give
 * the files whose names tell a format, without those that git ignores. A link given as an argument is followed, a
 * link met on the way never is.
 */
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { type DocumentFormat, fileNamePatterns, formatOfPath } from "../documents/format";
import { mapConcurrently } from "./concurrency";
import type { Files } from "./files";
import { type FileProblem, readingProblem } from "./problem";
import { searchFolder } from "./search";

export interface FoundFile {
  /** Relative to the working folder, with "/"; for a file outside of it, as it was given. */
  readonly path: string;
  readonly absolute: string;
  readonly format: DocumentFormat;
}

/** An argument, or a folder on the way, that gives no file. */
export interface MissedPath {
  readonly path: string;
  readonly problem: FileProblem;
}

export interface FileSet {
  /** Each file once, in the order of their paths. */
  readonly found: readonly FoundFile[];
  readonly missed: readonly MissedPath[];
}

interface Finding extends FoundFile {
  /** Without links: the same for two ways to one file. */
  readonly realPath: string;
}

interface ArgumentResult {
  readonly findings: readonly Finding[];
  readonly missed: readonly MissedPath[];
}

const magic = /[*?[\]{}()]/;
const composeExtension = /\.(?:ya?ml|json)$/i;
const CONCURRENT_ARGUMENTS = 32;

export async function findFiles(args: readonly string[], workingFolder: string, files: Files): Promise<FileSet> {
  const finder = new Finder(workingFolder, files);
  const results = await mapConcurrently(args, CONCURRENT_ARGUMENTS, (argument) => finder.find(argument));
  const byRealPath = new Map<string, Finding>();
  const findings = results.flatMap((result) => result.findings).sort(byPath);
  for (const finding of findings) {
    if (!byRealPath.has(finding.realPath)) byRealPath.set(finding.realPath, finding);
  }
  const missed = new Map(results.flatMap((result) => result.missed).map((miss) => [miss.path, miss]));
  return {
    found: [...byRealPath.values()].map(({ path, absolute, format }) => ({ path, absolute, format })),
    missed: [...missed.values()],
  };
}

/** By code units: the same order on every computer. */
export function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

/** The path with "/" between its parts, as globs and the output have it. Where "\\" separates nothing it is a character. */
export function withSlashes(path: string, separator: string = sep): string {
  return path.replaceAll(separator, "/");
}

/** A glob's folder, which is taken literally, and the pattern below it. */
export function splitGlob(glob: string): { readonly folder: string; readonly pattern: string } {
  const segments = glob.split("/");
  const first = segments.findIndex((segment) => magic.test(segment));
  const folder = segments.slice(0, first).map((segment) => `${segment}/`);
  return { folder: folder.join(""), pattern: segments.slice(first).join("/") };
}

class Finder {
  constructor(
    private readonly workingFolder: string,
    private readonly files: Files,
  ) {}

  async find(argument: string): Promise<ArgumentResult> {
    const given = withSlashes(argument);
    const absolute = resolve(this.workingFolder, argument);
    try {
      // An empty argument is mostly a variable without value: it must not mean the working folder.
      const facts = argument === "" ? null : await this.files.stat(absolute);
      if (facts?.isDirectory()) {
        return orNoMatch(await this.inFolder(absolute, given, wholeFolder), this.shown(absolute, given), emptyFolder);
      }
      if (facts !== null) return { findings: [await this.namedFile(absolute, given)], missed: [] };
      return missed(argument, { code: "not-found", message: "a path is empty: check the arguments" });
    } catch (error) {
      const problem = readingProblem(error);
      if (problem.code === "not-found" && magic.test(given)) return this.byGlob(given);
      return missed(this.shown(absolute, given), problem);
    }
  }

  private async namedFile(absolute: string, given: string): Promise<Finding> {
    const format = formatOfPath(given) ?? (composeExtension.test(given) ? "compose" : "dockerfile");
    const realPath = await this.files.realPath(absolute);
    return { path: this.shown(absolute, given), absolute, format, realPath };
  }

  private async byGlob(glob: string): Promise<ArgumentResult> {
    const { folder, pattern } = splitGlob(glob);
    const absolute = resolve(this.workingFolder, folder);
    try {
      return orNoMatch(await this.inFolder(absolute, folder, [pattern]), glob, emptyGlob);
    } catch (error) {
      const problem = readingProblem(error);
      return problem.code === "not-found" ? orNoMatch(nothing, glob, emptyGlob) : missed(glob, problem);
    }
  }

  private async inFolder(absolute: string, given: string, patterns: readonly string[]): Promise<ArgumentResult> {
    const realFolder = await this.files.realPath(absolute);
    const { paths, unreadable } = await searchFolder(realFolder, patterns, this.files);
    const prefix = given === "" || given.endsWith("/") ? given : `${given}/`;
    const shownInside = (path: string) => this.shown(join(absolute, path), prefix + path);
    return {
      findings: paths.flatMap((path) => {
        const format = formatOfPath(path);
        if (format === null) return [];
        return { path: shownInside(path), absolute: join(absolute, path), format, realPath: join(realFolder, path) };
      }),
      missed: unreadable.map(({ path, problem }) => ({ path: shownInside(path), problem })),
    };
  }

  private shown(absolute: string, given: string): string {
    const way = relative(this.workingFolder, absolute);
    const isOutside = way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way);
    return isOutside ? given : withSlashes(way) || ".";
  }
}

const wholeFolder = fileNamePatterns.map((pattern) => `**/${pattern}`);

const nothing: ArgumentResult = { findings: [], missed: [] };
const emptyFolder = "it holds no Dockerfile or Compose file that git does not ignore: name the file itself";
const emptyGlob = "no Dockerfile or Compose file matches it: check the pattern, or name the file itself";

/** What gives nothing must not pass for clean. */
function orNoMatch(result: ArgumentResult, path: string, message: string): ArgumentResult {
  const isEmpty = result.findings.length + result.missed.length === 0;
  return isEmpty ? missed(path, { code: "no-match", message }) : result;
}

function missed(path: string, problem: FileProblem): ArgumentResult {
  return { findings: [], missed: [{ path, problem }] };
}
