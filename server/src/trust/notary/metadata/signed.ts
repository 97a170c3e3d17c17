/**
 * What all roles' metadata has in common (github.com/theupdateframework/notary, `tuf/data/types.go`): an envelope of
 * signatures around a signed part with type, version and expiry, and the shapes that several roles share.
 */
import { canonicalJson } from "../canonicalJson";
import { isKeyId, type KeyId, keyIdOf, type PublicKey, type Signature } from "../keys";
import { NotaryError, type NotaryStep } from "../notaryError";
import { type JsonObject, JsonProblem, type JsonValue, parseStrictJson } from "../strictJson";

/** Metadata of which nothing was verified yet but its form. */
export interface Signed {
  readonly step: NotaryStep;
  /** As they came, over which a parent's hashes and lengths go. */
  readonly bytes: Buffer;
  /** The signed part in canonical form, over which the signatures go. */
  readonly message: Buffer;
  readonly signatures: readonly Signature[];
  readonly version: number;
  readonly expires: Date;
}

export interface Envelope extends Signed {
  readonly body: JsonObject;
}

/** Who may sign for a role, and how many of them have to. */
export interface Role {
  readonly keys: ReadonlyMap<KeyId, PublicKey>;
  readonly threshold: number;
}

/** What a parent says of a file: its length in bytes, and its sha256 in hexadecimal. */
export interface FileMeta {
  readonly length: number;
  readonly sha256: string;
  /** In hexadecimal, where the parent tells it too. */
  readonly sha512: string | null;
}

type MetadataType = "Root" | "Timestamp" | "Snapshot" | "Targets";

/** @throws NotaryError `malformed-metadata` or `wrong-type` */
export function parseEnvelope(bytes: Buffer, type: MetadataType, step: NotaryStep): Envelope {
  const envelope = objectIn(parse(bytes, step), step);
  const body = objectIn(envelope.get("signed"), step);
  if (body.get("_type") !== type) throw new NotaryError("wrong-type", step, `The ${step} metadata is of another type.`);
  const signatures = arrayIn(envelope.get("signatures"), step).map((entry) => parseSignature(entry, step));
  return {
    step,
    bytes,
    message: Buffer.from(canonicalJson(body)),
    signatures,
    version: positiveIntegerIn(body.get("version"), step),
    expires: dateIn(body.get("expires"), step),
    body,
  };
}

/** The version of metadata that was verified before. @throws NotaryError `malformed-metadata` */
export function versionOf(bytes: Buffer, step: NotaryStep): number {
  const body = objectIn(objectIn(parse(bytes, step), step).get("signed"), step);
  return positiveIntegerIn(body.get("version"), step);
}

/** A map of keys by id, each of which is computed anew. */
export function parseKeys(value: JsonValue | undefined, step: NotaryStep): ReadonlyMap<string, PublicKey> {
  const keys = new Map<string, PublicKey>();
  for (const [id, entry] of objectIn(value, step)) {
    const key = objectIn(entry, step);
    const type = stringIn(key.get("keytype"), step);
    const content = base64In(objectIn(key.get("keyval"), step).get("public"), step);
    const trueId = keyIdOf(type, content);
    if (id !== trueId) {
      throw new NotaryError("key-id-mismatch", step, `A key of the ${step} metadata has not the id that it goes by.`);
    }
    keys.set(id, { id: trueId, type, content });
  }
  return keys;
}

/** `keyids` and `threshold`, of which every key has to be among `keys`. A role that lost its last key has null for them. */
export function parseRole(role: JsonObject, keys: ReadonlyMap<string, PublicKey>, step: NotaryStep): Role {
  const own = new Map<KeyId, PublicKey>();
  for (const entry of arrayIn(role.get("keyids") ?? [], step)) {
    const id = stringIn(entry, step);
    const key = keys.get(id);
    if (key === undefined || !isKeyId(id)) throw malformed(step, "names a key that it does not have");
    if (own.has(id)) throw malformed(step, "names one key twice for a role");
    own.set(id, key);
  }
  return { keys: own, threshold: positiveIntegerIn(role.get("threshold"), step) };
}

/** `hashes` in base64 and `length`; sha256 is required. */
export function parseFileMeta(value: JsonValue | undefined, step: NotaryStep): FileMeta {
  const meta = objectIn(value, step);
  const hashes = objectIn(meta.get("hashes"), step);
  const length = meta.get("length");
  if (typeof length !== "number" || length < 0) throw malformed(step, "tells no usable length of a file");
  const sha256 = base64In(hashes.get("sha256"), step);
  if (sha256.length !== 32) throw malformed(step, "tells a sha256 that is none");
  const sha512 = hashes.has("sha512") ? base64In(hashes.get("sha512"), step) : null;
  if (sha512 !== null && sha512.length !== 64) throw malformed(step, "tells a sha512 that is none");
  return { length, sha256: sha256.toString("hex"), sha512: sha512?.toString("hex") ?? null };
}

export function malformed(step: NotaryStep, problem: string): NotaryError {
  return new NotaryError("malformed-metadata", step, `The ${step} metadata is malformed: it ${problem}.`);
}

export function objectIn(value: JsonValue | undefined, step: NotaryStep): JsonObject {
  if (!(value instanceof Map)) throw malformed(step, "lacks an object where one has to be");
  return value;
}

export function arrayIn(value: JsonValue | undefined, step: NotaryStep): readonly JsonValue[] {
  if (!Array.isArray(value)) throw malformed(step, "lacks a list where one has to be");
  return value;
}

export function stringIn(value: JsonValue | undefined, step: NotaryStep): string {
  if (typeof value !== "string") throw malformed(step, "lacks a text where one has to be");
  return value;
}

function parse(bytes: Buffer, step: NotaryStep): JsonValue {
  try {
    return parseStrictJson(bytes);
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    throw malformed(step, `is ${error.message}`);
  }
}

function parseSignature(value: JsonValue, step: NotaryStep): Signature {
  const signature = objectIn(value, step);
  return {
    keyId: stringIn(signature.get("keyid"), step),
    method: stringIn(signature.get("method"), step).toLowerCase(),
    bytes: base64In(signature.get("sig"), step),
  };
}

function positiveIntegerIn(value: JsonValue | undefined, step: NotaryStep): number {
  if (typeof value !== "number" || value < 1) throw malformed(step, "has a version or a threshold below 1");
  return value;
}

/** RFC 3339, as Go writes a time. */
const timeForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

function dateIn(value: JsonValue | undefined, step: NotaryStep): Date {
  const text = stringIn(value, step);
  const date = new Date(text);
  if (!timeForm.test(text) || Number.isNaN(date.getTime())) throw malformed(step, "expires at no time");
  return date;
}

/** RFC 4648, section 4, in its one canonical spelling: another would be signed as other bytes. */
function base64In(value: JsonValue | undefined, step: NotaryStep): Buffer {
  const text = stringIn(value, step);
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) throw malformed(step, "has a value that is no base64");
  return bytes;
}
