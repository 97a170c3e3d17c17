/**
 * Whom TLS trusts: the authorities that Node trusts by itself, those that the system trusts, and those that the user
 * added as PEM texts (RFC 7468). Node's `ca` option takes the place of its own, so all have to be named; a text that the
 * user added and that can't be read is refused, since Node itself would pass over it in silence.
 */
import { X509Certificate } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import * as tls from "node:tls";
import { RegistryError } from "../registry";

/**
 * Every certificate of the texts, each as a PEM text of its own. A text may hold several, and words between them.
 * @throws RegistryError `tls` where a text holds none, or a broken one
 */
export function parseCertificateAuthorities(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => {
    const blocks = text
      .split(/(?=-----BEGIN )/)
      .filter((block) => /^-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/.test(block));
    if (blocks.length === 0) throw unreadable("it holds no certificate in PEM form");
    return blocks.map(parseCertificate);
  });
}

const pemBlock = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

interface NodeAuthorities {
  readonly rootCertificates: readonly string[];
  /** Node 22.15 and later. */
  readonly getCACertificates?: (type: "default" | "system") => readonly string[];
}

/** The authorities that Node trusts where none are named, with those of `NODE_EXTRA_CA_CERTS`, as PEM texts. */
export async function readDefaultAuthorities(): Promise<readonly string[]> {
  const { getCACertificates, rootCertificates }: NodeAuthorities = tls;
  if (getCACertificates !== undefined) return getCACertificates("default");
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  if (!extra) return rootCertificates;
  // Node warns of a file that it can't read, and goes on without it.
  return [...rootCertificates, await readFile(extra, "utf8").catch(() => "")];
}

/** Where Linux distributions and the BSDs keep theirs (Go, crypto/x509, root_linux.go and root_bsd.go). */
const systemBundles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];
const systemFolders = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

/**
 * The authorities that this system trusts, as PEM texts: from its own store where Node can read that; else from the
 * bundle and the folders that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, or the first bundle that is there, or the folders
 * where there is none. What can't be read is passed over: the system's own trouble is nobody's here.
 */
export async function readSystemAuthorities(): Promise<readonly string[]> {
  const { getCACertificates }: NodeAuthorities = tls;
  const { SSL_CERT_FILE: file, SSL_CERT_DIR: folders } = process.env;
  if (getCACertificates !== undefined && !file && !folders) return getCACertificates("system");
  const bundle = await readFirstBundle(file ? [file] : systemBundles);
  const others = folders ? folders.split(delimiter) : bundle.length === 0 ? systemFolders : [];
  const inFolders = await Promise.all(others.map(readFolder));
  return [...new Set([...bundle, ...inFolders.flat()])];
}

async function readFirstBundle(paths: readonly string[]): Promise<readonly string[]> {
  for (const path of paths) {
    const certificates = await readCertificates(path);
    if (certificates.length > 0) return certificates;
  }
  return [];
}

/** Most names in such a folder are links to others of its files. */
async function readFolder(path: string): Promise<readonly string[]> {
  const names = await readdir(path).catch(() => []);
  return (await Promise.all(names.map((name) => readCertificates(join(path, name))))).flat();
}

async function readCertificates(path: string): Promise<readonly string[]> {
  const text = await readFile(path, "latin1").catch(() => "");
  return text.match(pemBlock) ?? [];
}

function parseCertificate(text: string): string {
  try {
    return new X509Certificate(text).toString();
  } catch (cause) {
    throw unreadable("it holds a certificate that is broken", cause);
  }
}

function unreadable(reason: string, cause?: unknown): RegistryError {
  return new RegistryError("tls", `An added certificate authority can't be read: ${reason}.`, { cause });
}
