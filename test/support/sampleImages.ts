/**
 * Images made up for tests and for trying the extension: manifests and indexes as bytes, with the digests that those
 * bytes have. Nothing here can be pulled and run; only the metadata is real.
 */
import { createHash } from "node:crypto";
import type { Digest } from "../../server/src/reference/digest";

export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

export interface Content {
  readonly mediaType: string;
  readonly body: Buffer;
  readonly digest: Digest;
}

export interface SampleImage {
  /** Without the registry: `library/alpine`. */
  readonly repository: string;
  readonly tags: readonly string[];
  /** What the tags stand for. */
  readonly root: Content;
  /** Manifests that an index lists, of this repository too. */
  readonly children: readonly Content[];
  /** Configurations and layers, for registries that ask for them before they take a manifest. */
  readonly blobs: readonly Content[];
}

export function digestOfBytes(body: Buffer, algorithm = "sha256"): Digest {
  return `${algorithm}:${createHash(algorithm).update(body).digest("hex")}` as Digest;
}

export function content(mediaType: string, value: unknown): Content {
  const body = Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value));
  return { mediaType, body, digest: digestOfBytes(body) };
}

export function descriptorOf({ mediaType, body, digest }: Content) {
  return { mediaType, size: body.length, digest };
}

/** One platform's image. `seed` sets it apart from others of the same platform. */
export function sampleManifest(
  os: string,
  architecture: string,
  seed: string,
): { manifest: Content; blobs: Content[] } {
  const config = content(OCI_CONFIG, { os, architecture, config: { Labels: { seed } } });
  const layer = content(OCI_LAYER, Buffer.from(`layer of ${seed} for ${os}/${architecture}`));
  const manifest = content(OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptorOf(config),
    layers: [descriptorOf(layer)],
  });
  return { manifest, blobs: [config, layer] };
}

/** An index of linux/amd64 and linux/arm64/v8, with an attestation as BuildKit adds one. */
export function sampleImage(repository: string, tags: readonly string[]): SampleImage {
  const seed = `${repository}:${tags.join(",")}`;
  const amd64 = sampleManifest("linux", "amd64", seed);
  const arm64 = sampleManifest("linux", "arm64", seed);
  const attestation = sampleManifest("unknown", "unknown", seed);
  const root = content(OCI_INDEX, {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [
      { ...descriptorOf(amd64.manifest), platform: { os: "linux", architecture: "amd64" } },
      { ...descriptorOf(arm64.manifest), platform: { os: "linux", architecture: "arm64", variant: "v8" } },
      {
        ...descriptorOf(attestation.manifest),
        annotations: { "vnd.docker.reference.type": "attestation-manifest" },
        platform: { os: "unknown", architecture: "unknown" },
      },
    ],
  });
  const parts = [amd64, arm64, attestation];
  return {
    repository,
    tags,
    root,
    children: parts.map(({ manifest }) => manifest),
    blobs: parts.flatMap(({ blobs }) => blobs),
  };
}
