import { familiarName } from "../reference/reference";
import { outdated } from "./outdated";
import type { ImageRule } from "./rule";

export const stalePin: ImageRule = {
  id: "stale-pin",
  defaultSeverity: "information",
  summary: "The tag beside the digest stands for another digest by now.",
  docs: `
The pin still means the image that it always meant. Its publisher has pointed the tag at another one since, most often
because a fix came out:

\`\`\`dockerfile
FROM alpine:3.22@sha256:…
\`\`\`

The quick fix, and \`digest-pin update\`, put the digest there for which the tag stands now. They tell first who signed it. Where
the current digest is signed by somebody whom the policy names and the new one is not, the command leaves it alone, and the
editor says so in the title.

Nothing is said of a digest without a tag, since nobody can tell where it should move to; nor where the pin is the manifest of
one platform and the tag stands for an index of several: that is what [platform-digest](platform-digest.md) is about.
`,
  check(use, _catalog, known) {
    const reference = use.parsed?.reference;
    if (!reference || outdated(use, known) !== "stale") return null;
    return { message: `${familiarName({ ...reference, digest: null })} stands for another digest by now.` };
  },
};
