import type { ImageRule } from "./rule";

export const unresolvedVariable: ImageRule = {
  id: "unresolved-variable",
  defaultSeverity: "hint",
  summary: "A variable in the image's name has no value here, so nothing can be said of the image.",
  docs: `
The image's name depends on a variable without a default, so which image it is is decided when it is built or started.

\`\`\`dockerfile
ARG TAG
FROM alpine:\${TAG}
\`\`\`

Give it a default and it can be checked and pinned:

\`\`\`dockerfile
ARG TAG=3.22.1
FROM alpine:\${TAG}
\`\`\`

The placeholders of templates (\`{{ … }}\`, \`%%NAME%%\`, \`\${templateOption:name}\`) are reported here too.
`,
  check({ unresolved, variables }) {
    if (unresolved === "template") return { message: "A template fills this in, so nothing can be said of the image." };
    if (unresolved !== "variable") return null;
    const unknown = variables.filter(({ definition }) => definition === null).map(({ name }) => name);
    return { message: `No value is known for ${(unknown.length > 0 ? unknown : ["a variable"]).join(", ")}.` };
  },
};
