/**
 * Requests to one repository's part of a registry's API (OCI distribution specification, "Endpoints"): finds where the
 * registry answers, logs in where it asks for that, and follows redirects, all within the client's limits.
 */
import type { Endpoints } from "./endpoint";
import { createFirstQuestions } from "./firstQuestions";
import type { HttpRequest, Transport } from "./http/http";
import { type FollowedAnswer, sendFollowing } from "./http/redirects";
import { challengeIn } from "./login/authenticatedSend";
import type { Authentication } from "./login/authentication";

export interface RepositoryName {
  /** Normalized, `docker.io` or `host[:port]`. */
  readonly registry: string;
  readonly repository: string;
}

/** A repository where it is asked for, and what the user's configuration says of the registry there. */
export interface RepositoryAddress extends RepositoryName {
  /** No trusted TLS is needed. */
  readonly isInsecure: boolean;
}

export interface RepositoryRequest extends RepositoryAddress {
  readonly method: HttpRequest["method"];
  /** A path, or a whole URL of the registry's own origin. */
  readonly location: string;
  readonly accept: string;
}

export interface RepositoryAnswer extends FollowedAnswer {
  /** Where the registry's API is: the URL that was asked first, without its path. */
  readonly base: URL;
}

/** How a question is asked. */
export interface Asking {
  readonly signal: AbortSignal;
  /** Nobody asked for it: it leaves alone a registry that allows only few requests more. */
  readonly isUnasked: boolean;
}

export interface RepositoryRequests {
  /**
   * The answer of any status.
   * @throws RegistryError
   */
  send(request: RepositoryRequest, asking: Asking): Promise<RepositoryAnswer>;
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
  const firstQuestions = createFirstQuestions();

  return {
    async send({ registry, repository, isInsecure, method, location, accept }, { signal, isUnasked }) {
      const sendTo = (base: URL, authorization: string | null) =>
        sendFollowing(transport, {
          method,
          url: new URL(location, base),
          headers: { Accept: accept, ...(authorization !== null && { Authorization: authorization }) },
          timeLimit,
          bodyLimit,
          signal,
          isUnasked,
          isInsecure,
        });
      const attempt = async (base: URL) => {
        const target = { registry, repository, base, isInsecure, isUnasked };
        const sent = await authentication.anticipate(target, signal);
        const answer = await sendTo(base, sent.value);
        const field = challengeIn(answer, target);
        const challenged = { ...target, address: answer.address };
        if (field !== null) authentication.heard(challenged, field);
        return { sent, answer, field, challenged };
      };
      // The answer to a challenge comes after: a token server out of reach does not mean that the registry speaks no TLS.
      const { base, result } = await firstQuestions.inTurn(registry, signal, () =>
        endpoints.reach({ registry, isInsecure }, attempt),
      );
      const { sent, answer, field, challenged } = result;
      if (field === null) return { ...answer, base };
      const authorization = await authentication.answer(challenged, field, sent, signal);
      return { ...(await sendTo(base, authorization)), base };
    },
  };
}
