/**
 * The transport over axios, and the only file that imports it, with the first request. It sends one request
 * and returns what came back, raw. It must never follow a redirect, decode a body, read a proxy from the environment,
 * or let an error of axios out: those carry the request with its credentials.
 */
import { lookup as systemLookup } from "node:dns";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import type { AxiosError, AxiosInstance } from "axios";
import { LRUCache } from "lru-cache";
import { cancelled, shownHost } from "../failures";
import { RegistryError } from "../registry";
import { outOfReach, requireAddressWithinReach } from "./address";
import { createAgents, type Lookup, OUT_OF_REACH, type Terms } from "./agents";
import type { HttpAnswer, HttpRequest, Transport } from "./http";
import type { ForwardProxy, Proxies } from "./proxies";
import { NO_TUNNEL } from "./tunnel";

const connections = { keepAlive: true, maxFreeSockets: 6 };
const MAX_HOSTS = 500;
const noProxies: Proxies = { proxyFor: () => null };

/** Node's codes for a certificate whose issuer is not among those that are trusted. */
const untrustedCodes: ReadonlySet<string> = new Set([
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
]);

/** Node's codes for a TLS handshake that failed, on certificates or before them. */
const tlsCode =
  /^(?:EPROTO|ERR_SSL_.*|ERR_TLS_.*|CERT_.*|CRL_.*|UNABLE_TO_.*|(?:DEPTH_ZERO_)?SELF_SIGNED_CERT.*|INVALID_(?:CA|PURPOSE)|HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED)$/;

export interface TransportOptions {
  /** PEM texts of authorities that are trusted for every request, in addition to those that Node and the system trust. */
  readonly certificateAuthorities?: readonly string[];
  readonly proxies?: Proxies;
  readonly lookup?: Lookup;
}

/** Keeps connections open between requests; an idle one does not keep the process alive. */
export function createTransport(options: TransportOptions = {}): Transport {
  const { certificateAuthorities = [], proxies = noProxies, lookup = systemLookup } = options;
  const agents = createAgents(connections, certificateAuthorities, lookup);
  /** Hosts whose certificates only the system's authorities vouch for: reading those takes a while. */
  const vouchedBySystem = new LRUCache<string, true>({ max: MAX_HOSTS });
  let loaded: Promise<AxiosInstance> | null = null;

  async function exchange({ request, proxy, withSystem }: Terms, signal: AbortSignal): Promise<HttpAnswer> {
    loaded ??= createHttp();
    const http = await loaded;
    const agent = await agents.agentFor({ request, proxy, withSystem });
    const response = await http.request<Readable>({
      method: request.method,
      url: request.url.href,
      headers: { "User-Agent": "digest-pin", ...request.headers, "Accept-Encoding": "identity" },
      data: request.body,
      signal,
      httpAgent: agent,
      httpsAgent: agent,
    });
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(response.headers)) headers[name.toLowerCase()] = String(value);
    const socket: Socket | undefined = response.request.socket;
    const address = proxy === null ? (socket?.remoteAddress ?? null) : null;
    const body = await readBody(response.data, request);
    // What a manifest's digest covers is the plain representation; an encoded one would be hashed as something else.
    if (body.length > 0 && response.status === 200 && !isPlain(headers["content-encoding"])) {
      throw new RegistryError("malformed-answer", `${shownHost(request.url)} answered in an encoding not asked for.`);
    }
    return { status: response.status, headers, body, address };
  }

  /** Once more where nothing was sent, or nothing was heard, for a reason that a second try takes away. */
  async function exchangeTwice(
    request: HttpRequest,
    proxy: ForwardProxy | null,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const { host } = request.url;
    const withSystem = vouchedBySystem.has(host);
    try {
      return await exchange({ request, proxy, withSystem }, signal);
    } catch (error) {
      const isUntrusted = !withSystem && untrustedCodes.has(codeOf(error));
      // A kept connection may close just as it is used again (nodejs.org, http, "request.reusedSocket").
      if (signal.aborted || !(isUntrusted || wasReset(error))) throw error;
      const answer = await exchange({ request, proxy, withSystem: withSystem || isUntrusted }, signal);
      if (isUntrusted) vouchedBySystem.set(host, true);
      return answer;
    }
  }

  async function exchangeInTime(request: HttpRequest): Promise<HttpAnswer> {
    if (request.signal.aborted) throw cancelled(shownHost(request.url));
    // A name is judged once it was looked up.
    if (request.linkedFrom !== undefined) requireAddressWithinReach(request.linkedFrom, request.url);
    const proxy = proxies.proxyFor(request.url);
    const end = new AbortController();
    let timedOut = false;
    const deadline = setTimeout(() => {
      timedOut = true;
      end.abort();
    }, request.timeLimit);
    const cancel = () => end.abort();
    request.signal.addEventListener("abort", cancel, { once: true });
    try {
      return await exchangeTwice(request, proxy, end.signal);
    } catch (error) {
      if (error instanceof RegistryError) throw error;
      if (request.signal.aborted) throw cancelled(shownHost(request.url));
      throw timedOut ? timeOut(request) : failure(error, request, proxy);
    } finally {
      clearTimeout(deadline);
      request.signal.removeEventListener("abort", cancel);
    }
  }

  return { send: exchangeInTime };
}

async function createHttp(): Promise<AxiosInstance> {
  const { create } = await import("axios");
  return create({
    proxy: false,
    maxRedirects: 0,
    validateStatus: () => true,
    responseType: "stream",
    decompress: false,
  });
}

async function readBody(stream: Readable, { url, bodyLimit }: HttpRequest): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > bodyLimit) {
      throw new RegistryError("too-large", `${shownHost(url)} sent more than the limit of ${bodyLimit} bytes.`);
    }
  }
  return Buffer.concat(chunks);
}

function isPlain(contentEncoding: string | undefined): boolean {
  return contentEncoding === undefined || contentEncoding.trim() === "" || /^identity$/i.test(contentEncoding.trim());
}

function wasReset(error: unknown): boolean {
  if (!(error instanceof Error) || !("isAxiosError" in error)) return false;
  const { code, request } = error as AxiosError;
  return (code === "ECONNRESET" || code === "EPIPE") && request?.reusedSocket === true;
}

function timeOut({ url, timeLimit }: HttpRequest): RegistryError {
  return new RegistryError("timed-out", `${shownHost(url)} did not answer within ${timeLimit / 1000} s.`);
}

function failure(error: unknown, { url, linkedFrom }: HttpRequest, proxy: ForwardProxy | null): RegistryError {
  const cause = withoutRequest(error);
  const host = shownHost(url);
  if (cause.code === OUT_OF_REACH && linkedFrom !== undefined) return outOfReach(linkedFrom.url, url);
  if (tlsCode.test(cause.code)) {
    return new RegistryError("tls", `No trusted TLS connection to ${host} (${cause.code}).`, { cause });
  }
  if (cause.code.startsWith("HPE_")) {
    return new RegistryError("malformed-answer", `${host} answered with something that is not HTTP.`, { cause });
  }
  const through = proxy === null ? "" : ` through the proxy ${shownHost(proxy.url)}`;
  const why = cause.code === NO_TUNNEL ? cause.message : cause.code;
  return new RegistryError("unreachable", `${host} could not be reached${through} (${why}).`, { cause });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "no code";
}

/** Only message and code: the error of axios also holds the request, with its headers. */
function withoutRequest(error: unknown): Error & { code: string } {
  const { message } = error instanceof Error ? error : new Error("unknown failure");
  return Object.assign(new Error(message), { code: codeOf(error) });
}
