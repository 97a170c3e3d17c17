/** How long what was learnt is believed, and who has the last word on it. */
import assert from "node:assert/strict";
import { Facts } from "../../server/src/facts/facts";
import type { Answer } from "../../server/src/facts/types";
import type { Digest } from "../../server/src/reference/digest";
import { familiarName } from "../../server/src/reference/reference";
import { RegistryError, type RegistryErrorCode } from "../../server/src/registry/registry";
import { referenceTo } from "../support/registryClients";
import { digestOf } from "../support/server";
import { MIRROR, ScriptedRegistry } from "./scriptedRegistry";

const edge = referenceTo("alpine:edge");
const [a, b] = [digestOf("a"), digestOf("b")];
const pinned = referenceTo(`alpine:edge@${a}`);
const MINUTE = 60_000;

function start() {
  const clock = { now: Date.UTC(2026, 10, 25) };
  const now = () => new Date(clock.now);
  const registry = new ScriptedRegistry(now);
  return { clock, registry, facts: new Facts({ registry, now }) };
}

/** What was answered, for a comparison at a glance. */
function told(answer: Answer | null): string | null {
  if (answer === null) return null;
  if (answer.kind === "unavailable") return answer.code;
  return `${answer.descriptor.digest.slice(7, 8)}${answer.mirror === null ? "" : ` from ${answer.mirror}`}`;
}

describe("facts", () => {
  it("believe a tag's digest for ten minutes since the registry said it", async () => {
    const { clock, registry, facts } = start();
    registry.answers.set("alpine:edge", a);
    await facts.ask(edge);
    clock.now += 10 * MINUTE - 1;
    assert.equal(told(await facts.ask(edge)), "a");
    assert.equal(registry.questions.length, 1);
    clock.now += 1;
    assert.equal(facts.cached(edge), null);
    registry.answers.set("alpine:edge", b);
    assert.equal(told(await facts.ask(edge)), "b");
  });

  it("count from when it was said, where somebody else remembered it", async () => {
    const { clock } = start();
    const said = new Date(clock.now - 9 * MINUTE);
    const registry = new ScriptedRegistry(() => said);
    const facts = new Facts({ registry, now: () => new Date(clock.now) });
    registry.answers.set("alpine:edge", a);
    const answer = await facts.ask(edge);
    assert.deepEqual(answer.askedAt, said);
    assert.notEqual(facts.cached(edge), null);
    clock.now += MINUTE;
    assert.equal(facts.cached(edge), null);
  });

  it("believe in a digest that was found for ever", async () => {
    const { clock, registry, facts } = start();
    registry.answers.set(familiarName(pinned), a);
    await facts.ask(pinned);
    clock.now += 365 * 24 * 60 * MINUTE;
    assert.equal(told(await facts.ask(pinned)), "a");
    assert.equal(registry.questions.length, 1);
  });

  for (const reference of [edge, pinned]) {
    it(`believe for a minute that there is no ${familiarName(reference).slice(0, 20)}`, async () => {
      const { clock, registry, facts } = start();
      await facts.ask(reference);
      clock.now += MINUTE - 1;
      assert.equal(told(await facts.ask(reference)), "not-found");
      assert.equal(registry.questions.length, 1);
      clock.now += 1;
      assert.equal(facts.cached(reference), null);
    });
  }

  it("believe nothing that comes from the future", async () => {
    const { clock, registry, facts } = start();
    registry.answers.set("alpine:edge", a);
    await facts.ask(edge);
    clock.now -= 1;
    assert.equal(facts.cached(edge), null);
  });

  it("keep nothing of a question that was cancelled", async () => {
    const { registry, facts } = start();
    registry.answers.set("alpine:edge", "cancelled");
    assert.equal(told(await facts.ask(edge)), "cancelled");
    assert.equal(facts.cached(edge), null);
  });

  it("hand on whether anybody asked, and until when", async () => {
    const { registry, facts } = start();
    const { signal } = new AbortController();
    await facts.ask(edge, { signal, isUnasked: true });
    const options = registry.questions[0]?.options;
    assert.equal(options?.signal, signal);
    assert.equal(options?.isUnasked, true);
    assert.ok(!options?.refresh);
  });

  it("pass over what is known, on request", async () => {
    const { registry, facts } = start();
    registry.answers.set("alpine:edge", a);
    await facts.ask(edge);
    registry.answers.set("alpine:edge", b);
    assert.equal(told(await facts.ask(edge, { refresh: true })), "b");
    assert.equal(registry.questions[1]?.options.refresh, true);
    assert.equal(told(facts.cached(edge)), "b");
  });

  it("that were held back, since nobody had asked, are no answer to whoever asks", async () => {
    const { registry, facts } = start();
    registry.answers.set("alpine:edge", "rate-limited");
    assert.equal(told(await facts.ask(edge, { isUnasked: true })), "rate-limited");
    assert.equal(facts.cached(edge), null);
    registry.answers.set("alpine:edge", a);
    assert.equal(told(await facts.ask(edge)), "a");
  });

  it("that too many were asked are believed for a minute by whoever asked", async () => {
    const { registry, facts } = start();
    registry.answers.set("alpine:edge", "rate-limited");
    await facts.ask(edge);
    assert.equal(told(facts.cached(edge)), "rate-limited");
  });

  it("raise what is no answer of a registry", async () => {
    const { registry, facts } = start();
    registry.gate = Promise.reject(new TypeError("a mistake of ours"));
    await assert.rejects(facts.ask(edge), TypeError);
  });
});

describe("what a mirror says", () => {
  function mirrored(ofRegistry: Digest | RegistryErrorCode) {
    const started = start();
    started.registry.mirrored.set("alpine:edge", a);
    started.registry.answers.set("alpine:edge", ofRegistry);
    return started;
  }
  const asked = ({ questions }: ScriptedRegistry) => questions.map(({ options }) => options.fromOrigin ?? false);

  it("is told with the mirror's name, and the registry itself is not asked", async () => {
    const { registry, facts } = mirrored(a);
    assert.equal(told(await facts.ask(edge)), `a from ${MIRROR}`);
    assert.equal(told(facts.cached(edge)), `a from ${MIRROR}`);
    assert.deepEqual(asked(registry), [false]);
  });

  it("is confirmed by the registry where a person relies on it, and stays so", async () => {
    const { registry, facts } = mirrored(a);
    assert.equal(told(await facts.ask(edge, { confirm: true })), "a");
    assert.equal(told(facts.cached(edge)), "a");
    assert.equal(told(await facts.ask(edge, { confirm: true })), "a");
    assert.deepEqual(asked(registry), [false, true]);
  });

  it("is confirmed where it was known before", async () => {
    const { registry, facts } = mirrored(a);
    await facts.ask(edge);
    assert.equal(told(await facts.ask(edge, { confirm: true })), "a");
    assert.deepEqual(asked(registry), [false, true]);
  });

  it("gives way to what the registry says", async () => {
    for (const [answer, expected] of [
      [b, "b"],
      ["not-found", "not-found"],
    ] as const) {
      const { facts } = mirrored(answer);
      assert.equal(told(await facts.ask(edge, { confirm: true })), expected);
      assert.equal(told(facts.cached(edge)), expected);
    }
  });

  it("stays where the registry says nothing", async () => {
    const { registry, facts } = mirrored("timed-out");
    assert.equal(told(await facts.ask(edge, { confirm: true })), `a from ${MIRROR}`);
    assert.equal(told(facts.cached(edge)), `a from ${MIRROR}`);
    assert.deepEqual(asked(registry), [false, true]);
  });

  it("of a digest needs no confirmation: whoever has it has the same", async () => {
    const { registry, facts } = mirrored(a);
    registry.mirrored.set(familiarName(pinned), a);
    assert.equal(told(await facts.ask(pinned, { confirm: true })), `a from ${MIRROR}`);
    assert.deepEqual(asked(registry), [false]);
  });

  it("is asked anew of both, where both are to be passed over", async () => {
    const { registry, facts } = mirrored(a);
    await facts.ask(edge, { confirm: true, refresh: true });
    assert.deepEqual(
      registry.questions.map(({ options }) => options.refresh),
      [true, true],
    );
  });
});

describe("a manifest", () => {
  const manifest = {
    digest: a,
    mediaType: "",
    size: 1,
    kind: "manifest",
    artifactType: "",
    platforms: [],
    children: [],
    configuration: null,
    annotations: new Map(),
  } as const;

  it("is fetched once, for whatever leads to it", async () => {
    const { registry, facts } = start();
    registry.contents.set(a, manifest);
    registry.answers.set("alpine:edge", a).set(familiarName(pinned), a);
    for (const reference of [edge, pinned]) {
      const answer = await facts.ask(reference);
      assert.equal(await facts.manifest(reference, answer), manifest);
      assert.equal(facts.cachedManifest(reference, answer), manifest);
    }
    assert.deepEqual(registry.fetched, [a]);
  });

  it("that can't be had is not asked for again within a minute", async () => {
    const { clock, registry, facts } = start();
    registry.answers.set("alpine:edge", a);
    registry.contents.set(a, "server-error");
    const answer = await facts.ask(edge);
    for (const _ of [1, 2]) assert.equal(await facts.manifest(edge, answer), null);
    clock.now += MINUTE;
    registry.contents.set(a, "cancelled");
    for (const _ of [1, 2]) assert.equal(await facts.manifest(edge, answer), null);
    assert.equal(registry.fetched.length, 3);
  });

  it("that was held back, since nobody had asked, is fetched for whoever asks", async () => {
    const { registry, facts } = start();
    registry.answers.set("alpine:edge", a);
    registry.contents.set(a, "rate-limited");
    const answer = await facts.ask(edge);
    assert.equal(await facts.manifest(edge, answer, { isUnasked: true }), null);
    registry.contents.set(a, manifest);
    assert.equal(await facts.manifest(edge, answer), manifest);
  });

  it("is none behind a failure", async () => {
    const { registry, facts } = start();
    const answer = await facts.ask(edge);
    assert.equal(await facts.manifest(edge, answer), null);
    assert.equal(facts.cachedManifest(edge, answer), null);
    assert.equal(await facts.details(edge, answer), null);
    assert.deepEqual(registry.fetched, []);
  });

  it("raises what is no failure of a registry", async () => {
    const { registry, facts } = start();
    registry.answers.set("alpine:edge", a);
    const answer = await facts.ask(edge);
    registry.fetchManifest = async () => {
      throw new TypeError("a mistake of ours");
    };
    await assert.rejects(facts.manifest(edge, answer), (error: Error) => !(error instanceof RegistryError));
  });
});
