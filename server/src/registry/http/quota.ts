/**
 * Reads what a host says of its limits: `RateLimit-*` (IETF draft "RateLimit header fields for HTTP", as Docker Hub and
 * GitLab send it) and `Retry-After` (RFC 9110, section 10.2.3). Pure. The host chooses these texts: any of them gives a
 * bounded number, or nothing.
 */
import type { HttpAnswer } from "./http";

export interface Quota {
  readonly limit: number;
  readonly remaining: number;
  /** When the reading says nothing any more; milliseconds of the caller's clock. */
  readonly endsAt: number;
}

type Headers = HttpAnswer["headers"];

/** Where a host names no window, what it said is believed so long. Seconds. */
const DEFAULT_WINDOW = 60 * 60;
const MAX_SECONDS = 7 * 24 * 60 * 60;

/** Null where the answer does not tell. */
export function quotaIn(headers: Headers, now: number): Quota | null {
  const limit = leadingNumber(headers["ratelimit-limit"]);
  const remaining = leadingNumber(headers["ratelimit-remaining"]);
  if (limit === null || remaining === null || limit === 0) return null;
  const window = /;\s*w=(\d{1,9})(?![\d.])/.exec(headers["ratelimit-remaining"] ?? "")?.[1];
  const seconds = leadingNumber(headers["ratelimit-reset"]) ?? leadingNumber(window) ?? DEFAULT_WINDOW;
  return { limit, remaining: Math.min(remaining, limit), endsAt: now + Math.min(seconds, MAX_SECONDS) * 1000 };
}

/** When to come back, in milliseconds; null where the host does not say so. */
export function retryDelay(headers: Headers, clock: Date): number | null {
  const field = headers["retry-after"]?.trim() ?? "";
  if (/^\d{1,9}$/.test(field)) return Math.min(Number(field), MAX_SECONDS) * 1000;
  const at = Date.parse(field);
  if (Number.isNaN(at) || !/^[A-Z][a-z]{2,8},? /.test(field)) return null;
  // By the host's own clock, where it shows it: ours may be wrong.
  const now = Date.parse(headers.date ?? "");
  return Math.min(Math.max(0, at - (Number.isNaN(now) ? clock.getTime() : now)), MAX_SECONDS * 1000);
}

function leadingNumber(text: string | undefined): number | null {
  const digits = /^\s*(\d{1,9})\s*(?:[;,]|$)/.exec(text ?? "")?.[1];
  return digits === undefined ? null : Number(digits);
}
