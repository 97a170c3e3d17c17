/**
 * Brings the trust data of one GUN up to date (github.com/theupdateframework/notary, `client/tufclient.go`): root,
 * timestamp, snapshot, targets, delegations, each verified before the next is asked for. A failure refreshes the root
 * once and begins again. Nothing is stored here, and nothing that failed is ever returned.
 */
import { RegistryError, type RegistryErrorCode } from "../../registry/registry";
import type { Gun } from "./gun";
import { parseRoot, type Root } from "./metadata/root";
import { type FileMeta, versionOf } from "./metadata/signed";
import type { Snapshot } from "./metadata/snapshot";
import { type Delegation, parseTargets } from "./metadata/targets";
import { parseTimestamp, type Timestamp } from "./metadata/timestamp";
import { MAX_ROOT, type MetadataSource, trustDataRemoved } from "./metadataSource";
import { NotaryError, type NotaryStep } from "./notaryError";
import {
  type Circumstances,
  isFile,
  verifyDelegation,
  verifySnapshot,
  verifyTargets,
  verifyTimestamp,
} from "./roleVerifier";
import { newestRoot } from "./rootChain";
import { type RootPins, requireCurrentRoot, requireSelfSigned } from "./rootVerifier";
import { RELEASES } from "./target";
import type { MetadataFiles, SkippedRole, TrustedRepository, TrustedRole } from "./trustedRepository";

export interface UpdateParameters {
  readonly gun: Gun;
  readonly source: MetadataSource;
  /** What was believed last; empty where nothing was. Its root is the first pin. */
  readonly stored: MetadataFiles;
  readonly pins: RootPins | null;
  readonly now: Date;
}

/** Bytes. The server chooses how long its answers are. */
const MAX_TIMESTAMP = 1024 * 1024;
const MAX_METADATA = 16 * 1024 * 1024;
const MAX_ALL_METADATA = 64 * 1024 * 1024;
const MAX_DELEGATIONS = 200;

/** The server did not say anything of the metadata. */
const networkCodes: ReadonlySet<RegistryErrorCode> = new Set([
  "unreachable",
  "timed-out",
  "tls",
  "server-error",
  "rate-limited",
]);

/** @throws NotaryError where trust data is there and not to be believed, RegistryError where it can't be had */
export async function updateTrust(parameters: UpdateParameters): Promise<TrustedRepository> {
  const { gun, source, stored } = parameters;
  if (!stored.has("root")) {
    const bytes = await source.fetch("root", MAX_ROOT);
    if (bytes === null) throw new NotaryError("no-trust-data", "root", `There is no trust data for ${gun}.`);
    return loadWith(parseRoot(bytes), parameters);
  }
  const root = readStoredRoot(stored, gun);
  try {
    return await loadWith(root, parameters);
  } catch (error) {
    if (!(error instanceof NotaryError) || error.code === "trust-data-removed") throw error;
    const newest = await newestRoot(root, gun, source).catch((reason: unknown) => {
      // Whoever holds back the root must not turn what was seen to be wrong into what could not be had.
      throw reason instanceof RegistryError ? error : reason;
    });
    if (newest === root) throw error;
    return loadWith(newest, parameters);
  }
}

function readStoredRoot(stored: MetadataFiles, gun: Gun): Root {
  return readStored(`root of ${gun}`, () => {
    const root = parseRoot(stored.get("root") ?? Buffer.alloc(0));
    requireSelfSigned(root, gun);
    return root;
  });
}

/** What is stored was verified once: where it can't be read, this computer has a problem, and not the server. */
function readStored<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof NotaryError)) throw cause;
    const message = `The stored ${what} can't be read. New trust data is judged by it: check it, or forget it.`;
    throw new NotaryError("store-unusable", "store", message, { cause });
  }
}

async function loadWith(root: Root, parameters: UpdateParameters): Promise<TrustedRepository> {
  const { gun, pins, now } = parameters;
  const rootKeys = requireCurrentRoot(root, gun, pins, now);
  return { gun, root, rootKeys, ...(await new Loading(parameters, root).load()) };
}

/** One pass with one root. */
class Loading {
  private readonly files = new Map<string, Buffer>();
  private readonly roles: TrustedRole[] = [];
  private readonly skipped: SkippedRole[] = [];
  private isFromStore = false;
  /** Bytes of all files that parents told of. */
  private size = 0;
  /** As many as were asked for, at any depth. */
  private delegations = 0;

  constructor(
    private readonly parameters: UpdateParameters,
    private readonly root: Root,
  ) {}

  async load(): Promise<Omit<TrustedRepository, "gun" | "root" | "rootKeys">> {
    const { root, roles, skipped, files } = this;
    const timestamp = await this.timestamp();
    const bytes = await this.file("snapshot", timestamp.snapshot);
    const snapshot = verifySnapshot(bytes, timestamp.snapshot, root, this.circumstances("snapshot", bytes));
    this.keep("snapshot", bytes);
    await this.targets(snapshot);
    this.keep("root", root.bytes);
    return { timestamp, snapshot, roles, skipped, files, isFromStore: this.isFromStore };
  }

  private async timestamp(): Promise<Timestamp> {
    const { gun, source, stored } = this.parameters;
    const bytes = await source.fetch("timestamp", MAX_TIMESTAMP).catch((error: unknown) => {
      const known = this.storedTimestamp();
      if (known === null || !(error instanceof RegistryError) || !networkCodes.has(error.code)) throw error;
      this.isFromStore = true;
      return known;
    });
    if (bytes === null) {
      if (stored.has("root")) throw trustDataRemoved(gun, "timestamp");
      throw new NotaryError("metadata-missing", "timestamp", `The trust data of ${gun} has no timestamp.`);
    }
    const timestamp = verifyTimestamp(bytes, this.root, this.circumstances("timestamp", bytes));
    this.keep("timestamp", bytes);
    return timestamp;
  }

  /** The one that was believed last, as long as it has not expired. */
  private storedTimestamp(): Buffer | null {
    const { gun, stored, now } = this.parameters;
    const bytes = stored.get("timestamp");
    if (bytes === undefined) return null;
    const { expires } = readStored(`timestamp of ${gun}`, () => parseTimestamp(bytes));
    return now <= expires ? bytes : null;
  }

  private async targets(snapshot: Snapshot): Promise<void> {
    const meta = snapshot.meta.get("targets");
    if (meta === undefined) {
      throw new NotaryError("metadata-missing", "targets", "The snapshot lists no targets metadata.");
    }
    const bytes = await this.file("targets", meta);
    const { metadata, signers } = verifyTargets(bytes, snapshot, this.root, this.circumstances("targets", bytes));
    this.keep("targets", bytes);
    const role = { name: "targets", metadata, signers, paths: [""] } as const;
    this.roles.push(role);
    await this.children(role, snapshot);
  }

  /** Pre-order: a role's own children come before the next of its siblings. Siblings are fetched together. */
  private async children(parent: TrustedRole, snapshot: Snapshot): Promise<void> {
    const { delegations } = parent.metadata;
    const listed = delegations.flatMap((delegation) => {
      const meta = snapshot.meta.get(delegation.name);
      if (meta !== undefined) return { delegation, meta };
      this.leaveOutUnlisted(delegation.name);
      return [];
    });
    this.delegations += listed.length;
    if (this.delegations > MAX_DELEGATIONS) {
      throw new NotaryError("too-large", parent.name, `There are more than ${MAX_DELEGATIONS} delegations.`);
    }
    const fetched = await Promise.all(
      listed.map(async ({ delegation, meta }) => ({
        delegation,
        meta,
        bytes: await this.file(delegation.name, meta),
      })),
    );
    for (const { delegation, meta, bytes } of fetched) {
      const role = this.delegation(bytes, meta, delegation, parent);
      if (role === null) continue;
      this.roles.push(role);
      await this.children(role, snapshot);
    }
  }

  private delegation(bytes: Buffer, meta: FileMeta, delegation: Delegation, parent: TrustedRole): TrustedRole | null {
    const { name } = delegation;
    try {
      const verified = verifyDelegation(bytes, meta, delegation, this.circumstances(name, bytes));
      this.keep(name, bytes);
      // A path counts as far as the parent's own reach.
      const paths = delegation.paths.filter((path) => parent.paths.some((prefix) => path.startsWith(prefix)));
      return { name, paths, ...verified };
    } catch (error) {
      const isLeftOut =
        error instanceof NotaryError && (error.code === "expired" || error.code === "threshold-not-met");
      if (!isLeftOut) throw error;
      const files = [bytes, ...this.keepStored(name)];
      // Where its parent lets nobody sign, what it said before is not hidden by anybody: it was taken back.
      this.leaveOut(name, error, delegation.keys.size === 0 ? [] : files);
      return null;
    }
  }

  /**
   * A delegation that the snapshot does not list has mostly never signed anything. Where it once had, and its parent
   * still names it, whoever holds no key but that of the snapshot may be hiding it; and where its tags would come first,
   * nobody is to be left in the belief that there are none.
   */
  private leaveOutUnlisted(name: Delegation["name"]): void {
    const known = this.keepStored(name);
    if (known.length === 0 && name !== RELEASES) return;
    const message = `The snapshot lists no ${name} metadata: it has signed nothing yet, or is being hidden.`;
    this.leaveOut(name, new NotaryError("metadata-missing", name, message), known);
  }

  private leaveOut(name: Delegation["name"], { code, message }: NotaryError, files: readonly Buffer[]): void {
    const tags = new Map<string, (FileMeta | null)[]>();
    for (const [tag, meta] of files.flatMap((bytes) => [...parseTargets(bytes, name).targets])) {
      tags.set(tag, [...(tags.get(tag) ?? []), meta]);
    }
    this.skipped.push({ name, code, message, tags });
  }

  /** What was believed of a delegation before stays the floor for what comes after. */
  private keepStored(name: Delegation["name"]): Buffer[] {
    const known = this.parameters.stored.get(name);
    if (known === undefined) return [];
    this.keep(name, known);
    return [known];
  }

  /** The file that a parent tells of: the stored one where it is that, else the server's. */
  private async file(role: NotaryStep, meta: FileMeta): Promise<Buffer> {
    const { source, stored } = this.parameters;
    this.size += meta.length;
    if (meta.length > MAX_METADATA || this.size > MAX_ALL_METADATA) {
      throw new NotaryError("too-large", role, `The ${role} metadata is larger than is read.`);
    }
    const known = stored.get(role);
    if (known !== undefined && isFile(known, meta)) return known;
    const bytes = await source.fetch(`${role}.${meta.sha256}`, meta.length);
    if (bytes === null) {
      throw new NotaryError(
        "metadata-missing",
        role,
        `The server lacks the ${role} metadata that its parent tells of.`,
      );
    }
    return bytes;
  }

  private circumstances(role: NotaryStep, bytes: Buffer): Circumstances {
    const { gun, stored, now } = this.parameters;
    const known = stored.get(role);
    // Most often it is the stored file itself: then there is no need to read it twice.
    if (known === undefined || known.equals(bytes)) return { floor: 0, now };
    return { floor: readStored(`${role} of ${gun}`, () => versionOf(known, role)), now };
  }

  private keep(role: string, bytes: Buffer): void {
    this.files.set(role, bytes);
  }
}
