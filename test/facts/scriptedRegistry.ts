/** A registry for tests of facts: what it and a mirror of it answer is set by the test, and every question is kept. */
import type { Digest } from "../../server/src/reference/digest";
import { familiarName, type Reference } from "../../server/src/reference/reference";
import {
  type ImageConfiguration,
  type Manifest,
  type Registry,
  RegistryError,
  type RegistryErrorCode,
  type RequestOptions,
  type Resolved,
  type ResolveOptions,
} from "../../server/src/registry/registry";

export const MIRROR = "mirror.corp:5000";

export interface Question {
  readonly name: string;
  readonly options: ResolveOptions;
}

export class ScriptedRegistry implements Registry {
  readonly questions: Question[] = [];
  /** Of manifests and configurations. */
  readonly fetched: Digest[] = [];
  /** By familiar name; `not-found` for the others. */
  readonly answers = new Map<string, Digest | RegistryErrorCode>();
  /** What the mirror says before the registry is asked, by familiar name. */
  readonly mirrored = new Map<string, Digest>();
  readonly contents = new Map<Digest, Manifest | ImageConfiguration | RegistryErrorCode>();
  /** Where set, answers wait for it. */
  gate: Promise<void> = Promise.resolve();

  constructor(private readonly now: () => Date) {}

  /** Familiar names, in the order of the questions. */
  asked(): string[] {
    return this.questions.map(({ name }) => name);
  }

  async resolve(reference: Reference, options: ResolveOptions = {}): Promise<Resolved> {
    const name = familiarName(reference);
    this.questions.push({ name, options });
    const ofMirror = options.fromOrigin ? undefined : this.mirrored.get(name);
    const answer = ofMirror ?? this.answers.get(name) ?? "not-found";
    await this.gate;
    if (!isDigest(answer)) throw new RegistryError(answer, `${reference.registry}: ${answer}.`);
    const mirror = ofMirror === undefined ? null : MIRROR;
    return { digest: answer, mediaType: "", size: null, mirror, answeredAt: this.now() };
  }

  async fetchManifest(_reference: Reference, digest: Digest, _options?: RequestOptions): Promise<Manifest> {
    return this.content(digest) as Manifest;
  }

  async fetchConfiguration(_reference: Reference, digest: Digest): Promise<ImageConfiguration> {
    return this.content(digest) as ImageConfiguration;
  }

  async fetchReferrers(): Promise<never> {
    throw new Error("facts don't ask for referrers");
  }

  async listTags(): Promise<never> {
    throw new Error("facts don't ask for tags");
  }

  private content(digest: Digest): Manifest | ImageConfiguration {
    this.fetched.push(digest);
    const content = this.contents.get(digest) ?? "not-found";
    if (typeof content === "string") throw new RegistryError(content, `${content}.`);
    return content;
  }
}

function isDigest(answer: Digest | RegistryErrorCode): answer is Digest {
  return answer.includes(":");
}
