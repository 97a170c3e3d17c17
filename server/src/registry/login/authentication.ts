/**
 * Answers the 401 (RFC 9110, section 11) of a registry, or of another service about its images, with an `Authorization`
 * for one repository, and remembers it until it expires. Authorizations are kept in memory only, per server, registry
 * and repository, and never leave for another.
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
  /** The value of `Authorization` that is good now, or null where none is known yet. */
  remembered(target: AuthenticatedRepository): string | null;
  /**
   * The `Authorization` that answers a 401. Callers with the same target share one token request.
   * @param field `WWW-Authenticate` of the 401
   * @param rejected the `Authorization` that the 401 answered, or null
   * @throws RegistryError
   */
  answer(target: AuthenticatedRepository, field: string, rejected: string | null, signal: AbortSignal): Promise<string>;
}

interface Authorization {
  readonly value: string;
  readonly until: number;
}

const MAX_AUTHORIZATIONS = 500;
/** A token is renewed this long before its end, so that it does not run out on its way. Milliseconds. */
const RENEWAL_MARGIN = 10_000;
/** How long a login without a token is sent unasked: a logout counts after that. Milliseconds. */
const BASIC_LIFETIME = 60_000;

/** @param now milliseconds; only differences count */
export function createAuthentication(ports: TokenServerPorts, now: () => number): Authentication {
  const authorizations = new LRUCache<string, Authorization>({ max: MAX_AUTHORIZATIONS });
  const asked = createSharedRequests<string>();
  const keyOf = ({ base, registry, repository }: AuthenticatedRepository) => `${base.origin} ${registry}/${repository}`;

  function remembered(target: AuthenticatedRepository): string | null {
    const authorization = authorizations.get(keyOf(target));
    return authorization !== undefined && now() < authorization.until ? authorization.value : null;
  }

  return {
    remembered,
    async answer(target, field, rejected, signal) {
      const newer = remembered(target);
      if (newer !== null && newer !== rejected) return newer;
      return asked.join(keyOf(target), shownServer(target), signal, async (end) => {
        const authorization = await obtain(target, parseChallenges(field), ports, now, end);
        authorizations.set(keyOf(target), authorization);
        return authorization.value;
      });
    },
  };
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
  const credentials = await ports.credentials.find(login, signal);
  if (credentials?.kind !== "basic") {
    const missing = `the docker configuration has none for ${login}`;
    throw new RegistryError("unauthorized", `${shownServer(target)} answered 401: it needs a login, and ${missing}.`);
  }
  return { value: basicAuthorization(credentials), until: now() + BASIC_LIFETIME };
}
