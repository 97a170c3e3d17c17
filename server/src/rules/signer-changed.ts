import type { ImageRule } from "./rule";

export const signerChanged: ImageRule = {
  id: "signer-changed",
  defaultSeverity: "error",
  isUsersOwn: true,
  summary: "The root key of the image's repository changed without the old root's signature.",
  docs: `
Everything that is signed in a repository hangs on its root key. A publisher who changes it signs the new root with the old one,
so that everybody can follow. This root changed without that signature: either the old key was lost and the repository was set
up anew, or somebody else has put a root of their own in its place.

The message names both. Ask the publisher over another way whether the new key is theirs. If it is, forget the old one with
\`digest-pin verify --forget-root IMAGE\`, and name the new one in the policy where that has \`roots\`. Until then the image gets no
pin.
`,
  check(_use, _catalog, { judgement }) {
    if (judgement?.verdict.kind !== "invalid" || judgement.verdict.failure.code !== "root-changed") return null;
    return { message: judgement.verdict.failure.message };
  },
};
