/**
 * Public keys and signatures of Notary v1 (github.com/theupdateframework/notary, `tuf/data/keys.go` and
 * `tuf/signed/verifiers.go`). A key's id is computed here from its content and never believed.
 */
import { constants, createHash, createPublicKey, type KeyObject, verify, X509Certificate } from "node:crypto";
import { canonicalJson } from "./canonicalJson";
import { parsePemBlocks } from "./pem";
import type { JsonValue } from "./strictJson";

declare const keyIdBrand: unique symbol;
/** 64 hexadecimal digits: sha256 of the key's canonical JSON. */
export type KeyId = string & { readonly [keyIdBrand]: true };

export interface PublicKey {
  readonly id: KeyId;
  /** `ecdsa`, `ecdsa-x509`, `rsa`, `rsa-x509`, `ed25519`; a key of any other type verifies nothing. */
  readonly type: string;
  /** DER of a SubjectPublicKeyInfo, PEM of certificates for the x509 types, or the 32 bytes of an ed25519 key. */
  readonly content: Buffer;
}

export interface Signature {
  readonly keyId: string;
  /** Lower-case. */
  readonly method: string;
  readonly bytes: Buffer;
}

const MIN_RSA_BITS = 2048;
const namedCurves: ReadonlySet<string | undefined> = new Set(["prime256v1", "secp384r1", "secp521r1"]);
const keyIdForm = /^[0-9a-f]{64}$/;

export function isKeyId(text: string): text is KeyId {
  return keyIdForm.test(text);
}

/** sha256 over the canonical JSON of the key, in which the private half is null (`keys.go`, `TUFKey.ID`). */
export function keyIdOf(type: string, content: Buffer): KeyId {
  const parts: JsonValue = new Map<string, JsonValue>([
    ["keytype", type],
    [
      "keyval",
      new Map<string, JsonValue>([
        ["private", null],
        ["public", content.toString("base64")],
      ]),
    ],
  ]);
  return createHash("sha256").update(canonicalJson(parts)).digest("hex") as KeyId;
}

/**
 * The id that the key would have without its certificate: what `notary key list` shows (`tuf/utils/x509.go`,
 * `CanonicalKeyID`). Null where the key can't be read.
 */
export function canonicalKeyIdOf(key: PublicKey): KeyId | null {
  if (!key.type.endsWith("-x509")) return key.id;
  const object = keyObjectOf(key);
  return object && keyIdOf(key.type.slice(0, -"-x509".length), spkiOf(object));
}

/** What two ids of one key have in common: counted by it, a key in two spellings counts once. */
export function keyMaterialOf(key: PublicKey): string | null {
  const object = keyObjectOf(key);
  if (object === null) return null;
  // RFC 7638: a point or a modulus has one form there, however it was written.
  const { kty, crv, x, y, n, e } = object.export({ format: "jwk" });
  return JSON.stringify([kty, crv, x, y, n, e]);
}

/** Whether `signature` is one of `key` over `bytes`, by a method that fits the key's type. Never throws. */
export function isSignedBy(key: PublicKey, { method, bytes: signature }: Signature, bytes: Buffer): boolean {
  const object = keyObjectOf(key);
  if (object === null) return false;
  switch (`${method} ${object.asymmetricKeyType}`) {
    case "ecdsa ec":
      return isVerified(() => verify("sha256", bytes, { key: object, dsaEncoding: "ieee-p1363" }, signature));
    case "rsapss rsa": {
      const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
      return isVerified(() => verify("sha256", bytes, { key: object, ...padding }, signature));
    }
    case "rsapkcs1v15 rsa":
      return isVerified(() =>
        verify("sha256", bytes, { key: object, padding: constants.RSA_PKCS1_PADDING }, signature),
      );
    case "eddsa ed25519":
      return isVerified(() => verify(null, bytes, object, signature));
    default:
      return false;
  }
}

function isVerified(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

/** Reading a key costs more than using it, and the same few are used for every image of a repository. */
const keyObjects = new WeakMap<PublicKey, KeyObject | null>();

/** Null where the content is no key of the type, or is too weak. */
function keyObjectOf(key: PublicKey): KeyObject | null {
  const known = keyObjects.get(key);
  if (known !== undefined) return known;
  const object = readKey(key);
  keyObjects.set(key, object);
  return object;
}

function readKey({ type, content }: PublicKey): KeyObject | null {
  try {
    switch (type) {
      case "ed25519":
        if (content.length !== 32) return null;
        return createPublicKey({
          key: { kty: "OKP", crv: "Ed25519", x: content.toString("base64url") },
          format: "jwk",
        });
      case "ecdsa":
        return strongKey(createPublicKey({ key: content, format: "der", type: "spki" }), "ec");
      case "rsa":
        return strongKey(createPublicKey({ key: content, format: "der", type: "spki" }), "rsa");
      case "ecdsa-x509":
        return strongKey(firstCertificate(content).publicKey, "ec");
      case "rsa-x509":
        return strongKey(firstCertificate(content).publicKey, "rsa");
      default:
        return null;
    }
  } catch {
    return null;
  }
}

function firstCertificate(content: Buffer): X509Certificate {
  const [first] = parsePemBlocks(content.toString("latin1"));
  return new X509Certificate(first?.bytes ?? "");
}

function strongKey(object: KeyObject, type: "ec" | "rsa"): KeyObject | null {
  if (object.asymmetricKeyType !== type) return null;
  const { modulusLength, namedCurve } = object.asymmetricKeyDetails ?? {};
  if (type === "rsa" && (modulusLength ?? 0) < MIN_RSA_BITS) return null;
  if (type === "ec" && !namedCurves.has(namedCurve)) return null;
  return object;
}

function spkiOf(object: KeyObject): Buffer {
  return object.export({ format: "der", type: "spki" });
}
