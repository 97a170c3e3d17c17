/** One reader for every format. A reader belongs to one document and may keep what makes the next reading cheaper. */
import { readCompose } from "./compose/compose";
import { DockerfileReader } from "./dockerfile/dockerfile";
import type { DocumentFormat } from "./format";
import type { ImageDocument } from "./imageUse";

export type DocumentReader = (text: string) => ImageDocument;

/** An empty document, in characters of UTF-16: what is larger is not read. */
export const MAX_DOCUMENT_LENGTH = 10_000_000;

const readers: Readonly<Record<DocumentFormat, () => DocumentReader>> = {
  dockerfile: () => {
    const reader = new DockerfileReader();
    return (text) => reader.read(text);
  },
  compose: () => readCompose,
};

export function createReader(format: DocumentFormat): DocumentReader {
  return readers[format]();
}
