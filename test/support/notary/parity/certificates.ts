/** Situations of the certificates that root keys are: whom they speak for, and when. */
import type { CertificateFields } from "../certificate";
import { createKey, type KeyKind, type KeyOptions } from "../keys";
import { DAY_MS, GUN, type ParityScene, type Situation } from "./scene";

function rootKey(fields: Partial<CertificateFields>, options: KeyOptions = {}, kind: KeyKind = "ecdsa-x509") {
  return createKey(kind, { ...options, certificate: { commonName: GUN, ...fields } });
}

function withRoot(...parameters: Parameters<typeof rootKey>): Situation["arrange"] {
  return ({ repository }: ParityScene) => {
    repository.root.keys = [rootKey(...parameters)];
  };
}

const at = (days: number) => new Date(Date.now() + days * DAY_MS);
const expired = { notBefore: at(-20), notAfter: at(-1) };

export const certificates: readonly Situation[] = [
  { name: "certificate for `*`", why: null, arrange: withRoot({ commonName: "*" }) },
  { name: "certificate for a prefix", why: null, arrange: withRoot({ commonName: "localhost:5000/acme/*" }) },
  { name: "certificate for another prefix", why: null, arrange: withRoot({ commonName: "localhost:5000/acme/b*" }) },
  { name: "certificate for another repository", why: null, arrange: withRoot({ commonName: `${GUN}2` }) },
  { name: "certificate with P-384", why: null, arrange: withRoot({}, { curve: "secp384r1" }) },
  { name: "certificate with RSA of 2048 bits", why: null, arrange: withRoot({}, { bits: 2048 }, "rsa-x509") },
  { name: "certificate with RSA of 1024 bits", why: null, arrange: withRoot({}, { bits: 1024 }, "rsa-x509") },
  { name: "certificate signed over SHA-1", why: null, arrange: withRoot({ hash: "sha1" }) },
  { name: "certificate signed over SHA-384", why: null, arrange: withRoot({ hash: "sha384" }) },
  { name: "certificate that begins in 12 hours", why: null, arrange: withRoot({ notBefore: at(0.5) }) },
  { name: "certificate that begins in 2 days", why: null, arrange: withRoot({ notBefore: at(2) }) },
  { name: "certificate that expired", why: null, arrange: withRoot(expired) },
  { name: "certificate of an authority", why: null, arrange: withRoot({ isAuthority: true }) },
  {
    name: "certificate of an authority behind it",
    why: null,
    arrange: withRoot({}, { chain: [rootKey({ isAuthority: true }).certificates ?? ""] }),
  },
  {
    name: "eleven certificates of authorities behind it",
    why: "More than ten are not read: the server chooses their number.",
    arrange: withRoot({}, { chain: Array(11).fill(rootKey({ isAuthority: true }).certificates ?? "") }),
  },
  {
    name: "certificate of another repository behind it",
    why: null,
    arrange: withRoot({}, { chain: [rootKey({ commonName: "other" }).certificates ?? ""] }),
  },
  {
    name: "plain key without a certificate",
    why: null,
    arrange({ repository }) {
      repository.root.keys = [createKey("ecdsa")];
    },
  },
  {
    name: "two certificates, one of them expired, both sign",
    why: null,
    arrange({ repository }) {
      repository.root.keys = [rootKey(expired), rootKey({})];
    },
  },
  {
    name: "two certificates, one of them expired, which alone signs",
    why: null,
    arrange({ repository: { root } }) {
      const old = rootKey(expired);
      root.keys = [old, rootKey({})];
      root.signers = [old];
    },
  },
  {
    name: "two certificates, one of them of another repository, which alone signs",
    why: null,
    arrange({ repository: { root } }) {
      const other = rootKey({ commonName: "other" });
      root.keys = [rootKey({}), other];
      root.signers = [other];
    },
  },
];
