/**
 * Requests to one repository's part of a registry's API (OCI distribution specification, "Endpoints"): finds where the
 * registry answers, logs in where it asks for that, and follows redirects, all within the client's limits.
 */

import type { Endpoints } from "./endpoint";
import type { HttpRequest, Transport } from "./http/http";
import { type FollowedAnswer, sendFollowing } from "./http/redirects";
import { answerChallenge } from "./login/authenticatedSend";
import type { Authentication } from "./login/authentication";

export interface RepositoryName {
  /** Normalized, `docker.io` or `host[:port]`. */
  readonly registry: string;
  readonly repository: string;
}

export interface RepositoryRequest extends RepositoryName {
  readonly method: HttpRequest["method"];
  /** A path, or a whole URL of the registry's own origin. */
  readonly location: string;
  readonly accept: string;
}

export interface RepositoryAnswer extends FollowedAnswer {
  /** Where the registry's API is: the URL that was asked first, without its path. */
  readonly base: URL;
}

export interface RepositoryRequests {
  /**
   * The answer of any status.
   * @throws RegistryError
   */
  send(request: RepositoryRequest, signal: AbortSignal): Promise<RepositoryAnswer>;
}

export interface RepositoryRequestPorts {
  readonly transport: Transport;
  readonly endpoints: Endpoints;
  readonly authentication: Authentication;
  /** Milliseconds. */
  readonly timeLimit: number;
  /** Bytes. */
  readonly bodyLimit: number;
}

export function createRepositoryRequests(ports: RepositoryRequestPorts): RepositoryRequests {
  const { transport, endpoints, authentication, timeLimit, bodyLimit } = ports;

  return {
    async send({ registry, repository, method, location, accept }, signal) {
      const sendTo = (base: URL, authorization: string | null) =>
        sendFollowing(transport, {
          method,
          url: new URL(location, base),
          headers: { Accept: accept, ...(authorization !== null && { Authorization: authorization }) },
          timeLimit,
          bodyLimit,
          signal,
        });
      // The login comes after: a token server out of reach does not mean that the registry speaks no TLS.
      const { base, result: first } = await endpoints.reach(registry, async (base) => {
        const sent = authentication.remembered({ registry, repository, base });
        return { sent, answer: await sendTo(base, sent) };
      });
      const target = { registry, repository, base };
      const send = (authorization: string | null) => sendTo(base, authorization);
      return { ...(await answerChallenge(authentication, target, first, send, signal)), base };
    },
  };
}
