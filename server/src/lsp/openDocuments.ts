/** The documents that are open in the editor, each with its reader and with what its current version names. */
import type { TextDocuments } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { formatOfDocument } from "../documents/format";
import type { ImageDocument, ImageUse } from "../documents/imageUse";
import { createReader, type DocumentReader, MAX_DOCUMENT_LENGTH } from "../documents/reader";
import { normalizedName, type Reference } from "../reference/reference";

const nothing: ImageDocument = { uses: [], problems: [] };

export interface OpenDocument {
  readonly text: TextDocument;
  readonly uses: readonly ImageUse[];
}

interface Reading {
  readonly reader: DocumentReader;
  version: number;
  content: ImageDocument;
}

export class OpenDocuments {
  private readonly readings = new Map<string, Reading>();

  constructor(private readonly texts: TextDocuments<TextDocument>) {
    texts.onDidClose(({ document }) => this.readings.delete(document.uri));
  }

  all(): OpenDocument[] {
    return this.texts.all().flatMap(({ uri }) => this.get(uri) ?? []);
  }

  /** The document as it stands now; null where it is not open, or of no format of ours. */
  get(uri: string): OpenDocument | null {
    const text = this.texts.get(uri);
    if (text === undefined) return null;
    const reading = this.readings.get(uri) ?? this.startReading(text);
    if (reading === null) return null;
    if (reading.version !== text.version) {
      const content = text.getText();
      reading.content = content.length > MAX_DOCUMENT_LENGTH ? nothing : reading.reader(content);
      reading.version = text.version;
    }
    return { text, uses: reading.content.uses };
  }

  private startReading({ uri, languageId }: TextDocument): Reading | null {
    const format = formatOfDocument(languageId, decodedPath(uri));
    if (format === null) return null;
    const reading = { reader: createReader(format), version: Number.NaN, content: nothing };
    this.readings.set(uri, reading);
    return reading;
  }
}

/** References that lack a digest, or that `isCovered` wants all the same; each normalized name once. */
export function lookedUpReferences(
  uses: readonly ImageUse[],
  isCovered: (reference: Reference) => boolean,
): Reference[] {
  const byName = new Map<string, Reference>();
  for (const { parsed } of uses) {
    const reference = parsed?.reference;
    if (!reference || (reference.digest !== null && !isCovered(reference))) continue;
    byName.set(normalizedName(reference), reference);
  }
  return [...byName.values()];
}

function decodedPath(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}
