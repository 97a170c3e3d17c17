/** Edits as the protocol's workspace edits. What changes another file than the one under edit asks for confirmation. */
import type { AnnotatedTextEdit, TextDocumentEdit, TextEdit, WorkspaceEdit } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { FilePath } from "../documents/surroundings";
import { type Edit, editsByFile } from "../pinning/pin";
import type { Abilities } from "./abilities";
import { protocolRange } from "./diagnostics";

const OTHER_FILE = "other-file";

/** A file that edits change. */
export interface EditedFile {
  readonly text: TextDocument;
  /** Null for a file that the editor does not hold. */
  readonly version: number | null;
}

/** @param otherFile null where the file is no longer what the edits were planned for */
export function workspaceEditOf(
  edits: readonly Edit[],
  document: TextDocument,
  otherFile: (path: FilePath) => EditedFile | null,
  { versionedEdits, annotatedEdits }: Abilities,
): WorkspaceEdit | null {
  const files: { readonly file: EditedFile; readonly isOther: boolean; readonly edits: readonly Edit[] }[] = [];
  for (const [path, ofFile] of editsByFile(edits)) {
    const file = path === null ? { text: document, version: document.version } : otherFile(path);
    if (file === null) return null;
    files.push({ file, isOther: path !== null, edits: ofFile });
  }
  if (!versionedEdits) {
    return {
      changes: Object.fromEntries(files.map(({ file, edits: ofFile }) => [file.text.uri, textEdits(file, ofFile)])),
    };
  }
  const documentChanges = files.map(({ file, isOther, edits: ofFile }): TextDocumentEdit => {
    const annotate = isOther && annotatedEdits;
    const changes = textEdits(file, ofFile).map((edit): TextEdit | AnnotatedTextEdit =>
      annotate ? { ...edit, annotationId: OTHER_FILE } : edit,
    );
    return { textDocument: { uri: file.text.uri, version: file.version }, edits: changes };
  });
  if (!annotatedEdits || !files.some(({ isOther }) => isOther)) return { documentChanges };
  const label = "Pin in another file";
  return { documentChanges, changeAnnotations: { [OTHER_FILE]: { label, needsConfirmation: true } } };
}

function textEdits({ text }: EditedFile, edits: readonly Edit[]): TextEdit[] {
  return edits.map(({ range, newText }) => ({ range: protocolRange(text, range), newText }));
}
