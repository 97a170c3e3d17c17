/**
 * A server on loopback that answers registry requests byte by byte as a test wants it, so that it can misbehave below
 * HTTP too. It keeps every byte that it received: what a client gives away is read from there, not from its words.
 */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Content } from "./sampleImages";

export interface ReceivedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Ends when either side has closed the connection. */
  readonly closed: Promise<void>;
}

/** The bytes to send; null where it uses the socket itself, or sends nothing. */
export type Handler = (request: ReceivedRequest, socket: Socket) => string | Buffer | null;

/** Both PEM. */
export interface ServerIdentity {
  readonly key: string;
  readonly cert: string;
}

export interface FaultyRegistryOptions {
  /** How references and links name it: two hosts to a client, and one address. */
  readonly name?: "127.0.0.1" | "localhost";
  /** Plain http where there is none: a TLS handshake is answered as an http server answers it. */
  readonly tls?: ServerIdentity;
}

export interface FaultyRegistry {
  /** `127.0.0.1:port` or `localhost:port`. */
  readonly host: string;
  /** `http://host` or `https://host`. */
  readonly origin: string;
  /** In the order they came. */
  readonly requests: readonly ReceivedRequest[];
  /** Connections so far, with those that failed in the TLS handshake. */
  readonly connections: number;
  /** Everything that it received, as one byte a character; within TLS, what was encrypted. */
  receivedText(): string;
  /** `METHOD url` of each request. */
  lines(): readonly string[];
  /** A request that is still to come; each call waits for one more. */
  nextRequest(): Promise<ReceivedRequest>;
  close(): Promise<void>;
}

const TLS_HANDSHAKE = 0x16;
const NO_TLS = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";

export async function startFaultyRegistry(
  handle: Handler,
  { name = "127.0.0.1", tls }: FaultyRegistryOptions = {},
): Promise<FaultyRegistry> {
  const requests: ReceivedRequest[] = [];
  const bytes: Buffer[] = [];
  const sockets = new Set<Socket>();
  const waiting: ((request: ReceivedRequest) => void)[] = [];

  function converse(socket: Socket): void {
    // The client may end a connection at any time.
    socket.on("error", () => {});
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    let unread: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      bytes.push(chunk);
      unread = Buffer.concat([unread, chunk]);
      if (unread[0] === TLS_HANDSHAKE) return void (socket.writable && socket.end(NO_TLS));
      for (let taken = takeRequest(unread); taken !== null; taken = takeRequest(unread)) {
        unread = taken.rest;
        const request = { ...taken.request, closed };
        requests.push(request);
        const answer = handle(request, socket);
        if (answer !== null && socket.writable) socket.write(answer);
        waiting.shift()?.(request);
      }
    });
  }

  let connections = 0;
  const server: Server = tls ? createTlsServer(tls, converse) : createServer(converse);
  server.on("connection", (socket) => {
    connections += 1;
    sockets.add(socket.once("close", () => sockets.delete(socket)));
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `${name}:${(server.address() as AddressInfo).port}`;

  return {
    host,
    origin: `${tls ? "https" : "http"}://${host}`,
    requests,
    get connections() {
      return connections;
    },
    receivedText: () => Buffer.concat(bytes).toString("latin1"),
    lines: () => requests.map(({ method, url }) => `${method} ${url}`),
    nextRequest: () => new Promise((resolve) => waiting.push(resolve)),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

export interface ReplyParts {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** An answer as a decent server sends it: with its length, and to `HEAD` without the body. */
export function reply({ method }: Pick<ReceivedRequest, "method">, parts: ReplyParts): Buffer {
  const body = Buffer.from(parts.body ?? "");
  const head = headOf(parts.status ?? 200, { "Content-Length": String(body.length), ...parts.headers });
  return Buffer.concat([Buffer.from(head, "latin1"), method === "HEAD" ? Buffer.alloc(0) : body]);
}

/** The same, with a manifest or an index; a header that is to be left out is "". */
export function replyWith(
  request: Pick<ReceivedRequest, "method">,
  { mediaType, digest, body }: Content,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  return reply(request, {
    headers: { "Content-Type": mediaType, "Docker-Content-Digest": digest, ...headers },
    body,
  });
}

/** Status line and headers, with the empty line behind them. */
export function headOf(status: number, headers: Readonly<Record<string, string>>): string {
  const fields = Object.entries(headers).filter(([, value]) => value !== "");
  return [`HTTP/1.1 ${status} Said`, ...fields.map(([name, value]) => `${name}: ${value}`), "", ""].join("\r\n");
}

/** Null while the request is not there in full. */
function takeRequest(unread: Buffer): { request: Omit<ReceivedRequest, "closed">; rest: Buffer } | null {
  const end = unread.indexOf("\r\n\r\n");
  if (end === -1) return null;
  const [line = "", ...fields] = unread.toString("latin1", 0, end).split("\r\n");
  const [method = "", url = ""] = line.split(" ");
  const headers: Record<string, string> = {};
  for (const field of fields) {
    const colon = field.indexOf(":");
    headers[field.slice(0, colon).toLowerCase()] = field.slice(colon + 1).trim();
  }
  const from = end + 4;
  const to = from + Number(headers["content-length"] ?? 0);
  if (unread.length < to) return null;
  return { request: { method, url, headers, body: unread.toString("utf8", from, to) }, rest: unread.subarray(to) };
}
