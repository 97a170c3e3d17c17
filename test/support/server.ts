/** The language server in this process, on streams, with a registry and a clock of the test's own. */
import { PassThrough } from "node:stream";
import { createConnection } from "vscode-languageserver/node";
import { Facts } from "../../server/src/facts/facts";
import { serve } from "../../server/src/lsp/server";
import { type Digest, parseDigest } from "../../server/src/reference/digest";
import { familiarName, type Reference } from "../../server/src/reference/reference";
import { type Registry, RegistryError, type RegistryErrorCode } from "../../server/src/registry/registry";
import { LspClient, type LspClientOptions } from "./lspClient";

/** A digest that is easy to see in a failure: one hexadecimal digit, repeated. */
export function digestOf(digit: string): Digest {
  const digest = parseDigest(`sha256:${digit.repeat(64)}`);
  if (digest === null) throw new Error(`${digit} is no hexadecimal digit`);
  return digest;
}

/** What a registry double answers: a digest's digit or a failure, by familiar name. */
export type Answers = Readonly<Record<string, string | RegistryErrorCode>>;

export class RegistryDouble implements Registry {
  /** Familiar names, in the order of the questions. */
  readonly asked: string[] = [];
  readonly manifestsAsked: string[] = [];
  /** Where set, answers wait for it. */
  gate: Promise<void> = Promise.resolve();

  constructor(private readonly answers: Answers) {}

  async resolve(reference: Reference, { signal }: { signal?: AbortSignal } = {}) {
    const name = familiarName(reference);
    this.asked.push(name);
    await Promise.race([this.gate, aborted(signal)]);
    if (signal?.aborted) throw new RegistryError("cancelled", "Cancelled.");
    const answer = this.answers[name] ?? "not-found";
    if (answer.length > 1) throw new RegistryError(answer as RegistryErrorCode, `${reference.registry}: ${answer}.`);
    return { digest: digestOf(answer), mediaType: "application/vnd.oci.image.index.v1+json", size: 1000 };
  }

  async fetchManifest(reference: Reference, digest: Digest) {
    this.manifestsAsked.push(familiarName(reference));
    const platforms = [
      { os: "linux", architecture: "amd64", variant: null },
      { os: "linux", architecture: "arm64", variant: "v8" },
    ];
    return {
      digest,
      mediaType: "application/vnd.oci.image.index.v1+json",
      size: 1000,
      kind: "index" as const,
      platforms,
    };
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
}

export interface TestServer {
  readonly client: LspClient;
  readonly registry: RegistryDouble;
  /** The folders that the server last told. */
  readonly folders: () => readonly string[];
}

export interface TestServerOptions extends LspClientOptions {
  readonly answers?: Answers;
  readonly dockerRegistries?: readonly string[];
}

/** Starts the server and initializes it. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const [toServer, toClient] = [new PassThrough(), new PassThrough()];
  const registry = new RegistryDouble(options.answers ?? {});
  let folders: readonly string[] = [];
  const now = () => new Date("2026-11-24T12:00:00Z");
  const connection = createConnection(toServer, toClient);
  serve(connection, {
    facts: new Facts({ registry, now }),
    dockerRegistries: async () => new Set(options.dockerRegistries),
    now,
    version: "0.0.0",
    onFolders: (uris) => {
      folders = uris;
    },
  });
  connection.listen();
  const client = new LspClient(toClient, toServer, options);
  await client.start();
  return { client, registry, folders: () => folders };
}
