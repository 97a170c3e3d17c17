/** One reader for every format. A reader belongs to one document and may keep what makes the next reading cheaper. */
import { DockerfileReader } from "./dockerfile/dockerfile";
import type { DocumentFormat } from "./format";
import type { ImageDocument } from "./imageUse";

export type DocumentReader = (text: string) => ImageDocument;

/** UTF-16 code units of the largest document that is read. */
export const MAX_DOCUMENT_LENGTH = 10_000_000;

const readers: Readonly<Record<DocumentFormat, () => DocumentReader>> = {
  dockerfile: () => {
    const reader = new DockerfileReader();
    return (text) => reader.read(text);
  },
  // Loaded with the first Compose file: the YAML reader is a quarter of the server.
  compose: () => (require("./compose/compose") as typeof import("./compose/compose")).readCompose,
};

export function createReader(format: DocumentFormat): DocumentReader {
  return readers[format]();
}
