/** Promise 2 of DESIGN.md: where a signature is required, which verdicts will do. */
import assert from "node:assert/strict";
import { satisfies, type Verdict } from "../../server/src/trust/verdict";
import { signature } from "../support/schemes";

const failure = { step: "root", code: "expired", message: "" } as const;
const absence = { message: "", scheme: null, signedDigest: null, signedTags: [], validUntil: null };
const sound = signature("notary");
const withoutRoot = { ...sound, root: null };

const rows: readonly (readonly [name: string, verdict: Verdict, user: boolean, docker: boolean])[] = [
  ["verified by the user", { kind: "verified", vouchedBy: "user", ...sound }, true, true],
  ["verified by what is built in", { kind: "verified", vouchedBy: "built-in", ...sound }, true, true],
  ["verified by the repository", { kind: "verified", vouchedBy: "repository", ...sound }, false, false],
  ["signed by a root on first use", { kind: "signed-by-unknown", ...sound }, false, true],
  ["signed without a root", { kind: "signed-by-unknown", ...withoutRoot }, false, false],
  ["unsigned", { kind: "unsigned", ...absence }, false, false],
  ["untrusted", { kind: "untrusted", scheme: "notary", failure }, false, false],
  ["invalid", { kind: "invalid", scheme: "notary", failure }, false, false],
  ["unavailable", { kind: "unavailable", scheme: "notary", failure }, false, false],
  ["not checked", { kind: "not-checked" }, false, false],
];

describe("a verdict where a signature is required", () => {
  for (const [name, verdict, user, docker] of rows) {
    it(`${name}: ${user}, and by docker's own variable ${docker}`, () => {
      const outcomes = (["none", "user", "docker"] as const).map((requirement) => satisfies(verdict, requirement));
      assert.deepEqual(outcomes, [true, user, docker]);
    });
  }
});
