/**
 * Which uses of a file can be pinned, by which edits, and why each other one stays as it is. It decides in two steps:
 * what can be known without a registry, then what the answers make of the rest.
 */
import { catalog } from "../catalog/catalog";
import type { ImageUse } from "../documents/imageUse";
import type { Answer } from "../facts/types";
import { type Edit, type PinRefusal, type PinStyle, pinnableReference, pinRefusal, planPin } from "../pinning/pin";
import { refusals } from "../pinning/titles";
import type { Digest } from "../reference/digest";
import { normalizedName, type Reference } from "../reference/reference";
import type { RegistryErrorCode } from "../registry/registry";
import { invalidReference } from "../rules/invalid-reference";
import { unresolvedVariable } from "../rules/unresolved-variable";

export type UnpinnedCode = "invalid-reference" | "unresolved-variable" | PinRefusal | RegistryErrorCode | "offline";

export interface UnpinnedReason {
  readonly code: UnpinnedCode;
  readonly message: string;
}

export interface PinnedUse {
  readonly use: ImageUse;
  readonly reference: Reference;
  readonly digest: Digest;
  readonly edit: Edit;
}

export interface UnpinnedUse {
  readonly use: ImageUse;
  readonly reason: UnpinnedReason;
}

export interface PinPlan {
  readonly pinned: readonly PinnedUse[];
  readonly unpinned: readonly UnpinnedUse[];
}

/** What a registry has to be asked for these uses: each reference once, and none that could not be pinned anyway. */
export function openQuestions(uses: readonly ImageUse[], style: PinStyle): Reference[] {
  const references = new Map<string, Reference>();
  for (const use of uses) {
    const reference = pinnableReference(use);
    if (reference === null || offlineReason(use, style) !== null) continue;
    references.set(normalizedName(reference), reference);
  }
  return [...references.values()];
}

/** @param answers by normalized name; where one is missing, nobody was asked because of `--offline` */
export function planUses(uses: readonly ImageUse[], answers: ReadonlyMap<string, Answer>, style: PinStyle): PinPlan {
  const pinned: PinnedUse[] = [];
  const unpinned: UnpinnedUse[] = [];
  for (const use of uses) {
    const known = offlineReason(use, style);
    const reference = pinnableReference(use);
    if (known !== null) unpinned.push({ use, reason: known });
    if (known !== null || reference === null) continue;
    const answer = answers.get(normalizedName(reference));
    const outcome = answer === undefined ? askedNobody : planAnswered(use, reference, answer, style);
    if ("reason" in outcome) unpinned.push({ use, reason: outcome.reason });
    else pinned.push({ use, reference, ...outcome });
  }
  return { pinned, unpinned };
}

type Outcome = { readonly digest: Digest; readonly edit: Edit } | { readonly reason: UnpinnedReason };

const askedNobody: Outcome = {
  reason: { code: "offline", message: "No registry is asked with --offline." },
};

/** Why no digest could help this use; null where one could, or where it has one. */
function offlineReason(use: ImageUse, style: PinStyle): UnpinnedReason | null {
  const invalid = invalidReference.check(use, catalog);
  if (invalid !== null) return { code: "invalid-reference", message: invalid.message };
  const unresolved = unresolvedVariable.check(use, catalog);
  if (unresolved !== null) return { code: "unresolved-variable", message: unresolved.message };
  const reference = pinnableReference(use);
  if (reference === null) return null;
  const refusal = pinRefusal(use, reference, style);
  return refusal === null ? null : refused(refusal);
}

function planAnswered(use: ImageUse, reference: Reference, answer: Answer, style: PinStyle): Outcome {
  if (answer.kind === "unavailable") return { reason: { code: answer.code, message: answer.message } };
  const { digest } = answer.descriptor;
  const plan = planPin(use, reference, digest, style);
  return plan.kind === "refused" ? { reason: refused(plan.reason) } : { digest, edit: plan.edit };
}

function refused(code: PinRefusal): UnpinnedReason {
  return { code, message: refusals[code] };
}
