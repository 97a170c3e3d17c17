/**
 * Makes whole Notary v1 repositories within the process: drafts of the roles, which a test changes as it likes, then
 * `publish` signs them and adds the files under the names that a server gives them. It checks nothing: what a verifier
 * must refuse can be made as well as what it must take.
 */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { canonicalJson } from "./canonicalJson";
import {
  createKey,
  createSignature,
  type KeyKind,
  type SignatureMethod,
  type TestKey,
  type WireKey,
  type WireSignature,
} from "./keys";
import type { Body, FileMeta, RootBody, SignedFile, SnapshotBody, TargetsBody, TimestampBody } from "./metadata";
import type { ProxiedAnswer, Recording } from "./tamperingProxy";

export interface Signer {
  readonly key: TestKey;
  readonly method?: SignatureMethod;
  /** What the signature says that it is of, where that is a lie. */
  readonly keyId?: string;
}

/** What a test may change of any role before `publish`. */
export interface RoleDraft<SignedBody extends Body = Body> {
  keys: TestKey[];
  threshold: number;
  version: number;
  expires: string;
  /** Who signs; `keys` where null. */
  signers: (TestKey | Signer)[] | null;
  /** Changes the body before it is signed. `Object.assign` takes values of other types too. */
  edit: ((body: SignedBody) => void) | null;
  /** Changes body or signatures after the signatures were made. */
  editSigned: ((file: SignedFile<SignedBody>) => void) | null;
  /** Has the last word on the bytes; the roles above give their length and hashes. */
  editBytes: ((bytes: Buffer) => Buffer) | null;
}

export interface RootDraft extends RoleDraft<RootBody> {
  /** Listed, but of no role, as the earlier root keys are after a rotation. */
  otherKeys: TestKey[];
}

export interface TargetsDraft extends RoleDraft<TargetsBody> {
  targets: Record<string, FileMeta>;
}

export interface DelegationDraft extends TargetsDraft {
  /** Prefixes of the targets that it may sign; all by the empty one. */
  paths: string[];
  /** False leaves it out of the snapshot. */
  isListed: boolean;
}

export interface RepositoryOptions {
  readonly gun: string;
  /** ECDSA where nothing is said, with certificates for root. */
  readonly kinds?: { readonly [Role in "root" | "targets" | "snapshot" | "timestamp"]?: KeyKind };
  /** From which on expiry dates are counted. */
  readonly now?: Date;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** In days, as the Notary client and server set them. */
const LIFETIMES = { root: 3650, targets: 1095, snapshot: 1095, timestamp: 14 } as const;

/** A target, or what a role says of a file. */
export function fileMetaOf(content: Buffer, algorithms: readonly string[] = ["sha256", "sha512"]): FileMeta {
  const hash = (algorithm: string) => createHash(algorithm).update(content).digest("base64");
  return { length: content.length, hashes: Object.fromEntries(algorithms.map((each) => [each, hash(each)])) };
}

/** A target as `notary addhash` and `docker trust sign` write it. */
export function targetOf(sha256Hex: string, length: number): FileMeta {
  return { length, hashes: { sha256: Buffer.from(sha256Hex, "hex").toString("base64") } };
}

export class Repository {
  readonly gun: string;
  readonly root: RootDraft;
  readonly timestamp: RoleDraft<TimestampBody>;
  readonly snapshot: RoleDraft<SnapshotBody>;
  readonly targets: TargetsDraft;
  /** By their full names, in the order in which the parents list them. */
  readonly delegations = new Map<string, DelegationDraft>();
  /** Everything published so far by the names that a server answers to: `root.json`, `1.root.json`, … */
  readonly files = new Map<string, Buffer>();
  readonly #now: Date;
  /** What did not change since it was last published keeps its signatures, and so its bytes. */
  readonly #signatures = new Map<string, WireSignature>();

  constructor({ gun, kinds = {}, now = new Date() }: RepositoryOptions) {
    this.gun = gun;
    this.#now = now;
    this.root = { ...this.#role<RootBody>("root", this.createRootKey(kinds.root)), otherKeys: [] };
    this.timestamp = this.#role("timestamp", createKey(kinds.timestamp ?? "ecdsa"));
    this.snapshot = this.#role("snapshot", createKey(kinds.snapshot ?? "ecdsa"));
    this.targets = { ...this.#role<TargetsBody>("targets", createKey(kinds.targets ?? "ecdsa")), targets: {} };
  }

  /** A key whose certificate has the GUN as its common name; of another repository where that is named. */
  createRootKey(kind: KeyKind = "ecdsa-x509", commonName = this.gun): TestKey {
    return createKey(kind, { certificate: { commonName } });
  }

  /** Adds a delegation, `targets/releases` say, which may sign everything. */
  delegate(name: string, ...keys: TestKey[]): DelegationDraft {
    const role = { ...this.#role<TargetsBody>("targets"), keys, targets: {}, paths: [""], isListed: true };
    this.delegations.set(name, role);
    return role;
  }

  /** New root keys, signed for by the old ones too, in the next version. */
  rotateRoot(...keys: TestKey[]): void {
    const old = this.root.keys;
    this.root.keys = keys.length === 0 ? [this.createRootKey()] : keys;
    this.root.otherKeys.push(...old);
    this.root.signers = [...old, ...this.root.keys];
    this.root.version++;
  }

  /** Signs every role as it is now and adds the files. Versions are the test's to raise. */
  publish(): ReadonlyMap<string, Buffer> {
    const listed = new Map<string, Buffer>();
    listed.set("root", this.#add("root", this.root, this.#rootBody()));
    listed.set("targets", this.#add("targets", this.targets, this.#targetsBody("targets", this.targets)));
    for (const [name, role] of this.delegations) {
      const bytes = this.#add(name, role, this.#targetsBody(name, role));
      if (role.isListed) listed.set(name, bytes);
    }
    const meta = Object.fromEntries([...listed].map(([name, bytes]) => [name, fileMetaOf(bytes)]));
    const snapshot = this.#add("snapshot", this.snapshot, { _type: "Snapshot", ...common(this.snapshot), meta });
    this.#add("timestamp", this.timestamp, {
      _type: "Timestamp",
      ...common(this.timestamp),
      meta: { snapshot: fileMetaOf(snapshot) },
    });
    return this.files;
  }

  /** The files as answers of a server, for a proxy to give. */
  recording(): Recording {
    const answer = (body: Buffer): ProxiedAnswer => ({
      status: 200,
      headers: { "content-type": "text/plain; charset=utf-8" },
      body,
    });
    const files = [...this.files].map(([name, body]) => [`/v2/${this.gun}/_trust/tuf/${name}`, answer(body)] as const);
    return new Map([["/v2/", answer(Buffer.from("{}"))], ...files]);
  }

  #rootBody(): RootBody {
    const { root, targets, snapshot, timestamp } = this;
    const roles = Object.entries({ root, targets, snapshot, timestamp });
    return {
      _type: "Root",
      ...common(root),
      consistent_snapshot: false,
      keys: wireKeysOf([...roles.flatMap(([, { keys }]) => keys), ...root.otherKeys]),
      roles: Object.fromEntries(roles.map(([name, role]) => [name, wireRoleOf(role)])),
    };
  }

  #targetsBody(name: string, role: TargetsDraft): TargetsBody {
    const children = [...this.delegations].filter(([child]) => posix.dirname(child) === name);
    const roles = children.map(([child, draft]) => ({ ...wireRoleOf(draft), name: child, paths: draft.paths }));
    const keys = wireKeysOf(children.flatMap(([, draft]) => draft.keys));
    return { _type: "Targets", ...common(role), targets: role.targets, delegations: { keys, roles } };
  }

  #add<SignedBody extends Body>(name: string, role: RoleDraft<SignedBody>, draft: NoInfer<SignedBody>): Buffer {
    // Nothing that an edit changes may be what the draft of this or another role holds.
    const body = structuredClone(draft);
    role.edit?.(body);
    const signed = canonicalJson(body);
    const signatures = (role.signers ?? role.keys).map((signer) => {
      const { key, method, keyId } = "key" in signer ? signer : { key: signer };
      const signature = this.#signature(key, signed, method);
      return { ...signature, keyid: keyId ?? signature.keyid };
    });
    const file = { signed: body, signatures };
    role.editSigned?.(file);
    const written = Buffer.from(
      `{"signed":${canonicalJson(file.signed)},"signatures":${JSON.stringify(file.signatures)}}`,
    );
    const bytes = role.editBytes?.(written) ?? written;
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    for (const full of [`${name}.json`, `${role.version}.${name}.json`, `${name}.${sha256}.json`]) {
      this.files.set(full, bytes);
    }
    return bytes;
  }

  #signature(key: TestKey, signed: Buffer, method?: SignatureMethod): WireSignature {
    const name = `${key.id} ${method} ${createHash("sha256").update(signed).digest("hex")}`;
    const signature = this.#signatures.get(name) ?? createSignature(key, signed, method);
    this.#signatures.set(name, signature);
    return signature;
  }

  #role<SignedBody extends Body>(role: keyof typeof LIFETIMES, ...keys: TestKey[]): RoleDraft<SignedBody> {
    const expires = new Date(this.#now.getTime() + LIFETIMES[role] * DAY_MS).toISOString();
    return { keys, threshold: 1, version: 1, expires, signers: null, edit: null, editSigned: null, editBytes: null };
  }
}

function common({ version, expires }: RoleDraft<never>) {
  return { version, expires };
}

function wireRoleOf({ keys, threshold }: RoleDraft<never>) {
  return { keyids: keys.map(({ id }) => id), threshold };
}

function wireKeysOf(keys: readonly TestKey[]): Record<string, WireKey> {
  return Object.fromEntries(keys.map(({ id, wire }) => [id, wire]));
}
