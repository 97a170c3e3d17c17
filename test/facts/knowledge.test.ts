/** What is known of a reference's tag and of its digest, and what is asked to learn it. */
import assert from "node:assert/strict";
import { Facts } from "../../server/src/facts/facts";
import { halvesOf, knowledgeOf, learn, nothingKnown } from "../../server/src/facts/knowledge";
import { familiarName } from "../../server/src/reference/reference";
import type { Manifest } from "../../server/src/registry/registry";
import { referenceTo } from "../support/registryClients";
import { digestOf } from "../support/server";
import { ScriptedRegistry } from "./scriptedRegistry";

const [a, b] = [digestOf("a"), digestOf("b")];
const untagged = referenceTo("alpine");
const tagged = referenceTo("alpine:edge");
const both = referenceTo(`alpine:edge@${a}`);
const digestAlone = referenceTo(`alpine@${a}`);

function manifest(digest: typeof a): Manifest {
  const nothing = { artifactType: "", platforms: [], children: [], configuration: null, annotations: new Map() };
  return { digest, mediaType: "", size: 1, kind: "manifest", ...nothing };
}

function start() {
  const clock = { now: Date.UTC(2026, 10, 25) };
  const now = () => new Date(clock.now);
  const registry = new ScriptedRegistry(now);
  registry.answers.set("alpine", b).set("alpine:edge", b);
  registry.answers.set(familiarName(both), a).set(familiarName(digestAlone), a);
  for (const digest of [a, b]) registry.contents.set(digest, manifest(digest));
  const facts = new Facts({ registry, now });
  const ports = {
    ask: (reference: typeof both) => facts.ask(reference),
    manifest: (reference: typeof both, answer: Awaited<ReturnType<Facts["ask"]>>) => facts.manifest(reference, answer),
  };
  return { clock, registry, facts, ports };
}

describe("a reference", () => {
  for (const [reference, tag, digest] of [
    [untagged, "alpine", null],
    [tagged, "alpine:edge", null],
    [both, "alpine:edge", familiarName(both)],
    [digestAlone, null, familiarName(digestAlone)],
  ] as const) {
    it(`${familiarName(reference).slice(0, 20)} is about ${tag ?? "no tag"} and ${digest ? "a" : "no"} digest`, () => {
      const halves = halvesOf(reference);
      assert.equal(halves.tag && familiarName(halves.tag), tag);
      assert.equal(halves.digest && familiarName(halves.digest), digest);
    });

    for (const wantsManifest of [false, true]) {
      it(`${familiarName(reference).slice(0, 20)} is learnt by one question for each${wantsManifest ? ", and its manifest" : ""}`, async () => {
        const { registry, facts, ports } = start();
        assert.deepEqual(knowledgeOf(facts, reference, null), nothingKnown);
        await learn(reference, wantsManifest, ports);
        assert.deepEqual(registry.asked().sort(), [tag, digest].flatMap((name) => name ?? []).sort());
        // A digest decides, whatever the tag stands for.
        assert.deepEqual(registry.fetched, wantsManifest ? [digest === null ? b : a] : []);

        const known = knowledgeOf(facts, reference, null);
        assert.equal(known.tag?.kind === "found" ? known.tag.descriptor.digest : null, tag && b);
        assert.equal(known.digest?.kind === "found" ? known.digest.descriptor.digest : null, digest && a);
        assert.equal(known.manifest?.digest ?? null, wantsManifest ? (digest === null ? b : a) : null);
      });
    }
  }
});

describe("knowledge", () => {
  it("of a tag ends with its lifetime, and of a digest and its manifest does not", async () => {
    const { clock, facts, ports } = start();
    await learn(both, true, ports);
    clock.now += 10 * 60_000;
    const { tag, digest, manifest } = knowledgeOf(facts, both, null);
    assert.equal(tag, null);
    assert.equal(digest?.kind, "found");
    assert.equal(manifest?.digest, a);
  });

  it("of a digest that is gone has no manifest, though the tag's is known", async () => {
    const { registry, facts, ports } = start();
    registry.answers.delete(familiarName(both));
    await learn(tagged, true, ports);
    await learn(both, true, ports);
    const { tag, digest, manifest } = knowledgeOf(facts, both, null);
    assert.equal(tag?.kind, "found");
    assert.equal(digest?.kind === "unavailable" && digest.code, "not-found");
    assert.equal(manifest, null);
  });

  it("of a digest that was not asked about has no manifest either", async () => {
    const { facts, ports } = start();
    await learn(tagged, true, ports);
    const { tag, digest, manifest } = knowledgeOf(facts, both, null);
    assert.equal(tag?.kind, "found");
    assert.deepEqual([digest, manifest], [null, null]);
  });

  it("keeps the judgement that it is given", async () => {
    const { facts, ports } = start();
    await learn(tagged, false, ports);
    const judgement = {
      answer: await facts.ask(tagged),
      verdict: { kind: "not-checked" },
      requirement: "none",
      isSatisfied: true,
      offer: { kind: "refused", code: "offline", message: "" },
    } as const;
    assert.equal(knowledgeOf(facts, tagged, judgement).judgement, judgement);
  });

  it("is learnt of both halves at once", async () => {
    const { registry, ports } = start();
    let open: () => void = () => {};
    registry.gate = new Promise((resolve) => {
      open = resolve;
    });
    const learning = learn(both, false, ports);
    assert.equal(registry.questions.length, 2);
    open();
    await learning;
  });
});
