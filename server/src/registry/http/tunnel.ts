/**
 * Connections through a proxy's tunnel (RFC 9110, section 9.3.6, "CONNECT"). The proxy is told host and port of the
 * server and its own login, and nothing of what goes through. What is wrong with the proxy is never taken for the
 * server's word.
 */
import { type AgentOptions, Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { Duplex } from "node:stream";
import type { SecureContext } from "node:tls";
import type { ForwardProxy } from "./proxies";

/** A request that ends before does not end the tunnel: the next one can use it. Milliseconds. */
const TIME_LIMIT = 10_000;

/** The code of the error where no tunnel was made; its message says why, in words for the user. */
export const NO_TUNNEL = "ENOTUNNEL";

export interface Tunnel {
  readonly proxy: ForwardProxy;
  /** Finds the proxy itself. */
  readonly lookup: LookupFunction;
  /** Whom TLS to the proxy itself trusts, where it is reached by https. */
  readonly secureContext: SecureContext | undefined;
}

/** @param options of the connections to the servers: they say nothing of the one to the proxy */
export function tunnelAgent(isSecure: boolean, options: AgentOptions, tunnel: Tunnel): HttpAgent {
  const agent = isSecure ? new HttpsAgent(options) : new HttpAgent(options);
  const secure = agent.createConnection.bind(agent);
  agent.createConnection = (server, callback) => {
    const done = callback as (error: Error | null, connection?: Duplex) => void;
    openTunnel(`${bracketed(server.host ?? "")}:${server.port}`, tunnel)
      .then((socket) => (isSecure && secure(Object.assign({ ...server }, { socket }))) || socket)
      .then((connection) => done(null, connection), done);
    return undefined;
  };
  return agent;
}

/** @param target `host:port`, as the request line has it */
function openTunnel(target: string, { proxy, lookup, secureContext }: Tunnel): Promise<Duplex> {
  const host = proxy.url.hostname.replace(/^\[|\]$/g, "");
  const isSecure = proxy.url.protocol === "https:";
  return new Promise((resolve, reject) => {
    const refuse = (why: string) => reject(Object.assign(new Error(why), { code: NO_TUNNEL }));
    const request = (isSecure ? httpsRequest : httpRequest)({
      method: "CONNECT",
      host,
      port: proxy.url.port,
      path: target,
      headers: {
        Host: target,
        ...(proxy.authorization !== null && { "Proxy-Authorization": proxy.authorization }),
      },
      agent: false,
      lookup,
      // Node would take the name from `Host`.
      ...(isSecure && { servername: isIP(host) === 0 ? host : "", secureContext }),
    });
    const limit = setTimeout(() => request.destroy(new Error("no answer")), TIME_LIMIT);
    request.once("connect", ({ statusCode = 0 }, socket) => {
      clearTimeout(limit);
      if (statusCode >= 200 && statusCode < 300) return resolve(socket);
      socket.destroy();
      refuse(statusCode === 407 ? "it answered 407: it needs a login" : `it answered ${statusCode}`);
    });
    request.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(limit);
      refuse(error.code ?? `it gave no answer within ${TIME_LIMIT / 1000} s`);
    });
    request.end();
  });
}

function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
