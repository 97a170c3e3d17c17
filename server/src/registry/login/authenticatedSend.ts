/**
 * Sends a request, and sends it once more where the server answered 401 with a challenge (RFC 9110, section 11.6.1).
 * Only a challenge of the origin that was asked is answered: one of a host that it redirected to is not its own.
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
  const sent = authentication.remembered(target);
  return answerChallenge(authentication, target, { sent, answer: await send(sent) }, send, signal);
}

/**
 * The same for a request that was sent already.
 * @param first its `Authorization`, and its answer
 */
export async function answerChallenge(
  authentication: Authentication,
  target: AuthenticatedRepository,
  { sent, answer }: { readonly sent: string | null; readonly answer: FollowedAnswer },
  send: AuthorizedSend,
  signal: AbortSignal,
): Promise<FollowedAnswer> {
  const field = answer.headers["www-authenticate"];
  if (answer.status !== 401 || field === undefined || answer.url.origin !== target.base.origin) return answer;
  return send(await authentication.answer(target, field, sent, signal));
}
