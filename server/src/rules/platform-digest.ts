import { familiarName } from "../reference/reference";
import { outdated } from "./outdated";
import type { ImageRule } from "./rule";

export const platformDigest: ImageRule = {
  id: "platform-digest",
  defaultSeverity: "warning",
  summary: "The image is pinned to the manifest of one platform, while its tag stands for several.",
  docs: `
Most tags stand for an index, which lists one manifest for each platform; whoever pulls the image takes theirs. A pin to one of
these manifests takes the choice away: on another platform the build fails, or runs what it built under emulation.

Such a digest is what \`docker manifest inspect\` lists for a platform, or the page of one on a registry's web site:

\`\`\`dockerfile
FROM alpine:3.22@sha256:…
\`\`\`

The quick fix, and \`digest-pin update\`, pin the index instead.

Nothing is reported where \`--platform\`, or \`platform\` in Compose, names a platform: then one platform may be what you mean.
`,
  check(use, _catalog, known) {
    const reference = use.parsed?.reference;
    if (!reference || outdated(use, known) !== "one-platform") return null;
    const name = familiarName({ ...reference, digest: null });
    return { message: `This digest is one platform's, while ${name} stands for an index of several platforms.` };
  },
};
