/**
 * What policy and environment alone say of an image, before anybody was asked and where nobody may be: loaded with the
 * program, since findings can follow from it at once.
 */
import type { Reference } from "../reference/reference";
import { isRegistryNamed } from "../trust/policy/covering";
import { requirementOfAll, termsOf } from "../trust/policy/terms";
import type { TrustPolicy } from "../trust/policy/trustRule";
import type { Failure } from "../trust/verdict";
import { judgementOf } from "./judgement";
import type { Answer, Judgement, Requirement } from "./types";

export interface Coverage {
  /** Whether policy or environment say anything of the image: then its signature is looked up without being asked for. */
  isCovered(reference: Reference): boolean;
  /** Whether the user's policy names the registry of the image. */
  isRegistryNamed(reference: Reference): boolean;
  /**
   * What is to be said of a reference that nobody is asked about: a required signature is not there.
   * @param message why nobody is asked, as a sentence
   */
  unasked(reference: Reference, message: string, askedAt: Date): Judgement;
  /** What is to be said of an image whose name is not known; null where a signature is not required of every image. */
  unknownImage(askedAt: Date): Judgement | null;
}

/** @param policy the one in force, asked at each question */
export function createCoverage(policy: () => TrustPolicy, isRequiredByDocker: boolean): Coverage {
  const terms = (reference: Reference) => termsOf(policy(), reference, isRequiredByDocker);
  return {
    isCovered(reference) {
      const { covering, requirement } = terms(reference);
      return covering.kind !== "none" || requirement !== "none";
    },

    isRegistryNamed: (reference) => isRegistryNamed(policy(), reference),

    unasked(reference, message, askedAt) {
      return unchecked({ step: "server", code: "offline", message }, terms(reference).requirement, askedAt);
    },

    unknownImage(askedAt) {
      const requirement = requirementOfAll(policy(), isRequiredByDocker);
      if (requirement === "none") return null;
      const message = "Its name is not known here, so that no signature can be looked up.";
      return unchecked({ step: "policy", code: "unknown-image", message }, requirement, askedAt);
    },
  };
}

function unchecked(failure: Failure, requirement: Requirement, askedAt: Date): Judgement {
  const answer: Answer = { kind: "unavailable", code: "offline", message: failure.message, askedAt };
  return judgementOf(answer, { kind: "unavailable", scheme: null, failure }, requirement, null);
}
