/**
 * Canonical JSON as Notary signs it (github.com/docker/go, `canonical/json`; the form that The Update Framework calls
 * OLPC canonical JSON): sorted keys, no white space, only `"` and `\` escaped.
 */
import type { JsonValue } from "./strictJson";

export function canonicalJson(value: JsonValue): string {
  if (typeof value === "string") return quoted(value);
  // Integers alone, as `strictJson` has it: their shortest form is the canonical one.
  if (value === null || typeof value !== "object") return String(value);
  if (value instanceof Map) {
    const members = [...(value as ReadonlyMap<string, JsonValue>)].sort(([a], [b]) => byCodePoints(a, b));
    return `{${members.map(([key, member]) => `${quoted(key)}:${canonicalJson(member)}`).join(",")}}`;
  }
  return `[${(value as readonly JsonValue[]).map(canonicalJson).join(",")}]`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

const surrogate = /[\ud800-\udfff]/;

/** The order of the UTF-8 bytes, which differs from that of UTF-16 units where surrogates are met. */
function byCodePoints(a: string, b: string): number {
  if (surrogate.test(a) || surrogate.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}
