/**
 * Starts the registry of go-containerregistry (test/tools), which has the referrers API, on a free loopback port with
 * everything in memory. Unlike `docker-registry` it asks for no login and speaks plain http alone.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { builtOrSkip } from "./goProgram";
import { pushImage } from "./push";
import type { SampleImage } from "./sampleImages";

export interface CraneRegistry {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** The requests that it logged, `GET /v2/…`, in the order of their answers; all of them after `stop`. */
  readonly requests: readonly string[];
  push(image: SampleImage): Promise<void>;
  stop(): Promise<void>;
}

/** Skips the test or suite of `context`, or fails where everything is required, if it can't be built. */
export async function startCraneRegistry(context: Mocha.Context): Promise<CraneRegistry> {
  const program = await builtOrSkip(context, { module: "tools", name: "registry" });
  const registry = spawn(program, { stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(registry, "close");
  const log: string[] = [];
  const requests: string[] = [];
  createInterface(registry.stderr).on("line", (line) => {
    log.push(line);
    const request = /(?:HEAD|GET|POST|PUT|PATCH|DELETE) \/v2\/\S*/.exec(line)?.[0];
    if (request !== undefined) requests.push(request);
  });
  const first: unknown[] = await Promise.race([once(createInterface(registry.stdout), "line"), closed.then(() => [])]);
  const [host] = first;
  if (typeof host !== "string") throw new Error(`the registry did not start:\n${log.join("\n")}`);
  return {
    host,
    requests,
    push: (image) => pushImage(`http://${host}`, image),
    async stop() {
      registry.kill();
      await closed;
    },
  };
}
