/** What is asked for and in which order, and what becomes of an update where the network fails on the way. */
import assert from "node:assert/strict";
import { RegistryError, type RegistryErrorCode } from "../../../server/src/registry/registry";
import { validUntil } from "../../../server/src/trust/notary/trustedRepository";
import { updateTrust } from "../../../server/src/trust/notary/update";
import { createKey } from "../../support/notary/keys";
import type { SnapshotBody, TimestampBody } from "../../support/notary/metadata";
import { targetOf } from "../../support/notary/repository";
import { daysFrom, GUN, hexOf, NOW, outcomeOf, Scene } from "../../support/notary/scene";

const cold = ["root", "timestamp", "snapshot.#", "targets.#", "targets/releases.#", "targets/ann.#"];

/** With releases and one signer, as `docker trust` makes it. */
function newScene(): Scene {
  const scene = new Scene();
  scene.repository.delegate("targets/releases", createKey("ecdsa")).targets["2"] = targetOf(hexOf("2"), 2);
  scene.repository.delegate("targets/ann", createKey("ecdsa")).targets["2"] = targetOf(hexOf("2"), 2);
  scene.publish();
  return scene;
}

describe("an update", () => {
  let scene: Scene;
  beforeEach(() => {
    scene = newScene();
  });

  it("asks six times where nothing is stored", async () => {
    await scene.update();
    assert.deepEqual(scene.source.takeAsked(), cold);
  });

  it("asks once where nothing is new", async () => {
    const { files } = await scene.believe();
    scene.source.takeAsked();
    const again = await scene.update();
    assert.deepEqual(scene.source.takeAsked(), ["timestamp"]);
    assert.deepEqual(again.files, files);
    assert.equal(again.isFromStore, false);
  });

  it("asks for what is new, and for nothing else", async () => {
    await scene.believe();
    scene.publishNext("targets/releases");
    scene.source.takeAsked();
    await scene.update();
    assert.deepEqual(scene.source.takeAsked(), ["timestamp", "snapshot.#", "targets/releases.#"]);
  });

  it("asks for everything but the root where that alone is known", async () => {
    scene.stored = new Map([["root", scene.source.files.get("root.json") ?? assert.fail()]]);
    await scene.update();
    assert.deepEqual(scene.source.takeAsked(), cold.slice(1));
  });

  it("asks nothing behind what failed", async () => {
    scene.draft("snapshot").signers = [];
    scene.publish();
    assert.equal(await scene.outcome(), "threshold-not-met snapshot");
    assert.deepEqual(scene.source.takeAsked(), ["root", "timestamp", "snapshot.#"]);
    scene.draft("root").signers = [];
    scene.publish();
    assert.equal(await scene.outcome(), "threshold-not-met root");
    assert.deepEqual(scene.source.takeAsked(), ["root"]);
  });

  it("tells limits that fit what is asked for", async () => {
    const { source } = scene;
    const limits: Record<string, number> = {};
    const watched = {
      fetch: (name: string, limit: number) => {
        limits[name.replace(/\.[0-9a-f]{64}$/, "")] = limit;
        return source.fetch(name, limit);
      },
    };
    await updateTrust({ gun: GUN, source: watched, stored: new Map(), pins: null, now: NOW });
    const size = (role: string) => source.files.get(`${role}.json`)?.length;
    const mebibyte = 1024 * 1024;
    const [root, timestamp] = [4 * mebibyte, mebibyte];
    const [snapshot, targets] = [size("snapshot"), size("targets")];
    const [releases, ann] = [size("targets/releases"), size("targets/ann")];
    const expected = { root, timestamp, snapshot, targets, "targets/releases": releases, "targets/ann": ann };
    assert.deepEqual(limits, expected);
  });

  it("asks for no file that is said to be larger than can be read", async () => {
    scene.repository.timestamp.edit = ({ meta }: TimestampBody) =>
      Object.assign(meta.snapshot ?? {}, { length: 2 ** 40 });
    scene.publish();
    assert.equal(await scene.outcome(), "too-large snapshot");
    scene.repository.timestamp.edit = null;
    scene.repository.snapshot.edit = ({ meta }: SnapshotBody) => Object.assign(meta.targets ?? {}, { length: 2 ** 40 });
    scene.publish();
    assert.equal(await scene.outcome(), "too-large targets");
  });

  it("finds no trust data where there is no root, and half of it where there is no timestamp", async () => {
    const { files } = scene.source;
    scene.source.files = new Map();
    assert.equal(await scene.outcome(), "no-trust-data root");
    scene.source.files = new Map([...files].filter(([name]) => !name.endsWith("timestamp.json")));
    assert.equal(await scene.outcome(), "metadata-missing timestamp");
    scene.source.files = files;
    await scene.believe();
    scene.source.files = new Map();
    assert.equal(await scene.outcome(), "trust-data-removed timestamp");
  });

  it("holds until the first of its dates", async () => {
    const ends = (await scene.update()).timestamp.expires;
    assert.deepEqual(validUntil(await scene.update()), ends);
    for (const role of ["root", "snapshot", "targets", "targets/ann"] as const) {
      const other = newScene();
      const date = daysFrom(NOW, 3);
      other.draft(role).expires = date.toISOString();
      other.publish();
      assert.deepEqual(validUntil(await other.update()), date, role);
    }
  });

  const keyUntil = (days: number) =>
    createKey("ecdsa-x509", { certificate: { commonName: GUN, notAfter: daysFrom(NOW, days) } });
  const daysOf = async () => Math.round((validUntil(await scene.update()).getTime() - NOW.getTime()) / 86_400_000);

  for (const [threshold, days] of [
    [1, 6],
    [2, 4],
    [3, 2],
  ] as const) {
    it(`holds as long as ${threshold} of the root's certificates, where so many are needed`, async () => {
      Object.assign(scene.repository.root, { keys: [keyUntil(2), keyUntil(4), keyUntil(6)], threshold });
      scene.publish();
      assert.equal(await daysOf(), days);
    });
  }

  it("does not hold by a certificate that signed nothing", async () => {
    const [signer, other] = [keyUntil(2), keyUntil(6)];
    Object.assign(scene.repository.root, { keys: [signer, other], signers: [signer] });
    scene.publish();
    assert.equal(await daysOf(), 2);
    assert.deepEqual(
      (await scene.update()).rootKeys.map(({ id }) => id),
      [signer.id],
    );
  });
});

describe("an update over a network that fails", () => {
  for (const name of cold) {
    it(`at ${name}, with nothing stored`, async () => {
      const scene = newScene();
      scene.source.failures.set(name, "timed-out");
      assert.equal(await scene.outcome(), "timed-out of the network");
    });
  }

  for (const name of cold.slice(2)) {
    it(`at ${name}, with an earlier state stored`, async () => {
      const scene = newScene();
      await scene.believe();
      scene.publishNext("targets", "targets/releases", "targets/ann");
      scene.source.failures.set(name, "timed-out");
      assert.equal(await scene.outcome(), "timed-out of the network");
    });
  }

  const codes: readonly (readonly [RegistryErrorCode, isFromStore: boolean])[] = [
    ["unreachable", true],
    ["timed-out", true],
    ["tls", true],
    ["server-error", true],
    ["rate-limited", true],
    ["unauthorized", false],
    ["forbidden", false],
    ["too-large", false],
    ["malformed-answer", false],
    ["refused-address", false],
    ["credential-helper", false],
    ["cancelled", false],
  ];
  for (const [code, isFromStore] of codes) {
    it(`with ${code} takes ${isFromStore ? "the stored timestamp" : "none"}`, async () => {
      const scene = newScene();
      await scene.believe();
      scene.source.failures.set("*", code);
      if (!isFromStore) return assert.equal(await scene.outcome(), `${code} of the network`);
      const trusted = await scene.update();
      assert.equal(trusted.isFromStore, true);
      assert.deepEqual(trusted.files, scene.stored);
    });
  }

  it("takes the stored timestamp until it expires", async () => {
    const scene = newScene();
    const { timestamp } = await scene.believe();
    scene.source.failures.set("*", "unreachable");
    scene.now = timestamp.expires;
    assert.equal(await scene.outcome(), "ok");
    scene.now = new Date(timestamp.expires.getTime() + 1);
    assert.equal(await scene.outcome(), "unreachable of the network");
  });

  it("takes the stored timestamp for nothing else that was not stored", async () => {
    const scene = newScene();
    await scene.believe();
    scene.stored = new Map([...scene.stored].filter(([role]) => role !== "targets"));
    scene.source.failures.set("*", "unreachable");
    assert.equal(await scene.outcome(), "unreachable of the network");
  });

  it("does not hide what is wrong with what is stored", async () => {
    const scene = newScene();
    await scene.believe();
    scene.stored = new Map([...scene.stored]).set("snapshot", Buffer.from("{}"));
    scene.source.failures.set("*", "unreachable");
    assert.equal(await scene.outcome(), "unreachable of the network");
  });

  it("takes no answer of the store for a fault of the test's own", async () => {
    const scene = newScene();
    await scene.believe();
    const broken = { fetch: () => Promise.reject(new TypeError("a mistake")) };
    const work = updateTrust({ gun: GUN, source: broken, stored: scene.stored, pins: null, now: NOW });
    await assert.rejects(work, TypeError);
  });
});

describe("an update from a store that can't be read", () => {
  for (const role of ["root", "timestamp", "snapshot", "targets", "targets/releases"] as const) {
    it(`for its ${role} is no word about the server`, async () => {
      const scene = newScene();
      await scene.believe();
      scene.stored = new Map(scene.stored).set(role, Buffer.from("{"));
      assert.equal(await scene.outcome(), "store-unusable store");
    });
  }

  it("for its timestamp says so where the network fails too", async () => {
    const scene = newScene();
    await scene.believe();
    scene.stored = new Map(scene.stored).set("timestamp", Buffer.from("{"));
    scene.source.failures.set("timestamp", "unreachable");
    assert.equal(await scene.outcome(), "store-unusable store");
  });

  it("of another name is none of this one", async () => {
    const other = new Scene({ gun: "registry.example/acme/other" });
    const scene = newScene();
    scene.stored = new Map([["root", other.source.files.get("root.json") ?? assert.fail()]]);
    assert.equal(await scene.outcome(), "store-unusable store");
  });
});

describe("an outcome", () => {
  it("is told by code and step", async () => {
    assert.equal(await outcomeOf(Promise.reject(new RegistryError("tls", ""))), "tls of the network");
    await assert.rejects(outcomeOf(Promise.reject(new TypeError("other"))), TypeError);
  });
});
