/** The language server in this process, on streams, with a registry and a clock of the test's own. */
import { PassThrough } from "node:stream";
import { createConnection, MessageType, ShowMessageNotification } from "vscode-languageserver/node";
import { createCoverage } from "../../server/src/facts/coverage";
import { Facts } from "../../server/src/facts/facts";
import { Judging } from "../../server/src/facts/judging";
import type { RegistrySettings } from "../../server/src/localRegistry";
import { EditorPolicy } from "../../server/src/lsp/editorPolicy";
import { serve } from "../../server/src/lsp/server";
import type { HostQuota } from "../../server/src/lsp/wire";
import { type Digest, parseDigest } from "../../server/src/reference/digest";
import { familiarName, type Reference } from "../../server/src/reference/reference";
import {
  type ImageConfiguration,
  type Referrer,
  type Registry,
  RegistryError,
  type RegistryErrorCode,
  type ResolveOptions,
} from "../../server/src/registry/registry";
import { EMPTY_POLICY, type TrustPolicy } from "../../server/src/trust/policy/trustRule";
import type { SchemeAnswer, SignatureScheme } from "../../server/src/trust/scheme";
import { Trust } from "../../server/src/trust/trust";
import type { Scheme } from "../../server/src/trust/verdict";
import { LspClient, type LspClientOptions } from "./lspClient";

/** A digest that is easy to see in a failure: one hexadecimal digit, repeated. */
export function digestOf(digit: string): Digest {
  const digest = parseDigest(`sha256:${digit.repeat(64)}`);
  if (digest === null) throw new Error(`${digit} is no hexadecimal digit`);
  return digest;
}

/** The time of a test that sets none. */
const NOW = new Date("2026-11-24T12:00:00Z");

/** What a registry double answers: a digest's digit or a failure, by familiar name. */
export type Answers = Record<string, string | RegistryErrorCode>;

export class RegistryDouble implements Registry {
  /** Familiar names, in the order of the questions. */
  readonly asked: string[] = [];
  /** How, in the same order. */
  readonly options: ResolveOptions[] = [];
  readonly manifestsAsked: string[] = [];
  /** Only what a person asks for is answered. */
  holdsBack = false;
  /** Who answers before the registry itself, where somebody does. */
  mirror: string | null = null;
  /** When images were built, as their annotations have it. */
  created: string | null = null;
  /** Familiar names that stand for the manifest of one platform; the others stand for an index. */
  onePlatform: ReadonlySet<string> = new Set();
  /** What the configurations of those tell. */
  configuration: Promise<ImageConfiguration> = Promise.resolve({ created: null });
  /** Where set, answers wait for it. */
  gate: Promise<void> = Promise.resolve();
  /** By familiar name; nothing refers to the others. */
  referrers: Readonly<Record<string, readonly Referrer[]>> = {};

  constructor(
    readonly answers: Answers,
    private readonly now: () => Date,
  ) {}

  async resolve(reference: Reference, options: ResolveOptions = {}) {
    const { signal, fromOrigin = false } = options;
    const name = familiarName(reference);
    this.asked.push(name);
    this.options.push(options);
    await Promise.race([this.gate, aborted(signal)]);
    if (signal?.aborted) throw new RegistryError("cancelled", "Cancelled.");
    const answer = this.answers[name] ?? "not-found";
    if (this.holdsBack && options.isUnasked) throw new RegistryError("rate-limited", "Kept for what you ask for.");
    if (answer.length > 1) throw new RegistryError(answer as RegistryErrorCode, `${reference.registry}: ${answer}.`);
    const mirror = fromOrigin || reference.digest !== null ? null : this.mirror;
    return { digest: digestOf(answer), mediaType: this.mediaType(name), size: 1000, mirror, answeredAt: this.now() };
  }

  async fetchManifest(reference: Reference, digest: Digest) {
    this.manifestsAsked.push(familiarName(reference));
    const platforms = [
      { os: "linux", architecture: "amd64", variant: null },
      { os: "linux", architecture: "arm64", variant: "v8" },
    ];
    const isOne = this.onePlatform.has(familiarName(reference));
    return {
      digest,
      mediaType: this.mediaType(familiarName(reference)),
      size: 1000,
      kind: isOne ? ("manifest" as const) : ("index" as const),
      artifactType: "",
      platforms: isOne ? [] : platforms,
      children: [],
      configuration: isOne ? digestOf("0") : null,
      annotations: new Map(this.created === null ? [] : [["created", this.created]]),
    };
  }

  async fetchConfiguration() {
    return this.configuration;
  }

  private mediaType(name: string): string {
    return `application/vnd.oci.image.${this.onePlatform.has(name) ? "manifest" : "index"}.v1+json`;
  }

  async listTags() {
    return { tags: [], isComplete: true };
  }

  async fetchReferrers(reference: Reference) {
    return this.referrers[familiarName(reference)] ?? [];
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
}

/** A scheme that answers from a table by familiar name, and finds nothing for the others. */
export class SchemeDouble implements SignatureScheme {
  /** Familiar names, in the order of the questions. */
  readonly asked: string[] = [];
  /** Where set, answers wait for it. */
  gate: Promise<void> = Promise.resolve();
  private wake: () => void = () => {};

  constructor(
    readonly name: Scheme,
    readonly answers: Record<string, SchemeAnswer>,
  ) {}

  async isCalledFor(reference: Reference): Promise<boolean> {
    return familiarName(reference) in this.answers;
  }

  async check({ reference }: { reference: Reference }): Promise<SchemeAnswer> {
    const name = familiarName(reference);
    this.asked.push(name);
    this.wake();
    await this.gate;
    return this.answers[name] ?? nothingSigned;
  }

  /** Resolves with the next question, as soon as it has come. */
  nextQuestion(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}

export const nothingSigned: SchemeAnswer = {
  kind: "unsigned",
  scheme: null,
  message: "Nobody signed it.",
  signedDigest: null,
  signedTags: [],
  validUntil: null,
};

export interface TestServer {
  readonly notary: SchemeDouble;
  /** Familiar names of references whose root was forgotten. */
  readonly forgotten: readonly string[];
  readonly client: LspClient;
  readonly registry: RegistryDouble;
  /** The folders that the server last told. */
  readonly folders: () => readonly string[];
}

export interface TestServerOptions extends LspClientOptions {
  readonly answers?: Answers;
  /** What Notary says, by familiar name; it is called for with these. */
  readonly signatures?: Record<string, SchemeAnswer>;
  /** What the user's policy file says. */
  readonly policy?: TrustPolicy;
  readonly dockerRegistries?: readonly string[];
  readonly quotas?: readonly HostQuota[];
  readonly onRegistrySettings?: (settings: RegistrySettings) => void;
  /** The server's clock, and the registry's. */
  readonly now?: () => Date;
  /** The disk below "/project", by absolute path; the test may change it. */
  readonly disk?: Map<string, string>;
}

/** Starts the server and initializes it. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const [toServer, toClient] = [new PassThrough(), new PassThrough()];
  const now = options.now ?? (() => NOW);
  const registry = new RegistryDouble(options.answers ?? {}, now);
  let folders: readonly string[] = [];
  const connection = createConnection(toServer, toClient);
  const facts = new Facts({ registry, now });
  const notary = new SchemeDouble("notary", options.signatures ?? {});
  const schemes = { notary, sigstore: new SchemeDouble("sigstore", {}), notation: new SchemeDouble("notation", {}) };
  const file = { current: () => options.policy ?? EMPTY_POLICY, refresh: async () => false };
  const policy = new EditorPolicy(file, (message) => {
    void connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Error, message });
  });
  const contentTrust = { isRequired: false };
  const judging = new Judging(facts, new Trust({ schemes, policy: () => policy.current(), contentTrust, clock: now }));
  const forgotten: string[] = [];
  serve(connection, {
    facts,
    judging,
    coverage: createCoverage(() => policy.current(), contentTrust.isRequired),
    policy,
    files: {
      read: async (path) => {
        const text = options.disk?.get(path);
        return text === undefined ? { kind: "absent" } : { kind: "text", text, isIgnored: false };
      },
      rootOf: () => ({ real: "/project", shown: "/project" }),
    },
    forgetRoot: async (reference) => {
      forgotten.push(familiarName(reference));
      judging.forget(reference);
    },
    dockerRegistries: async () => new Set(options.dockerRegistries),
    now,
    quotas: () => options.quotas ?? [],
    onRegistrySettings: (settings) => options.onRegistrySettings?.(settings),
    version: "0.0.0",
    onFolders: (uris) => {
      folders = uris;
    },
  });
  connection.listen();
  const client = new LspClient(toClient, toServer, options);
  await client.start();
  return { client, registry, notary, forgotten, folders: () => folders };
}
