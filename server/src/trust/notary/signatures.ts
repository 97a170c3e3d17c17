/** Counts the signatures of metadata against the role that has to sign it (`tuf/signed/verify.go`). */
import { isSignedBy, type KeyId, keyMaterialOf } from "./keys";
import type { Role, Signed } from "./metadata/signed";
import { NotaryError } from "./notaryError";

/** More are not tried: the server chooses their number. */
const MAX_SIGNATURES = 100;

/** The ids of the role's keys that have signed, in the order of the signatures; each key once. */
export function signersOf({ message, signatures }: Signed, { keys }: Pick<Role, "keys">): KeyId[] {
  const signers = new Map<string, KeyId>();
  for (const signature of signatures.slice(0, MAX_SIGNATURES)) {
    const key = keys.get(signature.keyId as KeyId);
    if (key === undefined || !isSignedBy(key, signature, message)) continue;
    // One key under two ids (plain, and in a certificate) is still one.
    const material = keyMaterialOf(key) ?? key.id;
    if (!signers.has(material)) signers.set(material, key.id);
  }
  return [...signers.values()];
}

/** @throws NotaryError `threshold-not-met` */
export function requireThreshold(signed: Signed, role: Role): KeyId[] {
  const signers = signersOf(signed, role);
  if (signers.length < role.threshold) {
    throw new NotaryError(
      "threshold-not-met",
      signed.step,
      `The ${signed.step} metadata has ${signers.length} valid signature${signers.length === 1 ? "" : "s"} of its keys, and needs ${role.threshold}.`,
    );
  }
  return signers;
}
