/**
 * One agent for each kind of connection: whom TLS trusts, who shows which certificate, through which proxy, and how deep
 * in the network a name may lead. A connection that was made on one kind's terms, and a TLS session that would resume it,
 * must never serve a request of another kind.
 */
import type { LookupAddress, LookupOptions } from "node:dns";
import { type AgentOptions, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { LookupFunction } from "node:net";
import { createSecureContext, type SecureContext } from "node:tls";
import { LRUCache } from "lru-cache";
import { RegistryError } from "../registry";
import { isWithinReach, type Reach, reachOf } from "./address";
import { parseCertificateAuthorities, readDefaultAuthorities, readSystemAuthorities } from "./certificateAuthorities";
import type { HttpRequest } from "./http";
import type { ForwardProxy } from "./proxies";
import { tunnelAgent } from "./tunnel";

const MAX_KINDS = 32;
const MAX_CONTEXTS = 16;

/** `dns.lookup` for all addresses of a name, or what stands in for it. */
export type Lookup = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses?: readonly LookupAddress[]) => void,
) => void;

/** Node's code for a connection that was not made because of the address that its name stands for. */
export const OUT_OF_REACH = "EOUTOFREACH";

export interface Terms {
  readonly request: HttpRequest;
  readonly proxy: ForwardProxy | null;
  /** Whether the authorities that the system trusts are trusted in addition to those that Node has with it. */
  readonly withSystem: boolean;
}

export interface Agents {
  /** @throws RegistryError `tls` where an added certificate, or the client's own, can't be read */
  agentFor(terms: Terms): Promise<HttpAgent>;
}

/** @param always PEM texts of authorities that are trusted for every request */
export function createAgents(options: AgentOptions, always: readonly string[], lookup: Lookup): Agents {
  const agents = new LRUCache<string, HttpAgent>({ max: MAX_KINDS, dispose: retire });
  const contexts = new LRUCache<string, Promise<SecureContext>>({ max: MAX_CONTEXTS });

  /** Made once for many agents: a context of so many certificates takes longer than a handshake. */
  function contextFor(added: readonly string[], client: HttpRequest["clientCertificate"], withSystem: boolean) {
    const key = JSON.stringify([added, client ?? null, withSystem]);
    const known = contexts.get(key);
    if (known !== undefined) return known;
    const context = makeContext(added, client, withSystem);
    contexts.set(key, context);
    context.catch(() => contexts.delete(key));
    return context;
  }

  return {
    async agentFor({ request, proxy, withSystem }) {
      const { url, linkedFrom, clientCertificate, isInsecure = false } = request;
      const isSecure = url.protocol === "https:";
      const added = isSecure ? [...new Set([...always, ...(request.certificateAuthorities ?? [])])].sort() : [];
      const client = isSecure ? clientCertificate : undefined;
      // A proxy looks names up by itself: then the name alone was judged.
      const reach = linkedFrom === undefined || proxy !== null ? null : reachOf(linkedFrom, url);
      const needsContext = added.length > 0 || client !== undefined || (isSecure && withSystem);
      const secureContext = needsContext ? await contextFor(added, client, withSystem) : undefined;
      const proxyContext = proxy?.url.protocol === "https:" ? await contextFor(always, undefined, true) : undefined;
      const key = JSON.stringify([isSecure, added, client ?? null, withSystem, isInsecure, reach, proxy]);
      const known = agents.get(key);
      if (known !== undefined) return known;
      const made = {
        ...options,
        lookup: within(reach, lookup),
        ...(secureContext && { secureContext }),
        ...(isInsecure && { rejectUnauthorized: false }),
      };
      const agent =
        proxy === null
          ? directAgent(isSecure, made)
          : tunnelAgent(isSecure, made, { proxy, lookup: within(null, lookup), secureContext: proxyContext });
      agents.set(key, agent);
      return agent;
    },
  };
}

async function makeContext(
  added: readonly string[],
  client: HttpRequest["clientCertificate"],
  withSystem: boolean,
): Promise<SecureContext> {
  const trusted = await readDefaultAuthorities();
  const system = withSystem ? await readSystemAuthorities() : [];
  const ca = [...trusted, ...system, ...parseCertificateAuthorities(added)];
  if (client === undefined) return createSecureContext({ ca });
  try {
    return createSecureContext({ ca, cert: client.certificate, key: client.key });
  } catch (cause) {
    throw new RegistryError("tls", "The client certificate or its key can't be read, or they don't belong together.", {
      cause,
    });
  }
}

function directAgent(isSecure: boolean, options: AgentOptions): HttpAgent {
  return isSecure ? new HttpsAgent(options) : new HttpAgent(options);
}

/** Looks a name up, and lets no connection be made to an address out of reach; one that is refuses them all. */
function within(reach: Reach | null, lookup: Lookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses = []) => {
      const [first] = addresses;
      if (error !== null || first === undefined) return callback(error ?? notFound(hostname), "");
      if (reach !== null && !addresses.every(({ address }) => isWithinReach(reach, address))) {
        return callback(Object.assign(new Error("The address is out of reach."), { code: OUT_OF_REACH }), "");
      }
      if (options.all) return callback(null, [...addresses]);
      return callback(null, first.address, first.family);
    });
  };
}

function notFound(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`There is no address of ${hostname}.`), { code: "ENOTFOUND" });
}

/** Closes idle connections now, and those in use after their requests. */
function retire(agent: HttpAgent): void {
  agent.maxFreeSockets = 0;
  for (const idle of Object.values(agent.freeSockets)) for (const socket of [...(idle ?? [])]) socket.destroy();
}
