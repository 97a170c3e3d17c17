/**
 * Decides whether a root may be believed (github.com/theupdateframework/notary, `trustpinning/certs.go`,
 * `ValidateRoot`): signed by the one before it and by itself, with certificates that speak for the GUN, at least one of
 * which is pinned where pins are given. Pure.
 */
import type { X509Certificate } from "node:crypto";
import {
  descendsFrom,
  expiryOf,
  isInForce,
  isSound,
  type RootCertificate,
  rootCertificateOf,
  speaksFor,
} from "./certificates";
import type { Gun } from "./gun";
import { canonicalKeyIdOf, type KeyId, type PublicKey } from "./keys";
import type { Root } from "./metadata/root";
import type { Role } from "./metadata/signed";
import { NotaryError } from "./notaryError";
import { requireThreshold, signersOf } from "./signatures";

/** Whom the user trusts to be the root. */
export type RootPins =
  /** Key ids of root certificates, as root.json names them or without their certificate. */
  | { readonly kind: "keys"; readonly ids: readonly string[] }
  | { readonly kind: "authorities"; readonly certificates: readonly X509Certificate[] };

export interface RootKey {
  readonly id: KeyId;
  readonly key: PublicKey;
  readonly certificate: RootCertificate;
}

/** The root's keys whose certificates speak for the GUN, whenever they were in force. */
export function rootKeysOf(root: Root, gun: Gun): RootKey[] {
  return [...root.roles.root.keys.values()].flatMap((key) => {
    const certificate = rootCertificateOf(key);
    if (certificate === null || !speaksFor(certificate, gun) || !isSound(certificate)) return [];
    return { id: key.id, key, certificate };
  });
}

/**
 * A root that was stored, or a step on the way from it to the newest: its keys count although they may have expired.
 * @throws NotaryError `no-valid-certificate` or `threshold-not-met`
 */
export function requireSelfSigned(root: Root, gun: Gun): void {
  requireThreshold(root, roleWith(root, requireSpeaking(root, gun)));
}

/**
 * Root metadata specification of TUF, "5.3.4": a new root is signed by a threshold of the previous one's keys, whose
 * expiry does not count.
 * @throws NotaryError `root-changed`
 */
export function requireSuccessor(root: Root, previous: Root, gun: Gun): void {
  const role = roleWith(previous, rootKeysOf(previous, gun));
  if (signersOf(root, role).length >= role.threshold) return;
  throw new NotaryError(
    "root-changed",
    "root",
    `The root of ${gun} changed without the signature of the old one: it was ${keyList(previous)}, and now is ${keyList(root)}.`,
  );
}

/**
 * The root that everything else is judged by: certificates in force, pinned where there are pins, signed by itself, and
 * not expired.
 * @returns the keys that speak for the GUN now, and have signed
 * @throws NotaryError `no-valid-certificate`, `root-not-pinned`, `threshold-not-met` or `expired`
 */
export function requireCurrentRoot(root: Root, gun: Gun, pins: RootPins | null, now: Date): RootKey[] {
  const speaking = requireSpeaking(root, gun);
  const inForce = speaking.filter(({ certificate }) => isInForce(certificate, now));
  if (inForce.length === 0) {
    const last = Math.max(...speaking.map(({ certificate }) => expiryOf(certificate).getTime()));
    throw new NotaryError(
      "expired",
      "root",
      `The root's certificates for ${gun} are not in force: the last one ends on ${dayOf(new Date(last))}.`,
    );
  }
  const pinned = pins === null ? inForce : inForce.filter((key) => isPinned(key, pins, now));
  if (pinned.length === 0) {
    throw new NotaryError(
      "root-not-pinned",
      "root",
      `The root of ${gun} is ${keyList(root)}, which is none that the policy names.`,
    );
  }
  const signers = requireThreshold(root, roleWith(root, pinned));
  // Last, so that it is said only of a root that nothing else can be held against.
  if (root.expires < now)
    throw new NotaryError("expired", "root", `The root of ${gun} expired on ${dayOf(root.expires)}.`);
  return pinned.filter(({ id }) => signers.includes(id));
}

/** The server chooses how many keys a root has. */
const MAX_SHOWN_KEYS = 3;

/** `1f2e…, 3d4c… and 2 more` */
function keyList({ roles }: Root): string {
  const ids = [...roles.root.keys.keys()];
  const rest = ids.length - MAX_SHOWN_KEYS;
  return `${ids.slice(0, MAX_SHOWN_KEYS).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

/** `2026-11-25` */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function requireSpeaking(root: Root, gun: Gun): RootKey[] {
  const speaking = rootKeysOf(root, gun);
  if (speaking.length === 0) {
    throw new NotaryError("no-valid-certificate", "root", `The root has no certificate that may speak for ${gun}.`);
  }
  return speaking;
}

function roleWith({ roles }: Root, keys: readonly RootKey[]): Role {
  return { threshold: roles.root.threshold, keys: new Map(keys.map(({ id, key }) => [id, key])) };
}

function isPinned({ id, key, certificate }: RootKey, pins: RootPins, now: Date): boolean {
  if (pins.kind === "authorities") return descendsFrom(certificate, pins.certificates, now);
  const canonical = canonicalKeyIdOf(key);
  return pins.ids.includes(id) || (canonical !== null && pins.ids.includes(canonical));
}
