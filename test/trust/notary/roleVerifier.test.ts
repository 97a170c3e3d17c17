/**
 * Timestamp, snapshot, targets and delegations against a root that is believed: who signed, how new, of which state.
 * Each case is a server that lies in one way, and a client that has believed an honest state before.
 */
import assert from "node:assert/strict";
import { createKey, createSignature } from "../../support/notary/keys";
import type { SignedFile } from "../../support/notary/metadata";
import { targetOf } from "../../support/notary/repository";
import { daysFrom, hexOf, NOW, Scene } from "../../support/notary/scene";

const roles = ["timestamp", "snapshot", "targets", "targets/releases"] as const;
type Role = (typeof roles)[number];

/** Of a repository with releases; a delegation that fails in this way is left out, and the rest stands. */
async function outcomeOf(scene: Scene, role: Role): Promise<string> {
  if (role !== "targets/releases") return scene.outcome();
  const { skipped } = await scene.update().catch(() => ({ skipped: null }));
  if (skipped === null) return scene.outcome();
  return skipped.map(({ name, code }) => `${code} ${name}`).join() || "ok";
}

function newScene(): Scene {
  const scene = new Scene();
  scene.repository.delegate("targets/releases", createKey("ecdsa")).targets["2"] = targetOf(hexOf("2"), 2);
  scene.publish();
  return scene;
}

/** All roles but `role` go on, and the server answers with the earlier file of that one wherever it can be asked for. */
function rollBack(scene: Scene, role: Role): void {
  const draft = scene.draft(role);
  for (const each of roles) scene.draft(each).version += 2;
  draft.version -= 3;
  scene.publish();
}

for (const role of roles) {
  describe(`the role ${role}`, () => {
    let scene: Scene;
    beforeEach(() => {
      scene = newScene();
      for (const each of roles) scene.draft(each).version = 5;
      scene.publish();
    });

    it("is believed where it is sound", async () => assert.equal(await outcomeOf(scene, role), "ok"));

    it("does not go back to an earlier version", async () => {
      await scene.believe();
      rollBack(scene, role);
      assert.equal(await scene.outcome(), `rollback ${role}`);
      scene.draft(role).version = 5;
      scene.publish();
      assert.equal(await scene.outcome(), "ok");
    });

    it("needs its threshold", async () => {
      const draft = scene.draft(role);
      const [first, second] = [createKey("ecdsa"), createKey("ed25519")];
      Object.assign(draft, { keys: [first, second], threshold: 2, signers: [first] });
      scene.publish();
      assert.equal(await outcomeOf(scene, role), `threshold-not-met ${role}`);
      draft.signers = [first, second];
      scene.publish();
      assert.equal(await outcomeOf(scene, role), "ok");
    });

    it("counts a key once, however often it signs", async () => {
      const draft = scene.draft(role);
      const first = createKey("ecdsa");
      Object.assign(draft, { keys: [first, createKey("ecdsa")], threshold: 2, signers: [first, first] });
      scene.publish();
      assert.equal(await outcomeOf(scene, role), `threshold-not-met ${role}`);
    });

    it("counts a key once, bare and in a certificate", async () => {
      const draft = scene.draft(role);
      const bare = createKey("ecdsa");
      const dressed = createKey("ecdsa-x509", { pair: bare, certificate: { commonName: "the same" } });
      assert.notEqual(bare.id, dressed.id);
      Object.assign(draft, { keys: [bare, dressed], threshold: 2 });
      scene.publish();
      assert.equal(await outcomeOf(scene, role), `threshold-not-met ${role}`);
    });

    it("takes no signature of another role's key", async () => {
      for (const other of ["root", ...roles] as const) {
        const thief = newScene();
        if (other === role) continue;
        const [key = assert.fail()] = thief.draft(other).keys;
        thief.draft(role).signers = [key];
        thief.publish();
        assert.equal(await outcomeOf(thief, role), `threshold-not-met ${role}`, other);
      }
    });

    it("takes no signature of a foreign key under the name of its own", async () => {
      const [own = assert.fail()] = scene.draft(role).keys;
      scene.draft(role).signers = [{ key: createKey("ecdsa"), keyId: own.id }];
      scene.publish();
      assert.equal(await outcomeOf(scene, role), `threshold-not-met ${role}`);
    });

    it("takes no signature of its own key under another name", async () => {
      const [own = assert.fail()] = scene.draft(role).keys;
      scene.draft(role).signers = [{ key: own, keyId: hexOf("a") }];
      scene.publish();
      assert.equal(await outcomeOf(scene, role), `threshold-not-met ${role}`);
    });

    it("is refused where it was changed after it was signed", async () => {
      scene.draft(role).editSigned = ({ signed }: SignedFile<never>) => Object.assign(signed, { version: 6 });
      scene.publish();
      assert.equal(await outcomeOf(scene, role), `threshold-not-met ${role}`);
    });

    it("is refused without signatures", async () => {
      scene.draft(role).signers = [];
      scene.publish();
      assert.equal(await outcomeOf(scene, role), `threshold-not-met ${role}`);
    });

    it("tries no more signatures than a hundred", async () => {
      const [own = assert.fail()] = scene.draft(role).keys;
      const foreign = createKey("ed25519");
      const draft = scene.draft(role);
      draft.editSigned = ({ signatures }: SignedFile<never>) => {
        const false_ = createSignature(foreign, Buffer.from("anything"));
        signatures.unshift(...Array.from({ length: 100 }, () => ({ ...false_, keyid: own.id })));
      };
      scene.publish();
      assert.equal(await outcomeOf(scene, role), `threshold-not-met ${role}`);
    });

    it("ends at its expiry, and not before", async () => {
      const ends = daysFrom(NOW, 3);
      scene.draft(role).expires = ends.toISOString();
      scene.publish();
      scene.now = ends;
      assert.equal(await outcomeOf(scene, role), "ok");
      scene.now = new Date(ends.getTime() + 1);
      assert.equal(await outcomeOf(scene, role), `expired ${role}`);
    });
  });
}
