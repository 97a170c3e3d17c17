/** The policy in force in the editor, of the user's file and settings. */
import assert from "node:assert/strict";
import { EditorPolicy } from "../../server/src/lsp/editorPolicy";
import { CAUTIOUS } from "../../server/src/lsp/settings";
import { EMPTY_POLICY } from "../../server/src/trust/policy/trustRule";

describe("the editor's policy", () => {
  it("is of the newest settings, though older ones took longer to read", async () => {
    const file = { current: () => EMPTY_POLICY, refresh: async () => false };
    const policy = new EditorPolicy(file, (problem) => assert.fail(problem));
    const trust = [{ images: ["registry.example/**"], require: true }];
    await Promise.all([
      policy.configure({ ...CAUTIOUS, trust, requireSignature: false }),
      policy.configure({ ...CAUTIOUS, trust: [], requireSignature: true }),
    ]);
    assert.deepEqual([policy.current().requireSignature, policy.current().rules], [true, []]);
  });
});
