/**
 * Joins what the registry serves with who signed it. It raises nothing: whatever fails becomes a verdict, and what is
 * not known is never better than that.
 */
import type { Reference } from "../reference/reference";
import type { RequestOptions } from "../registry/registry";
import type { Trust } from "../trust/trust";
import { type Failure, type Requirement, satisfies, type Verdict } from "../trust/verdict";
import type { Facts } from "./facts";
import { offerOf } from "./offer";
import type { Answer, Judgement } from "./types";

export class Judging {
  constructor(
    private readonly facts: Facts,
    private readonly trust: Trust,
  ) {}

  /** Whether policy or environment say anything of the image: then its signature is looked up without being asked for. */
  isCovered(reference: Reference): boolean {
    const { covering, requirement } = this.trust.termsOf(reference);
    return covering.kind !== "none" || requirement !== "none";
  }

  /** Whether the user's policy names the registry of the image. */
  isRegistryNamed(reference: Reference): boolean {
    return this.trust.isRegistryNamed(reference);
  }

  /** What is known and still holds; asks nobody. */
  cached(reference: Reference): Judgement | null {
    const answer = this.facts.cached(reference);
    if (answer === null) return null;
    const terms = this.trust.termsOf(reference);
    const verdict = this.trust.remembered(reference, servedBy(answer), terms);
    if (verdict === null) return null;
    const signed = signedElsewhere(reference, answer, verdict);
    const confirmation = signed === null ? null : this.facts.cached(signed);
    if (signed !== null && confirmation === null) return null;
    return judgement(answer, verdict, terms.requirement, confirmation);
  }

  /** A question that was cancelled leaves nothing behind. */
  async ask(reference: Reference, options: RequestOptions = {}): Promise<Judgement> {
    const answer = await this.facts.ask(reference, options);
    const terms = this.trust.termsOf(reference);
    const signal = options.signal ?? new AbortController().signal;
    const verdict = await this.trust.judge(reference, servedBy(answer), terms, signal);
    const signed = signedElsewhere(reference, answer, verdict);
    const confirmation = signed === null ? null : await this.facts.ask(signed, options);
    // Under another policy, which came while others were waited for, this is no answer.
    if (this.trust.termsOf(reference).key !== terms.key) return this.ask(reference, options);
    return judgement(answer, verdict, terms.requirement, confirmation);
  }

  /** What is to be said of an image whose name is not known: null where a signature is not required of every image. */
  unknownImage(askedAt: Date): Judgement | null {
    const requirement = this.trust.requirementOfAll();
    if (requirement === "none") return null;
    const message = "Its name is not known here, so that no signature can be looked up.";
    return unchecked({ step: "policy", code: "unknown-image", message }, requirement, askedAt);
  }

  /** What is to be said of a reference that nobody may be asked about: a required signature is not there. */
  offline(reference: Reference, askedAt: Date): Judgement {
    const message = "Nobody is asked: the network may not be used.";
    return unchecked({ step: "server", code: "offline", message }, this.trust.termsOf(reference).requirement, askedAt);
  }

  /** Forgets what was answered of the reference, and of its repository's signatures: the next question asks anew. */
  forget(reference: Reference): void {
    this.facts.forget(reference);
    this.trust.forget(reference);
  }
}

function unchecked(failure: Failure, requirement: Requirement, askedAt: Date): Judgement {
  const answer: Answer = { kind: "unavailable", code: "unreachable", message: failure.message, askedAt };
  return judgement(answer, { kind: "unavailable", scheme: null, failure }, requirement, null);
}

function judgement(
  answer: Answer,
  verdict: Verdict,
  requirement: Judgement["requirement"],
  confirmation: Answer | null,
): Judgement {
  return {
    answer,
    verdict,
    requirement,
    isSatisfied: satisfies(verdict, requirement),
    offer: offerOf(answer, verdict, requirement, confirmation),
  };
}

function servedBy(answer: Answer) {
  return answer.kind === "found" ? answer.descriptor.digest : null;
}

/** The reference by its signed digest, where the registry serves another one for it, or nothing. */
function signedElsewhere(reference: Reference, answer: Answer, verdict: Verdict): Reference | null {
  if (verdict.kind !== "verified" && verdict.kind !== "signed-by-unknown") return null;
  if (servedBy(answer) === verdict.digest) return null;
  return { ...reference, digest: verdict.digest };
}
