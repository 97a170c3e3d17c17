/**
 * Starts nginx on a free loopback port with the server that a test describes, and tells what it was asked once it has
 * stopped. The process and its files are gone then; nothing listens beyond loopback.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KeyAndCertificate } from "./notary/authority";
import { startOnFreePort } from "./programOnPort";
import { skipUnlessInstalled } from "./system";

export interface NginxOptions {
  /** What stands in the `server` block beside `listen` and the certificate. */
  readonly server: string;
  /** Plain http where there is none. */
  readonly tls?: Pick<KeyAndCertificate, "certificatePath" | "keyPath">;
}

export interface LoggedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Of the answer. */
  readonly status: number;
  /** Whether the request had an `Authorization`. */
  readonly isAuthorized: boolean;
}

export interface Nginx {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly port: number;
  /** Every request that it answered, in the order of the answers. Call it once. */
  stop(): Promise<readonly LoggedRequest[]>;
}

/** A `server` block's part that passes everything on, as a mirror of a registry does. */
export function passingOnTo(upstream: string): string {
  return `location / { proxy_pass ${upstream}; proxy_set_header Host $http_host; client_max_body_size 0; }`;
}

/** Skips the test or suite of `context`, or fails where everything is required, if nginx is missing. */
export async function startNginx(context: Mocha.Context, { server, tls }: NginxOptions): Promise<Nginx> {
  skipUnlessInstalled(context, "nginx");
  const directory = await mkdtemp(join(tmpdir(), "nginx-"));
  const accessLog = join(directory, "access.log");
  const certificate = tls ? `ssl_certificate ${tls.certificatePath}; ssl_certificate_key ${tls.keyPath};` : "";
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${name};`)
    .join(" ");
  const configuration = (port: number) => `
    daemon off;
    worker_processes 1;
    pid nginx.pid;
    error_log stderr notice;
    events {}
    http {
      ${temporary}
      map $http_authorization $is_authorized { "" false; default true; }
      log_format line escape=json
        '{"method":"$request_method","url":"$request_uri","status":$status,"isAuthorized":$is_authorized}';
      access_log ${accessLog} line;
      server { listen 127.0.0.1:${port}${tls ? " ssl" : ""}; ${certificate} ${server} }
    }`;
  const nginx = await startOnFreePort({
    name: "nginx",
    directory,
    ready: "start worker process ",
    async parameters(port) {
      const path = join(directory, "nginx.conf");
      await writeFile(path, configuration(port));
      return ["-e", "stderr", "-p", directory, "-c", path];
    },
  }).catch(async (error: unknown) => {
    await rm(directory, { recursive: true });
    throw error;
  });
  return {
    host: `127.0.0.1:${nginx.port}`,
    port: nginx.port,
    async stop() {
      await nginx.stop();
      const lines = (await readFile(accessLog, "utf8")).split("\n").filter((line) => line !== "");
      await rm(directory, { recursive: true });
      return lines.map((line) => JSON.parse(line) as LoggedRequest);
    },
  };
}
