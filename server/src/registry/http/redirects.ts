/**
 * Follows the redirects of one request (RFC 9110, section 15.4), step by step, because the registry chooses where they
 * lead. An `Authorization` must never reach an origin that it was not meant for, and no step may leave TLS.
 */

import { shownHost } from "../failures";
import { RegistryError } from "../registry";
import { refusedLink, requireSafeLink } from "./address";
import type { HttpAnswer, HttpRequest, Transport } from "./http";

const MAX_REDIRECTS = 5;
const redirectStatuses = new Set([301, 302, 303, 307, 308]);

export interface FollowedAnswer extends HttpAnswer {
  /** Who gave this answer: the last URL of the chain. */
  readonly url: URL;
}

/** @throws RegistryError those of the transport, `refused-address` and `malformed-answer` */
export async function sendFollowing(transport: Transport, request: HttpRequest): Promise<FollowedAnswer> {
  let step = request;
  for (let followed = 0; ; followed++) {
    const { url } = step;
    const answer = await transport.send(step);
    if (!redirectStatuses.has(answer.status)) return { ...answer, url };
    if (followed === MAX_REDIRECTS) {
      throw new RegistryError("malformed-answer", `${shownHost(url)} redirected more than ${MAX_REDIRECTS} times.`);
    }
    const next = target(url, answer);
    const source = { url, address: answer.address };
    requireSafeLink(source, next, "redirected to");
    if (url.protocol === "https:" && next.protocol !== "https:") {
      throw refusedLink(url, `redirected to ${shownHost(next)}`, "it is not https");
    }
    step = { ...(next.origin === url.origin ? step : forAnother(step)), url: next, linkedFrom: source };
  }
}

/** What was meant for one origin goes to no other, and what the user allows it is not allowed to another. */
function forAnother({ clientCertificate: _, isInsecure: __, headers, ...request }: HttpRequest): HttpRequest {
  return { ...request, headers: withoutAuthorization(headers) };
}

function target(url: URL, { headers }: HttpAnswer): URL {
  const { location } = headers;
  if (location === undefined || !URL.canParse(location, url.href)) {
    throw new RegistryError("malformed-answer", `${shownHost(url)} redirected without a usable address.`);
  }
  return new URL(location, url);
}

function withoutAuthorization(headers: HttpRequest["headers"]): HttpRequest["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization"));
}
