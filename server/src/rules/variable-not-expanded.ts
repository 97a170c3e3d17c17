import type { ImageRule } from "./rule";

export const variableNotExpanded: ImageRule = {
  id: "variable-not-expanded",
  defaultSeverity: "error",
  summary: "A variable stands where the build expands none, so the build fails.",
  docs: `
Variables are expanded in \`FROM\`, and not in \`COPY --from=\` and \`RUN --mount=from=\`: there a build refuses them.

\`\`\`dockerfile
ARG TAG=3.22.1
FROM alpine
COPY --from=busybox:\${TAG} /bin/busybox /bin/
\`\`\`

Give the image a stage of its own, and copy from that:

\`\`\`dockerfile
ARG TAG=3.22.1
FROM busybox:\${TAG} AS busybox
FROM alpine
COPY --from=busybox /bin/busybox /bin/
\`\`\`
`,
  check({ unresolved, variables }) {
    if (unresolved !== "not-expanded") return null;
    const [name] = variables;
    const what = name === undefined ? "Quotes and escapes are" : `${name.name} is`;
    return { message: `${what} not expanded here, and the build fails: copy from a stage whose FROM names the image.` };
  },
};
