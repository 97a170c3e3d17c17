/**
 * What every command prints alike: the JSON interface's shell and its image uses, lines that point into a file, and
 * the one line for a problem. The JSON is a stable interface with a version number; the order of keys belongs to it.
 */
import type { UseKind } from "../documents/imageUse";
import { normalizedName } from "../reference/reference";
import type { Place } from "./places";
import type { Output } from "./ports";
import type { FileProblem } from "./problem";
import type { Source } from "./sources";
import { inert, inertJson, shownPath } from "./terminal";

export const FORMAT_VERSION = 1;

export interface UseEntry extends Place {
  readonly kind: UseKind;
  readonly raw: string;
  readonly resolved: string | null;
  readonly normalized: string | null;
  readonly platform: string | null;
}

export function useEntries({ content, uses }: Source): UseEntry[] {
  if (content === null) return [];
  return uses.map(({ kind, range, raw, resolved, parsed, platform }) => ({
    kind,
    ...content.places.of(range),
    raw,
    resolved,
    normalized: parsed?.reference ? normalizedName(parsed.reference) : null,
    platform,
  }));
}

/** A file's entry, with its problem where it has one. */
export type FileEntry<T> = { readonly path: string } & T & { readonly problem?: FileProblem };

export function fileEntry<T extends object>(path: string, body: T, problem: FileProblem | null): FileEntry<T> {
  return { path, ...body, ...(problem === null ? {} : { problem }) };
}

export function writeJson(output: Output, files: readonly FileEntry<object>[]): void {
  output.write(`${inertJson({ version: FORMAT_VERSION, files })}\n`);
}

/** `path:line:column: text` */
export function placeLine(path: string, { line, column }: Pick<Place, "line" | "column">, text: string): string {
  return `${shownPath(path)}:${line}:${column}: ${inert(text)}\n`;
}

export function writeProblems(output: Output, files: readonly Pick<Source, "path" | "problem">[]): void {
  for (const { path, problem } of files) {
    if (problem !== null) output.write(`digest-pin: ${inert(path)}: ${inert(problem.message)}\n`);
  }
}

/** `1 file`, `2 files` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** `3 image uses in 2 files`, counting the files that could be read. */
export function countedUses(sources: readonly Source[]): string {
  const readable = sources.filter(({ content }) => content !== null);
  const uses = readable.reduce((sum, source) => sum + source.uses.length, 0);
  return `${counted(uses, "image use")} in ${counted(readable.length, "file")}`;
}
