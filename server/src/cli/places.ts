/** Where an offset stands for a person: lines and columns from 1, columns in UTF-16 units. */
import { TextDocument } from "vscode-languageserver-textdocument";
import type { OffsetRange } from "../reference/reference";

/** The end is exclusive. The order of the keys is that of the JSON interface. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export class Places {
  private readonly document: TextDocument;

  constructor(text: string) {
    this.document = TextDocument.create("", "", 0, text);
  }

  of(range: OffsetRange): Place {
    const start = this.document.positionAt(range.start);
    const end = this.document.positionAt(range.end);
    return {
      line: start.line + 1,
      column: start.character + 1,
      endLine: end.line + 1,
      endColumn: end.character + 1,
    };
  }
}
