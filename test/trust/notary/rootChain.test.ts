/** From the root that is stored to the newest one, over every version between them. */
import assert from "node:assert/strict";
import { NotaryError } from "../../../server/src/trust/notary/notaryError";
import { createKey, type TestKey } from "../../support/notary/keys";
import type { SignedFile } from "../../support/notary/metadata";
import { DAY_MS, daysFrom, GUN, NOW, Scene } from "../../support/notary/scene";

/** Rotates the root's key, and signs the other roles anew. */
function rotate(scene: Scene, ...keys: TestKey[]): void {
  scene.repository.rotateRoot(...keys);
  scene.publishNext();
}

/** What the server answers for `name` from now on. */
function answer(scene: Scene, name: string, bytes: Buffer | undefined): void {
  const files = new Map(scene.source.files);
  if (bytes === undefined) files.delete(name);
  else files.set(name, bytes);
  scene.source.files = files;
}

describe("the newest root", () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = new Scene();
    await scene.believe();
    scene.source.takeAsked();
  });

  for (const [rotations, between] of [
    [1, []],
    [2, ["2.root"]],
    [5, ["2.root", "3.root", "4.root", "5.root"]],
  ] as const) {
    it(`is found over ${rotations} rotations`, async () => {
      for (let count = 0; count < rotations; count++) rotate(scene);
      const { root } = await scene.update();
      assert.equal(root.version, rotations + 1);
      const asked = ["timestamp", "snapshot.#", "root", ...between, "timestamp", "snapshot.#"];
      assert.deepEqual(scene.source.takeAsked(), asked);
    });
  }

  it("is not asked for where nothing failed", async () => {
    assert.equal(await scene.outcome(), "ok");
    assert.deepEqual(scene.source.takeAsked(), ["timestamp"]);
  });

  it("is asked for once, and then what failed is told", async () => {
    scene.draft("timestamp").signers = [];
    scene.publishNext();
    assert.equal(await scene.outcome(), "threshold-not-met timestamp");
    assert.deepEqual(scene.source.takeAsked(), ["timestamp", "root"]);
  });

  it("is followed although the old keys have expired", async () => {
    const old = createKey("ecdsa-x509", { certificate: { commonName: GUN, notAfter: daysFrom(NOW, 10) } });
    scene = new Scene();
    scene.repository.root.keys = [old];
    scene.publish();
    await scene.believe();
    for (const role of ["timestamp", "snapshot", "targets"] as const) {
      scene.draft(role).expires = daysFrom(NOW, 100).toISOString();
    }
    scene.publish();
    scene.now = daysFrom(NOW, 20);
    assert.equal(await scene.outcome(), "expired root");
    rotate(scene);
    rotate(scene);
    assert.equal((await scene.update()).root.version, 3);
  });

  it("is signed by the one before it", async () => {
    scene.repository.rotateRoot();
    scene.repository.root.signers = null;
    scene.publishNext();
    assert.equal(await scene.outcome(), "root-changed root");
  });

  it("is signed by as many keys as the one before it asked for", async () => {
    const [first, second, next] = [0, 1, 2].map(() => scene.repository.createRootKey()) as [TestKey, TestKey, TestKey];
    scene = new Scene();
    Object.assign(scene.repository.root, { keys: [first, second], threshold: 2 });
    scene.publish();
    await scene.believe();
    Object.assign(scene.repository.root, { keys: [next], threshold: 1, version: 2, signers: [first, next] });
    scene.publishNext();
    assert.equal(await scene.outcome(), "root-changed root");
    scene.repository.root.signers = [first, second, next];
    scene.publishNext();
    assert.equal(await scene.outcome(), "ok");
  });

  it("is signed by itself", async () => {
    const old = scene.repository.root.keys;
    rotate(scene);
    scene.repository.root.signers = old;
    scene.publishNext();
    assert.equal(await scene.outcome(), "threshold-not-met root");
  });

  it("follows none that is not signed by itself", async () => {
    const [old, next] = [scene.repository.root.keys, [scene.repository.createRootKey()]];
    Object.assign(scene.repository.root, { keys: next, version: 2, signers: old });
    scene.publishNext();
    rotate(scene);
    assert.equal(await scene.outcome(), "threshold-not-met root");
  });

  it("follows none that can't speak for the name", async () => {
    rotate(scene, scene.repository.createRootKey("ecdsa-x509", "registry.example/acme/other"));
    rotate(scene);
    assert.equal(await scene.outcome(), "no-valid-certificate root");
  });

  it("follows none that is not signed by the one before it", async () => {
    rotate(scene);
    const intruder = scene.repository.createRootKey();
    scene.repository.root.keys = [intruder];
    scene.repository.root.signers = null;
    scene.publishNext("root");
    rotate(scene);
    assert.equal(await scene.outcome(), "root-changed root");
  });

  it("is not reached over a version that the server leaves out", async () => {
    for (let count = 0; count < 3; count++) rotate(scene);
    answer(scene, "3.root.json", undefined);
    assert.equal(await scene.outcome(), "root-version-skipped root");
  });

  it("is not reached over a file of another version", async () => {
    for (let count = 0; count < 3; count++) rotate(scene);
    answer(scene, "2.root.json", scene.source.files.get("3.root.json"));
    assert.equal(await scene.outcome(), "root-version-skipped root");
  });

  it("does not go back", async () => {
    const first = scene.source.files;
    rotate(scene);
    await scene.believe();
    scene.source.files = first;
    assert.equal(await scene.outcome(), "rollback root");
  });

  it("is no older one where the repository was set up anew: that is another root", async () => {
    rotate(scene);
    await scene.believe();
    scene.source.files = new Scene().source.files;
    assert.equal(await scene.outcome(), "root-changed root");
  });

  it("is told from the old one by the first few of its keys, however many there are", async () => {
    const { root } = scene.repository;
    root.keys = Array.from({ length: 8 }, () => scene.repository.createRootKey());
    root.version++;
    scene.publish();
    const error = await scene.update().catch((reason: unknown) => reason);
    assert.ok(error instanceof NotaryError && error.code === "root-changed");
    assert.match(error.message, /it was [0-9a-f]{64}, and now is (?:[0-9a-f]{64}(?:, )?){3} and 5 more\.$/);
  });

  it("is another one of the same version only by the word of the old one", async () => {
    const { root } = scene.repository;
    root.expires = new Date(NOW.getTime() + 500 * DAY_MS).toISOString();
    scene.publishNext();
    assert.equal(await scene.outcome(), "ok");
    root.keys = [scene.repository.createRootKey()];
    scene.publishNext();
    assert.equal(await scene.outcome(), "root-changed root");
  });

  it("is not further ahead than can be walked", async () => {
    scene.repository.root.edit = (body) => Object.assign(body, { version: 502 });
    scene.publishNext();
    assert.equal(await scene.outcome(), "too-large root");
    scene.repository.root.edit = (body) => Object.assign(body, { version: 501 });
    scene.publishNext();
    assert.equal(await scene.outcome(), "root-version-skipped root");
  });

  it("is missed where the server has none any more", async () => {
    rotate(scene);
    answer(scene, "root.json", undefined);
    assert.equal(await scene.outcome(), "trust-data-removed root");
  });

  it("can't be held back to turn what is wrong into what can't be had", async () => {
    scene.repository.targets.editSigned = ({ signed }: SignedFile) => Object.assign(signed, { version: 9 });
    scene.publishNext("targets");
    scene.source.failures.set("root", "unreachable");
    assert.equal(await scene.outcome(), "threshold-not-met targets");
  });

  it("is refused where it is no root", async () => {
    rotate(scene);
    answer(scene, "root.json", scene.source.files.get("targets.json"));
    assert.equal(await scene.outcome(), "wrong-type root");
  });
});
