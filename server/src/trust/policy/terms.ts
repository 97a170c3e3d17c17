/** What policy and environment ask of an image: who may sign it, and whether somebody has to. Pure. */
import type { Reference } from "../../reference/reference";
import type { Requirement } from "../verdict";
import { type Covering, coveringRule } from "./covering";
import type { TrustPolicy } from "./trustRule";

export interface Terms {
  readonly requirement: Requirement;
  readonly covering: Covering;
  /** Tells terms apart: what was answered under some is no answer under others. */
  readonly key: string;
}

/** @param isRequiredByDocker as `DOCKER_CONTENT_TRUST` has it */
export function termsOf(policy: TrustPolicy, reference: Reference, isRequiredByDocker: boolean): Terms {
  const covering = coveringRule(policy, reference);
  const requirement = requirementOf(policy, covering, isRequiredByDocker);
  const rule = covering.kind === "rule" ? covering.rule.key : covering.kind;
  return { covering, requirement, key: `${requirement} ${rule}` };
}

/** What is asked of an image whose name is not known: what is asked of every image. */
export function requirementOfAll(policy: TrustPolicy, isRequiredByDocker: boolean): Requirement {
  const byRule = policy.rules.some(({ images, require }) => require === true && images.includes("**"));
  if (policy.problem !== null || policy.requireSignature || byRule) return "user";
  return isRequiredByDocker ? "docker" : "none";
}

/** DESIGN.md, "Required": by policy, by setting or flag, and by Docker's own variable. */
function requirementOf(policy: TrustPolicy, covering: Covering, isRequiredByDocker: boolean): Requirement {
  // Of a policy that can't be read nobody knows what it does not require.
  if (covering.kind === "unreadable" || policy.requireSignature) return "user";
  if (covering.kind !== "none" && covering.require) return "user";
  return isRequiredByDocker ? "docker" : "none";
}
