/** What registry and trust say together, and under which policy. */
import assert from "node:assert/strict";
import { createCoverage } from "../../server/src/facts/coverage";
import { Facts } from "../../server/src/facts/facts";
import { Judging } from "../../server/src/facts/judging";
import { EMPTY_POLICY, type TrustPolicy } from "../../server/src/trust/policy/trustRule";
import { Trust } from "../../server/src/trust/trust";
import { referenceTo } from "../support/registryClients";
import { answerOf, ScriptedScheme, signature } from "../support/schemes";
import { digestOf, RegistryDouble } from "../support/server";

const reference = referenceTo("alpine:edge");
const now = new Date("2026-11-25");

function judgingWith(answers: Record<string, string>, policy: { current: TrustPolicy } = { current: EMPTY_POLICY }) {
  const registry = new RegistryDouble(answers);
  const notary = new ScriptedScheme("notary", answerOf("unsigned", "notary"), true);
  const schemes = {
    notary,
    sigstore: new ScriptedScheme("sigstore", answerOf("unsigned", "sigstore")),
    notation: new ScriptedScheme("notation", answerOf("unsigned", "notation")),
  };
  const clock = () => now;
  const trust = new Trust({ schemes, policy: () => policy.current, contentTrust: { isRequired: false }, clock });
  return { registry, notary, judging: new Judging(new Facts({ registry, now: clock }), trust) };
}

describe("a judgement", () => {
  it("offers a signed digest once the registry has answered for it", async () => {
    const { judging, notary, registry } = judgingWith({ "alpine:edge": "a", [`alpine:edge@${digestOf("b")}`]: "b" });
    notary.answer = { kind: "signed", isNamed: true, ...signature("notary", { digest: digestOf("b") }) };
    const { offer } = await judging.ask(reference);
    assert.equal(offer.kind === "digest" && offer.digest, digestOf("b"));
    assert.deepEqual(registry.asked, ["alpine:edge", `alpine:edge@${digestOf("b")}`]);
    assert.deepEqual(judging.cached(reference)?.offer, offer);
  });

  it("offers none that the registry does not have", async () => {
    const { judging, notary } = judgingWith({ "alpine:edge": "a" });
    notary.answer = { kind: "signed", isNamed: true, ...signature("notary", { digest: digestOf("b") }) };
    const { offer } = await judging.ask(reference);
    assert.equal(offer.kind === "refused" && offer.code, "not-found");
  });

  it("asks the registry once where it serves what is signed", async () => {
    const { judging, notary, registry } = judgingWith({ "alpine:edge": "a" });
    notary.answer = { kind: "signed", isNamed: true, ...signature("notary", { digest: digestOf("a") }) };
    await judging.ask(reference);
    assert.deepEqual(registry.asked, ["alpine:edge"]);
  });

  it("is drawn anew where another policy came while it was waited for", async () => {
    const policy = { current: EMPTY_POLICY };
    const { judging, registry } = judgingWith({ "alpine:edge": "a" }, policy);
    let open: () => void = () => {};
    registry.gate = new Promise((resolve) => {
      open = resolve;
    });
    const asked = judging.ask(reference);
    const required = { ...EMPTY_POLICY, requireSignature: true };
    // While the registry is asked, and while the signature is.
    policy.current = required;
    open();
    assert.equal((await asked).isSatisfied, false);
    policy.current = EMPTY_POLICY;
    const again = judging.ask(reference);
    queueMicrotask(() => {
      policy.current = required;
    });
    assert.equal((await again).isSatisfied, false);
  });

  it("of an image without a known name is none, unless a signature is required of all", () => {
    const policy: { current: TrustPolicy } = { current: EMPTY_POLICY };
    const coverage = createCoverage(() => policy.current, false);
    assert.equal(coverage.unknownImage(now), null);
    policy.current = { ...EMPTY_POLICY, requireSignature: true };
    assert.deepEqual(coverage.unknownImage(now)?.isSatisfied, false);
  });
});
