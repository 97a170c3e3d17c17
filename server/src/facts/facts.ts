/**
 * What was learnt online, kept for as long as it may be believed: a tag's digest for ten minutes, "not found" for one,
 * what is named by its digest for ever. It raises nothing: what fails becomes an answer.
 */
import { LRUCache } from "lru-cache";
import type { Digest } from "../reference/digest";
import { normalizedName, type Reference } from "../reference/reference";
import {
  type ImageConfiguration,
  type Manifest,
  type Registry,
  RegistryError,
  type RequestOptions,
  type ResolveOptions,
  saysNothing,
} from "../registry/registry";
import { readDetails } from "./details";
import type { AskOptions, FactSource } from "./sources";
import type { Answer, Details } from "./types";

const TAG_LIFETIME_MS = 10 * 60_000;
const FAILURE_LIFETIME_MS = 60_000;
const MAX_ANSWERS = 5_000;
const MAX_CONTENTS = 500;

export interface FactsPorts {
  readonly registry: Registry;
  readonly now: () => Date;
}

export class Facts implements FactSource {
  private readonly answers = new LRUCache<string, Answer>({ max: MAX_ANSWERS });
  private readonly manifests = new LRUCache<string, Manifest>({ max: MAX_CONTENTS });
  private readonly configurations = new LRUCache<string, ImageConfiguration>({ max: MAX_CONTENTS });
  /** When a manifest or a configuration could not be had. */
  private readonly failures = new LRUCache<string, Date>({ max: MAX_CONTENTS });

  constructor(private readonly ports: FactsPorts) {}

  /** What is known and still believed; asks nobody. */
  cached(reference: Reference): Answer | null {
    const answer = this.answers.get(normalizedName(reference));
    if (answer === undefined) return null;
    if (answer.kind === "found" && reference.digest !== null) return answer;
    return this.isYoungerThan(answer.kind === "found" ? TAG_LIFETIME_MS : FAILURE_LIFETIME_MS, answer.askedAt)
      ? answer
      : null;
  }

  /**
   * What the reference stands for. A question that was cancelled leaves nothing behind. With `confirm` the registry
   * itself has the last word on what a mirror said of a tag, where it answers at all; a digest needs nobody's word.
   */
  async ask(reference: Reference, { confirm = false, ...options }: AskOptions = {}): Promise<Answer> {
    const known = options.refresh ? null : this.cached(reference);
    const answer = known ?? (await this.askRegistry(reference, options));
    const isOneMirrors = answer.kind === "found" && answer.mirror !== null && reference.digest === null;
    if (!confirm || !isOneMirrors) return answer;
    const confirmed = await this.resolve(reference, { ...options, fromOrigin: true });
    if (confirmed.kind !== "found" && confirmed.code !== "not-found") return answer;
    this.answers.set(normalizedName(reference), confirmed);
    return confirmed;
  }

  /** The manifest behind an answer, where it is known; asks nobody. */
  cachedManifest(reference: Reference, answer: Answer): Manifest | null {
    if (answer.kind !== "found") return null;
    return this.manifests.get(contentKey(reference, answer.descriptor.digest)) ?? null;
  }

  /** The manifest behind an answer; null where it can't be had. */
  async manifest(reference: Reference, answer: Answer, options: RequestOptions = {}): Promise<Manifest | null> {
    return answer.kind === "found" ? this.manifestOf(reference, answer.descriptor.digest, options) : null;
  }

  /** What the image tells of itself, by more requests where its manifest does not; null where it can't be had. */
  async details(reference: Reference, answer: Answer, options: RequestOptions = {}): Promise<Details | null> {
    const manifest = await this.manifest(reference, answer, options);
    if (manifest === null) return null;
    return readDetails(manifest, {
      manifest: (digest) => this.manifestOf(reference, digest, options),
      configuration: (digest) =>
        this.content(
          this.configurations,
          contentKey(reference, digest),
          () => this.ports.registry.fetchConfiguration(reference, digest, options),
          options,
        ),
      now: this.ports.now(),
    });
  }

  private manifestOf(reference: Reference, digest: Digest, options: RequestOptions): Promise<Manifest | null> {
    return this.content(
      this.manifests,
      contentKey(reference, digest),
      () => this.ports.registry.fetchManifest(reference, digest, options),
      options,
    );
  }

  /** What can't change: fetched once, and where that failed not again for a while. */
  private async content<T extends object>(
    known: LRUCache<string, T>,
    key: string,
    fetch: () => Promise<T>,
    options: RequestOptions,
  ): Promise<T | null> {
    const content = known.get(key);
    if (content !== undefined) return content;
    const failedAt = this.failures.get(key);
    if (failedAt !== undefined && this.isYoungerThan(FAILURE_LIFETIME_MS, failedAt)) return null;
    try {
      const fetched = await fetch();
      known.set(key, fetched);
      return fetched;
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      if (!saysNothing(error.code, options)) this.failures.set(key, this.ports.now());
      return null;
    }
  }

  private async askRegistry(reference: Reference, options: RequestOptions): Promise<Answer> {
    const answer = await this.resolve(reference, options);
    if (answer.kind === "unavailable" && saysNothing(answer.code, options)) return answer;
    this.answers.set(normalizedName(reference), answer);
    return answer;
  }

  private async resolve(reference: Reference, options: ResolveOptions): Promise<Answer> {
    try {
      const { mirror, answeredAt, ...descriptor } = await this.ports.registry.resolve(reference, options);
      return { kind: "found", descriptor, mirror, askedAt: answeredAt };
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      return { kind: "unavailable", code: error.code, message: error.message, askedAt: this.ports.now() };
    }
  }

  private isYoungerThan(lifetime: number, then: Date): boolean {
    const age = this.ports.now().getTime() - then.getTime();
    // A clock that was set back would keep it alive.
    return age >= 0 && age < lifetime;
  }
}

function contentKey({ registry, repository }: Reference, digest: Digest): string {
  return `${registry}/${repository}@${digest}`;
}
