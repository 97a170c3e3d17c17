import { familiarRepository } from "../reference/reference";
import { mayBeBuildContext } from "./buildContext";
import type { ImageRule } from "./rule";

export const implicitLatest: ImageRule = {
  id: "implicit-latest",
  defaultSeverity: "warning",
  summary: "The image has no tag, so it stands for `latest`.",
  docs: `
An image without a tag means \`latest\`, and \`latest\` is another image whenever its publisher pushes one.

\`\`\`dockerfile
FROM alpine
\`\`\`

Pin it. The quick fix writes the tag out and adds the digest at which it stands now:

\`\`\`dockerfile
FROM alpine:latest@sha256:…
\`\`\`

Or name the version that you mean first, \`alpine:3.22.1\`, and pin that.
`,
  check(use, catalog) {
    const reference = use.parsed?.reference;
    if (!reference || reference.tag !== null || reference.digest !== null) return null;
    if (mayBeBuildContext(use, catalog)) {
      const message = `${familiarRepository(reference)} may be a build context; as an image it has no tag.`;
      return { message, severity: "hint" };
    }
    return { message: `${familiarRepository(reference)} has no tag: it stands for "latest", which moves.` };
  },
};
