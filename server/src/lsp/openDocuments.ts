/** The documents that are open in the editor, each with its reader and with what its current version names. */
import { isDeepStrictEqual } from "node:util";
import type { TextDocuments } from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { formatOfDocument } from "../documents/format";
import type { ImageDocument, ImageUse } from "../documents/imageUse";
import { createReader, type DocumentReader, MAX_DOCUMENT_LENGTH } from "../documents/reader";
import type { FilePath, SurroundingFile } from "../documents/surroundings";
import { normalizedName, type Reference } from "../reference/reference";
import { wantsManifest } from "../rules/rules";
import { type OpenText, pathOf, type SurroundingFiles, uriOf } from "./surroundings";
import type { EditedFile } from "./workspaceEdits";

const nothing: ImageDocument = {
  uses: [],
  undeclaredStages: [],
  outputs: [],
  problems: [],
  surroundings: [],
  parts: [],
};

export interface OpenDocument {
  readonly text: TextDocument;
  readonly content: ImageDocument;
  readonly uses: readonly ImageUse[];
}

interface Reading {
  readonly reader: DocumentReader;
  version: number;
  /** The generation of the surroundings that it was last found right for. */
  generation: number;
  /** Of the surroundings, what it was read with. */
  files: ReadonlyMap<FilePath, SurroundingFile | undefined>;
  /** The projects that it was read as a part of. */
  projects: string;
  content: ImageDocument;
}

export class OpenDocuments {
  private readonly readings = new Map<string, Reading>();
  /** URIs of the open documents by their paths; null until it is needed again. */
  private byPath: ReadonlyMap<FilePath, string> | null = null;

  constructor(
    private readonly texts: TextDocuments<TextDocument>,
    private readonly surroundings: SurroundingFiles,
  ) {
    texts.onDidOpen(() => {
      this.byPath = null;
    });
    texts.onDidClose(({ document: { uri } }) => {
      this.byPath = null;
      this.readings.delete(uri);
      surroundings.setParts(uri, []);
      surroundings.keep(new Set([...this.readings.values()].flatMap(({ content }) => content.surroundings)));
    });
  }

  /** What the editor holds of a file; null where it is not open. */
  textAt(path: FilePath): OpenText | null {
    this.byPath ??= new Map(this.texts.all().flatMap(({ uri }) => [[pathOf(uri) ?? "", uri] as const]));
    const document = this.texts.get(this.byPath.get(path) ?? "");
    return document === undefined ? null : { version: document.version, text: document.getText() };
  }

  /** A file around a document, as it was read for it. */
  fileAround(uri: string, path: FilePath): EditedFile | null {
    const file = this.surroundings.of(uri).file(path);
    if (file?.kind !== "text") return null;
    const version = this.textAt(path)?.version ?? null;
    return { text: TextDocument.create(uriOf(path), "plaintext", version ?? 0, file.text), version };
  }

  all(): OpenDocument[] {
    return this.texts.all().flatMap(({ uri }) => this.get(uri) ?? []);
  }

  /** Reads again what the surroundings may have changed. @returns the URIs of those that came out differently */
  refresh(): string[] {
    return this.texts.all().flatMap(({ uri }) => {
      const before = this.readings.get(uri)?.content;
      return before !== undefined && this.get(uri)?.content !== before ? [uri] : [];
    });
  }

  /** The document as it stands now; null where it is not open, or of no format of ours. */
  get(uri: string): OpenDocument | null {
    const text = this.texts.get(uri);
    if (text === undefined) return null;
    const reading = this.readings.get(uri) ?? this.startReading(text);
    if (reading === null) return null;
    if (reading.version !== text.version || !this.isCurrent(uri, reading)) this.read(text, reading);
    return { text, content: reading.content, uses: reading.content.uses };
  }

  private read(text: TextDocument, reading: Reading): void {
    const content = text.getText();
    const surroundings = this.surroundings.of(text.uri);
    const files = new Map<FilePath, SurroundingFile | undefined>();
    const file = (path: FilePath) => {
      const found = surroundings.file(path);
      files.set(path, found);
      return found;
    };
    const isTooLong = content.length > MAX_DOCUMENT_LENGTH;
    const read = isTooLong ? tooLarge(content) : reading.reader(content, { ...surroundings, file });
    // Mostly a file that came says nothing of the document: then it is the same object.
    const isSame = reading.version === text.version && isDeepStrictEqual(read, reading.content);
    if (!isSame) reading.content = read;
    reading.version = text.version;
    reading.files = files;
    reading.projects = surroundings.projects.join("\n");
    this.surroundings.setParts(text.uri, reading.content.parts);
    reading.generation = this.surroundings.generation;
  }

  /** Whether the surroundings are those that it was read with. */
  private isCurrent(uri: string, reading: Reading): boolean {
    const { generation } = this.surroundings;
    if (reading.generation === generation) return true;
    const surroundings = this.surroundings.of(uri);
    if (surroundings.projects.join("\n") !== reading.projects) return false;
    if (![...reading.files].every(([path, file]) => surroundings.file(path) === file)) return false;
    reading.generation = generation;
    return true;
  }

  private startReading({ uri, languageId }: TextDocument): Reading | null {
    const format = formatOfDocument(languageId, decodedPath(uri));
    if (format === null) return null;
    const [version, generation] = [Number.NaN, Number.NaN];
    const reader = createReader(format);
    const reading = { reader, version, generation, files: new Map(), projects: "", content: nothing };
    this.readings.set(uri, reading);
    return reading;
  }
}

function tooLarge(content: string): ImageDocument {
  const lineFeed = content.indexOf("\n");
  const end = Math.min(lineFeed === -1 ? content.length : lineFeed, 100);
  const message = "It is too large to be read.";
  return { ...nothing, problems: [{ code: "too-large", message, isFatal: true, start: 0, end }] };
}

/** An image that is looked up for findings. */
export interface LookedUp {
  readonly reference: Reference;
  /** Whether a rule looks at its manifest. */
  readonly needsManifest: boolean;
}

/** The images of these uses, each normalized name once. */
export function lookedUpImages(uses: readonly ImageUse[]): LookedUp[] {
  const byName = new Map<string, LookedUp>();
  for (const use of uses) {
    const reference = use.parsed?.reference;
    if (!reference) continue;
    const name = normalizedName(reference);
    const needsManifest = wantsManifest(use) || byName.get(name)?.needsManifest === true;
    byName.set(name, { reference, needsManifest });
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
