/**
 * What the suites over the real Notary programs share: a running notary-server with the proxy before it, clients that
 * sign, and verifiers of ours, each with a folder of its own below one that is gone at the end.
 */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NotaryClient, type NotaryClientOptions } from "./notaryClient";
import {
  type NotaryServer,
  type NotaryServerOptions,
  skipUnlessNotaryIsInstalled,
  startNotaryServer,
} from "./notaryServer";
import { type SchemeOptions, SchemeUnderTest } from "./schemeUnderTest";
import { startTamperingProxy, type TamperingProxy } from "./tamperingProxy";

export interface NotaryBench {
  readonly directory: string;
  readonly server: NotaryServer;
  readonly proxy: TamperingProxy;
  /** A client of an empty trust directory that asks the server itself. */
  newClient(options?: Partial<NotaryClientOptions>): NotaryClient;
  /** A verifier of an empty store that asks by way of the proxy. */
  newScheme(options?: Partial<SchemeOptions>): SchemeUnderTest;
  /** A path for a folder that nothing else uses. */
  newFolder(): string;
  close(): Promise<void>;
}

/** Skips the suite of `context` where the programs are missing. */
export async function startNotaryBench(context: Mocha.Context, options: NotaryServerOptions): Promise<NotaryBench> {
  skipUnlessNotaryIsInstalled(context);
  const directory = await mkdtemp(join(tmpdir(), "notary-"));
  const server = await startNotaryServer(options);
  const proxy = await startTamperingProxy(server.authority, server.url);
  let folders = 0;
  const newFolder = () => join(directory, String(folders++));
  return {
    directory,
    server,
    proxy,
    newFolder,
    newClient: (changes) =>
      new NotaryClient({ server: server.url, caPath: server.caPath, directory: newFolder(), ...changes }),
    newScheme: (changes) =>
      new SchemeUnderTest({ server: proxy.url, ca: server.authority.ca, directory: newFolder(), ...changes }),
    async close() {
      await proxy.close();
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The digest that tests sign a tag with, made from any name. */
export function digestOf(name: string): string {
  return `sha256:${hexOf(name)}`;
}

export function hexOf(name: string): string {
  return createHash("sha256").update(name).digest("hex");
}
