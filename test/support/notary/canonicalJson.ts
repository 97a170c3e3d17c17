/**
 * Canonical JSON as Notary signs it, for the metadata that tests make. Written apart from the product's encoder, which
 * it must not share a mistake with: names sorted by their UTF-8 bytes, only `"` and `\` escaped, whole numbers only.
 */

export function canonicalJson(value: unknown): Buffer {
  return Buffer.from(encode(value));
}

function encode(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return `"${value.replace(/["\\]/g, "\\$&")}"`;
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  if (Array.isArray(value)) return `[${value.map(encode).join(",")}]`;
  if (typeof value !== "object") throw new Error(`no canonical JSON for ${value}`);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([left], [right]) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  return `{${members.map(([name, member]) => `${encode(name)}:${encode(member)}`).join(",")}}`;
}
