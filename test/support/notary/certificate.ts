/**
 * X.509 certificates (RFC 5280) made within the process, as Notary makes them for root keys: common name and little
 * else. Any dates and hashes can be had, also those that a verifier must refuse, and no command is run.
 */
import { type KeyObject, randomBytes, sign } from "node:crypto";

export interface CertificateFields {
  /** The GUN, or a prefix of it with `*`; several must be refused. */
  readonly commonName: string | readonly string[];
  readonly notBefore?: Date;
  /** In ten years where not given, as Notary has it. */
  readonly notAfter?: Date;
  readonly isAuthority?: boolean;
  /** What it is good for; root keys sign code. */
  readonly purpose?: "codeSigning" | "serverAuth";
  /** Of the signature; `sha1` must be refused. */
  readonly hash?: "sha256" | "sha384" | "sha1";
  /** Itself where none is given. */
  readonly issuer?: { readonly commonName: string; readonly privateKey: KeyObject };
}

const DAY_MS = 24 * 60 * 60 * 1000;
const SIGNATURES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ec: { sha256: "1.2.840.10045.4.3.2", sha384: "1.2.840.10045.4.3.3", sha1: "1.2.840.10045.4.1" },
  rsa: { sha256: "1.2.840.113549.1.1.11", sha384: "1.2.840.113549.1.1.12", sha1: "1.2.840.113549.1.1.5" },
};

/** @returns PEM, in lines of 64 characters and with a new line at its end */
export function createCertificate(publicKey: KeyObject, privateKey: KeyObject, fields: CertificateFields): string {
  const now = Date.now();
  const { notBefore = new Date(now - DAY_MS), notAfter = new Date(now + 3650 * DAY_MS), hash = "sha256" } = fields;
  const issuer = fields.issuer ?? { commonName: fields.commonName, privateKey };
  const keyType = issuer.privateKey.asymmetricKeyType ?? "";
  const signature = SIGNATURES[keyType]?.[hash];
  if (signature === undefined) throw new Error(`no signature of a ${keyType} key over ${hash}`);
  const algorithm = sequence(oid(signature), ...(keyType === "rsa" ? [der(0x05)] : []));
  const signed = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name(issuer.commonName),
    sequence(time(notBefore), time(notAfter)),
    name(fields.commonName),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions(fields.isAuthority ?? false, fields.purpose ?? "codeSigning"))),
  );
  const certificate = sequence(signed, algorithm, bits(sign(hash, signed, issuer.privateKey)));
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function extensions(isAuthority: boolean, purpose: "codeSigning" | "serverAuth"): Buffer[] {
  const critical = (id: string, value: Buffer) => sequence(oid(id), der(0x01, Buffer.from([0xff])), der(0x04, value));
  const basicConstraints = critical("2.5.29.19", sequence(...(isAuthority ? [der(0x01, Buffer.from([0xff]))] : [])));
  // keyCertSign; or digitalSignature and keyEncipherment.
  const keyUsage = critical("2.5.29.15", der(0x03, Buffer.from(isAuthority ? [2, 0x04] : [5, 0xa0])));
  if (isAuthority) return [basicConstraints, keyUsage];
  const usage = oid(purpose === "codeSigning" ? "1.3.6.1.5.5.7.3.3" : "1.3.6.1.5.5.7.3.1");
  return [basicConstraints, keyUsage, sequence(oid("2.5.29.37"), der(0x04, sequence(usage)))];
}

function name(commonName: string | readonly string[]): Buffer {
  return sequence(
    ...[commonName].flat().map((each) => der(0x31, sequence(oid("2.5.4.3"), der(0x0c, Buffer.from(each))))),
  );
}

/** UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5). */
function time(date: Date): Buffer {
  const text = `${date.toISOString().replace(/\.\d+Z$|[-:T]/g, "")}Z`;
  return date.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function bits(content: Buffer): Buffer {
  return der(0x03, Buffer.from([0]), content);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(arc: number): number[] {
  const digits = [arc & 0x7f];
  for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

function der(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
