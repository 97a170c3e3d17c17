/**
 * From the answers of the schemes that were asked to one verdict (DESIGN.md, "Which schemes are asked"). Pure. Where a
 * policy names the scheme, that answer decides alone. Else one good signature wins; a bad one counts only where the user
 * called for its scheme, since whoever can push must not be able to turn a good image red.
 */
import type { SchemeAnswer } from "./scheme";
import type { Absence, Scheme, Verdict, Vouching } from "./verdict";

export interface AskedScheme {
  readonly scheme: Scheme;
  /** By policy, setting, environment or a stored root; false for what merely lies beside the image. */
  readonly isCalledFor: boolean;
  readonly answer: SchemeAnswer;
}

/** The verdict of the one scheme that a policy names. */
export function decidedBy(scheme: Scheme, answer: SchemeAnswer, vouchedBy: Vouching): Verdict {
  switch (answer.kind) {
    case "signed": {
      const { kind: _, isNamed, ...facts } = answer;
      return isNamed ? { kind: "verified", vouchedBy, ...facts } : { kind: "signed-by-unknown", ...facts };
    }
    case "unsigned":
      return answer;
    case "untrusted":
    case "invalid":
    case "unavailable":
      return { kind: answer.kind, scheme, failure: answer.failure };
  }
}

/** The verdict where no policy names a scheme: a sound signature is one of somebody whom nobody named. */
export function combined(asked: readonly AskedScheme[]): Verdict {
  const verdicts = asked.map(({ scheme, answer, isCalledFor }) => ({
    isCalledFor,
    verdict: withoutPolicy(decidedBy(scheme, answer, "user")),
  }));
  const failed = verdicts.find(({ verdict, isCalledFor }) => isCalledFor && isFailure(verdict));
  if (failed !== undefined) return failed.verdict;
  const notes = verdicts.flatMap(({ verdict }) => noteOf(verdict));
  for (const { verdict } of verdicts) {
    if (verdict.kind === "signed-by-unknown") return { ...verdict, notes: [...verdict.notes, ...notes] };
  }
  const unchecked = verdicts.find(({ verdict }) => verdict.kind === "unavailable");
  if (unchecked !== undefined) return unchecked.verdict;
  const unsigned = verdicts.flatMap(({ verdict }) => (verdict.kind === "unsigned" ? verdict : []));
  return { kind: "unsigned", ...joined(unsigned, notes) };
}

function withoutPolicy(verdict: Verdict): Verdict {
  if (verdict.kind !== "verified") return verdict;
  const { vouchedBy: _, ...facts } = verdict;
  return { ...facts, kind: "signed-by-unknown" };
}

function isFailure({ kind }: Verdict): boolean {
  return kind === "invalid" || kind === "untrusted";
}

/** What is said beside the verdict of a signature that nobody called for. */
function noteOf(verdict: Verdict): string[] {
  if (verdict.kind !== "invalid" && verdict.kind !== "untrusted" && verdict.kind !== "unavailable") return [];
  return [verdict.failure.message];
}

function joined(unsigned: readonly Absence[], notes: readonly string[]): Absence {
  // The scheme that knows of signed tags has more to tell.
  const [first] = [...unsigned].sort((a, b) => b.signedTags.length - a.signedTags.length);
  const messages = [...unsigned.map(({ message }) => message), ...notes];
  const ends = unsigned.flatMap(({ validUntil }) => validUntil?.getTime() ?? []);
  return {
    message: [...new Set(messages)].join(" "),
    scheme: first?.scheme ?? null,
    signedDigest: first?.signedDigest ?? null,
    signedTags: first?.signedTags ?? [],
    validUntil: ends.length === 0 ? null : new Date(Math.min(...ends)),
  };
}
