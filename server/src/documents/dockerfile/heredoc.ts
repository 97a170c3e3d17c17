/**
 * Heredocs of `ADD`, `COPY` and `RUN`, as BuildKit finds them (`frontend/dockerfile/parser/parser.go`,
 * `heredocsFromLine`). Only what decides where an instruction ends: the terminators, in order.
 */

export interface Heredoc {
  readonly terminator: string;
  /** `<<-`: leading tabs before the terminator don't count. */
  readonly chomps: boolean;
}

const heredocWord = /^\d*<<(-?)([^<]*)$/;

/** The heredocs that the joined line of an instruction opens. */
export function heredocsOf(line: string): Heredoc[] {
  const heredocs: Heredoc[] = [];
  for (const word of shellWords(line) ?? []) {
    const [, dash, rest] = heredocWord.exec(word) ?? [];
    if (rest === undefined) continue;
    const names = shellWords(rest.trimStart());
    const terminator = names?.length === 1 ? unquote(names[0] ?? "") : "";
    if (terminator !== "") heredocs.push({ terminator, chomps: dash === "-" });
  }
  return heredocs;
}

/**
 * Splits at white space outside quotes, keeping quotes and escapes. White space between `<<` and its word belongs to
 * the word. Here the escape character is always the backslash, whatever the document's own is.
 * @returns null where a quote stays open: then BuildKit sees no heredoc at all.
 */
function shellWords(line: string): string[] | null {
  const words: string[] = [];
  let word = "";
  for (let position = 0; position < line.length; position += 1) {
    const character = line.charAt(position);
    if (character === "\\") {
      word += line.slice(position, position + 2);
      position += 1;
    } else if (character === "'" || character === '"') {
      const end = closingQuote(line, position);
      if (end === -1) return null;
      word += line.slice(position, end + 1);
      position = end;
    } else if (character === "<" && line.charAt(position + 1) === "<") {
      const space = /^\s*/.exec(line.slice(position + 2))?.[0] ?? "";
      word += `<<${space}`;
      position += 1 + space.length;
    } else if (/\s/.test(character)) {
      if (word !== "") words.push(word);
      word = "";
    } else {
      word += character;
    }
  }
  if (word !== "") words.push(word);
  return words;
}

function closingQuote(line: string, start: number): number {
  const quote = line.charAt(start);
  for (let position = start + 1; position < line.length; position += 1) {
    const character = line.charAt(position);
    if (character === quote) return position;
    if (character === "\\" && quote === '"') position += 1;
  }
  return -1;
}

/** The word without its quotes and escapes. */
function unquote(word: string): string {
  return word.replace(
    /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.?)/gs,
    (_, single, double, escaped) => single ?? double?.replace(/\\(["$\\])/g, "$1") ?? escaped ?? "",
  );
}
