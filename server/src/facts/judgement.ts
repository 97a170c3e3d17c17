/** Makes a judgement of what was answered. Pure. */
import { satisfies } from "../trust/verdict";
import { offerOf } from "./offer";
import type { Answer, Judgement, Requirement, Verdict } from "./types";

/**
 * @param answer for the reference itself
 * @param confirmation what the registry answered for the signed digest, where that is another one
 */
export function judgementOf(
  answer: Answer,
  verdict: Verdict,
  requirement: Requirement,
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

/** Whether a rule may have something to say: a required signature is missing, or one that is there is wrong. */
export function isNoteworthy({ verdict, isSatisfied }: Judgement): boolean {
  return !isSatisfied || verdict.kind === "untrusted" || verdict.kind === "invalid";
}
