/**
 * Which frontend a Dockerfile asks for (BuildKit, `parser/directives.go`, `DetectSyntax`): `# syntax=`, `// syntax=`
 * and `{"syntax": …}`, behind a byte order mark and a shebang. It is an image that the build pulls before anything else.
 */
import type { OffsetRange } from "../../reference/reference";

const directive = /^[\p{White_Space}]*([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+)$/su;
const space = /[\t\n\f\r ]/;
const directives = new Set(["syntax", "escape", "check"]);
/** Keys of that name that a JSON document may have before they are given up on. */
const MAX_JSON_KEYS = 20;

/** The name of the frontend's image; null where none is asked for. */
export function syntaxDirective(document: string): OffsetRange | null {
  let start = document.startsWith("\ufeff") ? 1 : 0;
  if (document.startsWith("#!", start)) {
    const lineFeed = document.indexOf("\n", start);
    if (lineFeed === -1) return null;
    start = lineFeed + 1;
  }
  return inComments(document, start, "#") ?? inComments(document, start, "//") ?? inJson(document, start);
}

/** Directives stand one behind the other from the first line on; what is none of the three ends them, and so does a second of a name. */
function inComments(document: string, from: number, comment: string): OffsetRange | null {
  const seen = new Set<string>();
  for (let start = from; document.startsWith(comment, start); ) {
    const lineFeed = document.indexOf("\n", start);
    const lineEnd = lineFeed === -1 ? document.length : lineFeed;
    const text = start + comment.length;
    // Trimmed here and not by an expression, which would take quadratic time on a long run of spaces.
    let end = lineEnd;
    while (end > text && space.test(document.charAt(end - 1))) end -= 1;
    const [whole, name, value] = directive.exec(document.slice(text, end)) ?? [];
    const key = name?.toLowerCase() ?? "";
    if (whole === undefined || value === undefined || !directives.has(key) || seen.has(key)) return null;
    if (key === "syntax") {
      const valueStart = text + whole.length - value.length;
      const space = value.indexOf(" ");
      return { start: valueStart, end: valueStart + (space === -1 ? value.length : space) };
    }
    seen.add(key);
    start = lineEnd + 1;
  }
  return null;
}

/**
 * The whole document is one JSON object. Where in it the value stands is tried out: the one that changes the object's
 * own key is the one that counts.
 */
function inJson(document: string, from: number): OffsetRange | null {
  const source = document.slice(from);
  const value = syntaxOf(source);
  if (value === null || value === "") return null;
  const written = JSON.stringify(value);
  const candidates = /"syntax"[\t\n\r ]*:[\t\n\r ]*/g;
  for (let count = 0; count < MAX_JSON_KEYS; count += 1) {
    const key = candidates.exec(source);
    if (key === null) return null;
    const start = key.index + key[0].length;
    if (!source.startsWith(written, start)) continue;
    const end = start + written.length;
    if (syntaxOf(source.slice(0, start) + JSON.stringify(`${value}?`) + source.slice(end)) !== `${value}?`) continue;
    return { start: from + start + 1, end: from + end - 1 };
  }
  return null;
}

function syntaxOf(source: string): string | null {
  if (!/^[\t\n\r ]*\{/.test(source)) return null;
  try {
    const value: unknown = JSON.parse(source);
    const syntax = typeof value === "object" && value !== null && "syntax" in value ? value.syntax : null;
    return typeof syntax === "string" ? syntax : null;
  } catch {
    return null;
  }
}
