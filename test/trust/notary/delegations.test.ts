/** Delegations: which are taken, which are left out with what stands below them, and which end the whole. */
import assert from "node:assert/strict";
import { signedTag } from "../../../server/src/trust/notary/target";
import type { TrustedRepository } from "../../../server/src/trust/notary/trustedRepository";
import { createKey } from "../../support/notary/keys";
import type { SnapshotBody } from "../../support/notary/metadata";
import { type DelegationDraft, targetOf } from "../../support/notary/repository";
import { daysFrom, hexOf, NOW, Scene } from "../../support/notary/scene";

type Name = `targets/${string}`;
const key = createKey("ecdsa");
const RELEASES = "targets/releases";

function names({ roles }: Pick<TrustedRepository, "roles">): string[] {
  return roles.map(({ name }) => name);
}

function skippedIn({ skipped }: TrustedRepository): string[] {
  return skipped.map(({ name, code, tags }) => `${name} ${code} ${[...tags.keys()].sort().join()}`);
}

describe("delegations", () => {
  let scene: Scene;
  beforeEach(() => {
    scene = new Scene();
  });

  function delegate(name: Name, tags: Readonly<Record<string, string>> = {}): DelegationDraft {
    const draft = scene.repository.delegate(name, key);
    for (const [tag, digit] of Object.entries(tags)) draft.targets[tag] = targetOf(hexOf(digit), 1);
    return draft;
  }

  async function believe(): Promise<TrustedRepository> {
    return scene.believe();
  }

  it("come in pre-order", async () => {
    for (const name of [
      "targets/b",
      "targets/a",
      "targets/b/y",
      "targets/b/x",
      "targets/b/y/z",
      "targets/a/c",
    ] as const) {
      delegate(name);
    }
    scene.publish();
    const expected = ["", "/b", "/b/y", "/b/y/z", "/b/x", "/a", "/a/c"].map((name) => `targets${name}`);
    assert.deepEqual(names(await scene.update()), expected);
  });

  const pathRows: readonly (readonly [paths: readonly string[], tag: string, counts: boolean])[] = [
    [[""], "1.0", true],
    [["1"], "1.0", true],
    [["1.0"], "1.0", true],
    [["1.0."], "1.0", false],
    [["2", "1."], "1.0", true],
    [["2"], "1.0", false],
    [["*"], "1.0", false],
    [[], "1.0", false],
  ];
  for (const [paths, tag, counts] of pathRows) {
    it(`of the paths ${JSON.stringify(paths)} ${counts ? "may" : "may not"} sign ${tag}`, async () => {
      delegate(RELEASES, { [tag]: "2" }).paths = [...paths];
      scene.publish();
      assert.equal(signedTag(await scene.update(), tag) !== null, counts);
    });
  }

  const nestedRows: readonly (readonly [
    parent: readonly string[],
    child: readonly string[],
    left: readonly string[],
  ])[] = [
    [[""], ["1", "2"], ["1", "2"]],
    [["1"], ["1.0", "2"], ["1.0"]],
    [["1"], [""], []],
    [
      ["1", "2"],
      ["2.0", "1"],
      ["2.0", "1"],
    ],
    [[], ["1"], []],
  ];
  for (const [parent, child, left] of nestedRows) {
    it(`reach as far as their parents: ${JSON.stringify(parent)}, ${JSON.stringify(child)}`, async () => {
      delegate("targets/a").paths = [...parent];
      delegate("targets/a/b").paths = [...child];
      scene.publish();
      const { roles } = await scene.update();
      assert.deepEqual(roles.find(({ name }) => name === "targets/a/b")?.paths, left);
    });
  }

  it("that the snapshot does not list have signed nothing", async () => {
    delegate(RELEASES, { "2": "2" }).isListed = false;
    scene.publish();
    const trusted = await scene.update();
    // Its tags would come first: a fresh client is told that it may be hidden.
    assert.deepEqual([names(trusted), skippedIn(trusted)], [["targets"], ["targets/releases metadata-missing "]]);
    assert.ok(!scene.source.asked.includes("targets/releases.#"));
  });

  it("that the snapshot does not list, and whose tags decide nothing, are no news", async () => {
    delegate("targets/ann").isListed = false;
    scene.publish();
    assert.deepEqual(skippedIn(await scene.update()), []);
  });

  it("that the snapshot lists, and no parent names, are not asked for", async () => {
    delegate(RELEASES);
    scene.repository.targets.edit = (body) => Object.assign(body, { delegations: { keys: {}, roles: null } });
    scene.publish();
    assert.deepEqual(names(await scene.update()), ["targets"]);
    assert.ok(!scene.source.asked.includes("targets/releases.#"));
  });

  it("that have expired are left out, with what stands below them", async () => {
    delegate(RELEASES, { "2": "2" }).expires = daysFrom(NOW, -1).toISOString();
    delegate("targets/releases/deep");
    delegate("targets/z");
    scene.publish();
    const trusted = await scene.update();
    assert.deepEqual(names(trusted), ["targets", "targets/z"]);
    assert.deepEqual(skippedIn(trusted), ["targets/releases expired 2"]);
  });

  it("below their threshold are left out", async () => {
    delegate(RELEASES, { "2": "2" }).signers = [createKey("ecdsa")];
    scene.publish();
    const trusted = await scene.update();
    assert.deepEqual(skippedIn(trusted), ["targets/releases threshold-not-met 2"]);
    assert.equal(signedTag(trusted, "2"), null);
  });

  it("that nobody may sign any more have no tags, whatever they said before", async () => {
    const releases = delegate(RELEASES, { "2": "2" });
    scene.publish();
    await scene.believe();
    releases.keys = [];
    scene.publishNext("targets");
    assert.deepEqual(skippedIn(await scene.update()), ["targets/releases threshold-not-met "]);
  });

  it("that are left out name their tags of before, too", async () => {
    const draft = delegate(RELEASES, { "2": "2" });
    scene.publish();
    await believe();
    draft.targets = { "3": targetOf(hexOf("3"), 1) };
    draft.signers = [];
    scene.publishNext(RELEASES);
    assert.deepEqual(skippedIn(await scene.update()), ["targets/releases threshold-not-met 2,3"]);
  });

  for (const [how, hide] of [
    ["unsigned", (draft: DelegationDraft) => Object.assign(draft, { signers: [] })],
    ["unlisted", (draft: DelegationDraft) => Object.assign(draft, { isListed: false })],
    ["expired", (draft: DelegationDraft) => Object.assign(draft, { expires: daysFrom(NOW, -1).toISOString() })],
  ] as const) {
    it(`do not go back over a state in which they are ${how}`, async () => {
      const draft = delegate(RELEASES, { "2": "2" });
      const { expires } = draft;
      draft.version = 5;
      scene.publish();
      await believe();
      hide(draft);
      scene.publishNext(RELEASES);
      assert.deepEqual(names(await believe()), ["targets"]);
      Object.assign(draft, { signers: null, isListed: true, expires, version: 3 });
      scene.publishNext(RELEASES);
      assert.equal(await scene.outcome(), "rollback targets/releases");
      draft.version = 4;
      scene.publishNext(RELEASES);
      assert.equal(await scene.outcome(), "ok");
    });
  }

  it("that are no longer listed are told", async () => {
    const draft = delegate(RELEASES, { "2": "2" });
    scene.publish();
    await believe();
    draft.isListed = false;
    scene.publishNext(RELEASES);
    assert.deepEqual(skippedIn(await scene.update()), ["targets/releases metadata-missing 2"]);
  });

  it("that their parent no longer names are forgotten", async () => {
    delegate(RELEASES, { "2": "2" });
    scene.publish();
    await believe();
    scene.repository.delegations.clear();
    scene.publishNext("targets");
    assert.deepEqual(skippedIn(await believe()), []);
    assert.ok(!scene.stored.has(RELEASES));
  });

  for (const [name, edit, outcome] of [
    ["of another type", { _type: "Root" }, "wrong-type targets/releases"],
    ["without targets", { targets: [] }, "malformed-metadata targets/releases"],
  ] as const) {
    it(`${name} end the whole`, async () => {
      delegate(RELEASES).edit = (body) => Object.assign(body, edit);
      scene.publish();
      assert.equal(await scene.outcome(), outcome);
    });
  }

  it("are signed by the keys that their own parent names", async () => {
    const own = createKey("ecdsa");
    delegate("targets/a").keys = [own];
    delegate("targets/a/b").signers = [own];
    scene.publish();
    assert.deepEqual(skippedIn(await scene.update()), ["targets/a/b threshold-not-met "]);
  });

  it("are no more than can be fetched", async () => {
    for (let count = 0; count < 200; count++) delegate(`targets/d${count}`);
    scene.publish();
    assert.equal((await scene.update()).roles.length, 201);
    delegate("targets/d0/one-more");
    scene.publish();
    assert.equal(await scene.outcome(), "too-large targets/d0");
  });

  it("are no larger than can be read", async () => {
    delegate(RELEASES);
    scene.repository.snapshot.edit = ({ meta }: SnapshotBody) => {
      Object.assign(meta[RELEASES] ?? assert.fail(), { length: 16 * 1024 * 1024 + 1 });
    };
    scene.publish();
    scene.source.takeAsked();
    assert.equal(await scene.outcome(), "too-large targets/releases");
    assert.ok(!scene.source.takeAsked().includes("targets/releases.#"));
  });

  it("are no larger together than can be read", async () => {
    const names = ["a", "b", "c", "d", "e"].map((name) => `targets/${name}` as const);
    for (const name of names) delegate(name);
    scene.repository.snapshot.edit = ({ meta }: SnapshotBody) => {
      for (const name of names) Object.assign(meta[name] ?? assert.fail(), { length: 15 * 1024 * 1024 });
    };
    scene.publish();
    assert.equal(await scene.outcome(), "too-large targets/e");
  });
});
