/**
 * From a file to its text, or to the problem that says why not. Bytes that are not UTF-8 are never guessed at: only a
 * text that turns back into the same bytes can be edited without changing others.
 */
import { isUtf8 } from "node:buffer";
import { MAX_DOCUMENT_LENGTH } from "../documents/reader";
import type { Files } from "./files";
import { type FileProblem, readingProblem } from "./problem";

export interface FileText {
  /** Without a byte order mark. */
  readonly text: string;
  readonly hasByteOrderMark: boolean;
}

const BYTE_ORDER_MARK = "\ufeff";

/** In UTF-8 a document has at least as many bytes as characters. */
const MAX_BYTES = MAX_DOCUMENT_LENGTH;

export async function readText(path: string, files: Files): Promise<FileText | FileProblem> {
  try {
    // Asked first: a pipe would be waited for, and a device read for ever.
    const facts = await files.stat(path);
    if (!facts.isFile()) {
      return { code: "not-a-file", message: "it is no regular file: name a Dockerfile, a Compose file or a folder" };
    }
    if (facts.size > MAX_BYTES) return tooLarge;
    return decode(await files.read(path));
  } catch (error) {
    const problem = readingProblem(error);
    return problem.code === "not-found"
      ? { ...problem, message: "it is no longer there: run the command again" }
      : problem;
  }
}

/** The bytes of the file that has this text. */
export function encode({ text, hasByteOrderMark }: FileText): Buffer {
  return Buffer.from(wholeText({ text, hasByteOrderMark }), "utf8");
}

/** The text as it stands in the file. */
export function wholeText({ text, hasByteOrderMark }: FileText): string {
  return hasByteOrderMark ? BYTE_ORDER_MARK + text : text;
}

function decode(bytes: Buffer): FileText | FileProblem {
  if (bytes.length > MAX_BYTES) return tooLarge;
  if (isUtf16(bytes)) return { code: "not-utf-8", message: "it is UTF-16 text: save it as UTF-8" };
  if (bytes.includes(0)) return { code: "binary-file", message: "it is a binary file: leave it out" };
  if (!isUtf8(bytes)) return { code: "not-utf-8", message: "it is not UTF-8 text: save it as UTF-8" };
  const text = bytes.toString("utf8");
  const hasByteOrderMark = text.startsWith(BYTE_ORDER_MARK);
  return { text: hasByteOrderMark ? text.slice(1) : text, hasByteOrderMark };
}

function isUtf16([first, second]: Buffer): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

const tooLarge: FileProblem = {
  code: "too-large",
  message: `it is larger than ${MAX_BYTES / 1_000_000} MB: leave it out`,
};
