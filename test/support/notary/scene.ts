/**
 * A trust server in memory with one repository, and a client that asks it: what it answers, what the client has stored
 * and the moment are the test's to change. Outcomes are told as a code and a step.
 */
import { RegistryError, type RegistryErrorCode } from "../../../server/src/registry/registry";
import type { Gun } from "../../../server/src/trust/notary/gun";
import { MAX_ROOT, type MetadataSource } from "../../../server/src/trust/notary/metadataSource";
import { NotaryError } from "../../../server/src/trust/notary/notaryError";
import type { RootPins } from "../../../server/src/trust/notary/rootVerifier";
import type { MetadataFiles, TrustedRepository } from "../../../server/src/trust/notary/trustedRepository";
import { updateTrust } from "../../../server/src/trust/notary/update";
import { Repository, type RepositoryOptions, type RoleDraft, targetOf } from "./repository";

export const GUN = "registry.example/acme/app" as Gun;
export const DAY_MS = 24 * 60 * 60 * 1000;
/** From which on the dates of repositories and certificates are counted. */
export const NOW = new Date();

export function daysFrom(now: Date, days: number): Date {
  return new Date(now.getTime() + days * DAY_MS);
}

/** 64 hexadecimal digits that are easy to see in a failure. */
export function hexOf(digit: string): string {
  return digit.repeat(64);
}

type Role = "root" | "timestamp" | "snapshot" | "targets" | `targets/${string}`;

export class Scene {
  readonly repository: Repository;
  readonly source: MemorySource;
  stored: MetadataFiles = new Map();
  pins: RootPins | null = null;
  now = NOW;

  /** A repository whose tag `1` is signed in `targets`; it is published. */
  constructor(options: Partial<RepositoryOptions> = {}) {
    this.repository = new Repository({ gun: GUN, now: NOW, ...options });
    this.repository.targets.targets["1"] = targetOf(hexOf("1"), 1);
    this.source = new MemorySource(this.repository.files);
    this.publish();
  }

  /** Signs all roles as they are, and answers with them. */
  publish(): void {
    this.source.files = new Map(this.repository.publish());
  }

  /** The same, in the next version of these roles, and of those that follow from them. */
  publishNext(...roles: Role[]): void {
    for (const role of new Set<Role>([...roles, "snapshot", "timestamp"])) this.draft(role).version++;
    this.publish();
  }

  draft(role: Role): RoleDraft<never> {
    const draft = role.startsWith("targets/") ? this.repository.delegations.get(role) : this.repository[role as "root"];
    if (draft === undefined) throw new Error(`no role ${role}`);
    return draft as unknown as RoleDraft<never>;
  }

  /** Does not store what it brings. */
  update(gun: Gun = GUN): Promise<TrustedRepository> {
    const { source, stored, pins, now } = this;
    return updateTrust({ gun, source, stored, pins, now });
  }

  /** Updates, and stores. */
  async believe(): Promise<TrustedRepository> {
    const repository = await this.update();
    this.stored = repository.files;
    return repository;
  }

  /** `ok`, or the code of what failed and its step. */
  outcome(gun: Gun = GUN): Promise<string> {
    return outcomeOf(this.update(gun));
  }
}

export async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "ok";
  } catch (error) {
    if (error instanceof NotaryError) return `${error.code} ${error.step}`;
    if (error instanceof RegistryError) return `${error.code} of the network`;
    throw error;
  }
}

/** The same, of what is not asynchronous. */
export function outcomeOfSync(work: () => unknown): string {
  try {
    work();
    return "ok";
  } catch (error) {
    if (error instanceof NotaryError) return `${error.code} ${error.step}`;
    throw error;
  }
}

export class MemorySource implements MetadataSource {
  /** What was asked for, in order, with hashes left out: `snapshot.#`. */
  readonly asked: string[] = [];
  /** What the network does instead of an answer, by such a name. */
  readonly failures = new Map<string, RegistryErrorCode>();

  constructor(public files: ReadonlyMap<string, Buffer>) {}

  async fetch(name: string, limit: number): Promise<Buffer | null> {
    const shown = name.replace(/\.[0-9a-f]{64}$/, ".#");
    this.asked.push(shown);
    const failure = this.failures.get(shown) ?? this.failures.get("*");
    if (failure !== undefined) throw new RegistryError(failure, `the test has it that way: ${failure}`);
    const bytes = this.files.get(`${name}.json`) ?? null;
    if (bytes !== null && bytes.length > Math.min(limit, MAX_ROOT * 20)) {
      throw new NotaryError("too-large", /^[^.]*/.exec(name)?.[0] as NotaryError["step"], "more than the limit");
    }
    return bytes;
  }

  /** What was asked for since the last time that this was. */
  takeAsked(): string[] {
    return this.asked.splice(0);
  }
}
