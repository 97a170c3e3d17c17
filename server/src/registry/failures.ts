/**
 * The sentences that several parts of the client say of a failed exchange. They name hosts, statuses and names that
 * passed the reference grammar, and must never repeat a text that a server sent.
 */
import { RegistryError } from "./registry";

/** A host that a server names may be of any length; its characters are those that the URL parser lets through. */
const MAX_SHOWN_HOST = 100;

export function shownHost(url: URL): string {
  return url.host.length <= MAX_SHOWN_HOST ? url.host : `${url.host.slice(0, MAX_SHOWN_HOST)}…`;
}

export function cancelled(host: string): RegistryError {
  return new RegistryError("cancelled", `The request to ${host} was cancelled.`);
}

/**
 * What a status other than 200 means.
 * @param host who answered
 * @param subject what was asked for, `acme/app:1`
 */
export function refusedWith(status: number, host: string, subject: string): RegistryError {
  const answered = `${host} answered ${status}`;
  if (status === 401) return new RegistryError("unauthorized", `${answered}: ${subject} is missing or needs a login.`);
  if (status === 403) return new RegistryError("forbidden", `${answered}: no permission for ${subject}.`);
  if (status === 404) return new RegistryError("not-found", `${answered}: there is no ${subject}.`);
  if (status === 429) return new RegistryError("rate-limited", `${answered}: too many requests.`);
  if (status >= 500) return new RegistryError("server-error", `${answered}: the server has a problem of its own.`);
  return new RegistryError("malformed-answer", `${answered} when asked for ${subject}.`);
}
