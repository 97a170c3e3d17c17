/**
 * Logs in at a registry, or at another service about its images (RFC 9110, section 11): answers its 401 with an
 * `Authorization` for one repository, and once it is known how a server asks, has one at hand before it asks again.
 * Authorizations are kept in memory only, per server, registry and repository, and never leave for another.
 */
import { LRUCache } from "lru-cache";
import { shownServer } from "../endpoint";
import { RegistryError } from "../registry";
import { createSharedRequests } from "../sharedRequests";
import { type Challenge, parseChallenges } from "./challenge";
import {
  type AuthenticatedRepository,
  basicAuthorization,
  fetchPullToken,
  loginFor,
  type TokenServerPorts,
} from "./tokenServer";

export interface Authentication {
  /**
   * What to send with the next request, renewed where it is about to end: a login of the kind that the server asked
   * for before, for whichever repository. It fails only where `signal` ends it.
   */
  anticipate(target: AuthenticatedRepository, signal: AbortSignal): Promise<Anticipated>;
  /** The server sent a 401 with that `WWW-Authenticate`: it will ask the same of the next request. */
  heard(target: AuthenticatedRepository, field: string): void;
  /**
   * The `Authorization` that answers a 401. Callers with the same target share one token request.
   * @param field `WWW-Authenticate` of the 401
   * @param sent what the request carried that the 401 answered
   * @throws RegistryError
   */
  answer(target: AuthenticatedRepository, field: string, sent: Anticipated, signal: AbortSignal): Promise<string>;
}

export interface Anticipated {
  /** The value of `Authorization`, or null for none. */
  readonly value: string | null;
  /** Why there is none although the server is known to ask; it need not be tried again for the same challenge. */
  readonly failure: { readonly field: string; readonly error: RegistryError } | null;
}

/** How a server asks for a login. No secret. */
export interface HeardChallenge {
  /** `WWW-Authenticate`. */
  readonly field: string;
  /** The IP address that it came from; null where that is not known. */
  readonly address: string | null;
}

/** Challenges that outlast the process, by the origin of the server that sent them. */
export interface KeptChallenges {
  read(origin: string): Promise<HeardChallenge | null>;
  keep(origin: string, challenge: HeardChallenge): void;
}

interface Authorization {
  readonly value: string;
  readonly until: number;
}

const MAX_AUTHORIZATIONS = 500;
const MAX_SERVERS = 100;
/** A token is renewed this long before its end, so that it does not run out on its way. Milliseconds. */
const RENEWAL_MARGIN = 10_000;
/** How long a login without a token is sent unasked: a logout counts after that. Milliseconds. */
const BASIC_LIFETIME = 60_000;
/** A longer challenge is answered, and not kept. Characters. */
const MAX_KEPT_CHALLENGE = 2_000;

export const nothingSent: Anticipated = { value: null, failure: null };

/** @param now milliseconds; only differences count */
export function createAuthentication(
  ports: TokenServerPorts,
  now: () => number,
  kept: KeptChallenges | null = null,
): Authentication {
  const challenges = new LRUCache<string, HeardChallenge>({ max: MAX_SERVERS });
  const authorizations = new LRUCache<string, Authorization>({ max: MAX_AUTHORIZATIONS });
  const asked = createSharedRequests<string>();
  const keyOf = ({ base, registry, repository }: AuthenticatedRepository) => `${base.origin} ${registry}/${repository}`;

  function remembered(target: AuthenticatedRepository): string | null {
    const authorization = authorizations.get(keyOf(target));
    return authorization !== undefined && now() < authorization.until ? authorization.value : null;
  }

  function obtainShared(target: AuthenticatedRepository, field: string, signal: AbortSignal): Promise<string> {
    // What was held back from nobody's question is no answer to a person's.
    const key = `${keyOf(target)}${target.isUnasked ? " unasked" : ""}`;
    return asked.join(key, shownServer(target), signal, async (end) => {
      const authorization = await obtain(target, parseChallenges(field), ports, now, end);
      authorizations.set(keyOf(target), authorization);
      return authorization.value;
    });
  }

  return {
    async anticipate(target, signal) {
      const value = remembered(target);
      if (value !== null) return { value, failure: null };
      const { origin } = target.base;
      const heard = challenges.get(origin) ?? (await kept?.read(origin)) ?? null;
      if (heard === null) return nothingSent;
      const { field, address } = heard;
      try {
        return { value: await obtainShared({ ...target, address }, field, signal), failure: null };
      } catch (error) {
        if (!(error instanceof RegistryError) || error.code === "cancelled") throw error;
        return { value: null, failure: { field, error } };
      }
    },

    heard({ base, address = null }, field) {
      if (field.length > MAX_KEPT_CHALLENGE || challenges.get(base.origin)?.field === field) return;
      challenges.set(base.origin, { field, address });
      kept?.keep(base.origin, { field, address });
    },

    async answer(target, field, { value, failure }, signal) {
      if (failure !== null && asksTheSame(failure.field, field)) throw failure.error;
      const newer = remembered(target);
      if (newer !== null && newer !== value) return newer;
      return obtainShared(target, field, signal);
    },
  };
}

/** Whether two challenges lead to the same server with the same question; the scope in them is never read. */
function asksTheSame(a: string, b: string): boolean {
  const [first, second] = [a, b].map((field) =>
    parseChallenges(field).map(({ scheme, parameters }) => [
      scheme,
      parameters.get("realm") ?? null,
      parameters.get("service") ?? null,
    ]),
  );
  return JSON.stringify(first) === JSON.stringify(second);
}

async function obtain(
  target: AuthenticatedRepository,
  challenges: readonly Challenge[],
  ports: TokenServerPorts,
  now: () => number,
  signal: AbortSignal,
): Promise<Authorization> {
  const bearer = challenges.find(({ scheme, parameters }) => scheme === "bearer" && parameters.has("realm"));
  const realm = bearer?.parameters.get("realm");
  if (realm !== undefined) {
    const start = now();
    const token = await fetchPullToken(target, realm, bearer?.parameters.get("service"), ports, signal);
    return { value: `Bearer ${token.value}`, until: start + token.lifetime - RENEWAL_MARGIN };
  }
  if (!challenges.some(({ scheme }) => scheme === "basic")) {
    throw new RegistryError("unauthorized", `${shownServer(target)} asks for a login of a kind that is not supported.`);
  }
  const login = loginFor(target, target.base);
  const credentials = await ports.credentials.find(login, target.repository, signal);
  if (credentials?.kind !== "basic") {
    const missing = `the docker configuration has none for ${login}`;
    throw new RegistryError("unauthorized", `${shownServer(target)} answered 401: it needs a login, and ${missing}.`);
  }
  return { value: basicAuthorization(credentials), until: now() + BASIC_LIFETIME };
}
