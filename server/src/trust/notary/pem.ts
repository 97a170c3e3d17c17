/** The blocks of a PEM text (RFC 7468). What stands between blocks is passed over, as the format has it. */

export interface PemBlock {
  /** `CERTIFICATE`, `PUBLIC KEY`. */
  readonly label: string;
  readonly bytes: Buffer;
}

const block = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----/g;

export function parsePemBlocks(text: string): PemBlock[] {
  return [...text.matchAll(block)].map(([, label = "", body = ""]) => ({ label, bytes: Buffer.from(body, "base64") }));
}
