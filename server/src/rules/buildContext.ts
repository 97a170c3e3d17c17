/**
 * A `--from` may name a build context (`docker buildx build --build-context name=…`), which only the build's own command
 * line tells. A bare name that is no official image most likely is one: it is never asked for, and takes no digest.
 */
import type { ImageUse, UseKind } from "../documents/imageUse";
import type { Catalog } from "../facts/types";

const kinds: ReadonlySet<UseKind> = new Set(["copy-from", "mount-from", "onbuild-copy-from", "onbuild-mount-from"]);

export const BUILD_CONTEXT_REASON = "The name may be a build context's: name the image with its registry to pin it.";

export function mayBeBuildContext({ kind, parsed }: ImageUse, catalog: Catalog): boolean {
  const reference = parsed?.reference;
  return !!reference && kinds.has(kind) && reference.digest === null && catalog.publisherOf(reference) === "local";
}

/** Whether it is not known which image the use means, so that nothing can be asked about it. */
export function isUnknownImage(use: ImageUse, catalog: Catalog): boolean {
  return use.unresolved !== null || mayBeBuildContext(use, catalog);
}
