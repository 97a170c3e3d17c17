/**
 * What can keep the command from reading or writing a file. A problem belongs to one file, is one line, and never
 * stops the others. The codes are part of the JSON interface.
 */
import type { DocumentProblemCode } from "../documents/imageUse";

export type FileProblemCode =
  /** The path named on the command line is not there, or the file went away before it was read. */
  | "not-found"
  /** The glob or the folder gives no Dockerfile and no Compose file. */
  | "no-match"
  /** Neither a regular file nor a folder: a pipe, a device. */
  | "not-a-file"
  /** The system refuses to read it. */
  | "unreadable"
  | "too-large"
  /** It holds NUL bytes. */
  | "binary-file"
  | "not-utf-8"
  /** It could be read, and not be parsed whole. */
  | DocumentProblemCode
  /** Its content changed between reading and writing. */
  | "changed-meanwhile"
  /** The system refuses to write it. */
  | "not-written";

export interface FileProblem {
  readonly code: FileProblemCode;
  /** What is wrong and what to do, to stand behind the file's path. */
  readonly message: string;
}

/** The problem that an error of the file system means for whoever wanted to read. */
export function readingProblem(error: unknown): FileProblem {
  const code = systemCode(error);
  if (code === "ENOENT" || code === "ENOTDIR") {
    return { code: "not-found", message: "there is no such file or folder: check the path" };
  }
  return { code: "unreadable", message: `it can't be read (${code}): check its permissions` };
}

/** `EACCES`. @throws the error itself where it is none of the file system's */
export function systemCode(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  throw error;
}
