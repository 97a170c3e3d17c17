import type { ImageRule } from "./rule";

export const signatureRequired: ImageRule = {
  id: "signature-required",
  defaultSeverity: "error",
  isUsersOwn: true,
  summary: "A signature is required for the image, and none was verified.",
  docs: `
A signature is required by \`require: true\` of the policy's rule for the image, by \`requireSignature\` of the policy or the
settings, by the command's \`--require-signature\`, or by Docker's \`DOCKER_CONTENT_TRUST\` in the environment. Then only a
signature that was verified here, by a signer whom the policy names, is good enough: not one by somebody else, and not one
that could not be checked, because a network that can be cut would then decide.

\`DOCKER_CONTENT_TRUST\` alone also takes a Notary root that is trusted on first use, as Docker does.

It stands there too while nobody was asked: with the network off, and, until "Check now", for registries that are not
asked without an action.

The message says what was found instead. The image gets no pin until a signature is there, or is not required any more.
`,
  check(_use, _catalog, { judgement }) {
    if (judgement === null || judgement.isSatisfied) return null;
    const { offer, verdict } = judgement;
    // What is wrong with a signature is another cause, and has a rule of its own.
    if (verdict.kind === "untrusted" || verdict.kind === "invalid") return null;
    return offer.kind === "refused" ? { message: offer.message } : null;
  },
};
