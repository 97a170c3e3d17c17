/**
 * Who signed an image: asks the schemes that the policy, the user or the image call for, and remembers the one verdict
 * for as long as it holds. It decides nothing about a signature itself.
 */
import { LRUCache } from "lru-cache";
import type { Digest } from "../reference/digest";
import { normalizedName, type Reference } from "../reference/reference";
import { type RequestOptions, saysNothing } from "../registry/registry";
import { type AskedScheme, combined, decidedBy } from "./combine";
import type { ContentTrust } from "./contentTrust";
import type { Covering } from "./policy/covering";
import { type Terms, termsOf } from "./policy/terms";
import type { TrustPolicy } from "./policy/trustRule";
import type { SignatureScheme } from "./scheme";
import type { Scheme, Verdict } from "./verdict";

export interface TrustPorts {
  readonly schemes: Readonly<Record<Scheme, SignatureScheme>>;
  /** The policy in force at this moment. */
  readonly policy: () => TrustPolicy;
  readonly contentTrust: Pick<ContentTrust, "isRequired">;
  readonly clock: () => Date;
}

const LIFETIME_MS = 10 * 60_000;
const FAILURE_LIFETIME_MS = 60_000;
const MAX_VERDICTS = 5_000;

interface Remembered {
  readonly verdict: Verdict;
  readonly served: Digest | null;
  readonly since: number;
  readonly until: number;
}

export class Trust {
  private readonly verdicts = new LRUCache<string, Remembered>({ max: MAX_VERDICTS });

  constructor(private readonly ports: TrustPorts) {}

  /** What policy and environment ask of the image. */
  termsOf(reference: Reference): Terms {
    return termsOf(this.ports.policy(), reference, this.ports.contentTrust.isRequired);
  }

  /** The verdict that still holds for what the registry serves now; asks nobody. */
  remembered(reference: Reference, served: Digest | null, { key }: Terms): Verdict | null {
    const known = this.verdicts.get(`${normalizedName(reference)} ${key}`);
    if (known === undefined || known.served !== served) return null;
    const now = this.ports.clock().getTime();
    // A clock that was set back would keep it alive.
    return known.since <= now && now < known.until ? known.verdict : null;
  }

  /**
   * @param served what the registry serves for the reference; null where it did not answer
   */
  async judge(
    reference: Reference,
    served: Digest | null,
    terms: Terms,
    options: RequestOptions = {},
  ): Promise<Verdict> {
    const known = options.refresh ? null : this.remembered(reference, served, terms);
    if (known !== null) return known;
    const verdict = await this.ask(reference, served, terms.covering, options);
    if (verdict.kind === "unavailable" && saysNothing(verdict.failure.code, options)) return verdict;
    const now = this.ports.clock().getTime();
    const lifetime = verdict.kind === "unavailable" ? FAILURE_LIFETIME_MS : LIFETIME_MS;
    const until = Math.min(now + lifetime, endOf(verdict));
    this.verdicts.set(`${normalizedName(reference)} ${terms.key}`, { verdict, served, since: now, until });
    return verdict;
  }

  /** Forgets the verdicts of the reference's repository, so that the next questions are asked anew. */
  forget({ registry, repository }: Reference): void {
    const name = `${registry}/${repository}`;
    for (const key of [...this.verdicts.keys()]) {
      if (key.startsWith(name) && /^[:@ ]/.test(key.slice(name.length))) this.verdicts.delete(key);
    }
  }

  private async ask(
    reference: Reference,
    served: Digest | null,
    covering: Covering,
    options: RequestOptions,
  ): Promise<Verdict> {
    if (covering.kind === "unreadable") return undecided("invalid-policy", covering.problem);
    if (covering.kind === "ambiguous") {
      const message = "The policy has more than one rule for this image with globs of one length: ";
      return undecided("ambiguous-policy", `${message}${covering.globs.join(", ")}.`);
    }
    const rule = covering.kind === "rule" ? covering.rule : null;
    const named = rule?.terms ?? null;
    if (rule !== null && named !== null) {
      const scheme = this.ports.schemes[named.scheme];
      return decidedBy(scheme.name, await scheme.check({ reference, served, rule }, options), rule.vouchedBy);
    }
    const asked = Object.values(this.ports.schemes).map(async (scheme): Promise<AskedScheme[]> => {
      const isCalledFor = await scheme.isCalledFor(reference);
      // Notary has nothing beside the image: it is asked where somebody calls for it.
      if (!isCalledFor && scheme.name === "notary") return [];
      const answer = await scheme.check({ reference, served, rule: null }, options);
      return [{ scheme: scheme.name, isCalledFor, answer }];
    });
    return combined((await Promise.all(asked)).flat());
  }
}

function endOf(verdict: Verdict): number {
  const end = "validUntil" in verdict ? verdict.validUntil : null;
  return end?.getTime() ?? Number.POSITIVE_INFINITY;
}

function undecided(code: "invalid-policy" | "ambiguous-policy", message: string): Verdict {
  return { kind: "unavailable", scheme: null, failure: { step: "policy", code, message } };
}
