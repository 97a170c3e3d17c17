/**
 * Sends a request with the login that its server is known to ask for, and sends it once more where the server answered
 * 401 with a challenge (RFC 9110, section 11.6.1). Only a challenge of the origin that was asked is answered: one of a
 * host that it redirected to is not its own.
 */
import type { FollowedAnswer } from "../http/redirects";
import type { Authentication } from "./authentication";
import type { AuthenticatedRepository } from "./tokenServer";

/** Sends the request with that `Authorization`, or without one. */
export type AuthorizedSend = (authorization: string | null) => Promise<FollowedAnswer>;

/**
 * The answer to the last request that was sent, of any status: 401 where no login helped.
 * @param target the server at `target.base` is the one that `send` asks
 * @throws RegistryError those of `send`, and of the authentication
 */
export async function sendAuthenticated(
  authentication: Authentication,
  target: AuthenticatedRepository,
  send: AuthorizedSend,
  signal: AbortSignal,
): Promise<FollowedAnswer> {
  const sent = await authentication.anticipate(target, signal);
  const answer = await send(sent.value);
  const field = challengeIn(answer, target);
  if (field === null) return answer;
  const challenged = { ...target, address: answer.address };
  authentication.heard(challenged, field);
  return send(await authentication.answer(challenged, field, sent, signal));
}

/** The challenge that the server itself sent; null where it sent none. */
export function challengeIn({ status, headers, url }: FollowedAnswer, { base }: AuthenticatedRepository) {
  const field = headers["www-authenticate"];
  return status === 401 && field !== undefined && url.origin === base.origin ? field : null;
}
