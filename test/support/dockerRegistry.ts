/**
 * Starts Debian's `docker-registry` on a free loopback port, with its storage in memory and, where wanted, TLS. The
 * process and its configuration are gone after `stop`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { KeyAndCertificate } from "./notary/authority";
import { pushImage } from "./push";
import type { SampleImage } from "./sampleImages";

export interface DockerRegistry {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Pushes blobs and manifests, with that `Authorization` where one is given. */
  push(image: SampleImage, authorization?: string): Promise<void>;
  stop(): Promise<void>;
}

/** TLS of a server, and how whoever pushes to it trusts that. */
export interface ServerTls extends Pick<KeyAndCertificate, "certificatePath" | "keyPath"> {
  /** The authority, as PEM text. */
  readonly ca: string;
}

/**
 * @param program path of `docker-registry`
 * @param authentication writes the files that it names into `directory` and returns the `auth` part of the
 *   configuration
 * @param tls plain http where there is none
 */
export async function startDockerRegistry(
  program: string,
  authentication?: (directory: string) => Promise<Record<string, unknown>>,
  tls?: ServerTls,
): Promise<DockerRegistry> {
  const directory = await mkdtemp(join(tmpdir(), "docker-registry-"));
  const configuration = {
    version: "0.1",
    log: { level: "info" },
    storage: { inmemory: {} },
    http: {
      addr: "127.0.0.1:0",
      ...(tls && { tls: { certificate: tls.certificatePath, key: tls.keyPath } }),
    },
    ...(authentication && { auth: await authentication(directory) }),
  };
  const path = join(directory, "registry.yml");
  // JSON is YAML.
  await writeFile(path, JSON.stringify(configuration));
  const registry = spawn(program, ["serve", path], { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
  const exited = once(registry, "exit");
  const host = await listeningAt(registry.stderr);

  return {
    host,
    push: (image, authorization) =>
      pushImage(`${tls ? "https" : "http"}://${host}`, image, {
        ...(authorization !== undefined && { authorization }),
        ...(tls && { ca: tls.ca }),
      }),
    async stop() {
      registry.kill();
      await exited;
      await rm(directory, { recursive: true });
    },
  };
}

/** The address that the registry's log tells once it listens. */
async function listeningAt(log: NodeJS.ReadableStream): Promise<string> {
  const lines: string[] = [];
  for await (const line of createInterface(log)) {
    const address = /listening on (127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (address !== undefined) {
      log.resume();
      return address;
    }
    lines.push(line);
  }
  throw new Error(`docker-registry did not start:\n${lines.join("\n")}`);
}
