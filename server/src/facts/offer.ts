/**
 * Which digest a verdict lets a person pin (DESIGN.md, the last column of "Verdicts"). Pure. A signed digest is offered
 * only where the registry has it; where a signature is required, nothing else is offered at all.
 */
import type { Digest } from "../reference/digest";
import { satisfies } from "../trust/verdict";
import type { Answer, Offer, Requirement, Verdict } from "./types";

/**
 * @param answer for the reference itself
 * @param confirmation what the registry answered for the signed digest, where that is another one
 */
export function offerOf(
  answer: Answer,
  verdict: Verdict,
  requirement: Requirement,
  confirmation: Answer | null,
): Offer {
  switch (verdict.kind) {
    case "untrusted":
    case "invalid":
      return refused(verdict.failure.code, verdict.failure.message);
    case "verified":
    case "signed-by-unknown": {
      if (!satisfies(verdict, requirement)) return required(verdict);
      const signer = verdict.signers[0]?.name ?? null;
      return inRegistry(confirmation ?? answer, { digest: verdict.digest, verdict: verdict.kind, signer });
    }
    case "unsigned":
    case "unavailable":
    case "not-checked": {
      if (!satisfies(verdict, requirement)) return required(verdict);
      const isAutomatic = verdict.kind !== "unavailable";
      return served(answer, (digest, mirror) => ({
        kind: "digest",
        digest,
        verdict: verdict.kind,
        signer: null,
        mirror,
        isAutomatic,
      }));
    }
  }
}

/** Why the verdict is not enough, in the words of whoever was asked. */
export function shortcoming(verdict: Verdict): string {
  switch (verdict.kind) {
    case "signed-by-unknown": {
      const [signer] = verdict.signers;
      return `It is signed by ${signer?.name ?? "somebody"}, whom no policy names.`;
    }
    case "unsigned":
      return verdict.message;
    case "unavailable":
    case "untrusted":
    case "invalid":
      return verdict.failure.message;
    case "verified":
      return "Only the repository itself vouches for the signer.";
    case "not-checked":
      return "It was not checked yet.";
  }
}

function required(verdict: Verdict): Offer {
  return refused("signature-required", `A signature is required. ${shortcoming(verdict)}`);
}

function inRegistry(
  answer: Answer,
  signed: {
    readonly digest: Digest;
    readonly verdict: "verified" | "signed-by-unknown";
    readonly signer: string | null;
  },
): Offer {
  // A signature names the digest: whoever serves it can't have chosen it.
  if (answer.kind === "found") return { kind: "digest", mirror: null, isAutomatic: true, ...signed };
  return refused(answer.code, `The registry did not answer for the signed digest. ${answer.message}`);
}

function served(answer: Answer, offer: (digest: Digest, mirror: string | null) => Offer): Offer {
  if (answer.kind === "unavailable") return refused(answer.code, answer.message);
  return offer(answer.descriptor.digest, answer.mirror);
}

function refused(code: (Offer & { kind: "refused" })["code"], message: string): Offer {
  return { kind: "refused", code, message };
}
