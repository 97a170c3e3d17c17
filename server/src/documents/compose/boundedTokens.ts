/**
 * The tokens of a YAML text, up to a limit. What reads them recurses by nesting and keeps a node for each, and a stack
 * or a heap that is exhausted ends the whole process: so the end comes here, as a problem, before either.
 */
import { type CST, Lexer, Parser } from "yaml";
import type { DocumentProblem } from "../imageUse";

/** Levels of maps, sequences and documents, far beyond any person's. */
const MAX_DEPTH = 200;
/** Lexemes: marks, scalars, white space. About 30,000 lines of Compose. */
const MAX_LEXEMES = 300_000;

export class BoundedTokens implements Iterable<CST.Token> {
  /** Why the tokens end before the text does, once they were read. */
  problem: DocumentProblem | null = null;

  constructor(private readonly text: string) {}

  *[Symbol.iterator](): Generator<CST.Token> {
    const parser = new Parser();
    let count = 0;
    for (const lexeme of new Lexer().lex(this.text)) {
      yield* parser.next(lexeme);
      count += 1;
      if (parser.stack.length > MAX_DEPTH) return this.end("yaml-syntax", "It is nested too deeply.");
      if (count > MAX_LEXEMES) return this.end("too-large", "It has too many values to be read.");
    }
    yield* parser.end();
  }

  private end(code: "yaml-syntax" | "too-large", message: string): void {
    this.problem = { code, message, start: 0, end: this.text.length, isFatal: true };
  }
}
