import { familiarRepository } from "../reference/reference";
import type { ImageRule } from "./rule";

export const nonOfficialImage: ImageRule = {
  id: "non-official-image",
  defaultSeverity: "information",
  summary: "The image on Docker Hub is neither a Docker Official Image nor of a known publisher.",
  docs: `
Anybody can publish on Docker Hub. Docker Official Images (\`alpine\`, \`node\`, …) are reviewed by Docker; Docker's own
images (\`docker/*\`, \`moby/*\`) are known. Everything else there is a community image: look at who publishes it before
you build on it.

\`\`\`dockerfile
FROM grafgabriel/alpine:3.18.4
\`\`\`

Images on other registries are not reported, and neither is a bare name that is no official image (\`FROM myapp\`): that
is mostly a local build.
`,
  check({ kind, parsed }, catalog) {
    const reference = parsed?.reference;
    // The frontend of a build is chosen by its file format, not by who publishes it.
    if (kind === "syntax" || !reference || catalog.publisherOf(reference) !== "community") return null;
    return { message: `${familiarRepository(reference)} is a community image on Docker Hub, not an official one.` };
  },
};
