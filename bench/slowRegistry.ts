/**
 * A registry with 200 repositories of one image each, a round trip away: every answer, a token too, comes 40 ms late. It
 * counts what it is asked. With `bearer` it gives anybody a token for one repository.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { OCI_INDEX, sampleImage } from "../test/support/sampleImages";

export const LATENCY_MS = 40;
export const REPOSITORIES = 200;

export interface SlowRegistry {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** What was asked since the last time that this was: by kind. */
  takeCounts(): {
    readonly manifests: number;
    readonly refused: number;
    readonly tokens: number;
    readonly others: number;
  };
  close(): void;
}

export async function startSlowRegistry(isBearer: boolean): Promise<SlowRegistry> {
  const { body, digest } = sampleImage("bench", ["1"]).root;
  let counts = { manifests: 0, refused: 0, tokens: 0, others: 0 };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", `http://${request.headers.host}`);
    const [, repository, name] = /^\/v2\/(app\d+)\/manifests\/(.+)$/.exec(url.pathname) ?? [];
    const answer = late(response);
    if (url.pathname === "/token") {
      counts.tokens++;
      const token = /^repository:(app\d+):pull$/.exec(url.searchParams.get("scope") ?? "")?.[1] ?? "none";
      return answer(200, { "Content-Type": "application/json" }, JSON.stringify({ token, expires_in: 300 }));
    }
    if (repository === undefined && url.pathname !== "/v2/") {
      counts.others++;
      return answer(404);
    }
    if (isBearer && (repository === undefined || request.headers.authorization !== `Bearer ${repository}`)) {
      counts.refused++;
      return answer(401, { "WWW-Authenticate": `Bearer realm="${new URL("/token", url).href}",service="bench"` });
    }
    if (repository === undefined || (name !== "1" && name !== digest)) {
      counts.others++;
      return answer(repository === undefined ? 200 : 404);
    }
    counts.manifests++;
    const headers = { "Content-Type": OCI_INDEX, "Docker-Content-Digest": digest, "Content-Length": body.length };
    return answer(200, headers, request.method === "HEAD" ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    takeCounts() {
      const taken = counts;
      counts = { manifests: 0, refused: 0, tokens: 0, others: 0 };
      return taken;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function late(response: ServerResponse) {
  return (status: number, headers: Record<string, string | number> = {}, body?: string | Buffer) => {
    setTimeout(() => response.writeHead(status, headers).end(body), LATENCY_MS);
  };
}
