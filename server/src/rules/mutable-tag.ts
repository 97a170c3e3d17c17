import { DEFAULT_TAG, familiarName } from "../reference/reference";
import { mayBeBuildContext } from "./buildContext";
import type { ImageRule } from "./rule";

export const mutableTag: ImageRule = {
  id: "mutable-tag",
  defaultSeverity: "information",
  summary: "The tag is one that publishers move: a channel, a code name, or a version with parts left open.",
  docs: `
Some tags are made to move. They stand for another image after the publisher's next push:

- channels: \`latest\` (a warning), \`edge\`, \`stable\`, \`rolling\`, \`nightly\`, \`lts\`;
- code names and variants: \`bookworm\`, \`noble-slim\`, \`alpine\`;
- versions with parts left open: \`3\`, \`3.18\`, \`20-bookworm\`.

\`\`\`dockerfile
FROM node:20-bookworm
\`\`\`

Pin it. The tag stays for people to read, the digest says which image it is:

\`\`\`dockerfile
FROM node:20-bookworm@sha256:…
\`\`\`

A full version (\`3.18.4\`), a date (\`20240110\`) and a commit hash are not reported here but by
[unpinned-image](unpinned-image.md).
`,
  check(use, catalog) {
    const reference = use.parsed?.reference;
    if (!reference || reference.tag === null || reference.digest !== null) return null;
    const name = familiarName(reference);
    const mobility = catalog.tagMobility(reference.tag);
    if (mobility !== "exact" && mayBeBuildContext(use, catalog)) {
      return { message: `${name} may be a build context; as an image it moves.`, severity: "hint" };
    }
    switch (mobility) {
      case "exact":
        return null;
      case "partial":
        return { message: `${name} moves: its tag leaves part of the version open.` };
      case "floating":
        return {
          message: `${name} moves: its tag is made to be pointed at new images.`,
          ...(reference.tag === DEFAULT_TAG ? { severity: "warning" } : {}),
        };
    }
  },
};
