/** Root, timestamp, snapshot, targets and delegations belong to one state, or are none. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createKey } from "../../support/notary/keys";
import { targetOf } from "../../support/notary/repository";
import { hexOf, Scene } from "../../support/notary/scene";

function newScene(): Scene {
  const scene = new Scene();
  scene.repository.delegate("targets/releases", createKey("ecdsa")).targets["2"] = targetOf(hexOf("2"), 2);
  scene.publish();
  return scene;
}

describe("one state", () => {
  it("is not mixed from the snapshot of one moment and the targets of another", async () => {
    const scene = newScene();
    await scene.believe();
    const before = scene.source.files;
    scene.repository.targets.targets["1"] = targetOf(hexOf("9"), 9);
    scene.publishNext("targets");
    // Whatever name it is asked for, the old targets come.
    const old = before.get("targets.json") ?? assert.fail();
    const mixed = [...scene.source.files].map(([name, bytes]) => [name, name.startsWith("targets.") ? old : bytes]);
    scene.source.files = new Map(mixed as [string, Buffer][]);
    scene.stored = new Map();
    assert.equal(await scene.outcome(), "hash-mismatch targets");
  });

  for (const role of ["snapshot", "targets", "targets/releases"] as const) {
    it(`has no other ${role} than the one that its parent tells of`, async () => {
      const scene = newScene();
      const bytes = scene.source.files.get(`${role}.json`) ?? assert.fail();
      const name = `${role}.${createHash("sha256").update(bytes).digest("hex")}.json`;
      const text = String(bytes);
      for (const [outcome, changed] of [
        ["length-mismatch", text.slice(0, -1)],
        ["hash-mismatch", text.replace('"version":1', '"version":2')],
      ] as const) {
        scene.source.files = new Map(scene.source.files).set(name, Buffer.from(changed));
        assert.equal(await scene.outcome(), `${outcome} ${role}`);
      }
    });

    it(`holds both hashes against the ${role} where the parent tells both`, async () => {
      const scene = newScene();
      const parent = scene.draft(role === "snapshot" ? "timestamp" : "snapshot");
      parent.edit = ({ meta }: { meta: Record<string, { hashes: Record<string, string> }> }) => {
        Object.assign(meta[role]?.hashes ?? assert.fail(), { sha512: Buffer.alloc(64).toString("base64") });
      };
      scene.publish();
      assert.equal(await scene.outcome(), `hash-mismatch ${role}`);
    });
  }

  it("has the root that the snapshot lists, and no other", async () => {
    const scene = newScene();
    scene.draft("snapshot").edit = ({ meta }: { meta: Record<string, { length: number }> }) => {
      Object.assign(meta.root ?? assert.fail(), { hashes: { sha256: Buffer.alloc(32).toString("base64") } });
    };
    scene.publish();
    assert.equal(await scene.outcome(), "hash-mismatch root");
  });

  for (const role of ["root", "targets"] as const) {
    it(`is none where the snapshot lists no ${role}`, async () => {
      const scene = newScene();
      scene.draft("snapshot").edit = ({ meta }: { meta: Record<string, unknown> }) => {
        delete meta[role];
      };
      scene.publish();
      assert.equal(await scene.outcome(), `metadata-missing ${role}`);
    });
  }

  for (const role of ["snapshot", "targets", "targets/releases"] as const) {
    it(`is none where the server lacks the ${role} that is listed`, async () => {
      const scene = newScene();
      scene.source.files = new Map([...scene.source.files].filter(([name]) => !name.startsWith(`${role}.`)));
      assert.equal(await scene.outcome(), `metadata-missing ${role}`);
    });
  }
});
