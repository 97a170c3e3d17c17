/**
 * Starts Debian's `docker-registry` on a free loopback port, with its storage in memory, and pushes images to it the
 * way the distribution specification has it. The process and its configuration are gone after `stop`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { SampleImage } from "./sampleImages";

export interface DockerRegistry {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Pushes blobs and manifests, with that `Authorization` where one is given. */
  push(image: SampleImage, authorization?: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param program path of `docker-registry`
 * @param authentication writes the files that it names into `directory` and returns the `auth` part of the
 *   configuration
 */
export async function startDockerRegistry(
  program: string,
  authentication?: (directory: string) => Promise<Record<string, unknown>>,
): Promise<DockerRegistry> {
  const directory = await mkdtemp(join(tmpdir(), "docker-registry-"));
  const configuration = {
    version: "0.1",
    log: { level: "info" },
    storage: { inmemory: {} },
    http: { addr: "127.0.0.1:0" },
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
    push: (image, authorization) => push(`http://${host}`, image, authorization ? { authorization } : {}),
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

async function push(base: string, image: SampleImage, headers: Record<string, string>): Promise<void> {
  const at = `${base}/v2/${image.repository}`;
  for (const { digest, body } of image.blobs) {
    const { headers: answered } = await send(`${at}/blobs/uploads/`, { method: "POST", headers }, 202);
    const upload = new URL(answered.get("location") ?? "", base);
    upload.searchParams.set("digest", digest);
    const type = { "Content-Type": "application/octet-stream" };
    await send(upload.href, { method: "PUT", headers: { ...headers, ...type }, body }, 201);
  }
  const names = [
    ...image.children.map((child) => [child.digest, child] as const),
    ...image.tags.map((tag) => [tag, image.root] as const),
  ];
  for (const [name, { mediaType, body }] of names) {
    const type = { "Content-Type": mediaType };
    await send(`${at}/manifests/${name}`, { method: "PUT", headers: { ...headers, ...type }, body }, 201);
  }
}

async function send(url: string, request: RequestInit, expected: number): Promise<Response> {
  const response = await fetch(url, request);
  if (response.status !== expected) {
    throw new Error(`${request.method} ${url} was answered with ${response.status}: ${await response.text()}`);
  }
  await response.arrayBuffer();
  return response;
}
