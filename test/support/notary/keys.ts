/**
 * Keys of every type that Notary knows, in the form that its metadata has them, with the signatures that they make and
 * the check of those. It tells the truth only: a test that wants a lie changes what it is given here.
 */
import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
  X509Certificate,
} from "node:crypto";
import { canonicalJson } from "./canonicalJson";
import { type CertificateFields, createCertificate } from "./certificate";

export type KeyKind = "ecdsa" | "ecdsa-x509" | "rsa" | "rsa-x509" | "ed25519";
export type SignatureMethod = "ecdsa" | "rsapss" | "rsapkcs1v15" | "eddsa";

export interface WireKey {
  keytype: string;
  /** Base64: of the PEM for `*-x509`, of the 32 bytes for `ed25519`, of the DER (SubjectPublicKeyInfo) otherwise. */
  keyval: { private: null; public: string };
}

export interface WireSignature {
  keyid: string;
  method: string;
  /** Base64. */
  sig: string;
}

export interface TestKey {
  readonly kind: KeyKind;
  /** What metadata calls it. */
  readonly id: string;
  /** The id of the bare public key, by which key stores know it; the same as `id` where there is no certificate. */
  readonly canonicalId: string;
  readonly wire: WireKey;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  /** PEM: its own, then those of `chain`. Null where the kind has none. */
  readonly certificates: string | null;
}

export interface KeyOptions {
  /** For the `*-x509` kinds. */
  readonly certificate?: CertificateFields;
  /** PEM of its certificate, where that is already made. */
  readonly own?: string;
  /** PEM of further certificates, which follow its own. */
  readonly chain?: readonly string[];
  /** The pair of another key, for a new certificate of it. */
  readonly pair?: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  /** Of RSA keys; those below 2048 must be refused. */
  readonly bits?: number;
  readonly curve?: "prime256v1" | "secp384r1";
}

export function createKey(kind: KeyKind, options: KeyOptions = {}): TestKey {
  const { publicKey, privateKey } = options.pair ?? createPair(kind, options);
  const der = publicKey.export({ type: "spki", format: "der" });
  const bareType = kind.replace("-x509", "");
  // The key itself is the end of its DER.
  const bare = wireKey(bareType, kind === "ed25519" ? der.subarray(-32) : der);
  const canonicalId = keyIdOf(bare);
  const key = { kind, canonicalId, publicKey, privateKey };
  if (kind === bareType) return { ...key, id: canonicalId, wire: bare, certificates: null };
  const own = options.own ?? createCertificate(publicKey, privateKey, options.certificate ?? { commonName: "test" });
  const certificates = [own, ...(options.chain ?? [])].join("");
  const wire = wireKey(kind, Buffer.from(certificates));
  return { ...key, id: keyIdOf(wire), wire, certificates };
}

/** The id that the key must have, whatever metadata calls it. */
export function keyIdOf({ keytype, keyval }: WireKey): string {
  const key = canonicalJson({ keytype, keyval: { private: null, public: keyval.public } });
  return createHash("sha256").update(key).digest("hex");
}

export function methodOf({ kind }: TestKey): SignatureMethod {
  if (kind === "ed25519") return "eddsa";
  return kind.startsWith("rsa") ? "rsapss" : "ecdsa";
}

export function createSignature(key: TestKey, signed: Buffer, method = methodOf(key)): WireSignature {
  const signature = sign(hashOf(method), signed, { key: key.privateKey, ...parametersOf(method) });
  return { keyid: key.id, method, sig: signature.toString("base64") };
}

/** Whether the signature is of that key, by a method that fits the key's type. */
export function isSignatureOf({ keytype, keyval }: WireKey, { method, sig }: WireSignature, signed: Buffer): boolean {
  const methods: Readonly<Record<string, readonly string[]>> = {
    ecdsa: ["ecdsa"],
    rsa: ["rsapss", "rsapkcs1v15"],
    ed25519: ["eddsa"],
  };
  if (!methods[keytype.replace("-x509", "")]?.includes(method)) return false;
  const key = publicKeyOf({ keytype, keyval });
  const known = method as SignatureMethod;
  return verify(hashOf(known), signed, { key, ...parametersOf(known) }, Buffer.from(sig, "base64"));
}

function publicKeyOf({ keytype, keyval }: WireKey): KeyObject {
  const content = Buffer.from(keyval.public, "base64");
  if (keytype.endsWith("-x509")) return new X509Certificate(content).publicKey;
  if (keytype !== "ed25519") return createPublicKey({ key: content, format: "der", type: "spki" });
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: content.toString("base64url") }, format: "jwk" });
}

function createPair(kind: KeyKind, { bits = 2048, curve = "prime256v1" }: KeyOptions) {
  if (kind === "ed25519") return generateKeyPairSync("ed25519");
  if (kind.startsWith("rsa")) return generateKeyPairSync("rsa", { modulusLength: bits });
  return generateKeyPairSync("ec", { namedCurve: curve });
}

function wireKey(keytype: string, content: Buffer): WireKey {
  return { keytype, keyval: { private: null, public: content.toString("base64") } };
}

function hashOf(method: SignatureMethod): "sha256" | null {
  return method === "eddsa" ? null : "sha256";
}

function parametersOf(method: SignatureMethod): { dsaEncoding?: "ieee-p1363"; padding?: number; saltLength?: number } {
  if (method === "ecdsa") return { dsaEncoding: "ieee-p1363" };
  if (method === "rsapss") return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return method === "rsapkcs1v15" ? { padding: constants.RSA_PKCS1_PADDING } : {};
}
