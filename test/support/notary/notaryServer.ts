/**
 * Starts Debian's `notary-server` on a free loopback port, with TLS and its storage in memory, and where wanted
 * `notary-signer` behind it. The processes and their files are gone after `stop`; nothing listens beyond loopback.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningProgram, startOnFreePort } from "../programOnPort";
import { findInstalled, skipUnlessInstalled } from "../system";
import { type Authority, createAuthority } from "./authority";

export interface NotaryServerOptions {
  /** For its files, and kept after `stop`; a temporary one where none is named. */
  readonly directory?: string;
  /** Who holds the timestamp key, and the snapshot keys that are left to the server: ed25519, or ECDSA P-256. */
  readonly signer: "local" | "notary-signer";
  /** The token server that it trusts: realm, service, issuer, rootcertbundle. Anybody may do anything without. */
  readonly token?: Readonly<Record<string, string>>;
}

export interface NotaryServer {
  /** `https://localhost:port`. */
  readonly url: string;
  readonly port: number;
  /** PEM file of the authority that signed its certificate. */
  readonly caPath: string;
  readonly authority: Authority;
  /** What it has written so far. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

const PROGRAMS = ["openssl", "notary", "notary-server", "notary-signer"] as const;

/** Skips the test or suite where one of the programs of the bench is missing. */
export function skipUnlessNotaryIsInstalled(context: Mocha.Context): void {
  for (const program of PROGRAMS) skipUnlessInstalled(context, program);
}

export async function startNotaryServer(options: NotaryServerOptions): Promise<NotaryServer> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "notary-server-")));
  const authority = await createAuthority(installed("openssl"), join(directory, "tls"));
  const tls = await authority.issueForLocalhost("notary-server");
  const stopping: (() => Promise<void>)[] = [];
  async function stop() {
    for (const end of stopping.reverse()) await end();
    if (options.directory === undefined) await rm(directory, { recursive: true });
  }

  try {
    let trustService: Record<string, string> = { type: "local" };
    if (options.signer === "notary-signer") {
      const signer = await startSigner(directory, authority);
      stopping.push(signer.stop);
      trustService = {
        type: "remote",
        hostname: "localhost",
        port: String(signer.port),
        key_algorithm: "ecdsa",
        tls_ca_file: authority.caPath,
        tls_client_cert: tls.certificatePath,
        tls_client_key: tls.keyPath,
      };
    }
    const server = await startConfigured({ name: "notary-server", ready: "Starting on" }, directory, (port) => ({
      server: { http_addr: `127.0.0.1:${port}`, tls_cert_file: tls.certificatePath, tls_key_file: tls.keyPath },
      trust_service: trustService,
      storage: { backend: "memory" },
      logging: { level: "info" },
      ...(options.token && { auth: { type: "token", options: options.token } }),
    }));
    stopping.push(server.stop);
    const url = `https://localhost:${server.port}`;
    return { url, port: server.port, caPath: authority.caPath, authority, log: server.log, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startSigner(directory: string, authority: Authority): Promise<RunningProgram> {
  const tls = await authority.issueForLocalhost("notary-signer");
  return startConfigured({ name: "notary-signer", ready: null }, directory, (port) => ({
    server: {
      grpc_addr: `127.0.0.1:${port}`,
      tls_cert_file: tls.certificatePath,
      tls_key_file: tls.keyPath,
      client_ca_file: authority.caPath,
    },
    storage: { backend: "memory" },
    logging: { level: "info" },
  }));
}

function startConfigured(
  program: { readonly name: string; readonly ready: string | null },
  directory: string,
  configure: (port: number) => unknown,
): Promise<RunningProgram> {
  return startOnFreePort({
    ...program,
    directory,
    async parameters(port) {
      const path = join(directory, `${program.name}.json`);
      await writeFile(path, JSON.stringify(configure(port)));
      return ["-config", path];
    },
  });
}

function installed(program: string): string {
  const path = findInstalled(program);
  if (path === null) throw new Error(`${program} is not installed`);
  return path;
}
