/**
 * A small certificate authority for tests, made by the openssl command: certificates for TLS on localhost, and keys with
 * certificates for Notary's root and delegations. Everything lives in one directory and is good for some days, except
 * for what is to be expired.
 */
import { execFile } from "node:child_process";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createCertificate } from "./certificate";

/** P-256, or RSA of 2048 bits. */
export type CertificateKind = "ecdsa" | "rsa";

export interface KeyAndCertificate {
  readonly keyPath: string;
  readonly certificatePath: string;
  /** PEM, PKCS #8, not encrypted. */
  readonly key: string;
  /** PEM, without the certificate of whoever signed it. */
  readonly certificate: string;
}

export interface CertificateRequest {
  /** Of the files: `<name>.key.pem` and `<name>.pem`. */
  readonly name: string;
  readonly kind?: CertificateKind;
  readonly commonName: string;
}

export interface Authority {
  readonly directory: string;
  /** PEM file of the authority's own certificate. */
  readonly caPath: string;
  /** The same, as PEM. */
  readonly ca: string;
  /** For TLS, as server and as client: localhost and 127.0.0.1. */
  issueForLocalhost(name: string): Promise<KeyAndCertificate>;
  /** For TLS as the server localhost, until yesterday. */
  issueExpiredForLocalhost(name: string): Promise<KeyAndCertificate>;
  /** No authority and good for any use, so also for the key of a Notary root, whose common name is the GUN. */
  issue(request: CertificateRequest): Promise<KeyAndCertificate>;
  /** Signed by its own key, as the certificates of delegations are. */
  selfSigned(request: CertificateRequest): Promise<KeyAndCertificate>;
}

const DAYS = "30";
const DAY_MS = 24 * 60 * 60 * 1000;
const COMMON_NAME = "test authority";
const NOT_AN_AUTHORITY = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature,keyEncipherment"];
const FOR_LOCALHOST = [
  ...NOT_AN_AUTHORITY,
  "extendedKeyUsage=serverAuth,clientAuth",
  "subjectAltName=DNS:localhost,IP:127.0.0.1",
];
const AN_AUTHORITY = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"];
/** Instead of the system's configuration, which would add extensions. A common name may have slashes, so it goes here. */
const configuration = (commonName: string) =>
  `[req]\nprompt = no\ndistinguished_name = name\nstring_mask = utf8only\n[name]\nCN = ${commonName}\n`;

/**
 * @param openssl path of the command, version 3
 * @param directory for all files; made where it is missing
 */
export async function createAuthority(openssl: string, directory: string): Promise<Authority> {
  await mkdir(directory, { recursive: true });

  async function create(
    { name, kind = "ecdsa", commonName }: CertificateRequest,
    extensions: readonly string[],
    issuer: KeyAndCertificate | null,
  ): Promise<KeyAndCertificate> {
    const [keyPath, certificatePath] = [join(directory, `${name}.key.pem`), join(directory, `${name}.pem`)];
    const configurationPath = join(directory, `${name}.cnf`);
    await writeFile(configurationPath, configuration(commonName));
    const algorithm = kind === "rsa" ? ["rsa:2048"] : ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    const signer = issuer ? ["-CA", issuer.certificatePath, "-CAkey", issuer.keyPath] : [];
    await promisify(execFile)(openssl, [
      ...["req", "-x509", "-config", configurationPath, "-newkey", ...algorithm, "-nodes", "-days", DAYS, ...signer],
      ...extensions.flatMap((extension) => ["-addext", extension]),
      ...["-keyout", keyPath, "-out", certificatePath],
    ]);
    const [key, certificate] = await Promise.all([readFile(keyPath, "utf8"), readFile(certificatePath, "utf8")]);
    return { keyPath, certificatePath, key, certificate };
  }

  /** Within the process: the command takes no dates of the past before version 3.4. */
  async function createExpired(name: string, issuer: KeyAndCertificate): Promise<KeyAndCertificate> {
    const [keyPath, certificatePath] = [join(directory, `${name}.key.pem`), join(directory, `${name}.pem`)];
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const certificate = createCertificate(pair.publicKey, pair.privateKey, {
      commonName: "localhost",
      purpose: "serverAuth",
      notBefore: new Date(Date.now() - 30 * DAY_MS),
      notAfter: new Date(Date.now() - DAY_MS),
      issuer: { commonName: COMMON_NAME, privateKey: createPrivateKey(issuer.key) },
    });
    await Promise.all([writeFile(keyPath, key), writeFile(certificatePath, certificate)]);
    return { keyPath, certificatePath, key, certificate };
  }

  const authority = await create({ name: "ca", commonName: COMMON_NAME }, AN_AUTHORITY, null);
  return {
    directory,
    caPath: authority.certificatePath,
    ca: authority.certificate,
    issueForLocalhost: (name) => create({ name, commonName: "localhost" }, FOR_LOCALHOST, authority),
    issueExpiredForLocalhost: (name) => createExpired(name, authority),
    issue: (request) => create(request, NOT_AN_AUTHORITY, authority),
    selfSigned: (request) => create(request, NOT_AN_AUTHORITY, null),
  };
}
