/**
 * What was last believed of each GUN, on disk: the floor for versions, and the pin for the root. A state is one file
 * that is written whole or not at all, and its name orders it: an older state that another process writes late never
 * takes the place of a newer one. Nothing here is a secret; everything here was verified before it was written.
 */
import { createHash } from "node:crypto";
import { mkdir, open, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import type { Gun } from "./gun";
import { NotaryError } from "./notaryError";
import type { MetadataFiles } from "./trustedRepository";

export interface StoredTrust {
  readonly files: MetadataFiles;
  readonly firstSeen: Date;
  /** When the server last said so. */
  readonly checkedAt: Date;
  readonly origin: "pinned" | "first-use" | "docker";
}

/** The versions that order two states. */
export interface StateVersion {
  readonly root: number;
  readonly timestamp: number;
  readonly snapshot: number;
}

export interface TrustStore {
  /** Null where nothing is known of the GUN. @throws NotaryError `store-unusable` */
  read(gun: Gun): Promise<StoredTrust | "forgotten" | null>;
  /** @throws NotaryError `store-unusable` */
  write(gun: Gun, trust: StoredTrust, version: StateVersion): Promise<void>;
  /** The server has said once more what is stored: nothing but the time changes. */
  confirm(gun: Gun, version: StateVersion, checkedAt: Date): Promise<void>;
  /** Forgets the root of the GUN: by the user's word, the next one is trusted on first use. */
  forget(gun: Gun): Promise<void>;
}

const FORMAT = 1;
const stateName = /^(\d+)\.(\d+)\.(\d+)\.json$/;
/** Stands where the user has forgotten a root, so that the docker client's copy of it is no pin any more. */
const FORGOTTEN = "forgotten";
/** What a write is made under until it is whole (write-file-atomic, `getTmpname`), and what one leaves that is killed. */
const temporaryName = /^(?:\d+\.\d+\.\d+\.json|forgotten)\.\d+$/;
const LONGEST_WRITE_MS = 60 * 60 * 1000;

/** @param directory of the store, which is made where it is not there */
export function createTrustStore(directory: string): TrustStore {
  const folderOf = (gun: Gun) => join(directory, createHash("sha256").update(gun).digest("hex"));

  return {
    async read(gun) {
      const folder = folderOf(gun);
      // Another process may put a newer state in the place of the one that was just listed.
      for (let attempt = 0; ; attempt++) {
        const names = await list(folder);
        const newest = newestState(names);
        if (newest === undefined) return names.includes(FORGOTTEN) ? "forgotten" : null;
        try {
          return await readState(join(folder, newest), gun);
        } catch (cause) {
          const isGone = (cause as NodeJS.ErrnoException).code === "ENOENT";
          if (!isGone || attempt === 3) throw unusable(`The trust data stored for ${gun} can't be read`, cause);
        }
      }
    },

    async write(gun, trust, version) {
      const folder = folderOf(gun);
      const path = join(folder, nameOf(version));
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFileAtomic(path, serialized(gun, trust), { mode: 0o600 });
        // Another process may have put a newer state in its place already.
        await utimes(path, trust.checkedAt, trust.checkedAt).catch(unlessGone);
        const names = await list(folder);
        const newest = newestState(names);
        // A newer state of another process stays; what is older than the newest goes.
        const old = names.filter((other) => other === FORGOTTEN || (stateName.test(other) && other !== newest));
        const abandoned = await abandonedFiles(folder, names);
        await Promise.all([...old, ...abandoned].map((other) => rm(join(folder, other), { force: true })));
      } catch (cause) {
        throw unusable(`The trust data of ${gun} can't be stored`, cause);
      }
    },

    async confirm(gun, version, checkedAt) {
      // A newer state of another process may have taken its place, which was confirmed by that one.
      await utimes(join(folderOf(gun), nameOf(version)), checkedAt, checkedAt).catch(() => {});
    },

    async forget(gun) {
      const folder = folderOf(gun);
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFileAtomic(join(folder, FORGOTTEN), "", { mode: 0o600 });
        const states = (await list(folder)).filter((name) => stateName.test(name));
        await Promise.all(states.map((name) => rm(join(folder, name), { force: true })));
      } catch (cause) {
        throw unusable(`The trust data of ${gun} can't be forgotten`, cause);
      }
    },
  };
}

function nameOf({ root, timestamp, snapshot }: StateVersion): string {
  return `${root}.${timestamp}.${snapshot}.json`;
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw unusable("The stored trust data can't be listed", cause);
  }
}

/** Those of writers that are no more. The folder was just written to: its own time is now, by the clock of the files. */
async function abandonedFiles(folder: string, names: readonly string[]): Promise<string[]> {
  const temporary = names.filter((name) => temporaryName.test(name));
  if (temporary.length === 0) return [];
  const { mtimeMs: now } = await stat(folder);
  const files = temporary.map(async (name) => ({ name, file: await stat(join(folder, name)).catch(unlessGone) }));
  return (await Promise.all(files)).flatMap(({ name, file }) =>
    file !== undefined && now - file.mtimeMs > LONGEST_WRITE_MS ? name : [],
  );
}

function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

/** By root, then timestamp, then snapshot. */
function newestState(names: readonly string[]): string | undefined {
  const states = names.flatMap((name) => {
    const numbers = stateName.exec(name)?.slice(1).map(Number);
    return numbers === undefined ? [] : { name, numbers };
  });
  states.sort((a, b) => byNumbers(b.numbers, a.numbers));
  return states[0]?.name;
}

function byNumbers(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((number, place) => number !== b[place]);
  return index === -1 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

/** Metadata is UTF-8 without exception: as text it keeps every byte. */
function serialized(gun: Gun, { files, firstSeen, origin }: StoredTrust): string {
  const texts = Object.fromEntries([...files].map(([role, bytes]) => [role, bytes.toString("utf8")]));
  return JSON.stringify({ format: FORMAT, gun, firstSeen: firstSeen.toISOString(), origin, files: texts });
}

async function readState(path: string, gun: Gun): Promise<StoredTrust> {
  const file = await open(path);
  try {
    const { mtime } = await file.stat();
    return { ...parseState(await file.readFile("utf8"), gun), checkedAt: mtime };
  } finally {
    await file.close();
  }
}

function parseState(text: string, gun: Gun): Omit<StoredTrust, "checkedAt"> {
  const state = JSON.parse(text) as Record<string, unknown>;
  const firstSeen = new Date(String(state.firstSeen));
  const { origin, files } = state;
  const isOrigin = origin === "pinned" || origin === "first-use" || origin === "docker";
  const isState = state.format === FORMAT && state.gun === gun && isOrigin && !Number.isNaN(firstSeen.getTime());
  if (!isState || typeof files !== "object" || files === null) throw new Error("not a state of this GUN");
  const metadata = Object.entries(files).map(([role, content]) => [role, Buffer.from(String(content))] as const);
  return { files: new Map(metadata), firstSeen, origin };
}

function unusable(what: string, cause: unknown): NotaryError {
  const code = (cause as NodeJS.ErrnoException).code;
  const why = code === undefined ? "" : ` (${code})`;
  return new NotaryError("store-unusable", "store", `${what}${why}: check the folder, or forget the root.`, { cause });
}
