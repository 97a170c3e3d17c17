/** The registry that the examples name: in this process, on loopback, with images made up for them. */
import { type EmbeddedRegistry, startEmbeddedRegistry } from "../test/support/embeddedRegistry";
import { type SampleImage, sampleImage } from "../test/support/sampleImages";

/** The examples name `localhost` with this port. */
export const PORT = 5117;

const tags: Readonly<Record<string, readonly string[]>> = {
  "library/alpine": ["edge", "3.22.1"],
  "library/node": ["22-bookworm-slim"],
  "library/nginx": ["latest", "stable"],
  "library/postgres": ["16"],
  "acme/worker": ["2.4.1"],
  "acme/api": ["1.4.2", "nightly"],
  "acme/gateway": ["2.0.1"],
};

export async function startSampleRegistry(): Promise<EmbeddedRegistry> {
  try {
    return await startEmbeddedRegistry({ images: sampleImages(), port: PORT });
  } catch (error) {
    throw new Error(`The examples need port ${PORT} on this machine. Stop what uses it, and try again.`, {
      cause: error,
    });
  }
}

export function sampleImages(): SampleImage[] {
  return Object.entries(tags).flatMap(([repository, names]) => names.map((name) => sampleImage(repository, [name])));
}
