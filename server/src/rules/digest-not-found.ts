import { familiarRepository } from "../reference/reference";
import { isMissing } from "./missing";
import type { ImageRule } from "./rule";

export const digestNotFound: ImageRule = {
  id: "digest-not-found",
  defaultSeverity: "error",
  isUsersOwn: true,
  summary: "The registry does not have the digest that the image is pinned to.",
  docs: `
The registry answered that the repository has nothing with this digest, so that nobody can pull the image:

\`\`\`dockerfile
FROM alpine:3.22@sha256:…
\`\`\`

The publisher or the registry has deleted it, as many do with what no tag stands for any more; or it never was there: the digest
is one of another repository, or the id of a local image.

Where the tag is still there, the quick fix and \`digest-pin update\` put its digest in place of the lost one. It is another image:
look at what has changed. Some registries answer the same for a private repository as long as nobody is logged in.
`,
  check({ parsed }, catalog, { digest }) {
    const reference = parsed?.reference;
    if (!reference || !isMissing(digest) || catalog.publisherOf(reference) === "local") return null;
    const name = familiarRepository(reference);
    return { message: `${reference.registry} has no ${name} with this digest, or shows it only to those who log in.` };
  },
};
