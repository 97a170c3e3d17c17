import type { ImageRule } from "./rule";

export const untrustedSigner: ImageRule = {
  id: "untrusted-signer",
  defaultSeverity: "error",
  isUsersOwn: true,
  summary: "The image is signed, and by nobody whom the policy names.",
  docs: `
The policy covers the image and says who may sign it. What was found is signed by somebody else: a Notary root that is not
among \`roots\` and does not descend from \`rootCa\`.

Either the publisher has changed keys, and the policy has to follow after you asked them; or somebody else wants to be taken
for the publisher. The image gets no pin.
`,
  check(_use, _catalog, { judgement }) {
    return judgement?.verdict.kind === "untrusted" ? { message: judgement.verdict.failure.message } : null;
  },
};
