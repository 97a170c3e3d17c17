import type { ReferenceProblemCode } from "../reference/reference";
import type { ImageRule } from "./rule";

/** What each problem means, as a sentence. */
export const problemMessages: Readonly<Record<ReferenceProblemCode, string>> = {
  empty: "The image has no name.",
  whitespace: "An image reference has no white space.",
  "url-scheme": "An image reference has no scheme: it begins with the registry's host, or with the repository.",
  "image-id": "This is an image ID, which no registry knows: name the repository.",
  "registry-format": "The registry is no valid host, or its port no number.",
  "repository-missing": "The repository is missing.",
  "repository-uppercase": "A repository is written in lower case.",
  "repository-format":
    'Each part of a repository is lower-case letters and digits, joined by ".", "_", "__" or dashes.',
  "repository-too-long": "A repository has at most 255 characters.",
  "tag-missing": 'There is no tag behind ":".',
  "tag-format": 'A tag has letters, digits, "_", "." and "-" only, and begins with none of the last two.',
  "tag-too-long": "A tag has at most 128 characters.",
  "digest-missing": 'There is no digest behind "@".',
  "digest-format": "A digest has the form algorithm:hexadecimal.",
  "digest-algorithm": "The digest's algorithm is none of sha256, sha384 and sha512.",
  "digest-length": "The digest has not the length of its algorithm: 64 digits for sha256, 96 and 128 for the others.",
  "digest-encoding": "A digest is written in lower case.",
};

export const invalidReference: ImageRule = {
  id: "invalid-reference",
  defaultSeverity: "error",
  summary: "The text is no image reference: a build would refuse it.",
  docs: `
A reference is \`[registry/]repository[:tag][@digest]\`, by the grammar that Docker and containerd share
(the \`reference\` package of the distribution project). The message says which part breaks it:

${Object.entries(problemMessages)
  .map(([code, message]) => `- \`${code}\`: ${message}`)
  .join("\n")}
`,
  check({ parsed }) {
    return parsed?.problem ? { message: problemMessages[parsed.problem.code] } : null;
  },
};
