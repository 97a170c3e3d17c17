/**
 * What an image tells of itself: when it was built, and what its publisher wrote into it. Whoever builds the image
 * writes both, so that they are shown and decide nothing.
 */
import type { Digest } from "../reference/digest";
import type { Child, ImageConfiguration, Manifest } from "../registry/registry";
import type { Details } from "./types";

export interface DetailPorts {
  /** Null where it can't be had. */
  manifest(digest: Digest): Promise<Manifest | null>;
  /** Null where it can't be had. */
  configuration(digest: Digest): Promise<ImageConfiguration | null>;
  readonly now: Date;
}

/** RFC 3339, section 5.6, which OCI's annotations.md and config.md ask for. */
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
/** The year of the first containers by Docker. What tells of a time before was built to be the same each time. */
const FIRST_IMAGES = Date.UTC(2013, 0, 1);
/** By which a builder's clock may be ahead. */
const DAY_MS = 24 * 60 * 60_000;

/**
 * Asks only for what the manifest does not tell: the configuration, and for an index that of its image for linux/amd64,
 * else of its first one.
 * @returns null where something that was asked for can't be had
 */
export async function readDetails(manifest: Manifest, ports: DetailPorts): Promise<Details | null> {
  const { annotations } = manifest;
  const created = plausible(annotations.get("created") ?? null, ports.now);
  if (created !== null) return { created, annotations };
  if (manifest.kind === "index") {
    const child = shownChild(manifest.children);
    if (child === null) return { created: null, annotations };
    const image = await ports.manifest(child.digest);
    // An index of indexes would be a way without end.
    const details = image?.kind === "manifest" ? await readDetails(image, ports) : null;
    return details && { ...details, annotations: new Map([...details.annotations, ...annotations]) };
  }
  if (manifest.configuration === null) return { created: null, annotations };
  const configuration = await ports.configuration(manifest.configuration);
  return configuration && { created: plausible(configuration.created, ports.now), annotations };
}

function shownChild(children: readonly Child[]): Child | null {
  const images = children.filter(({ platform }) => platform !== null);
  const usual = images.find(({ platform }) => platform?.os === "linux" && platform.architecture === "amd64");
  return usual ?? images[0] ?? null;
}

function plausible(text: string | null, now: Date): Date | null {
  if (text === null || !dateTime.test(text)) return null;
  const time = Date.parse(text);
  return time >= FIRST_IMAGES && time <= now.getTime() + DAY_MS ? new Date(time) : null;
}
