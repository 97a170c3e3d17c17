import type { Answer } from "../facts/types";

/** Whether the registry said that it has no such thing. A login that it wants, or no answer at all, says nothing of that. */
export function isMissing(answer: Answer | null): boolean {
  return answer?.kind === "unavailable" && answer.code === "not-found";
}
