/** A self-signed P-256 certificate for localhost, made by the openssl command and good for a day. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export interface Certificate {
  readonly path: string;
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

/**
 * @param openssl path of the command
 * @param directory for the files
 */
export async function createCertificate(openssl: string, directory: string): Promise<Certificate> {
  const [keyPath, path] = [join(directory, "key.pem"), join(directory, "certificate.pem")];
  const request =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1";
  await promisify(execFile)(openssl, [...request.split(" "), "-keyout", keyPath, "-out", path]);
  return { path, certificate: await readFile(path, "utf8"), key: await readFile(keyPath, "utf8") };
}
