/** Which roots are believed for a GUN: certificates, dates, thresholds, and pins. */
import assert from "node:assert/strict";
import { type CertificateFields, createCertificate } from "../../support/notary/certificate";
import { createKey, type TestKey } from "../../support/notary/keys";
import { daysFrom, GUN, hexOf, NOW, Scene } from "../../support/notary/scene";

const pair = createKey("ecdsa");

/** All of one pair, so that nothing but the certificate tells them apart. */
function rootKey(certificate: Partial<CertificateFields> = {}, chain: readonly string[] = []): TestKey {
  return createKey("ecdsa-x509", { pair, chain, certificate: { commonName: GUN, ...certificate } });
}

function sceneWith(keys: readonly TestKey[], threshold = 1): Scene {
  const scene = new Scene();
  Object.assign(scene.repository.root, { keys, threshold });
  scene.publish();
  return scene;
}

const authority = createKey("ecdsa");
const authorityCertificate = createCertificate(authority.publicKey, authority.privateKey, {
  commonName: "an authority",
  isAuthority: true,
});

const notSpeaking = "no-valid-certificate root";
const certificates: readonly (readonly [name: string, key: TestKey, outcome: string])[] = [
  ["the GUN as its common name", rootKey(), "ok"],
  ["a prefix of the GUN", rootKey({ commonName: "registry.example/acme/*" }), "ok"],
  ["a prefix within a component", rootKey({ commonName: "registry.example/ac*" }), "ok"],
  ["a prefix with two stars", rootKey({ commonName: "registry.example/**" }), "ok"],
  ["a prefix of another GUN", rootKey({ commonName: "registry.example/other/*" }), notSpeaking],
  ["another GUN", rootKey({ commonName: "registry.example/acme/other" }), notSpeaking],
  ["a prefix without a star", rootKey({ commonName: "registry.example/acme" }), notSpeaking],
  ["the GUN with more behind it", rootKey({ commonName: `${GUN}2` }), notSpeaking],
  ["a star within", rootKey({ commonName: "registry.example/*/app" }), notSpeaking],
  ["the GUN in capitals", rootKey({ commonName: GUN.toUpperCase() }), notSpeaking],
  ["two common names", rootKey({ commonName: [GUN, "another"] }), notSpeaking],
  ["no common name", rootKey({ commonName: [] }), notSpeaking],
  ["a signature over SHA-1", rootKey({ hash: "sha1" }), notSpeaking],
  ["a signature over SHA-384", rootKey({ hash: "sha384" }), "ok"],
  ["the right of an authority", rootKey({ isAuthority: true }), notSpeaking],
  ["an authority behind it", rootKey({}, [authorityCertificate]), "ok"],
  ["a second leaf behind it", rootKey({}, [rootKey().certificates ?? ""]), notSpeaking],
  ["eleven authorities behind it", rootKey({}, Array(11).fill(authorityCertificate)), notSpeaking],
  ["no certificate", createKey("ecdsa"), notSpeaking],
  ["an end half a day ago", rootKey({ notAfter: daysFrom(NOW, -0.5) }), "expired root"],
  ["an end in this second", rootKey({ notAfter: new Date(Math.ceil(NOW.getTime() / 1000) * 1000) }), "ok"],
  ["a beginning within a day", rootKey({ notBefore: daysFrom(NOW, 0.99) }), "ok"],
  ["a beginning in two days", rootKey({ notBefore: daysFrom(NOW, 2) }), "expired root"],
  ["an end before its beginning", rootKey({ notBefore: NOW, notAfter: daysFrom(NOW, -1) }), notSpeaking],
];

describe("a root", () => {
  for (const [name, key, outcome] of certificates) {
    it(`whose certificate has ${name}: ${outcome}`, async () => {
      assert.equal(await sceneWith([key]).outcome(), outcome);
    });
  }

  it("speaks with one good certificate of two", async () => {
    const good = createKey("ecdsa-x509", { certificate: { commonName: GUN } });
    for (const bad of [rootKey({ notAfter: daysFrom(NOW, -0.5) }), rootKey({ commonName: "another" })]) {
      const { rootKeys } = await sceneWith([bad, good]).update();
      assert.deepEqual(
        rootKeys.map(({ id }) => id),
        [good.id],
      );
    }
  });

  it("needs the signature of the good one", async () => {
    const [good, bad] = [
      createKey("ecdsa-x509", { certificate: { commonName: GUN } }),
      rootKey({ commonName: "another" }),
    ];
    const scene = sceneWith([good, bad]);
    scene.repository.root.signers = [bad];
    scene.publish();
    assert.equal(await scene.outcome(), "threshold-not-met root");
  });

  it("does not count one key twice for having two certificates", async () => {
    assert.equal(await sceneWith([rootKey(), rootKey()], 2).outcome(), "threshold-not-met root");
  });

  it("meets its threshold with its own keys alone", async () => {
    const scene = sceneWith([rootKey(), createKey("ecdsa-x509", { certificate: { commonName: GUN } })], 2);
    assert.equal(await scene.outcome(), "ok");
    scene.repository.root.signers = [scene.repository.root.keys[0] ?? assert.fail(), createKey("ecdsa")];
    scene.publish();
    assert.equal(await scene.outcome(), "threshold-not-met root");
  });

  it("ends at its expiry", async () => {
    const scene = new Scene();
    const ends = daysFrom(NOW, 2);
    scene.repository.root.expires = ends.toISOString();
    scene.publish();
    scene.now = ends;
    assert.equal(await scene.outcome(), "ok");
    scene.now = new Date(ends.getTime() + 1);
    assert.equal(await scene.outcome(), "expired root");
  });

  it("is refused for its keys before it is for its age", async () => {
    const scene = new Scene();
    scene.repository.root.expires = daysFrom(NOW, -2).toISOString();
    scene.repository.root.signers = [];
    scene.publish();
    assert.equal(await scene.outcome(), "threshold-not-met root");
  });

  it("of another name is none of this one", async () => {
    assert.equal(await new Scene({ gun: "registry.example/acme/other" }).outcome(), notSpeaking);
  });

  it("is refused where it is stored and does not hold", async () => {
    const scene = new Scene();
    await scene.believe();
    scene.repository.root.signers = [];
    scene.publish();
    scene.stored = new Map(scene.stored).set("root", scene.source.files.get("root.json") ?? assert.fail());
    assert.equal(await scene.outcome(), "store-unusable store");
  });
});

describe("a root pinned by key", () => {
  const key = rootKey();
  const other = createKey("ecdsa-x509", { certificate: { commonName: GUN } });
  const rows: readonly (readonly [name: string, ids: readonly string[], keys: readonly TestKey[], outcome: string])[] =
    [
      ["its id", [key.id], [key], "ok"],
      ["its id without the certificate", [key.canonicalId], [key], "ok"],
      ["one of several", [hexOf("a"), key.id], [key], "ok"],
      ["another's id", [other.id], [key], "root-not-pinned root"],
      ["another's id without the certificate", [other.canonicalId], [key], "root-not-pinned root"],
      ["its id in capitals", [key.id.toUpperCase()], [key], "root-not-pinned root"],
      ["none", [], [key], "root-not-pinned root"],
      ["one of its two keys", [key.id], [key, other], "ok"],
    ];
  for (const [name, ids, keys, outcome] of rows) {
    it(`${name}: ${outcome}`, async () => {
      const scene = sceneWith(keys);
      scene.pins = { kind: "keys", ids };
      assert.equal(await scene.outcome(), outcome);
    });
  }

  it("needs the signature of the pinned one", async () => {
    const scene = sceneWith([key, other]);
    scene.pins = { kind: "keys", ids: [key.id] };
    scene.repository.root.signers = [other];
    scene.publish();
    assert.equal(await scene.outcome(), "threshold-not-met root");
  });

  it("is held to the pin also where it is stored", async () => {
    const scene = sceneWith([key]);
    await scene.believe();
    scene.pins = { kind: "keys", ids: [other.id] };
    assert.equal(await scene.outcome(), "root-not-pinned root");
  });

  it("is held to the pin also after a rotation", async () => {
    const scene = sceneWith([key]);
    scene.pins = { kind: "keys", ids: [key.id] };
    await scene.believe();
    scene.repository.rotateRoot(other);
    scene.publishNext();
    assert.equal(await scene.outcome(), "root-not-pinned root");
  });
});
