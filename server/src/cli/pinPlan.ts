/**
 * Which uses of a file can be pinned, by which edits, and why each other one stays as it is. It decides in two steps:
 * what can be known without a registry, then what the answers make of the rest.
 */
import { catalog } from "../catalog/catalog";
import type { ImageUse } from "../documents/imageUse";
import { isNoteworthy } from "../facts/judgement";
import { nothingKnown } from "../facts/knowledge";
import type { Judgement } from "../facts/types";
import {
  type Edit,
  type PinRefusal,
  type PinStyle,
  type PinPlan as PlannedEdit,
  pinnableReference,
  pinRefusal,
  planPin,
} from "../pinning/pin";
import { type DigestOffer, refusals } from "../pinning/titles";
import type { Digest } from "../reference/digest";
import { normalizedName, type Reference } from "../reference/reference";
import type { RegistryErrorCode } from "../registry/registry";
import { BUILD_CONTEXT_REASON, mayBeBuildContext } from "../rules/buildContext";
import { invalidReference } from "../rules/invalid-reference";
import { unresolvedVariable } from "../rules/unresolved-variable";
import { variableNotExpanded } from "../rules/variable-not-expanded";

export type UnpinnedCode =
  | "invalid-reference"
  | "unresolved-variable"
  | "build-context"
  | "weaker"
  | RegistryErrorCode
  | PinRefusal
  | (Judgement["offer"] & { kind: "refused" })["code"];

export interface UnpinnedReason {
  readonly code: UnpinnedCode;
  readonly message: string;
}

export interface PinnedUse {
  readonly use: ImageUse;
  readonly reference: Reference;
  readonly offer: DigestOffer;
  readonly edit: Edit;
}

export interface UnpinnedUse {
  readonly use: ImageUse;
  readonly reason: UnpinnedReason;
  /** True where a signature is required and could not be checked: nothing is known to be wrong. */
  readonly isUnchecked: boolean;
}

export interface PinPlan {
  readonly pinned: readonly PinnedUse[];
  readonly unpinned: readonly UnpinnedUse[];
}

/**
 * What has to be asked for these uses: each reference once, and none that could not be pinned anyway. Of what is pinned
 * already, `isCovered` says whether its signature counts.
 */
export function openQuestions(
  uses: readonly ImageUse[],
  style: PinStyle,
  isCovered: (reference: Reference) => boolean,
): Reference[] {
  const references = new Map<string, Reference>();
  for (const use of uses) {
    const reference = use.parsed?.reference;
    if (!reference || mayBeBuildContext(use, catalog)) continue;
    const isOpen = reference.digest === null ? offlineReason(use, style) === null : isCovered(reference);
    if (isOpen) references.set(normalizedName(reference), reference);
  }
  return [...references.values()];
}

/** @param judgements by normalized name; where one is missing, nobody was asked because of `--offline` */
export function planUses(
  uses: readonly ImageUse[],
  judgements: ReadonlyMap<string, Judgement>,
  style: PinStyle,
): PinPlan {
  const pinned: PinnedUse[] = [];
  const unpinned: UnpinnedUse[] = [];
  for (const use of uses) {
    const reference = use.parsed?.reference ?? null;
    const judgement = reference === null ? undefined : judgements.get(normalizedName(reference));
    const outcome = planUse(use, judgement, style);
    if (outcome === null) continue;
    if ("reason" in outcome) unpinned.push({ use, isUnchecked: isUnchecked(judgement), ...outcome });
    else if (reference !== null) pinned.push({ use, reference, ...outcome });
  }
  return { pinned, unpinned };
}

/** Null where nothing is to be done. */
function planUse(use: ImageUse, judgement: Judgement | undefined, style: PinStyle): Outcome | null {
  const known = offlineReason(use, style);
  if (known !== null) return { reason: known };
  const reference = pinnableReference(use);
  if (reference === null) return judgement === undefined ? null : refusal(judgement);
  return judgement === undefined
    ? askedNobody
    : outcomeOf(judgement, (digest) => planPin(use, reference, digest, style));
}

/** Why a pin that is there is not good enough; null where it is, or where nothing is wrong that anybody minds. */
function refusal(judgement: Judgement): Outcome | null {
  const { offer } = judgement;
  if (!isNoteworthy(judgement) || offer.kind !== "refused") return null;
  return { reason: { code: offer.code, message: offer.message } };
}

export type Outcome = { readonly offer: DigestOffer; readonly edit: Edit } | { readonly reason: UnpinnedReason };

const askedNobody: Outcome = {
  reason: { code: "offline", message: "Nobody is asked with --offline." },
};

function isUnchecked(judgement: Judgement | undefined): boolean {
  return judgement !== undefined && !judgement.isSatisfied && judgement.verdict.kind === "unavailable";
}

/** Why no digest could help this use; null where one could, or where it has one. */
function offlineReason(use: ImageUse, style: PinStyle): UnpinnedReason | null {
  const invalid = invalidReference.check(use, catalog, nothingKnown);
  if (invalid !== null) return { code: "invalid-reference", message: invalid.message };
  const unresolved = unresolvedVariable.check(use, catalog, nothingKnown);
  if (unresolved !== null) return { code: "unresolved-variable", message: unresolved.message };
  const misread = variableNotExpanded.check(use, catalog, nothingKnown);
  if (misread !== null) return { code: "variable-not-expanded", message: misread.message };
  if (mayBeBuildContext(use, catalog)) return { code: "build-context", message: BUILD_CONTEXT_REASON };
  const reference = pinnableReference(use);
  if (reference === null) return null;
  const refusal = pinRefusal(use, reference, style);
  return refusal === null ? null : refused(refusal);
}

/** @param plan how the digest would be written */
export function outcomeOf({ offer, verdict }: Judgement, plan: (digest: Digest) => PlannedEdit): Outcome {
  if (offer.kind === "refused") return { reason: { code: offer.code, message: offer.message } };
  if (!offer.isAutomatic) {
    const why = "failure" in verdict ? verdict.failure : { code: "offline" as const, message: "" };
    const byHand = "It is left to a person: pin it in an editor.";
    return { reason: { code: why.code, message: `Its signature could not be checked. ${why.message} ${byHand}` } };
  }
  const planned = plan(offer.digest);
  return planned.kind === "refused" ? { reason: refused(planned.reason) } : { offer, edit: planned.edit };
}

export function refused(code: PinRefusal): UnpinnedReason {
  return { code, message: refusals[code] };
}
