/**
 * The transport over axios, and the only file that imports it, with the first request. It sends one request
 * and returns what came back, raw. It must never follow a redirect, decode a body, read a proxy from the environment,
 * or let an error of axios out: those carry the request with its credentials.
 */
import { Agent as HttpAgent } from "node:http";
import type { Readable } from "node:stream";
import type { AxiosError, AxiosInstance } from "axios";
import { cancelled, shownHost } from "../failures";
import { RegistryError } from "../registry";
import { createHostSlots } from "./hostSlots";
import type { HttpAnswer, HttpRequest, Transport } from "./http";
import { createHttpsAgents } from "./httpsAgents";

const REQUESTS_PER_HOST = 6;
const connections = { keepAlive: true, maxFreeSockets: REQUESTS_PER_HOST };

/** Node's codes for a TLS handshake that failed, on certificates or before them. */
const tlsCode =
  /^(?:EPROTO|ERR_SSL_.*|ERR_TLS_.*|CERT_.*|CRL_.*|UNABLE_TO_.*|(?:DEPTH_ZERO_)?SELF_SIGNED_CERT.*|INVALID_(?:CA|PURPOSE)|HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED)$/;

export interface TransportOptions {
  /** PEM texts of authorities that are trusted for every request, in addition to those that Node trusts. */
  readonly certificateAuthorities?: readonly string[];
}

/** Keeps connections open between requests; an idle one does not keep the process alive. */
export function createTransport({ certificateAuthorities = [] }: TransportOptions = {}): Transport {
  const slots = createHostSlots(REQUESTS_PER_HOST);
  const agents = createHttpsAgents(connections, certificateAuthorities);
  let loaded: Promise<AxiosInstance> | null = null;

  async function exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    loaded ??= createHttp();
    const http = await loaded;
    const response = await http.request<Readable>({
      method: request.method,
      url: request.url.href,
      headers: { "User-Agent": "digest-pin", ...request.headers, "Accept-Encoding": "identity" },
      data: request.body,
      signal,
      httpsAgent: await agents.agentFor(request.certificateAuthorities ?? []),
    });
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(response.headers)) headers[name.toLowerCase()] = String(value);
    const body = await readBody(response.data, request);
    // What a manifest's digest covers is the plain representation; an encoded one would be hashed as something else.
    if (body.length > 0 && response.status === 200 && !isPlain(headers["content-encoding"])) {
      throw new RegistryError("malformed-answer", `${shownHost(request.url)} answered in an encoding not asked for.`);
    }
    return { status: response.status, headers, body };
  }

  async function exchangeInTime(request: HttpRequest): Promise<HttpAnswer> {
    const end = new AbortController();
    let timedOut = false;
    const deadline = setTimeout(() => {
      timedOut = true;
      end.abort();
    }, request.timeLimit);
    const cancel = () => end.abort();
    request.signal.addEventListener("abort", cancel, { once: true });
    try {
      return await exchange(request, end.signal).catch((error: unknown) => {
        // A kept connection may close just as it is used again (nodejs.org, http, "request.reusedSocket").
        if (!end.signal.aborted && wasReset(error)) return exchange(request, end.signal);
        throw error;
      });
    } catch (error) {
      if (error instanceof RegistryError) throw error;
      if (request.signal.aborted) throw cancelled(shownHost(request.url));
      throw timedOut ? timeOut(request) : failure(error, request.url);
    } finally {
      clearTimeout(deadline);
      request.signal.removeEventListener("abort", cancel);
    }
  }

  return { send: (request) => slots.run(request.url.host, request.signal, () => exchangeInTime(request)) };
}

async function createHttp(): Promise<AxiosInstance> {
  const { create } = await import("axios");
  return create({
    httpAgent: new HttpAgent(connections),
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

function failure(error: unknown, url: URL): RegistryError {
  const cause = withoutRequest(error);
  const host = shownHost(url);
  if (tlsCode.test(cause.code)) {
    return new RegistryError("tls", `No trusted TLS connection to ${host} (${cause.code}).`, { cause });
  }
  if (cause.code.startsWith("HPE_")) {
    return new RegistryError("malformed-answer", `${host} answered with something that is not HTTP.`, { cause });
  }
  return new RegistryError("unreachable", `${host} could not be reached (${cause.code}).`, { cause });
}

/** Only message and code: the error of axios also holds the request, with its headers. */
function withoutRequest(error: unknown): Error & { code: string } {
  const { message, code }: NodeJS.ErrnoException = error instanceof Error ? error : new Error("unknown failure");
  return Object.assign(new Error(message), { code: code ?? "no code" });
}
