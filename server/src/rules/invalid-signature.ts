import type { ImageRule } from "./rule";

export const invalidSignature: ImageRule = {
  id: "invalid-signature",
  defaultSeverity: "error",
  isUsersOwn: true,
  summary: "The image's signature or its trust data does not hold.",
  docs: `
A signature that the policy names, or trust data of a repository that is known here, failed a check: a signature is wrong or
missing, a file is not the one that its parent tells of, a version went back, metadata expired, or the server has no trust data
any more where it had some. The message names the check and the role whose metadata failed it.

An expired timestamp mostly means that the trust server is not looked after. The others should not happen by accident: ask
whoever runs the server. The image gets no pin.

Where trust data was removed on purpose, accept that with \`digest-pin verify --forget-root IMAGE\`.
`,
  check(_use, _catalog, { judgement }) {
    if (judgement?.verdict.kind !== "invalid" || judgement.verdict.failure.code === "root-changed") return null;
    return { message: judgement.verdict.failure.message };
  },
};
