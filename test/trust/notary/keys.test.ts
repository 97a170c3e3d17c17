/** Keys of every type with signatures of every method, and the ids that keys have whatever metadata calls them. */
import assert from "node:assert/strict";
import { ECDH, generateKeyPairSync, sign } from "node:crypto";
import {
  canonicalKeyIdOf,
  isKeyId,
  isSignedBy,
  keyIdOf,
  keyMaterialOf,
  type PublicKey,
} from "../../../server/src/trust/notary/keys";
import {
  createKey,
  createSignature,
  type KeyKind,
  type SignatureMethod,
  type TestKey,
} from "../../support/notary/keys";

const message = Buffer.from("what is signed");

// RSA keys are slow to make: one of each size serves all tests.
const rsa = createKey("rsa");
const weakRsa = createKey("rsa", { bits: 1024 });
const ecdsa = createKey("ecdsa");
const keys: Readonly<Record<KeyKind, TestKey>> = {
  rsa,
  "rsa-x509": createKey("rsa-x509", { pair: rsa }),
  ecdsa,
  "ecdsa-x509": createKey("ecdsa-x509", { pair: ecdsa }),
  ed25519: createKey("ed25519"),
};
const kinds = Object.keys(keys) as KeyKind[];
const methods: Readonly<Record<SignatureMethod, readonly KeyKind[]>> = {
  ecdsa: ["ecdsa", "ecdsa-x509"],
  rsapss: ["rsa", "rsa-x509"],
  rsapkcs1v15: ["rsa", "rsa-x509"],
  eddsa: ["ed25519"],
};

function publicKey({ wire }: Pick<TestKey, "wire">): PublicKey {
  const content = Buffer.from(wire.keyval.public, "base64");
  return { id: keyIdOf(wire.keytype, content), type: wire.keytype, content };
}

function ofType(type: string, content: Buffer): PublicKey {
  return { id: keyIdOf(type, content), type, content };
}

function signed(key: TestKey, method: SignatureMethod, bytes = message) {
  return { keyId: key.id, method, bytes: Buffer.from(createSignature(key, bytes, method).sig, "base64") };
}

describe("a signature", () => {
  for (const [method, fitting] of Object.entries(methods) as [SignatureMethod, readonly KeyKind[]][]) {
    for (const kind of kinds) {
      const signer = fitting.includes(kind) ? keys[kind] : keys[fitting[0] ?? "rsa"];
      const signature = signed(signer, method);
      it(`by ${method} is ${fitting.includes(kind) ? "one" : "none"} of a key of type ${kind}`, () => {
        assert.equal(isSignedBy(publicKey(keys[kind]), signature, message), fitting.includes(kind));
        assert.equal(isSignedBy(publicKey(keys[kind]), signature, Buffer.from("something else")), false);
      });
    }

    it(`by ${method} is none under the name of another method`, () => {
      const key = keys[fitting[0] ?? "rsa"];
      for (const name of [...Object.keys(methods), "none", "", "hmac", method.toUpperCase()]) {
        assert.equal(isSignedBy(publicKey(key), { ...signed(key, method), method: name }, message), name === method);
      }
    });

    it(`by ${method} is none where a byte is changed, missing or too much`, () => {
      const key = keys[fitting[0] ?? "rsa"];
      const { bytes, ...rest } = signed(key, method);
      const changed = Buffer.from(bytes);
      changed[10] = (changed[10] ?? 0) ^ 1;
      for (const other of [changed, bytes.subarray(1), Buffer.concat([bytes, Buffer.of(0)]), Buffer.alloc(0)]) {
        assert.equal(isSignedBy(publicKey(key), { ...rest, bytes: other }, message), false);
      }
    });
  }

  it("by ecdsa is raw, and not DER", () => {
    const bytes = sign("sha256", message, ecdsa.privateKey);
    assert.equal(isSignedBy(publicKey(ecdsa), { keyId: ecdsa.id, method: "ecdsa", bytes }, message), false);
  });

  it("by rsapss has a salt of 32 bytes, and no other", () => {
    const [padding, saltLength] = [6, 20];
    const bytes = sign("sha256", message, { key: rsa.privateKey, padding, saltLength });
    assert.equal(isSignedBy(publicKey(rsa), { keyId: rsa.id, method: "rsapss", bytes }, message), false);
  });

  it("is none of a key of RSA below 2048 bits", () => {
    for (const key of [weakRsa, createKey("rsa-x509", { pair: weakRsa })]) {
      for (const method of ["rsapss", "rsapkcs1v15"] as const) {
        assert.equal(isSignedBy(publicKey(key), signed(key, method), message), false);
      }
    }
  });

  for (const [namedCurve, isGood] of [
    ["prime256v1", true],
    ["secp384r1", true],
    ["secp521r1", true],
    ["secp224r1", false],
    ["secp256k1", false],
  ] as const) {
    it(`is ${isGood ? "one" : "none"} of a key on the curve ${namedCurve}`, () => {
      const pair = generateKeyPairSync("ec", { namedCurve });
      for (const key of [createKey("ecdsa", { pair }), createKey("ecdsa-x509", { pair })]) {
        assert.equal(isSignedBy(publicKey(key), signed(key, "ecdsa"), message), isGood);
      }
    });
  }

  const der = (key: TestKey) => key.publicKey.export({ type: "spki", format: "der" });
  /** The same key with the object identifier of RSASSA-PSS (RFC 4055, section 1.2). */
  function boundToPss(): Buffer {
    const algorithm = Buffer.from("300d06092a864886f70d0101010500", "hex");
    const bytes = der(rsa);
    const at = bytes.indexOf(algorithm);
    const bare = Buffer.from("300b06092a864886f70d01010a", "hex");
    const inner = Buffer.concat([bare, bytes.subarray(at + algorithm.length)]);
    return Buffer.concat([Buffer.of(0x30, 0x82, inner.length >> 8, inner.length & 0xff), inner]);
  }
  const unreadable: readonly (readonly [name: string, type: string, content: Buffer, signer: TestKey])[] = [
    ["31 bytes of ed25519", "ed25519", publicKey(keys.ed25519).content.subarray(1), keys.ed25519],
    ["33 bytes of ed25519", "ed25519", Buffer.concat([publicKey(keys.ed25519).content, Buffer.of(0)]), keys.ed25519],
    ["DER of ed25519", "ed25519", der(keys.ed25519), keys.ed25519],
    ["ed25519 as ecdsa", "ecdsa", der(keys.ed25519), keys.ed25519],
    ["ed25519 as rsa", "rsa", der(keys.ed25519), keys.ed25519],
    ["ecdsa as rsa", "rsa", der(ecdsa), ecdsa],
    ["rsa as ecdsa", "ecdsa", der(rsa), rsa],
    ["a certificate of ecdsa as rsa", "rsa-x509", publicKey(keys["ecdsa-x509"]).content, ecdsa],
    ["a certificate of rsa as ecdsa", "ecdsa-x509", publicKey(keys["rsa-x509"]).content, rsa],
    ["rsa that is bound to one method, as rsa", "rsa", boundToPss(), rsa],
    ["an unknown type", "dsa", der(ecdsa), ecdsa],
    ["no DER", "ecdsa", Buffer.from("no key"), ecdsa],
    ["no certificate", "ecdsa-x509", Buffer.from("no certificate"), ecdsa],
    ["nothing", "rsa", Buffer.alloc(0), rsa],
  ];
  for (const [name, type, content, signer] of unreadable) {
    it(`is none of a key that is ${name}`, () => {
      const key = ofType(type, content);
      for (const [method, fitting] of Object.entries(methods) as [SignatureMethod, readonly KeyKind[]][]) {
        if (!fitting.includes(signer.kind)) continue;
        assert.equal(isSignedBy(key, signed(signer, method), message), false);
      }
      assert.equal(keyMaterialOf(key), null);
    });
  }
});

describe("a key's id", () => {
  for (const kind of kinds) {
    it(`is what the bench computes for ${kind}`, () => {
      const { wire, id, canonicalId } = keys[kind];
      const key = publicKey({ wire });
      assert.equal(key.id, id);
      assert.ok(isKeyId(id));
      assert.equal(canonicalKeyIdOf(key), canonicalId);
    });
  }

  it("without the certificate is that of the bare key", () => {
    assert.equal(canonicalKeyIdOf(publicKey(keys["rsa-x509"])), keys.rsa.id);
    assert.equal(canonicalKeyIdOf(publicKey(keys["ecdsa-x509"])), keys.ecdsa.id);
    assert.equal(canonicalKeyIdOf(ofType("ecdsa-x509", Buffer.from("no certificate"))), null);
  });

  it("differs by type and by content", () => {
    const content = Buffer.from("content");
    const ids = [keyIdOf("rsa", content), keyIdOf("ecdsa", content), keyIdOf("rsa", Buffer.from("other"))];
    assert.equal(new Set(ids).size, 3);
  });

  it("is 64 hexadecimal digits in small letters", () => {
    for (const text of ["", "a".repeat(63), "a".repeat(65), "A".repeat(64), "g".repeat(64), `${"a".repeat(64)}\n`]) {
      assert.equal(isKeyId(text), false);
    }
  });

  it("is the same of a point that is written compressed", () => {
    const { publicKey } = createKey("ecdsa");
    const plain = publicKey.export({ type: "spki", format: "der" });
    const point = ECDH.convertKey(plain.subarray(-65), "prime256v1", undefined, undefined, "compressed") as Buffer;
    const compressed = Buffer.concat([
      Buffer.from("3039301306072a8648ce3d020106082a8648ce3d030107032200", "hex"),
      point,
    ]);
    const keys = [plain, compressed].map((content) => ({ id: keyIdOf("ecdsa", content), type: "ecdsa", content }));
    assert.notEqual(keys[0]?.id, keys[1]?.id);
    const [material, other] = keys.map(keyMaterialOf);
    assert.ok(material);
    assert.equal(material, other);
  });

  it("is not what tells two spellings of one key apart", () => {
    assert.equal(keyMaterialOf(publicKey(keys.ecdsa)), keyMaterialOf(publicKey(keys["ecdsa-x509"])));
    assert.notEqual(keyMaterialOf(publicKey(keys.ecdsa)), keyMaterialOf(publicKey(createKey("ecdsa"))));
  });
});
