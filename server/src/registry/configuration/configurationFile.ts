/**
 * Reads one file of the user's configuration. What can't be read or understood is told in a sentence, once, and counts
 * as absent: it must neither stop a question nor show what stands in the file.
 */
import type { Machine } from "../machine";

export interface FileKind<T> {
  /** Null where the text has another form. */
  readonly parse: (text: string) => T | null;
  /** What the text has to be, for a sentence: "a JSON object". */
  readonly form: string;
  /** What follows for the user where the file can't be used, for a sentence: "it is ignored". */
  readonly consequence: string;
}

/** Characters; no configuration that people write comes near. */
const MAX_LENGTH = 1024 * 1024;

/** @returns null where there is no such file, or none that can be used */
export async function readConfigurationFile<T>(
  path: string,
  { parse, form, consequence }: FileKind<T>,
  { machine, report }: { readonly machine: Machine; readonly report: (problem: string) => void },
): Promise<T | null> {
  try {
    const text = await machine.readText(path);
    if (text === null) return null;
    const parsed = text.length > MAX_LENGTH ? null : parse(text);
    if (parsed === null)
      report(`${path} is ${text.length > MAX_LENGTH ? "too large" : `not ${form}`}: ${consequence}.`);
    return parsed;
  } catch (error) {
    report(`${path} can't be read (${codeOf(error)}): ${consequence}.`);
    return null;
  }
}

/** The files are read again and again: each sentence is told once. */
export function withoutRepeats(report: (problem: string) => void): (problem: string) => void {
  const told = new Set<string>();
  return (problem) => {
    if (told.has(problem)) return;
    told.add(problem);
    report(problem);
  };
}

/** Of an error of the file system; its message is not for sentences. */
export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "no code";
}
