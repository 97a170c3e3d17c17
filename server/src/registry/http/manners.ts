/**
 * Good manners towards every host: at most so many requests at once, none while it has asked to be left alone or has
 * just failed, and none of our own accord from the last tenth of what it allows. A short wait is waited out, once; a
 * long one fails at once with the reason, so that nothing ever hangs on a host that is in trouble.
 */
import { LRUCache } from "lru-cache";
import { cancelled, refusedWith, shownHost } from "../failures";
import { RegistryError, type RegistryErrorCode } from "../registry";
import { createHostSlots } from "./hostSlots";
import type { HttpAnswer, HttpRequest, Transport } from "./http";
import { type Quota, quotaIn, retryDelay } from "./quota";

const REQUESTS_PER_HOST = 6;
/** A host is waited for so long, and no longer. Milliseconds. */
const LONGEST_WAIT = 5_000;
/** A host may ask for more, and gets no more. Milliseconds. */
const LONGEST_REST = 60 * 60_000;
/** After a failure of its own or no answer at all, doubled with each one that follows a rest. Milliseconds. */
const FIRST_REST = 500;
/** After 429 without a word of when to come back; doubled likewise. */
const FIRST_REST_OF_LIMITED = 1_000;
/** Doubled, it grows no longer than this. Milliseconds. */
const LONGEST_OWN_REST = 30_000;
const MAX_ORIGINS = 500;
const failures = new Set([500, 502, 503, 504]);
const noAnswer: ReadonlySet<RegistryErrorCode> = new Set(["unreachable", "timed-out"]);

export interface MannersPorts {
  readonly transport: Transport;
  /** Milliseconds; only differences count. */
  readonly now: () => number;
  /** The wall clock, for the dates that a host names. */
  readonly clock: () => Date;
  /** Ends after `milliseconds`; rejects where `signal` ends it. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export interface PoliteTransport extends Transport {
  /** What hosts said last of how much they still allow, by host; what is over is left out. */
  quotas(): ReadonlyMap<string, Quota>;
}

/** What is known of one origin. */
interface Origin {
  /** It is left alone until then. */
  restsUntil: number;
  /** Why. */
  reason: RegistryError | null;
  failuresInARow: number;
  quota: Quota | null;
  underWay: number;
}

export function createPoliteTransport({ transport, now, clock, wait }: MannersPorts): PoliteTransport {
  const slots = createHostSlots(REQUESTS_PER_HOST);
  const origins = new LRUCache<string, Origin>({ max: MAX_ORIGINS });

  function originOf({ url }: HttpRequest): Origin {
    const known = origins.get(url.origin);
    if (known !== undefined) return known;
    const origin: Origin = { restsUntil: 0, reason: null, failuresInARow: 0, quota: null, underWay: 0 };
    origins.set(url.origin, origin);
    return origin;
  }

  /** @param asked for how long the host itself wants to be left alone; null where it did not say */
  function rest(origin: Origin, asked: number | null, first: number, reason: RegistryError): void {
    const isResting = origin.restsUntil > now();
    // Requests that were under way together fail together: that is one failure.
    if (asked === null && isResting) return;
    const own = Math.min(first * 2 ** origin.failuresInARow, LONGEST_OWN_REST);
    if (!isResting) origin.failuresInARow += 1;
    const until = now() + Math.min(asked ?? own, LONGEST_REST);
    if (until < origin.restsUntil) return;
    origin.restsUntil = until;
    origin.reason = reason;
  }

  function learn(origin: Origin, request: HttpRequest, answer: HttpAnswer): void {
    origin.quota = quotaIn(answer.headers, now()) ?? origin.quota;
    const isLimited = answer.status === 429;
    if (!isLimited && !failures.has(answer.status)) {
      origin.failuresInARow = 0;
      return;
    }
    const reason = refusedWith(answer.status, shownHost(request.url), "anything");
    const first = isLimited ? FIRST_REST_OF_LIMITED : FIRST_REST;
    rest(origin, retryDelay(answer.headers, clock()), first, reason);
  }

  async function restWith({ url, signal }: HttpRequest, milliseconds: number): Promise<void> {
    try {
      await wait(milliseconds, signal);
    } catch {
      throw cancelled(shownHost(url));
    }
  }

  /** Null where the host rests, so that nothing was sent. */
  async function sendAwake(origin: Origin, request: HttpRequest): Promise<HttpAnswer | null> {
    return slots.run(request.url.host, request.signal, async () => {
      if (origin.restsUntil > now()) return null;
      if (request.isUnasked === true) requireQuota(origin, request.url, now());
      origin.underWay += 1;
      try {
        const answer = await transport.send(request);
        learn(origin, request, answer);
        return answer;
      } catch (error) {
        if (error instanceof RegistryError && noAnswer.has(error.code)) rest(origin, null, FIRST_REST, error);
        throw error;
      } finally {
        origin.underWay -= 1;
      }
    });
  }

  return {
    async send(request) {
      const origin = originOf(request);
      for (let attempt = 1; ; attempt++) {
        const answer = await sendAwake(origin, request);
        if (answer !== null && !(answer.status === 429 || failures.has(answer.status))) return answer;
        const delay = origin.restsUntil - now();
        if (attempt === 2 || delay > LONGEST_WAIT) {
          if (answer !== null) return answer;
          throw resting(origin, delay);
        }
        if (delay > 0) await restWith(request, delay);
      }
    },

    quotas() {
      const known = [...origins].flatMap(([origin, { quota }]) =>
        quota === null || quota.endsAt <= now() ? [] : [[new URL(origin).host, quota] as const],
      );
      return new Map(known);
    },
  };
}

/** What nobody asked for leaves the last tenth to what a person asks for, with all that is under way counted. */
function requireQuota({ quota, underWay }: Origin, url: URL, now: number): void {
  if (quota === null || quota.endsAt <= now || (quota.remaining - underWay) * 10 > quota.limit) return;
  throw new RegistryError(
    "rate-limited",
    `${shownHost(url)} allows ${quota.remaining} of ${quota.limit} more requests: they are kept for what you ask for yourself.`,
  );
}

function resting({ reason }: Origin, delay: number): RegistryError {
  const { code, message } = reason ?? new RegistryError("unreachable", "The host did not answer.");
  return new RegistryError(code, `${message} It is asked again in ${Math.max(1, Math.ceil(delay / 1000))} s.`);
}
