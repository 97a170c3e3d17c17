/**
 * What a person types into the measured documents: one character into an image's tag, a command and a comment, and a
 * line of its own, each near the top, the middle and the end. Every edit is taken back later, so that any number of
 * them leaves the document as long as it was.
 */
import type { Range } from "vscode-languageserver/node";

export interface Edit {
  readonly range: Range;
  readonly text: string;
}

/** Where in a document of one format such edits fit. */
export interface Sites {
  /** Up to the end of an image's tag. */
  readonly tag: RegExp;
  /** Up to a place inside a command or a value. */
  readonly command: RegExp;
  readonly comment: RegExp;
  /** A line before which `line` can stand. */
  readonly lineBefore: RegExp;
  readonly line: string;
}

export const dockerfileSites: Sites = {
  tag: /^FROM (?:--\S+ )?[a-z.:0-9/-]+:[\w.-]+(?= )/,
  command: /^RUN --mount=\S+ npm ci/,
  comment: /^# [A-Z]\w+ that/,
  lineBefore: /^EXPOSE /,
  line: "ENV TYPED=1\n",
};

export const composeSites: Sites = {
  tag: /^ {4}image: [^@]+:[\w.-]+$/,
  command: /^ {6}SERVICE_NAME: [\w-]+/,
  comment: /^ {2}# Service \d+/,
  lineBefore: /^ {6}SERVICE_NAME: /,
  line: '      TYPED: "1"\n',
};

const places = [0.05, 0.5, 0.95];

/** `count` edits, each made in the text that those before it have left: twelve are typed, then taken back, and so on. */
export function editsOf(text: string, sites: Sites, count: number): Edit[] {
  const lines = text.split("\n");
  const typed = [
    ...places.map((place) => insertion(lines, place, sites.tag, "1")),
    ...places.map((place) => insertion(lines, place, sites.command, "x")),
    ...places.map((place) => insertion(lines, place, sites.comment, "y")),
    // From the end to the top: a new line moves only what stands below it.
    ...places.toReversed().map((place) => insertion(lines, place, sites.lineBefore, sites.line)),
  ];
  const round = [...typed, ...typed.map(inverse).toReversed()];
  return Array.from({ length: Math.ceil(count / round.length) }, () => round)
    .flat()
    .slice(0, count);
}

/** Inserts into the first line that fits at or below `place`, a fraction of the document, else above it. */
function insertion(lines: readonly string[], place: number, site: RegExp, text: string): Edit {
  const wanted = Math.floor(lines.length * place);
  const below = lines.findIndex((line, number) => number >= wanted && site.test(line));
  const line = below === -1 ? lines.findLastIndex((other) => site.test(other)) : below;
  const match = site.exec(lines[line] ?? "");
  if (match === null) throw new Error(`No line of the document fits ${site}`);
  const character = text.endsWith("\n") ? 0 : match[0].length;
  return { range: { start: { line, character }, end: { line, character } }, text };
}

/** Takes an insertion back. */
function inverse({ range: { start }, text }: Edit): Edit {
  const end = text.endsWith("\n")
    ? { line: start.line + 1, character: 0 }
    : { ...start, character: start.character + 1 };
  return { range: { start, end }, text: "" };
}
