/**
 * A JSON object that a server wrote, as a map. Pure. Only own members are in it: nothing is ever read through a
 * prototype, and what is no object gives null instead of an error.
 */

/** The object that the bytes spell in UTF-8, or null. */
export function parseObject(body: Buffer): ReadonlyMap<string, unknown> | null {
  try {
    return objectIn(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)));
  } catch {
    return null;
  }
}

export function objectIn(value: unknown): ReadonlyMap<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? new Map(Object.entries(value)) : null;
}
