/** What registry and trust say together, and under which policy. */
import assert from "node:assert/strict";
import { createCoverage } from "../../server/src/facts/coverage";
import { Facts } from "../../server/src/facts/facts";
import { Judging } from "../../server/src/facts/judging";
import { offerOf } from "../../server/src/facts/offer";
import { EMPTY_POLICY, type TrustPolicy } from "../../server/src/trust/policy/trustRule";
import { Trust } from "../../server/src/trust/trust";
import { referenceTo } from "../support/registryClients";
import { answerOf, ScriptedScheme, signature } from "../support/schemes";
import { digestOf } from "../support/server";
import { MIRROR, ScriptedRegistry } from "./scriptedRegistry";

const reference = referenceTo("alpine:edge");
const now = new Date("2026-11-25");

function judgingWith(answers: Record<string, string>, policy: { current: TrustPolicy } = { current: EMPTY_POLICY }) {
  const registry = new ScriptedRegistry(() => now);
  for (const [name, digit] of Object.entries(answers)) registry.answers.set(name, digestOf(digit));
  return judgingOf(registry, policy);
}

function judgingOf(registry: ScriptedRegistry, policy: { current: TrustPolicy } = { current: EMPTY_POLICY }) {
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
    assert.deepEqual(registry.asked(), ["alpine:edge", `alpine:edge@${digestOf("b")}`]);
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
    assert.deepEqual(registry.asked(), ["alpine:edge"]);
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

describe("what only a mirror says", () => {
  function mirrored() {
    const registry = new ScriptedRegistry(() => now);
    registry.mirrored.set("alpine:edge", digestOf("a"));
    registry.answers.set("alpine:edge", digestOf("b"));
    registry.answers.set(`alpine:edge@${digestOf("a")}`, digestOf("a"));
    return judgingOf(registry);
  }
  const offered = async ({ judging }: ReturnType<typeof mirrored>, options = {}) => {
    const { offer } = await judging.ask(reference, options);
    return offer.kind === "digest" ? [offer.digest, offer.mirror] : offer.code;
  };

  it("is offered with the mirror's name", async () => {
    assert.deepEqual(await offered(mirrored()), [digestOf("a"), MIRROR]);
  });

  it("is offered as anybody's where a signature names the digest", async () => {
    const started = mirrored();
    started.notary.answer = { kind: "signed", isNamed: true, ...signature("notary", { digest: digestOf("a") }) };
    assert.deepEqual(await offered(started), [digestOf("a"), null]);
    started.notary.answer = { kind: "signed", isNamed: false, ...signature("notary", { digest: digestOf("a") }) };
    started.judging.forget(reference);
    assert.deepEqual(await offered(started), [digestOf("a"), null]);
  });

  it("is judged by what the registry itself says, where that is asked", async () => {
    const started = mirrored();
    assert.deepEqual(await offered(started, { confirm: true }), [digestOf("b"), null]);
    assert.equal(started.judging.cached(reference)?.answer.kind, "found");
  });

  it("may be taken unseen as far as the registry's own word may", () => {
    const answer = {
      kind: "found",
      descriptor: { digest: digestOf("a"), mediaType: "", size: null },
      mirror: MIRROR,
      askedAt: now,
    } as const;
    for (const [verdict, isAutomatic] of [
      [{ kind: "not-checked" }, true],
      [{ kind: "unavailable", scheme: null, failure: { step: "server", code: "timed-out", message: "" } }, false],
    ] as const) {
      const offer = offerOf(answer, verdict, "none", null);
      assert.equal(offer.kind === "digest" && offer.isAutomatic, isAutomatic);
      assert.equal(offer.kind === "digest" && offer.mirror, MIRROR);
    }
  });
});

describe("an image that nobody may be asked about", () => {
  it("is not offered, and what is required of it is missing", () => {
    const policy: { current: TrustPolicy } = { current: EMPTY_POLICY };
    const coverage = createCoverage(() => policy.current, false);
    const { offer, answer, isSatisfied } = coverage.unasked(reference, "The network is off.", now);
    assert.deepEqual(offer, { kind: "refused", code: "offline", message: "The network is off." });
    assert.equal(answer.kind === "unavailable" && answer.code, "offline");
    assert.ok(isSatisfied);
    policy.current = { ...EMPTY_POLICY, requireSignature: true };
    assert.ok(!coverage.unasked(reference, "The network is off.", now).isSatisfied);
  });
});
