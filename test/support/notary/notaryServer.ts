/**
 * Starts Debian's `notary-server` on a free loopback port, with TLS and its storage in memory, and where wanted
 * `notary-signer` behind it. The processes and their files are gone after `stop`; nothing listens beyond loopback.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { on, once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
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
const ATTEMPTS = 3;
const START_LIMIT_MS = 5000;

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
    const server = await startOnFreePort({ name: "notary-server", ready: "Starting on" }, directory, (port) => ({
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

async function startSigner(directory: string, authority: Authority): Promise<Running> {
  const tls = await authority.issueForLocalhost("notary-signer");
  return startOnFreePort({ name: "notary-signer", ready: null }, directory, (port) => ({
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

interface Running {
  readonly port: number;
  readonly log: readonly string[];
  readonly stop: () => Promise<void>;
}

interface Program {
  readonly name: string;
  /** In the line that it logs when it is ready; null where it logs none, so that its port is asked. */
  readonly ready: string | null;
}

/** Neither program tells a port that it chose itself, so one is found for it; another program may take that first. */
async function startOnFreePort(
  { name, ready }: Program,
  directory: string,
  configure: (port: number) => unknown,
): Promise<Running> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const path = join(directory, `${name}.json`);
    await writeFile(path, JSON.stringify(configure(port)));
    const options = { cwd: directory, env: {} };
    const started = spawn(installed(name), ["-config", path], { ...options, stdio: ["ignore", "ignore", "pipe"] });
    const log: string[] = [];
    const lines = createInterface(started.stderr).on("line", (line) => log.push(line));
    const ended = once(lines, "close");
    async function stop() {
      started.kill();
      await ended;
    }
    const isReady = ready === null ? answers(port, started) : logs(lines, ready);
    if (await Promise.race([isReady, ended.then(() => false)])) return { port, log, stop };
    await stop();
    if (attempt === ATTEMPTS || !log.some((line) => line.includes("address already in use"))) {
      throw new Error(`${name} did not start:\n${log.join("\n")}`);
    }
  }
}

async function logs(lines: Interface, text: string): Promise<boolean> {
  const signal = AbortSignal.timeout(START_LIMIT_MS);
  try {
    for await (const [line] of on(lines, "line", { signal })) if (String(line).includes(text)) return true;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return false;
}

async function answers(port: number, program: ChildProcess): Promise<boolean> {
  const limit = Date.now() + START_LIMIT_MS;
  while (program.exitCode === null && Date.now() < limit) {
    const socket = connect(port, "127.0.0.1");
    const connected = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return true;
    await delay(5);
  }
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function installed(program: string): string {
  const path = findInstalled(program);
  if (path === null) throw new Error(`${program} is not installed`);
  return path;
}
