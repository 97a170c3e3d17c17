/**
 * Reads JSON the only way in which two readers can't disagree: one value for each key, integers alone, UTF-8 without
 * exception, and a bounded depth. Metadata is signed as canonical JSON, which knows nothing else.
 */

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
/** Own members only: nothing is read through a prototype. */
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** What is wrong with the text, to stand behind "it is". */
export class JsonProblem extends Error {}

const MAX_DEPTH = 20;
const integer = /^(?:0|-?[1-9][0-9]*)$/;
/** Of a text that `JSON.parse` took: strings, marks, and everything else that is no white space. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|[^\s"{}[\]:,]+/g;

/** @throws JsonProblem */
export function parseStrictJson(bytes: Buffer): JsonValue {
  const text = decoded(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new JsonProblem("not JSON");
  }
  requireUnambiguous(text);
  return frozen(value);
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new JsonProblem("not UTF-8");
  }
}

/** `text` is valid JSON: only what JSON itself leaves open is checked. */
function requireUnambiguous(text: string): void {
  const open: (Set<string> | null)[] = [];
  let last = "";
  for (const [token] of text.matchAll(tokens)) {
    if (token === "{" || token === "[") {
      open.push(token === "{" ? new Set() : null);
      if (open.length > MAX_DEPTH) throw new JsonProblem("nested too deep");
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (token === ":") {
      const keys = open.at(-1);
      const key = last.includes("\\") ? String(JSON.parse(last)) : last.slice(1, -1);
      if (keys?.has(key)) throw new JsonProblem("ambiguous: a key stands twice in one object");
      keys?.add(key);
    } else if (/^[-0-9]/.test(token)) {
      if (!integer.test(token)) throw new JsonProblem("not canonical: a number is no plain integer");
      if (!Number.isSafeInteger(Number(token))) throw new JsonProblem("not canonical: a number is too large");
    }
    last = token;
  }
}

function frozen(value: unknown): JsonValue {
  if (Array.isArray(value)) return value.map(frozen);
  if (typeof value !== "object" || value === null) return value as JsonValue;
  return new Map(Object.entries(value).map(([key, member]) => [key, frozen(member)]));
}
