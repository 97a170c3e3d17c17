/**
 * What the notary client says to a lookup, in few words that do not change from run to run: a digest, or the kind of
 * its error. A kind that is not known here fails, so that none is taken for another.
 */
import type { NotaryResult } from "../notaryClient";

const kinds: readonly (readonly [RegExp, string])[] = [
  [/No valid trust data for/, "no such tag"],
  [/does not have trust data for/, "no trust data"],
  [/fatal: ((?:\d+\.)?[a-z/]+)\S* trust data unavailable/, "missing: $1"],
  [/valid signatures did not meet threshold for (\S+)/, "below the threshold: $1"],
  [/could not rotate trust to a new trusted root/, "root not signed by the old one"],
  [/unable to retrieve valid leaf certificates/, "root without a valid certificate"],
  [/unable to match any certificates to trust_pinning config/, "root not pinned"],
  [/invalid CA certs provided/, "authority not valid"],
  [/failed to validate integrity of roots/, "below the threshold: root"],
  [/fatal: (\S+) expired at/, "expired: $1"],
  [/version \d+ is lower than current version \d+/, "version went back"],
  [/checksum for (\S+) did not match/, "wrong hash: $1"],
  [/key ID is not valid for key content/, "wrong key id"],
  [/fatal: (\w+) type metadata invalid/, "malformed: $1"],
  [/json: cannot|invalid character|unexpected end of JSON|parsing time/, "malformed"],
  [/has already been loaded/, "role stands twice"],
  [/trust server returned a bad response/, "bad response"],
  [/you are not authorized/, "not authorized"],
  [/unable to reach trust server at this time: (\d+)/, "server not reached: $1"],
  [/ sha256: \d+$/m, "empty digest"],
];

export function notaryOutcome({ stdout, stderr }: NotaryResult): string {
  const [digest] = /sha256:[0-9a-f]{64}/.exec(stdout) ?? [];
  if (digest !== undefined) return digest;
  for (const [form, kind] of kinds) {
    const match = form.exec(stdout);
    if (match !== null) return kind.replace("$1", match[1] ?? "");
  }
  throw new Error(`notary said something new: ${stdout}${stderr}`);
}
