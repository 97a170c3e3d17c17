/**
 * Joins what the registry serves with who signed it. It raises nothing: whatever fails becomes a verdict, and what is
 * not known is never better than that.
 */
import type { Reference } from "../reference/reference";
import type { Trust } from "../trust/trust";
import type { Verdict } from "../trust/verdict";
import type { Facts } from "./facts";
import { judgementOf } from "./judgement";
import type { AskOptions, JudgementSource } from "./sources";
import type { Answer, Judgement } from "./types";

export class Judging implements JudgementSource {
  constructor(
    private readonly facts: Facts,
    private readonly trust: Trust,
  ) {}

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
    return judgementOf(answer, verdict, terms.requirement, confirmation);
  }

  /** A question that was cancelled leaves nothing behind. */
  async ask(reference: Reference, options: AskOptions = {}): Promise<Judgement> {
    const answer = await this.facts.ask(reference, options);
    const terms = this.trust.termsOf(reference);
    const verdict = await this.trust.judge(reference, servedBy(answer), terms, options);
    const signed = signedElsewhere(reference, answer, verdict);
    const confirmation = signed === null ? null : await this.facts.ask(signed, options);
    // Under another policy, which came while others were waited for, this is no answer.
    if (this.trust.termsOf(reference).key !== terms.key) return this.ask(reference, options);
    return judgementOf(answer, verdict, terms.requirement, confirmation);
  }

  /** Forgets what was answered of the signatures of the reference's repository. */
  forget(reference: Reference): void {
    this.trust.forget(reference);
  }
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
