/**
 * Starts tinyproxy on a free loopback port: a proxy as companies have one, which passes plain http on and opens tunnels
 * for TLS. It tells what it was asked once it has stopped; the process and its files are gone then.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Login } from "./embeddedRegistry";
import { startOnFreePort } from "./programOnPort";
import { skipUnlessInstalled } from "./system";

export interface ForwardProxy {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly port: number;
  /** Method and target of every request, `CONNECT 127.0.0.1:5000` or `GET http://…`. Call it once. */
  stop(): Promise<readonly string[]>;
}

/**
 * Skips the test or suite of `context`, or fails where everything is required, if tinyproxy is missing.
 * @param login whom it serves (`Proxy-Authorization`, Basic); everybody on this computer without
 */
export async function startForwardProxy(context: Mocha.Context, login?: Login): Promise<ForwardProxy> {
  skipUnlessInstalled(context, "tinyproxy");
  const directory = await mkdtemp(join(tmpdir(), "tinyproxy-"));
  const log = join(directory, "tinyproxy.log");
  const configuration = (port: number) =>
    [
      "Listen 127.0.0.1",
      `Port ${port}`,
      "Allow 127.0.0.1",
      `LogFile "${log}"`,
      "LogLevel Connect",
      ...(login ? [`BasicAuth ${login.username} ${login.password}`] : []),
      "",
    ].join("\n");
  const proxy = await startOnFreePort({
    name: "tinyproxy",
    directory,
    ready: null,
    async parameters(port) {
      const path = join(directory, "tinyproxy.conf");
      await writeFile(path, configuration(port));
      return ["-d", "-c", path];
    },
  }).catch(async (error: unknown) => {
    await rm(directory, { recursive: true });
    throw error;
  });
  return {
    host: `127.0.0.1:${proxy.port}`,
    port: proxy.port,
    async stop() {
      await proxy.stop();
      const text = await readFile(log, "utf8");
      await rm(directory, { recursive: true });
      return [...text.matchAll(/: Request \(file descriptor \d+\): (\S+ \S+)/g)].map(([, request = ""]) => request);
    },
  };
}
