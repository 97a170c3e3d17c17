import type { DocumentProblemCode } from "../documents/imageUse";
import type { DocumentRule, Severity } from "./rule";

const severities: Readonly<Record<DocumentProblemCode, Severity>> = {
  // A language server of the format itself says it louder.
  "yaml-syntax": "hint",
  "too-many-aliases": "warning",
  "too-large": "warning",
  "duplicate-key": "warning",
  "remote-include": "hint",
  "onbuild-from": "error",
};

export const documentProblem: DocumentRule = {
  id: "document-problem",
  defaultSeverity: "warning",
  summary: "A part of the document is not read, or is not what a build or Compose accepts.",
  docs: `
What stands there names images that Digest Pin does not see, or that do not count:

- \`yaml-syntax\` (a hint): the YAML is not well-formed, or is nested too deeply; what follows may be missing.
- \`too-many-aliases\`, \`too-large\`: reading it whole could take all memory, so it is not read.
- \`duplicate-key\`: the key stands twice in a map. Compose refuses that; the last one is read.
- \`remote-include\` (a hint): an \`include\` or \`extends\` of another repository or registry. It is not fetched.
- \`onbuild-from\` (an error): \`ONBUILD FROM\` is no trigger, and a build refuses it.
`,
  checkDocument({ problems }) {
    return problems.map(({ code, message, start, end }) => ({ start, end, message, severity: severities[code] }));
  },
};
