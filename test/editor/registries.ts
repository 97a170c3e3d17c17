/**
 * The two registries that the editors of these tests can meet on this machine: a real one with a small image, and one
 * that serves nothing and counts who connects, for what must not be asked.
 */
import { once } from "node:events";
import { createServer } from "node:net";
import type { Digest } from "../../server/src/reference/digest";
import { startDockerRegistry } from "../support/dockerRegistry";
import { sampleImage } from "../support/sampleImages";

export interface DemoRegistry {
  /** `localhost:port`. */
  readonly host: string;
  /** What the registry answers for every tag of `library/alpine` that is there: edge, latest, 3.20.3. */
  readonly digest: Digest;
  stop(): Promise<void>;
}

/** @param program path of `docker-registry` */
export async function startDemoRegistry(program: string): Promise<DemoRegistry> {
  const registry = await startDockerRegistry(program);
  const image = sampleImage("library/alpine", ["edge", "latest", "3.20.3"]);
  await registry.push(image);
  const answer = await fetch(`http://${registry.host}/v2/library/alpine/manifests/edge`, {
    method: "HEAD",
    headers: { accept: image.root.mediaType },
  });
  const served = answer.headers.get("docker-content-digest");
  if (served !== image.root.digest) throw new Error(`the registry serves ${served}, not ${image.root.digest}`);
  // A name is nicer than a number in a picture; the registry listens on 127.0.0.1, which this name stands for.
  return { host: registry.host.replace("127.0.0.1", "localhost"), digest: image.root.digest, stop: registry.stop };
}

export interface CountingServer {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Connections so far; every one is closed at once. */
  connections(): number;
  stop(): Promise<void>;
}

export async function startCountingServer(): Promise<CountingServer> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => {}); // a peer that goes first is none of ours
    socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    host: `127.0.0.1:${address.port}`,
    connections: () => connections,
    async stop() {
      server.close();
      await once(server, "close");
    },
  };
}
