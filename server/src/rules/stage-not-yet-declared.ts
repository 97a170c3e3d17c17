import type { DocumentRule } from "./rule";

/** The name comes from the document; only what a stage's name may hold is repeated. */
const plainName = /^[\w.+-]{1,60}$/;

export const stageNotYetDeclared: DocumentRule = {
  id: "stage-not-yet-declared",
  defaultSeverity: "error",
  summary: "`--from` names a build stage that is only declared later, so the build fails.",
  docs: `
\`COPY --from=\` and \`RUN --mount=from=\` find a stage by its name wherever it stands, but its files are only there once it
was built: a stage must be declared before it is copied from.

\`\`\`dockerfile
FROM alpine
COPY --from=build /app /app
FROM golang:1.25 AS build
\`\`\`

Move the stage up. If an image of that name is meant, write it with its registry: \`docker.io/library/build\`.
`,
  checkDocument({ undeclaredStages }) {
    return undeclaredStages.map(({ name, start, end }) => {
      const stage = plainName.test(name) ? `The stage ${name}` : "The stage";
      return { start, end, message: `${stage} is not declared yet at this point, so that the build fails.` };
    });
  },
};
