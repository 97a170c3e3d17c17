/**
 * A small OCI registry within the process, on loopback: manifests by tag and digest from memory, referrers where a test
 * asks for them, Basic or Bearer authentication with a token server of its own, and quirks that real registries have
 * been seen with. It records every request, and serves nothing but what it was given.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type Content, descriptorOf, OCI_INDEX, type SampleImage } from "./sampleImages";

export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * Read at each request, so a test may switch them while the registry runs. Those named after referrers touch referrers
 * only, all others manifests only.
 */
export interface Quirks {
  /** No `Docker-Content-Digest`. */
  omitDigestHeader?: boolean;
  /** Sent as `Docker-Content-Digest`, whatever the body is. */
  digestHeader?: string;
  contentType?: string;
  headers?: Record<string, string>;
  /** Answered to every manifest request. */
  status?: number;
  /** `HEAD` is answered with 405. */
  refuseHead?: boolean;
  /** The body never ends. */
  endlessBody?: boolean;
  /** One byte every 10 ms. */
  slowBody?: boolean;
  /** Requests are taken and not answered. */
  hang?: boolean;
  /** A connection ends as soon as it is used for a second request. */
  dropReusedConnection?: boolean;
  /** Where each manifest request is redirected to, by its path; null for an answer. */
  redirect?: (url: string) => string | null;
  /** Manifests whose `subject` is a digest are listed for it; without this, 404. */
  referrersApi?: boolean;
  /** Descriptors in one page of referrers; all where absent. */
  referrersPerPage?: number;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

export type RegistryAuthentication =
  | ({ readonly scheme: "basic" } & Login)
  | {
      readonly scheme: "bearer";
      /** Where tokens are given; the registry's own `/token` where none is named. */
      readonly realm?: string;
      /** Whom the token server serves; everybody where nobody is named. */
      readonly login?: Login;
      /** The refresh token that the token server takes by POST. */
      readonly identityToken?: string;
      /** The token server's answer instead of a token that is good here. */
      readonly tokenAnswer?: { readonly status: number; readonly body: string };
      /** Seconds; not told where absent. */
      readonly expiresIn?: number;
    };

export interface EmbeddedRegistryOptions {
  readonly images?: readonly SampleImage[];
  readonly authentication?: RegistryAuthentication;
  readonly quirks?: Quirks;
  /** 0 or absent for one that is free. */
  readonly port?: number;
}

export interface EmbeddedRegistry {
  /** `127.0.0.1:port`, as a reference names it. */
  readonly host: string;
  readonly port: number;
  /** In the order they came; `requests.length = 0` starts anew. */
  readonly requests: RecordedRequest[];
  /** A request for a manifest that is still to come, once it was received; each call waits for one more. */
  nextManifestRequest(): Promise<RecordedRequest>;
  /** Makes every token that was given out worthless. */
  revokeTokens(): void;
  close(): Promise<void>;
}

const manifestPath = /^\/v2\/(?<repository>.+)\/manifests\/(?<name>[^/]+)$/;
const referrersPath = /^\/v2\/(?<repository>.+)\/referrers\/(?<subject>[^/]+)$/;

export async function startEmbeddedRegistry(options: EmbeddedRegistryOptions = {}): Promise<EmbeddedRegistry> {
  const { authentication, quirks = {} } = options;
  const contents = byPath(options.images ?? []);
  const requests: RecordedRequest[] = [];
  const tokens = new Set<string>();
  let issued = 0;
  const usedConnections = new WeakSet<Socket>();
  let received: ((request: RecordedRequest) => void)[] = [];

  const server = createServer((message, response) => {
    void record(message).then((request) => {
      requests.push(request);
      const wasUsed = usedConnections.has(message.socket);
      usedConnections.add(message.socket);
      if (wasUsed && quirks.dropReusedConnection) return message.socket.destroy();
      const url = new URL(request.url, `http://${message.headers.host}`);
      if (url.pathname === "/token") return giveToken(request, url, response);
      if (!isAllowed(request)) return challenge(url, response);
      const { repository: referred, subject } = referrersPath.exec(url.pathname)?.groups ?? {};
      if (quirks.referrersApi && referred !== undefined && subject !== undefined) {
        return listReferrers(url, contents, { repository: referred, subject }, quirks.referrersPerPage, response);
      }
      const { repository, name } = manifestPath.exec(url.pathname)?.groups ?? {};
      if (repository === undefined || name === undefined) return end(response, url.pathname === "/v2/" ? 200 : 404);
      received.shift()?.(request);
      if (quirks.hang) return;
      serve(request, contents.get(`${repository} ${name}`), quirks, response);
    });
  });

  function isAllowed({ headers }: RecordedRequest): boolean {
    if (authentication === undefined) return true;
    if (authentication.scheme === "basic") return headers.authorization === basic(authentication);
    return tokens.has(headers.authorization?.replace(/^Bearer /, "") ?? "");
  }

  function challenge(url: URL, response: ServerResponse): ServerResponse {
    const path = (manifestPath.exec(url.pathname) ?? referrersPath.exec(url.pathname))?.groups;
    const field =
      authentication?.scheme === "bearer"
        ? `Bearer realm="${authentication.realm ?? new URL("/token", url).href}",service="embedded",scope="repository:${path?.repository}:pull"`
        : 'Basic realm="embedded"';
    return end(response, 401, { "WWW-Authenticate": field });
  }

  function giveToken({ method, headers, body }: RecordedRequest, url: URL, response: ServerResponse): ServerResponse {
    if (authentication?.scheme !== "bearer") return end(response, 404);
    const { login, identityToken, tokenAnswer, expiresIn } = authentication;
    if (tokenAnswer) return end(response, tokenAnswer.status, { "Content-Type": "application/json" }, tokenAnswer.body);
    const isUser =
      method === "POST"
        ? identityToken !== undefined && new URLSearchParams(body).get("refresh_token") === identityToken
        : login === undefined || headers.authorization === basic(login);
    if (!isUser) return end(response, 401);
    const token = `token-${++issued}-${url.searchParams.get("scope") ?? new URLSearchParams(body).get("scope")}`;
    tokens.add(token);
    const answer = { [method === "POST" ? "access_token" : "token"]: token, expires_in: expiresIn };
    return end(response, 200, { "Content-Type": "application/json" }, JSON.stringify(answer));
  }

  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    port,
    requests,
    nextManifestRequest: () => new Promise((resolve) => received.push(resolve)),
    revokeTokens: () => tokens.clear(),
    close: () => {
      received = [];
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function byPath(images: readonly SampleImage[]): ReadonlyMap<string, Content> {
  const contents = new Map<string, Content>();
  for (const { repository, tags, root, children } of images) {
    for (const tag of tags) contents.set(`${repository} ${tag}`, root);
    for (const content of [root, ...children]) contents.set(`${repository} ${content.digest}`, content);
  }
  return contents;
}

/** OCI distribution specification 1.1, "Listing Referrers". */
function listReferrers(
  url: URL,
  contents: ReadonlyMap<string, Content>,
  { repository, subject }: { readonly repository: string; readonly subject: string },
  perPage: number | undefined,
  response: ServerResponse,
): ServerResponse {
  const all = [...contents].flatMap(([path, content]) => {
    if (path !== `${repository} ${content.digest}`) return [];
    const manifest = JSON.parse(content.body.toString("utf8"));
    if (manifest.subject?.digest !== subject) return [];
    return [{ ...descriptorOf(content), artifactType: manifest.artifactType ?? manifest.config?.mediaType }];
  });
  const from = Number(url.searchParams.get("from"));
  const to = from + (perPage ?? all.length);
  const headers = {
    "Content-Type": OCI_INDEX,
    ...(to < all.length && { Link: `<${url.pathname}?from=${to}>; rel="next"` }),
  };
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: all.slice(from, to) };
  return end(response, 200, headers, JSON.stringify(index));
}

function serve(request: RecordedRequest, content: Content | undefined, quirks: Quirks, response: ServerResponse) {
  const location = quirks.redirect?.(request.url) ?? null;
  if (location !== null) return end(response, 307, { Location: location });
  if (quirks.status !== undefined) return end(response, quirks.status, quirks.headers, "what only the server says");
  if (quirks.refuseHead && request.method === "HEAD") return end(response, 405);
  if (content === undefined) return end(response, 404);

  const digest = quirks.digestHeader ?? (quirks.omitDigestHeader ? undefined : content.digest);
  response.writeHead(200, {
    "Content-Type": quirks.contentType ?? content.mediaType,
    ...(digest !== undefined && { "Docker-Content-Digest": digest }),
    ...(!quirks.endlessBody && { "Content-Length": content.body.length }),
    ...quirks.headers,
  });
  if (request.method === "HEAD") return response.end();
  if (quirks.endlessBody) return writeWithoutEnd(response);
  if (quirks.slowBody) return writeSlowly(response, content.body);
  return response.end(content.body);
}

function writeWithoutEnd(response: ServerResponse): ServerResponse {
  const chunk = Buffer.alloc(16 * 1024, 0x20);
  const write = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on("drain", write);
  write();
  return response;
}

function writeSlowly(response: ServerResponse, body: Buffer): ServerResponse {
  let written = 0;
  const drip = setInterval(() => response.write(body.subarray(written, ++written)), 10);
  return response.on("close", () => clearInterval(drip));
}

function end(response: ServerResponse, status: number, headers: Record<string, string> = {}, body = "") {
  return response.writeHead(status, headers).end(body);
}

async function record(message: IncomingMessage): Promise<RecordedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  const { method = "", url = "", headers } = message;
  return { method, url, headers, body: Buffer.concat(chunks).toString("utf8") };
}

function basic({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
