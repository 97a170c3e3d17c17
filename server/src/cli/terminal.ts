/**
 * Text from files and servers made safe for a terminal and for the log of a CI job. Whatever comes from outside passes
 * here before it is printed: it must neither steer the terminal, nor reorder the line, nor be a command to the runner.
 */

/** Control characters of C0 and C1, DEL, what reorders a line (Unicode, "Bidi_Control"), and separators of lines. */
const steering = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;
/** `##[error]`, `##vso[…]`, `##teamcity[…]`: commands to a CI runner wherever they stand in a line. */
const runnerCommand = /##(?=\w*\[)/g;
/** `::error::…`, with or without white space before it: a command to GitHub's runner at the start of a line. */
const workflowCommand = /^\s*::/;

/** One line, in which nothing has an effect; what was dangerous is shown as `\u001b`. */
export function inert(text: string): string {
  return text.replace(steering, escaped).replace(runnerCommand, "#\\u0023");
}

/** The same for several lines: their ends stay. */
export function inertLines(text: string): string {
  return text
    .split("\n")
    .map((line) => inert(line.endsWith("\r") ? line.slice(0, -1) : line))
    .join("\n");
}

/** A path that may begin a line. */
export function shownPath(path: string): string {
  const text = inert(path);
  return workflowCommand.test(text) ? `./${text}` : text;
}

/** JSON of the same value, in which no string has a character that would have an effect where it is shown. */
export function inertJson(value: unknown): string {
  // Between its own line ends, JSON has such characters in strings only, where the escapes mean the same.
  return JSON.stringify(value, null, 2).split("\n").map(inert).join("\n");
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
