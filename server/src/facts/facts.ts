/**
 * What was learnt online, kept for as long as it may be believed: a tag's digest for ten minutes, "not found" for one,
 * a manifest for ever. The same question under way is asked once. It raises nothing: what fails becomes an answer.
 */
import { LRUCache } from "lru-cache";
import { normalizedName, type Reference } from "../reference/reference";
import {
  type Descriptor,
  type Manifest,
  type Registry,
  RegistryError,
  type RequestOptions,
} from "../registry/registry";
import type { FactSource } from "./sources";
import type { Answer } from "./types";

const TAG_LIFETIME_MS = 10 * 60_000;
const FAILURE_LIFETIME_MS = 60_000;
const MAX_ANSWERS = 5_000;
const MAX_MANIFESTS = 500;

export interface FactsPorts {
  readonly registry: Registry;
  readonly now: () => Date;
}

export class Facts implements FactSource {
  private readonly answers = new LRUCache<string, Answer>({ max: MAX_ANSWERS });
  private readonly manifests = new LRUCache<string, Manifest>({ max: MAX_MANIFESTS });
  private readonly manifestFailures = new LRUCache<string, Date>({ max: MAX_MANIFESTS });

  constructor(private readonly ports: FactsPorts) {}

  /** What is known and still believed; asks nobody. */
  cached(reference: Reference): Answer | null {
    const answer = this.answers.get(normalizedName(reference));
    if (answer === undefined) return null;
    const age = this.ports.now().getTime() - answer.askedAt.getTime();
    // A clock that was set back would keep it alive.
    return age >= 0 && age < (answer.kind === "found" ? TAG_LIFETIME_MS : FAILURE_LIFETIME_MS) ? answer : null;
  }

  /** What the reference stands for. A question that was cancelled leaves nothing behind. */
  async ask(reference: Reference, options: RequestOptions = {}): Promise<Answer> {
    const known = this.cached(reference);
    if (known !== null) return known;
    const answer = await this.askRegistry(reference, options);
    if (answer.kind === "unavailable" && answer.code === "cancelled") return answer;
    this.answers.set(normalizedName(reference), answer);
    return answer;
  }

  /** Forgets the answer, so that the next question goes to the registry. */
  forget(reference: Reference): void {
    this.answers.delete(normalizedName(reference));
  }

  /** The manifest behind an answer, where it is known; asks nobody. */
  cachedManifest(reference: Reference, answer: Answer): Manifest | null {
    return answer.kind === "found" ? (this.manifests.get(manifestKey(reference, answer.descriptor)) ?? null) : null;
  }

  /** The manifest behind an answer, for its platforms; null where it can't be had. */
  async manifest(reference: Reference, answer: Answer, options: RequestOptions = {}): Promise<Manifest | null> {
    if (answer.kind !== "found") return null;
    const known = this.cachedManifest(reference, answer);
    const key = manifestKey(reference, answer.descriptor);
    if (known !== null || this.failedLately(key)) return known;
    try {
      const manifest = await this.ports.registry.fetchManifest(reference, answer.descriptor.digest, options);
      this.manifests.set(key, manifest);
      return manifest;
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      if (error.code !== "cancelled") this.manifestFailures.set(key, this.ports.now());
      return null;
    }
  }

  private failedLately(key: string): boolean {
    const failedAt = this.manifestFailures.get(key);
    return failedAt !== undefined && this.ports.now().getTime() - failedAt.getTime() < FAILURE_LIFETIME_MS;
  }

  private async askRegistry(reference: Reference, options: RequestOptions): Promise<Answer> {
    try {
      const descriptor = await this.ports.registry.resolve(reference, options);
      return { kind: "found", descriptor, askedAt: this.ports.now() };
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      return { kind: "unavailable", code: error.code, message: error.message, askedAt: this.ports.now() };
    }
  }
}

function manifestKey({ registry, repository }: Reference, { digest }: Descriptor): string {
  return `${registry}/${repository}@${digest}`;
}
