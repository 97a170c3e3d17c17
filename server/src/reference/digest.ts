/**
 * Content digests as `algorithm:encoded` (OCI image specification, descriptor.md, "Digests").
 * A `Digest` exists only where the whole form was checked: no other string is ever written into a file.
 */

declare const digestBrand: unique symbol;
export type Digest = string & { readonly [digestBrand]: true };

export type DigestProblemCode = "digest-format" | "digest-algorithm" | "digest-length" | "digest-encoding";

/** Length of the hexadecimal part, by algorithm: the three that distribution's reference package accepts. */
const encodedLength: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

const form = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:([0-9a-fA-F]*)$/;

/** What is wrong with `text` as a digest, or null where it is one. */
export function digestProblem(text: string): DigestProblemCode | null {
  const encoded = form.exec(text)?.[1];
  if (encoded === undefined) return "digest-format";
  const expected = encodedLength[text.slice(0, text.indexOf(":"))];
  if (expected === undefined) return "digest-algorithm";
  if (encoded.length !== expected) return "digest-length";
  return encoded === encoded.toLowerCase() ? null : "digest-encoding";
}

/** The digest that `text` spells exactly, or null. */
export function parseDigest(text: string): Digest | null {
  return digestProblem(text) === null ? (text as Digest) : null;
}
