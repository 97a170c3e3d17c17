/** What is remembered of a verdict, for how long, and when it is drawn anew. */
import assert from "node:assert/strict";
import type { Digest } from "../../server/src/reference/digest";
import { requirementOfAll } from "../../server/src/trust/policy/terms";
import { EMPTY_POLICY, type TrustPolicy, type TrustRule } from "../../server/src/trust/policy/trustRule";
import type { SchemeAnswer } from "../../server/src/trust/scheme";
import { Trust } from "../../server/src/trust/trust";
import { referenceTo } from "../support/registryClients";
import { answerOf, ScriptedScheme, signature, signedDigest } from "../support/schemes";

const reference = referenceTo("registry.example/acme/app:1");
const other = `sha256:${"6".repeat(64)}` as Digest;
const signal = new AbortController().signal;
const minute = 60_000;

const rule: TrustRule = {
  images: ["registry.example/**"],
  require: true,
  terms: { scheme: "notary", server: null, ca: null, pins: null },
  vouchedBy: "user",
  key: "1",
};

function trusting(answer: SchemeAnswer, policy: TrustPolicy = { ...EMPTY_POLICY, rules: [rule] }, isRequired = false) {
  const notary = new ScriptedScheme("notary", answer);
  const schemes = {
    notary,
    sigstore: new ScriptedScheme("sigstore", answerOf("unsigned", "sigstore")),
    notation: new ScriptedScheme("notation", answerOf("unsigned", "notation")),
  };
  const state = { now: new Date("2026-11-24T00:00:00Z"), policy };
  const trust = new Trust({
    schemes,
    policy: () => state.policy,
    contentTrust: { isRequired },
    clock: () => state.now,
  });
  return {
    trust,
    notary,
    state,
    later: (milliseconds: number) => {
      state.now = new Date(state.now.getTime() + milliseconds);
    },
    judge: (served: Digest | null = signedDigest) =>
      trust.judge(reference, served, trust.termsOf(reference), { signal }),
  };
}

const named: SchemeAnswer = { kind: "signed", isNamed: true, ...signature() };

describe("a verdict", () => {
  it("is asked for anew where that is wanted, and hands on how it is asked", async () => {
    const { trust, judge, notary } = trusting(named);
    await judge();
    const options = { signal, refresh: true, isUnasked: true };
    await trust.judge(reference, signedDigest, trust.termsOf(reference), options);
    assert.deepEqual(notary.options, [{ signal }, options]);
  });

  it("that was held back, since nobody had asked, is no answer to whoever asks", async () => {
    const failure = { step: "registry", code: "rate-limited", message: "Later." } as const;
    const { trust, judge, notary } = trusting({ kind: "unavailable", failure });
    const terms = trust.termsOf(reference);
    await trust.judge(reference, signedDigest, terms, { isUnasked: true });
    assert.equal(trust.remembered(reference, signedDigest, terms), null);
    await judge();
    assert.equal(trust.remembered(reference, signedDigest, terms)?.kind, "unavailable");
    assert.equal(notary.questions.length, 2);
  });

  it("is remembered for ten minutes", async () => {
    const { judge, notary, later } = trusting(named);
    await judge();
    later(10 * minute - 1);
    await judge();
    assert.equal(notary.questions.length, 1);
    later(1);
    await judge();
    assert.equal(notary.questions.length, 2);
  });

  it("is drawn anew when metadata or a certificate expires, before the ten minutes are over", async () => {
    const validUntil = new Date("2026-11-24T00:03:00Z");
    const { judge, notary, later, trust } = trusting({ ...named, validUntil });
    await judge();
    later(3 * minute - 1);
    assert.equal((await judge()).kind, "verified");
    later(1);
    assert.equal(trust.remembered(reference, signedDigest, trust.termsOf(reference)), null);
    notary.answer = answerOf("invalid", "notary");
    assert.equal((await judge()).kind, "invalid");
  });

  it("that could not be had is asked for again after a minute", async () => {
    const { judge, notary, later } = trusting(answerOf("unavailable", "notary"));
    await judge();
    later(minute - 1);
    await judge();
    assert.equal(notary.questions.length, 1);
    later(1);
    await judge();
    assert.equal(notary.questions.length, 2);
  });

  it("is one of the digest that was served: another digest is another question", async () => {
    const { judge, notary } = trusting(named);
    await judge(signedDigest);
    await judge(other);
    assert.deepEqual(
      notary.questions.map(({ served }) => served),
      [signedDigest, other],
    );
  });

  it("under one policy is none under another", async () => {
    const { judge, notary, state } = trusting(named);
    assert.equal((await judge()).kind, "verified");
    state.policy = { ...EMPTY_POLICY, rules: [{ ...rule, key: "2" }] };
    notary.answer = answerOf("untrusted", "notary");
    assert.equal((await judge()).kind, "untrusted");
    state.policy = EMPTY_POLICY;
    assert.equal((await judge()).kind, "unsigned");
  });

  it("of a question that was cancelled is not remembered", async () => {
    const failure = { step: "server", code: "cancelled", message: "" } as const;
    const { judge, notary } = trusting({ kind: "unavailable", failure });
    await judge();
    await judge();
    assert.equal(notary.questions.length, 2);
  });

  it("is none any more when the clock was set back", async () => {
    const { judge, notary, later } = trusting(named);
    await judge();
    later(-minute);
    await judge();
    assert.equal(notary.questions.length, 2);
  });

  it("is forgotten with those of the same repository, and of no other", async () => {
    const { trust, notary } = trusting(named);
    const names = ["a/app:1", "a/app:2", "a/app", `a/app@${signedDigest}`, "a/app2:1", "a/app/deep:1"];
    const all = names.map((name) => referenceTo(`registry.example/${name}`));
    const judgeAll = async () => {
      for (const each of all) await trust.judge(each, signedDigest, trust.termsOf(each), { signal });
      return notary.questions.splice(0).map((question) => question.reference.text.replace("registry.example/", ""));
    };
    await judgeAll();
    trust.forget(all[0] ?? assert.fail());
    assert.deepEqual(await judgeAll(), names.slice(0, 4));
  });

  it("is asked for anew when it was forgotten", async () => {
    const { judge, notary, trust } = trusting(named);
    await judge();
    trust.forget(reference);
    await judge();
    assert.equal(notary.questions.length, 2);
  });
});

describe("a policy", () => {
  it("that can't be read leaves everything unchecked, and nobody is asked", async () => {
    const { judge, notary, trust } = trusting(named, { ...EMPTY_POLICY, problem: "policy.yaml:1:1: no." });
    const verdict = await judge();
    assert.deepEqual(verdict.kind === "unavailable" && [verdict.failure.code, verdict.failure.step], [
      "invalid-policy",
      "policy",
    ]);
    // Nobody knows what it does not require.
    assert.equal(trust.termsOf(reference).requirement, "user");
    assert.equal(notary.questions.length, 0);
  });

  it("with two rules of one length for an image decides nothing", async () => {
    const twice = { ...EMPTY_POLICY, rules: [rule, { ...rule, key: "2" }] };
    const { judge, notary, trust } = trusting(named, twice);
    const verdict = await judge();
    assert.equal(verdict.kind === "unavailable" && verdict.failure.code, "ambiguous-policy");
    assert.equal(notary.questions.length, 0);
    assert.equal(trust.termsOf(reference).requirement, "user");
  });
});

describe("a signature is required", () => {
  const cases: readonly (readonly [what: string, policy: TrustPolicy, docker: boolean, expected: string])[] = [
    ["by nobody", EMPTY_POLICY, false, "none"],
    ["by the rule", { ...EMPTY_POLICY, rules: [rule] }, false, "user"],
    ["not by a rule that does not", { ...EMPTY_POLICY, rules: [{ ...rule, require: false }] }, false, "none"],
    ["by the policy as a whole", { ...EMPTY_POLICY, requireSignature: true }, false, "user"],
    ["by Docker's variable", EMPTY_POLICY, true, "docker"],
    ["by the rule more than by Docker's variable", { ...EMPTY_POLICY, rules: [rule] }, true, "user"],
  ];
  for (const [what, policy, docker, expected] of cases) {
    it(what, () => {
      const { trust } = trusting(named, policy, docker);
      assert.equal(trust.termsOf(reference).requirement, expected);
    });
  }
});

describe("a signature of an image without a known name is required", () => {
  const everything = { ...rule, images: ["**"] };
  for (const [what, policy, docker, expected] of [
    ["by nobody", EMPTY_POLICY, false, "none"],
    ["not by a rule for some images", { ...EMPTY_POLICY, rules: [rule] }, false, "none"],
    [
      "not by a rule for all that does not",
      { ...EMPTY_POLICY, rules: [{ ...everything, require: null }] },
      false,
      "none",
    ],
    ["by a rule for all", { ...EMPTY_POLICY, rules: [everything] }, false, "user"],
    ["by the policy as a whole", { ...EMPTY_POLICY, requireSignature: true }, false, "user"],
    ["by a policy that can't be read", { ...EMPTY_POLICY, problem: "no" }, false, "user"],
    ["by Docker's variable", EMPTY_POLICY, true, "docker"],
  ] as const) {
    it(what, () => assert.equal(requirementOfAll(policy, docker), expected));
  }
});
