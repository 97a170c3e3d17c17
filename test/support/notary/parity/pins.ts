/** Situations of pins: whom the user named as the root of a repository (notary: `trust_pinning`). */

import { createPrivateKey, createPublicKey, randomUUID } from "node:crypto";
import { hexOf } from "../bench";
import type { CertificateFields } from "../certificate";
import { createKey, type TestKey } from "../keys";
import { pinnedAuthority, pinnedKeys } from "../schemeUnderTest";
import { DAY_MS, GUN, type ParityScene, type Situation } from "./scene";

const EVERY_ROOT = "Pins hold for every root; notary asks for them only where it has stored none.";

function pinKeys(scene: ParityScene, ...ids: string[]): void {
  scene.pins = pinnedKeys(...ids);
  scene.notaryPins = { certs: { [GUN]: ids } };
}

async function pinAuthority(scene: ParityScene, pem: string): Promise<void> {
  scene.pins = pinnedAuthority(pem);
  scene.notaryPins = { ca: { [GUN]: await scene.write("authority.crt", pem) } };
}

function keyOf({ repository: { root } }: ParityScene): TestKey {
  const [key] = root.keys;
  if (key === undefined) throw new Error("root has no key");
  return key;
}

function authority(dates: Pick<CertificateFields, "notBefore" | "notAfter"> = {}): TestKey {
  return createKey("ecdsa-x509", { certificate: { commonName: "authority", isAuthority: true, ...dates } });
}

function issuedBy({ privateKey }: TestKey): TestKey {
  return createKey("ecdsa-x509", { certificate: { commonName: GUN, issuer: { commonName: "authority", privateKey } } });
}

export const pins: readonly Situation[] = [
  { name: "root's key pinned", why: null, arrange: (scene) => pinKeys(scene, keyOf(scene).id) },
  {
    name: "root's key pinned without its certificate",
    why: "The id that `notary key list` shows names the same key, with whatever certificate.",
    arrange: (scene) => pinKeys(scene, keyOf(scene).canonicalId),
  },
  { name: "another key pinned", why: null, arrange: (scene) => pinKeys(scene, hexOf("other")) },
  {
    name: "root's key pinned, and another",
    why: null,
    arrange: (scene) => pinKeys(scene, hexOf("other"), keyOf(scene).id),
  },
  {
    name: "one of two root keys pinned, and the other one signs",
    why: null,
    arrange(scene) {
      const { root } = scene.repository;
      const other = scene.repository.createRootKey();
      pinKeys(scene, keyOf(scene).id);
      root.keys.push(other);
      root.signers = [other];
    },
  },
  {
    name: "another key pinned after a good look",
    why: EVERY_ROOT,
    async arrange(scene) {
      await scene.prime();
      pinKeys(scene, hexOf("other"));
    },
  },
  {
    name: "pinned root rotated to one that is not pinned",
    why: EVERY_ROOT,
    async arrange(scene) {
      pinKeys(scene, keyOf(scene).id);
      await scene.prime();
      scene.repository.rotateRoot();
      scene.repository.timestamp.keys = [createKey("ecdsa")];
      scene.next();
    },
  },
  {
    name: "pinned authority",
    why: null,
    async arrange(scene) {
      const { key, certificate } = await scene.authority.issue({ name: `root-${randomUUID()}`, commonName: GUN });
      const pair = { publicKey: createPublicKey(key), privateKey: createPrivateKey(key) };
      scene.repository.root.keys = [createKey("ecdsa-x509", { pair, own: certificate })];
      await pinAuthority(scene, scene.authority.ca);
    },
  },
  {
    name: "pinned authority, certificate for code signing",
    why: "Notary takes only certificates for TLS servers or any use, as Go does unasked, and so none like its own.",
    async arrange(scene) {
      const key = authority();
      scene.repository.root.keys = [issuedBy(key)];
      await pinAuthority(scene, key.certificates ?? "");
    },
  },
  {
    name: "authority that is not the pinned one, of the same name",
    why: null,
    async arrange(scene) {
      scene.repository.root.keys = [issuedBy(authority())];
      await pinAuthority(scene, authority().certificates ?? "");
    },
  },
  {
    name: "pinned authority that expired",
    why: null,
    async arrange(scene) {
      const at = (days: number) => new Date(Date.now() + days * DAY_MS);
      const key = authority({ notBefore: at(-20), notAfter: at(-1) });
      scene.repository.root.keys = [issuedBy(key)];
      await pinAuthority(scene, key.certificates ?? "");
    },
  },
  {
    name: "root of no authority, where one is pinned",
    why: null,
    arrange: (scene) => pinAuthority(scene, authority().certificates ?? ""),
  },
];
