/** A certificate authority and a certificate of localhost that it signed, made within the process, as of any dates. */
import { generateKeyPairSync } from "node:crypto";
import type { ServerIdentity } from "./faultyRegistry";
import { type CertificateFields, createCertificate } from "./notary/certificate";

export interface LocalhostTls extends ServerIdentity {
  /** PEM. */
  readonly ca: string;
}

export function localhostTls(dates: Pick<CertificateFields, "notBefore" | "notAfter"> = {}): LocalhostTls {
  const [issuer, server] = [keyPair(), keyPair()];
  const commonName = "test authority";
  return {
    ca: createCertificate(issuer.publicKey, issuer.privateKey, { commonName, isAuthority: true }),
    key: server.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: createCertificate(server.publicKey, server.privateKey, {
      commonName: "localhost",
      purpose: "serverAuth",
      issuer: { commonName, privateKey: issuer.privateKey },
      ...dates,
    }),
  };
}

function keyPair() {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}
