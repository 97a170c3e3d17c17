import { familiarName } from "../reference/reference";
import { mayBeBuildContext } from "./buildContext";
import type { ImageRule } from "./rule";

export const unpinnedImage: ImageRule = {
  id: "unpinned-image",
  defaultSeverity: "hint",
  summary: "The image names a full version, but no digest.",
  docs: `
A full version is rarely moved, but nothing stops it: whoever can push to the repository can point \`3.18.4\` at
another image, and rebuilt base layers are often published under the same version.

\`\`\`dockerfile
FROM alpine:3.18.4
\`\`\`

With a digest the name means one image for ever:

\`\`\`dockerfile
FROM alpine:3.18.4@sha256:…
\`\`\`
`,
  check(use, catalog) {
    const reference = use.parsed?.reference;
    if (!reference || reference.tag === null || reference.digest !== null) return null;
    if (catalog.tagMobility(reference.tag) !== "exact") return null;
    if (mayBeBuildContext(use, catalog)) {
      return { message: `${familiarName(reference)} may be a build context; as an image it has no digest.` };
    }
    return { message: `${familiarName(reference)} has no digest: its publisher can still move the tag.` };
  },
};
