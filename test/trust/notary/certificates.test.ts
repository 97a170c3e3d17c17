/** What stands in a root's key, and whether it descends from a pinned authority. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import {
  commonNameOf,
  isInForce,
  isSound,
  parseCertificates,
  rootCertificateOf,
} from "../../../server/src/trust/notary/certificates";
import { keyIdOf, type PublicKey } from "../../../server/src/trust/notary/keys";
import { type CertificateFields, createCertificate } from "../../support/notary/certificate";
import { createKey, type TestKey } from "../../support/notary/keys";
import { daysFrom, GUN, NOW, Scene } from "../../support/notary/scene";

const pair = createKey("ecdsa");
const weakRsa = createKey("rsa", { bits: 1024 });

function certificate(of: TestKey, fields: Partial<CertificateFields> = {}): string {
  return createCertificate(of.publicKey, of.privateKey, { commonName: GUN, ...fields });
}

function keyOf(pem: string, type = "ecdsa-x509"): PublicKey {
  const content = Buffer.from(pem);
  return { id: keyIdOf(type, content), type, content };
}

const leaf = certificate(pair);
const authority = certificate(pair, { isAuthority: true });
const otherBlock = `-----BEGIN PUBLIC KEY-----\n${pair.wire.keyval.public}\n-----END PUBLIC KEY-----\n`;

/** Replaces text within the certificate; its signature is not looked at. */
function patched(pem: string, from: string, to: string): string {
  const bytes = new X509Certificate(pem).raw;
  const at = Buffer.from(bytes).indexOf(from);
  assert.notEqual(at, -1);
  bytes.write(to, at);
  return `-----BEGIN CERTIFICATE-----\n${bytes.toString("base64")}\n-----END CERTIFICATE-----\n`;
}

const bundles: readonly (readonly [name: string, pem: string, intermediates: number | null])[] = [
  ["a leaf", leaf, 0],
  ["a leaf and an authority", leaf + authority, 1],
  ["a leaf and ten authorities", leaf + authority.repeat(10), 10],
  ["a leaf and eleven authorities", leaf + authority.repeat(11), null],
  ["text around a leaf", `of: me\n${leaf}bye\n`, 0],
  ["Windows line ends", leaf.replaceAll("\n", "\r\n"), 0],
  ["two leaves", leaf + leaf, null],
  ["a leaf behind an authority", authority + leaf, null],
  ["an authority", authority, null],
  ["another block behind a leaf", leaf + otherBlock, null],
  ["another block before a leaf", otherBlock + leaf, null],
  ["another block", otherBlock, null],
  ["a certificate under another label", leaf + authority.replaceAll(" CERTIFICATE", " TRUSTED CERTIFICATE"), null],
  ["a block that is no certificate", leaf.replace(/\n.*\n/, "\nAAAA\n"), null],
  ["a block without an end", leaf.replace("-----END", "----END"), null],
  ["nothing", "", null],
];

describe("a bundle of certificates", () => {
  for (const [name, pem, intermediates] of bundles) {
    it(`of ${name} is ${intermediates === null ? "none" : "one"}`, () => {
      assert.equal(rootCertificateOf(keyOf(pem))?.intermediates.length ?? null, intermediates);
    });
  }

  it("is of a key that has certificates", () => {
    assert.equal(rootCertificateOf(keyOf(leaf, "ecdsa")), null);
    assert.equal(parseCertificates(otherBlock), null);
  });
});

describe("a certificate", () => {
  const cut = (pem: string) => rootCertificateOf(keyOf(pem)) ?? assert.fail();

  it("has one common name, or none that counts", () => {
    const issuer = { commonName: "an issuer", privateKey: pair.privateKey };
    const named = (commonName: string | string[]) =>
      commonNameOf(new X509Certificate(certificate(pair, { commonName, issuer })));
    assert.equal(named("first"), "first");
    assert.equal(named(["first", "second"]), null);
    assert.equal(named([]), null);
  });

  it("is sound by the hash of its signature", () => {
    for (const hash of ["sha256", "sha384"] as const) assert.ok(isSound(cut(certificate(pair, { hash }))));
    assert.equal(isSound(cut(certificate(pair, { hash: "sha1" }))), false);
  });

  it("is sound with RSA of 2048 bits, and not below", () => {
    const issuer = { commonName: "an issuer", privateKey: pair.privateKey };
    assert.equal(isSound(cut(certificate(weakRsa, { issuer }))), false);
  });

  it("is not sound where a date is none", () => {
    const dated = certificate(pair, { notAfter: new Date("2033-03-03T03:03:03Z") });
    assert.equal(isSound(cut(dated)), true);
    assert.equal(isSound(cut(patched(dated, "330303030303Z", "33XX03030303Z"))), false);
  });

  it("is in force from a day before its beginning to its end", () => {
    const [notBefore, notAfter] = [new Date("2030-01-02T00:00:00Z"), new Date("2030-02-01T00:00:00Z")];
    const bundle = cut(certificate(pair, { notBefore, notAfter }));
    for (const [moment, is] of [
      ["2029-12-31T23:59:59Z", false],
      ["2030-01-01T00:00:00Z", true],
      ["2030-02-01T00:00:00Z", true],
      ["2030-02-01T00:00:01Z", false],
    ] as const) {
      assert.equal(isInForce(bundle, new Date(moment)), is, moment);
    }
  });
});

describe("a root pinned by authority", () => {
  const [top, middle, stranger] = [createKey("ecdsa"), createKey("ecdsa"), createKey("ecdsa")];
  const topFields = { commonName: "top", isAuthority: true };
  const topCertificate = certificate(top, topFields);
  const byTop = { commonName: "top", privateKey: top.privateKey };
  const byMiddle = { commonName: "middle", privateKey: middle.privateKey };
  const middleFields = { commonName: "middle", isAuthority: true, issuer: byTop };
  const middleCertificate = certificate(middle, middleFields);
  const direct = certificate(pair, { issuer: byTop });
  const indirect = certificate(pair, { issuer: byMiddle });
  const expired = { notAfter: daysFrom(NOW, -1), notBefore: daysFrom(NOW, -2) };

  /** Authorities that follow each other, each signed by the one behind it; the last by `top`. */
  function chain(length: number): { leaf: string; intermediates: string } {
    const keys = Array.from({ length }, () => createKey("ecdsa"));
    const by = (index: number) => {
      const key = keys[index];
      return key === undefined ? byTop : { commonName: `link ${index}`, privateKey: key.privateKey };
    };
    const links = keys.map((key, index) =>
      certificate(key, { commonName: `link ${index}`, isAuthority: true, issuer: by(index + 1) }),
    );
    return { leaf: certificate(pair, { issuer: by(0) }), intermediates: links.join("") };
  }
  const [four, five] = [chain(4), chain(5)];

  const notPinned = "root-not-pinned root";
  const rows: readonly (readonly [name: string, pem: string, pinned: readonly string[], outcome: string])[] = [
    ["it signed", direct, [topCertificate], "ok"],
    ["one of two signed", direct, [certificate(stranger, topFields), topCertificate], "ok"],
    ["it signed, over one between", indirect + middleCertificate, [topCertificate], "ok"],
    ["it signed, as one between itself", indirect, [middleCertificate], "ok"],
    ["one between is missing", indirect, [topCertificate], notPinned],
    ["one between stands before the leaf", middleCertificate + indirect, [topCertificate], "no-valid-certificate root"],
    ["four stand between", four.leaf + four.intermediates, [topCertificate], "ok"],
    ["five stand between", five.leaf + five.intermediates, [topCertificate], notPinned],
    ["another of its name", direct, [certificate(stranger, topFields)], notPinned],
    ["another name with its key", direct, [certificate(top, { ...topFields, commonName: "bottom" })], notPinned],
    ["it has expired", direct, [certificate(top, { ...topFields, ...expired })], notPinned],
    ["it is yet to come", direct, [certificate(top, { ...topFields, notBefore: daysFrom(NOW, 5) })], notPinned],
    ["it is signed over SHA-1", direct, [certificate(top, { ...topFields, hash: "sha1" })], notPinned],
    ["it is no authority", direct, [certificate(top, { commonName: "top" })], notPinned],
    ["the leaf is pinned itself", direct, [direct], notPinned],
    [
      "the one between has expired",
      indirect + certificate(middle, { ...middleFields, ...expired }),
      [topCertificate],
      notPinned,
    ],
    [
      "the one between is signed over SHA-1",
      indirect + certificate(middle, { ...middleFields, hash: "sha1" }),
      [topCertificate],
      notPinned,
    ],
    [
      "the one between is of another",
      indirect + certificate(middle, { ...middleFields, issuer: { ...byTop, privateKey: stranger.privateKey } }),
      [topCertificate],
      notPinned,
    ],
    ["it stands in the bundle alone", direct + topCertificate, [certificate(stranger, topFields)], notPinned],
    ["nobody is pinned", direct, [], notPinned],
  ];
  for (const [name, pem, pinned, outcome] of rows) {
    it(`where ${name}: ${outcome}`, async () => {
      const scene = new Scene();
      scene.repository.root.keys = [rootKey(pem)];
      scene.publish();
      scene.pins = { kind: "authorities", certificates: pinned.map((each) => new X509Certificate(each)) };
      assert.equal(await scene.outcome(), outcome);
    });
  }

  it("is looked for over certificates that all name each other without end", async () => {
    const same = { commonName: "middle", isAuthority: true, issuer: byMiddle };
    const crowd = Array.from({ length: 10 }, () => certificate(middle, same)).join("");
    const scene = new Scene();
    scene.repository.root.keys = [rootKey(indirect + crowd)];
    scene.publish();
    scene.pins = { kind: "authorities", certificates: [new X509Certificate(topCertificate)] };
    const started = performance.now();
    assert.equal(await scene.outcome(), notPinned);
    assert.ok(performance.now() - started < 500);
  });

  function rootKey(pem: string): TestKey {
    const [own = "", ...rest] = pem.split(/(?<=-----END CERTIFICATE-----\n)/);
    return createKey("ecdsa-x509", { pair, chain: rest, own });
  }
});
