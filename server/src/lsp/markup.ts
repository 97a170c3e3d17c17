/** Text from files and servers, made harmless for where a hover shows it: Markdown, or plain text. */

export interface Markup {
  readonly paragraph: string;
  text(text: string): string;
  code(text: string): string;
  /** For words of ours. */
  strong(word: string): string;
}

/** Control characters, and the marks that reorder or hide text. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

export const plainText: Markup = {
  paragraph: "\n",
  text: printable,
  code: printable,
  strong: (word) => word,
};

export const markdown: Markup = {
  paragraph: "\n\n",
  /** Escapes every character that Markdown or HTML could read as more than itself. */
  text: (text) =>
    printable(text).replace(/[!-/:-@[-`{-~]/g, (character) => {
      if (character === "<") return "&lt;";
      return character === "&" ? "&amp;" : `\\${character}`;
    }),
  /** A back quote would end the span. */
  code: (text) => `\`${printable(text).replaceAll("`", "'")}\``,
  strong: (word) => `**${word}**`,
};

/** A Markdown link that runs one of the server's commands, for clients that follow such links. */
export function commandLink(title: string, command: string, argument: string): string {
  return `[${title}](command:${command}?${encoded(JSON.stringify([argument]))})`;
}

/** `encodeURIComponent` leaves parentheses, which would end the link. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll("(", "%28").replaceAll(")", "%29");
}

function printable(text: string): string {
  return text.replace(unprintable, "�");
}
