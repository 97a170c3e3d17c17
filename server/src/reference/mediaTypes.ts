/**
 * What the media type of a manifest says: one image's, or an index of several (OCI image specification, media-types.md,
 * and what Docker called the same before).
 */
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";

export type ManifestKind = "index" | "manifest";

export const manifestKinds: ReadonlyMap<string, ManifestKind> = new Map([
  [OCI_INDEX, "index"],
  ["application/vnd.docker.distribution.manifest.list.v2+json", "index"],
  ["application/vnd.oci.image.manifest.v1+json", "manifest"],
  ["application/vnd.docker.distribution.manifest.v2+json", "manifest"],
]);
