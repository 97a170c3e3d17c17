/**
 * The certificates that root keys of Notary v1 are (github.com/theupdateframework/notary, `trustpinning/certs.go`):
 * which of them speak for a GUN, and whether one descends from a pinned authority. Pure: the moment is a parameter.
 */
import { X509Certificate } from "node:crypto";
import { ASN1Obj } from "@sigstore/core";
import type { Gun } from "./gun";
import type { PublicKey } from "./keys";
import { parsePemBlocks } from "./pem";

export interface RootCertificate {
  readonly leaf: X509Certificate;
  readonly intermediates: readonly X509Certificate[];
}

/** RFC 3279, section 2.2: signatures over MD2, MD5 or SHA-1. */
const brokenAlgorithms: ReadonlySet<string> = new Set([
  "1.2.840.113549.1.1.2",
  "1.2.840.113549.1.1.4",
  "1.2.840.113549.1.1.5",
  "1.2.840.10040.4.3",
  "1.2.840.10045.4.1",
]);
const MIN_RSA_BITS = 2048;
/** A certificate made on a computer whose clock is ahead is good at once (`x509.go`, `ValidateCertificate`). */
const CLOCK_LEEWAY_MS = 24 * 60 * 60 * 1000;
const MAX_CHAIN = 5;
/** The server chooses how many certificates a key brings along. */
const MAX_INTERMEDIATES = 10;

/** The bundle in a key: one leaf, which stands first, and authorities behind it. Null for anything else. */
export function rootCertificateOf(key: PublicKey): RootCertificate | null {
  if (!key.type.endsWith("-x509")) return null;
  const certificates = parseCertificates(key.content.toString("latin1"));
  const [leaf, ...intermediates] = certificates ?? [];
  if (leaf === undefined || leaf.ca || intermediates.length > MAX_INTERMEDIATES) return null;
  return intermediates.every(({ ca }) => ca) ? { leaf, intermediates } : null;
}

/** All certificates of a PEM text; null where it holds something else, or nothing. */
export function parseCertificates(pem: string): X509Certificate[] | null {
  const blocks = parsePemBlocks(pem);
  if (blocks.length === 0 || blocks.some(({ label }) => label !== "CERTIFICATE")) return null;
  try {
    return blocks.map(({ bytes }) => new X509Certificate(bytes));
  } catch {
    return null;
  }
}

/** Whether the certificate's common name is the GUN, or a prefix of it with `*` (`MatchCNToGun`). */
export function speaksFor({ leaf }: RootCertificate, gun: Gun): boolean {
  const name = commonNameOf(leaf);
  if (name === null) return false;
  return name.endsWith("*") ? gun.startsWith(name.replace(/\*+$/, "")) : name === gun;
}

/** Null where there is none, or more than one: readers differ in which of them counts. */
export function commonNameOf(certificate: X509Certificate): string | null {
  const name: unknown = certificate.toLegacyObject().subject?.CN;
  return typeof name === "string" ? name : null;
}

/** Whether nothing but time could be held against the certificate. */
export function isSound({ leaf }: RootCertificate): boolean {
  return isSoundCertificate(leaf);
}

export function isInForce({ leaf }: RootCertificate, now: Date): boolean {
  return isCertificateInForce(leaf, now);
}

/** When the certificate ends to be in force. */
export function expiryOf({ leaf }: RootCertificate): Date {
  return endOf(leaf);
}

/** Whether the leaf descends from one of the authorities, over the bundle's own intermediates. */
export function descendsFrom(
  { leaf, intermediates }: RootCertificate,
  authorities: readonly X509Certificate[],
  now: Date,
): boolean {
  const usable = (certificate: X509Certificate) =>
    certificate.ca && isSoundCertificate(certificate) && isCertificateInForce(certificate, now);
  const anchors = authorities.filter(usable);
  const between = new Set(intermediates.filter(usable));
  let reached: readonly X509Certificate[] = [leaf];
  for (let length = 1; length <= MAX_CHAIN; length++) {
    if (reached.some((certificate) => anchors.some((anchor) => isIssuedBy(certificate, anchor)))) return true;
    // Each is taken once: certificates that name each other would make more ways than can be walked.
    const issuers = [...between].filter((next) => reached.some((certificate) => isIssuedBy(certificate, next)));
    for (const issuer of issuers) between.delete(issuer);
    reached = issuers;
  }
  return false;
}

/** Names and signature; `checkIssued` would also refuse authorities that were made without a key usage. */
function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.issuer === issuer.subject && certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

function isSoundCertificate(certificate: X509Certificate): boolean {
  // A date that can't be read is no date, and greater or less than nothing.
  if (!(startOf(certificate) <= endOf(certificate)) || isBrokenlySigned(certificate)) return false;
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
    return asymmetricKeyType !== "rsa" || (asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS;
  } catch {
    return false;
  }
}

function isCertificateInForce(certificate: X509Certificate, now: Date): boolean {
  return startOf(certificate).getTime() <= now.getTime() + CLOCK_LEEWAY_MS && now <= endOf(certificate);
}

function startOf({ validFrom }: X509Certificate): Date {
  return new Date(validFrom);
}

function endOf({ validTo }: X509Certificate): Date {
  return new Date(validTo);
}

/** RFC 5280, section 4.1.1.2: the second member names the algorithm. */
function isBrokenlySigned(certificate: X509Certificate): boolean {
  try {
    const algorithm = ASN1Obj.parseBuffer(Buffer.from(certificate.raw)).subs[1]?.subs[0]?.toOID();
    return algorithm === undefined || brokenAlgorithms.has(algorithm);
  } catch {
    return true;
  }
}
