/**
 * A server with a certificate of the bench's authority that stands before the real notary-server and can lie: it passes
 * requests on, and changes answers, replays older ones, withholds them or never ends them. The attacks of the tests are
 * made with it, so it records what it was asked.
 */
import { EventEmitter, once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { Agent, createServer, request as requestOverTls } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Authority } from "./authority";

export interface ProxiedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface ProxiedAnswer {
  readonly status: number;
  /** Without those about length and connection, which follow from the body. */
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

export type Tampering = (request: ProxiedRequest, answer: ProxiedAnswer) => ProxiedAnswer | Promise<ProxiedAnswer>;

/** Answers to `GET` by path. */
export type Recording = ReadonlyMap<string, ProxiedAnswer>;

/**
 * `missing` answers 404 as the server does for what it does not have, `hang` takes requests and does not answer, and
 * `endless` sends a body without end, as fast as it is read.
 */
export type Refusal = "missing" | "hang" | "endless";

/** What a path is: all where none is given. */
type Which = (path: string) => boolean;

export interface TamperingProxy {
  /** `https://localhost:port`, with the certificate authority of the server. */
  readonly url: string;
  readonly port: number;
  readonly authority: Authority;
  /** Every request in order, whatever was answered. */
  readonly requests: readonly ProxiedRequest[];
  /** The paths of `requests`. */
  paths(): string[];
  /** The one that comes next, as soon as it is there. */
  nextRequest(): Promise<ProxiedRequest>;
  /** Sees every answer of the real server, and what it returns is sent. */
  tamper(hook: Tampering): void;
  /** Asks the real server for those paths, so that `record` holds them. */
  fetch(...paths: string[]): Promise<void>;
  /** The real server's latest answers to every `GET` up to now; later ones do not change it. */
  record(): Recording;
  /** From now on answers from that recording, and 404 for what it does not hold. Other paths are passed on. */
  replay(recording: Recording, which?: Which): void;
  /** From now on refuses requests. Other paths are passed on. */
  refuse(refusal: Refusal, which?: Which): void;
  /** Ends tampering, replay and refusal. Neither requests nor recordings are forgotten. */
  forward(): void;
  close(): Promise<void>;
}

const MISSING: ProxiedAnswer = {
  status: 404,
  headers: { "content-type": "application/json; charset=utf-8" },
  body: Buffer.from(
    '{"errors":[{"code":"METADATA_NOT_FOUND","message":"You have requested metadata that does not exist."}]}\n',
  ),
};
const ENDLESS_CHUNK = Buffer.alloc(64 * 1024, " ");
const OF_THE_CONNECTION = new Set(["connection", "content-length", "transfer-encoding", "keep-alive"]);

/** @param upstream the real server: `https://localhost:port` */
export async function startTamperingProxy(authority: Authority, upstream: string): Promise<TamperingProxy> {
  const tls = await authority.issueForLocalhost("tampering-proxy");
  const agent = new Agent({ ca: authority.ca, keepAlive: true });
  const requests: ProxiedRequest[] = [];
  const arrivals = new EventEmitter();
  const seen = new Map<string, ProxiedAnswer>();
  let hook: Tampering | null = null;
  let replayed: { recording: Recording; which: Which } | null = null;
  let refused: { refusal: Refusal; which: Which } | null = null;

  async function ask({ method, path, headers }: ProxiedRequest, body: Buffer): Promise<ProxiedAnswer> {
    const { host: _, ...passedOn } = withoutConnection(headers);
    const asked = requestOverTls(new URL(upstream), { agent, method, path, headers: passedOn });
    asked.end(body);
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    const answer = {
      status: response.statusCode ?? 0,
      headers: withoutConnection(response.headers),
      body: await buffer(response),
    };
    // A challenge says nothing of what the path holds.
    if (method === "GET" && !(answer.status === 401 && seen.has(path))) seen.set(path, answer);
    return answer;
  }

  async function respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url: path = "", headers } = incoming;
    const request = { method, path, headers };
    requests.push(request);
    arrivals.emit("request", request);
    const body = await buffer(incoming);
    if (refused?.which(path)) return refuse(refused.refusal, response);
    if (replayed?.which(path)) return send(response, replayed.recording.get(path) ?? MISSING);
    const answer = await ask(request, body);
    send(response, hook === null ? answer : await hook(request, answer));
  }

  const server = createServer({ key: tls.key, cert: tls.certificate }, (incoming, response) => {
    respond(incoming, response).catch((error) => {
      const body = Buffer.from(`the tampering proxy failed: ${error}\n`);
      send(response, { status: 500, headers: {}, body });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const everything = () => true;

  return {
    url: `https://localhost:${port}`,
    port,
    requests,
    authority,
    async nextRequest() {
      const [request] = (await once(arrivals, "request")) as [ProxiedRequest];
      return request;
    },
    paths: () => requests.map(({ path }) => path),
    tamper(tampering) {
      hook = tampering;
    },
    async fetch(...paths) {
      for (const path of paths) await ask({ method: "GET", path, headers: {} }, Buffer.alloc(0));
    },
    record: () => new Map(seen),
    replay(recording, which = everything) {
      replayed = { recording, which };
    },
    refuse(refusal, which = everything) {
      refused = { refusal, which };
    },
    forward() {
      hook = replayed = refused = null;
    },
    async close() {
      agent.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function refuse(refusal: Refusal, response: ServerResponse): void {
  if (refusal === "missing") send(response, MISSING);
  if (refusal !== "endless") return;
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
  const fill = () => {
    while (!response.destroyed && response.write(ENDLESS_CHUNK));
  };
  response.on("drain", fill);
  fill();
}

function send(response: ServerResponse, { status, headers, body }: ProxiedAnswer): void {
  // Without an explicit length, so that a changed body is sent with the right one.
  response.writeHead(status, { ...headers, "content-length": body.length });
  response.end(body);
}

function withoutConnection<Headers extends object>(headers: Headers): Headers {
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.has(name));
  return Object.fromEntries(kept) as Headers;
}
