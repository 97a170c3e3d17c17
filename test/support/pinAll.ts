import { createHash } from "node:crypto";
import type { DocumentFormat } from "../../server/src/documents/format";
import { createReader } from "../../server/src/documents/reader";
import { applyEdits, type Edit, type PinStyle, pinnableReference, planPin } from "../../server/src/pinning/pin";
import { type Digest, parseDigest } from "../../server/src/reference/digest";
import { DEFAULT_TAG, type Reference } from "../../server/src/reference/reference";

/** A digest for each reference, the same for ever: of its normalized name with the tag that it stands for. */
export function fakeDigest({ registry, repository, tag }: Reference): Digest {
  const name = `${registry}/${repository}:${tag ?? DEFAULT_TAG}`;
  const digest = parseDigest(`sha256:${createHash("sha256").update(name).digest("hex")}`);
  if (digest === null) throw new Error(`no digest for ${name}`);
  return digest;
}

/** What "pin all" makes of a document, where the registry answers with `fakeDigest`. */
export function pinAll(text: string, format: DocumentFormat, style: PinStyle = "tag-and-digest"): string {
  return applyEdits(text, editsOf(text, format, style));
}

export function editsOf(text: string, format: DocumentFormat, style: PinStyle): Edit[] {
  return createReader(format)(text).uses.flatMap((use) => {
    const reference = pinnableReference(use);
    if (reference === null) return [];
    const plan = planPin(use, reference, fakeDigest(reference), style);
    return plan.kind === "edit" ? [plan.edit] : [];
  });
}
