/**
 * One HTTPS agent for each set of added certificate authorities. A connection that was made on one set's word, and a
 * TLS session that would resume it, must never serve a request that trusts another set.
 */
import { Agent, type AgentOptions } from "node:https";
import { createSecureContext } from "node:tls";
import { LRUCache } from "lru-cache";
import { parseCertificateAuthorities, readDefaultAuthorities } from "./certificateAuthorities";

const MAX_SETS = 8;

export interface HttpsAgents {
  /**
   * @param added PEM texts
   * @throws RegistryError `tls` where one can't be read
   */
  agentFor(added: readonly string[]): Promise<Agent>;
}

/** @param always PEM texts of authorities that every set has */
export function createHttpsAgents(options: AgentOptions, always: readonly string[]): HttpsAgents {
  const plain = new Agent(options);
  const agents = new LRUCache<string, Agent>({ max: MAX_SETS, dispose: retire });
  let defaults: Promise<readonly string[]> | null = null;

  return {
    async agentFor(added) {
      const texts = [...new Set([...always, ...added])].sort();
      if (texts.length === 0) return plain;
      defaults ??= readDefaultAuthorities();
      const trusted = await defaults;
      const key = JSON.stringify(texts);
      const known = agents.get(key);
      if (known !== undefined) return known;
      // Made once: a context of so many certificates takes longer than a handshake.
      const secureContext = createSecureContext({ ca: [...trusted, ...parseCertificateAuthorities(texts)] });
      const agent = new Agent({ ...options, secureContext });
      agents.set(key, agent);
      return agent;
    },
  };
}

/** Closes idle connections now, and those in use after their requests. */
function retire(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const idle of Object.values(agent.freeSockets)) for (const socket of [...(idle ?? [])]) socket.destroy();
}
