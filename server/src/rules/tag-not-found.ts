import { DEFAULT_TAG, familiarRepository } from "../reference/reference";
import { isMissing } from "./missing";
import type { ImageRule } from "./rule";

export const tagNotFound: ImageRule = {
  id: "tag-not-found",
  defaultSeverity: "warning",
  summary: "The registry has no such tag.",
  docs: `
The registry answered that it has no image of that name and tag. Either the tag is misspelled, or its publisher has taken it
away:

\`\`\`dockerfile
FROM alpine:3.18.44
\`\`\`

Some registries answer the same for a private repository as long as nobody is logged in: then \`docker login\`, and ask again.
A registry that wants a login and says so is not reported.

Beside a digest the tag is only for people to read: the image can still be had, but nobody can tell any more which version it
was, and the pin can't be updated. A name that is no Docker Official Image (\`FROM myapp\`) is not reported, since it is mostly
built locally.
`,
  check({ parsed }, catalog, { tag }) {
    const reference = parsed?.reference;
    if (!reference || !isMissing(tag) || catalog.publisherOf(reference) === "local") return null;
    const name = `${familiarRepository(reference)}:${reference.tag ?? DEFAULT_TAG}`;
    return { message: `${reference.registry} has no ${name}, or shows it only to those who log in.` };
  },
};
