/** One reader for every format. A reader belongs to one document and may keep what makes the next reading cheaper. */
import { BuildArguments } from "./buildArguments";
import { DockerfileReader } from "./dockerfile/dockerfile";
import type { DocumentFormat } from "./format";
import type { ImageDocument } from "./imageUse";
import { alone, type Surroundings } from "./surroundings";

/** The same text and surroundings give the same document, whatever was read before. */
export type DocumentReader = (text: string, surroundings?: Surroundings) => ImageDocument;

/** UTF-16 code units of the largest document that is read. */
export const MAX_DOCUMENT_LENGTH = 10_000_000;

const readers: Readonly<Record<DocumentFormat, () => DocumentReader>> = {
  dockerfile: () => {
    const reader = new DockerfileReader();
    const buildArguments = new BuildArguments();
    return (text, surroundings = alone) => buildArguments.annotate(reader.read(text), surroundings);
  },
  // Loaded with the first Compose file: the YAML reader is a quarter of the server.
  compose: () => {
    const { ComposeReader } = require("./compose/compose") as typeof import("./compose/compose");
    const reader = new ComposeReader();
    return (text, surroundings = alone) => reader.read(text, surroundings);
  },
};

export function createReader(format: DocumentFormat): DocumentReader {
  return readers[format]();
}
