/**
 * Placeholders of other tools: `{{ … }}` (Go templates, Jinja), `%%NAME%%`, `${templateOption:name}` (Dev Containers).
 * A text with one of them is filled in before any build reads it, so that nothing can be said of it. Pure.
 */
const placeholder = /\{\{|%%[A-Za-z0-9_]+%%|\$\{templateOption:/;

export function isTemplate(text: string): boolean {
  return placeholder.test(text);
}

/**
 * Where a word ends that begins at `start`, a placeholder with white space inside being one word: `{{ .Image }}:1`.
 * @param end where the word would end without it
 */
export function templateWordEnd(text: string, start: number, end: number): number {
  let open = text.lastIndexOf("{{", end - 1);
  let wordEnd = end;
  while (open >= start && text.indexOf("}}", open) >= wordEnd) {
    const close = text.indexOf("}}", open) + 2;
    const rest = /^\S*/.exec(text.slice(close))?.[0].length ?? 0;
    wordEnd = close + rest;
    open = text.lastIndexOf("{{", wordEnd - 1);
    if (open < close) break;
  }
  return wordEnd;
}
