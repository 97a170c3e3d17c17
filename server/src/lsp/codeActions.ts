/**
 * Code actions: offered at once from what is known, and resolved when one is chosen, which may ask a registry. The
 * edits are planned again at that moment, for the version of the document that the action was offered for.
 */
import { type CodeAction, CodeActionKind, type CodeActionParams, CodeActionTriggerKind } from "vscode-languageserver";
import { catalog } from "../catalog/catalog";
import type { ImageUse } from "../documents/imageUse";
import { halvesOf } from "../facts/knowledge";
import type { Answer, Judgement } from "../facts/types";
import {
  canAppend,
  type Edit,
  type PinStyle,
  pinnableReference,
  pinRefusal,
  planAppend,
  planPin,
} from "../pinning/pin";
import { appendTitle, pinTitle, refusals, updateTitle } from "../pinning/titles";
import { isWeaker, planUpdate, updateRefusal } from "../pinning/update";
import { familiarName, familiarRepository, type Reference } from "../reference/reference";
import { BUILD_CONTEXT_REASON, mayBeBuildContext } from "../rules/buildContext";
import { outdated } from "../rules/outdated";
import { platformDigest } from "../rules/platform-digest";
import { pinningRules } from "../rules/rules";
import { stalePin } from "../rules/stale-pin";
import { SOURCE } from "./diagnostics";
import { type Network, refusalReasons } from "./network";
import type { OpenDocument } from "./openDocuments";
import { serverCommands } from "./wire";

export const FIX_ALL = `${CodeActionKind.SourceFixAll}.digestPin`;

/** What an offered action carries until it is resolved; the client sends it back unchanged, or anything else. */
export interface ActionData {
  readonly uri: string;
  readonly version: number;
  readonly change: "pin" | "append" | "update" | "fixAll";
  /** Where the use begins; 0 for `fixAll`. */
  readonly start: number;
  /** True for a fix on save, which never waits for the network. */
  readonly fromMemory: boolean;
  /** Whether the title said that a signer gets lost. */
  readonly saysWeaker: boolean;
}

export interface ActionContext {
  readonly document: OpenDocument;
  readonly style: PinStyle;
  readonly network: Network;
  readonly answered: (reference: Reference) => Answer | null;
  readonly judged: (reference: Reference) => Judgement | null;
}

export function offerActions(context: ActionContext, params: CodeActionParams): CodeAction[] {
  const { document } = context;
  const actions: CodeAction[] = [];
  const from = document.text.offsetAt(params.range.start);
  const to = document.text.offsetAt(params.range.end);
  if (isWanted(CodeActionKind.QuickFix, params.context.only)) {
    for (const use of document.uses) {
      if (use.range.start > to || use.range.end < from) continue;
      actions.push(...useActions(context, use, params));
    }
  }
  if (isWanted(FIX_ALL, params.context.only) && document.uses.some((use) => pinnableReference(use) !== null)) {
    const fromMemory = params.context.triggerKind === CodeActionTriggerKind.Automatic;
    const data = { ...actionData(document, "fixAll", 0), fromMemory };
    actions.push({ title: "Pin all images in this file", kind: FIX_ALL, data });
  }
  return actions;
}

function useActions(context: ActionContext, use: ImageUse, params: CodeActionParams): CodeAction[] {
  const reference = use.parsed?.reference;
  if (!reference) return [];
  const judgement = context.judged(reference);
  const actions =
    reference.digest === null
      ? pinActions(context, use, reference, judgement, params)
      : updateActions(context, use, reference, params);
  if (judgement?.verdict.kind === "invalid" && forgettable.has(judgement.verdict.failure.code)) {
    const title = `Forget the stored root of ${familiarRepository(reference)}, and trust the next one on first use`;
    const parameters = [context.document.text.uri, use.range.start];
    const command = { title, command: serverCommands.forgetRoot, arguments: parameters };
    actions.push({ title, kind: CodeActionKind.QuickFix, command });
  }
  return actions;
}

function pinActions(
  { document, style, network, answered }: ActionContext,
  use: ImageUse,
  reference: Reference,
  judgement: Judgement | null,
  params: CodeActionParams,
): CodeAction[] {
  const offer = judgement?.offer.kind === "digest" ? judgement.offer : null;
  const disabledReason = offer === null ? refusalOf(judgement, answered(reference), network) : null;
  const diagnostics = params.context.diagnostics.filter(
    ({ source, code, range }) =>
      source === SOURCE &&
      typeof code === "string" &&
      pinningRules.has(code) &&
      document.text.offsetAt(range.start) === use.range.start,
  );
  const base = { kind: CodeActionKind.QuickFix, diagnostics };
  const { start } = use.range;

  const actions: CodeAction[] = [];
  const pinProblem = pinRefusal(use, reference, style);
  const title = pinTitle(use, reference, offer);
  if (mayBeBuildContext(use, catalog)) return [{ ...base, title, disabled: { reason: BUILD_CONTEXT_REASON } }];
  const reason = pinProblem === null ? disabledReason : refusals[pinProblem];
  if (reason === null) {
    const data = actionData(document, "pin", start);
    // What could not be checked is offered, and never pressed upon anybody.
    const isPreferred = offer === null || offer.isAutomatic;
    actions.push({ ...base, title, ...(isPreferred ? { isPreferred } : {}), data });
  } else {
    actions.push({ ...base, title, disabled: { reason } });
  }
  if (disabledReason === null && canAppend(use)) {
    actions.push({ ...base, title: appendTitle(offer), data: actionData(document, "append", start) });
  }
  if (network.refusal() === null && offer === null) {
    const command = { title: "Check now", command: serverCommands.checkNow, arguments: [document.text.uri] };
    actions.push({ title: "Ask registry and signer now (Digest Pin)", kind: CodeActionKind.QuickFix, command });
  }
  return actions;
}

/** The one action that replaces a digest that is out of date. */
function updateActions(
  { document, judged, network }: ActionContext,
  use: ImageUse,
  reference: Reference,
  params: CodeActionParams,
): CodeAction[] {
  const reason = outdated(use, network.knowledge(reference));
  const { tag } = halvesOf(reference);
  if (reason === null || tag === null || mayBeBuildContext(use, catalog)) return [];
  const next = judged(tag);
  const offer = next?.offer.kind === "digest" ? next.offer : null;
  // What the current digest is worth is known where somebody has looked at it.
  const weaker = next !== null && isWeaker(judged(reference), next);
  const title = updateTitle(use, reference, reason, offer, weaker);
  const diagnostics = params.context.diagnostics.filter(
    ({ source, code, range }) =>
      source === SOURCE &&
      (code === stalePin.id || code === platformDigest.id) &&
      document.text.offsetAt(range.start) === use.range.start,
  );
  const base = { title, kind: CodeActionKind.QuickFix, diagnostics };
  const refusal = updateRefusal(use, reference);
  const disabled = refusal === null ? (offer === null ? refusalOf(next, null, network) : null) : refusals[refusal];
  if (disabled !== null) return [{ ...base, disabled: { reason: disabled } }];
  // Of a signature that nobody looked at it is not known whether it gets lost.
  const isPreferred = offer?.isAutomatic === true && !weaker && judged(reference) !== null;
  const data = { ...actionData(document, "update", use.range.start), saysWeaker: weaker };
  return [{ ...base, ...(isPreferred ? { isPreferred } : {}), data }];
}

/** What only the user can put right: the root was changed or taken away, for a good reason or for a bad one. */
const forgettable: ReadonlySet<string> = new Set(["root-changed", "trust-data-removed"]);

/** Why nothing can be offered as things are known; null where asking may still help. */
function refusalOf(judgement: Judgement | null, answer: Answer | null, network: Network): string | null {
  if (judgement?.offer.kind === "refused") return judgement.offer.message;
  const refusal = network.refusal();
  if (refusal !== null) return refusalReasons[refusal];
  return answer?.kind === "unavailable" ? answer.message : null;
}

/** The edits of an action, and why anything that it should have pinned stays as it is. */
export interface ResolvedEdits {
  readonly edits: readonly Edit[];
  readonly failures: readonly string[];
}

/** Plans the action's edits, asking registries where nothing is known yet. Ends when `signal` does. */
export async function resolveEdits(
  context: ActionContext,
  data: ActionData,
  signal: AbortSignal,
): Promise<ResolvedEdits> {
  const { document } = context;
  const uses = document.uses.filter((use) => data.change === "fixAll" || use.range.start === data.start);
  const results = await Promise.all(uses.map((use) => resolveUse(context, use, data, signal)));
  const failures = results.flatMap(({ failure }) => failure ?? []);
  return { edits: results.flatMap(({ edit }) => edit ?? []), failures: [...new Set(failures)] };
}

interface ResolvedUse {
  readonly edit: Edit | null;
  readonly failure: string | null;
}

async function resolveUse(
  { network, judged, style }: ActionContext,
  use: ImageUse,
  { change, fromMemory, saysWeaker }: ActionData,
  signal: AbortSignal,
): Promise<ResolvedUse> {
  if (change === "update") return resolveUpdate(network, use, saysWeaker, signal);
  const reference = pinnableReference(use);
  if (reference === null) return { edit: null, failure: null };
  const pinProblem = change === "append" ? null : pinRefusal(use, reference, style);
  if (pinProblem !== null) return { edit: null, failure: refusals[pinProblem] };

  if (mayBeBuildContext(use, catalog)) return { edit: null, failure: BUILD_CONTEXT_REASON };
  if (change === "fixAll" && use.origin.kind === "environment-file") {
    // Changing another file takes a confirmation, which a fix of all does not ask for.
    return { edit: null, failure: `${familiarName(reference)} is set in another file: pin it by itself.` };
  }

  const refusal = network.refusal();
  const known = judged(reference);
  if (known === null && fromMemory) return { edit: null, failure: null };
  if (known === null && refusal !== null) return { edit: null, failure: refusalReasons[refusal] };
  const isUnconfirmed =
    known?.offer.kind === "digest" && known.offer.mirror !== null && !fromMemory && refusal === null;
  const judgement = known === null || isUnconfirmed ? await network.judge(reference, { signal, confirm: true }) : known;
  const { offer } = judgement;
  if (offer.kind === "refused") return { edit: null, failure: offer.message };
  if (change === "fixAll" && !offer.isAutomatic) {
    return {
      edit: null,
      failure: `The signature of ${familiarName(reference)} could not be checked: pin it by itself.`,
    };
  }

  const { digest } = offer;
  if (change === "append") return { edit: planAppend(use, reference, digest), failure: null };
  const plan = planPin(use, reference, digest, style);
  return plan.kind === "edit" ? { edit: plan.edit, failure: null } : { edit: null, failure: refusals[plan.reason] };
}

const WEAKER =
  "What the tag stands for now is not signed as the current digest is: choose the action once more if that is right.";
const NOT_MOVED = "The registry was asked again, and the tag stands for the digest that is there.";

/** Both digests are judged: what the tag stands for is no update without knowing what gets lost. */
async function resolveUpdate(
  network: Network,
  use: ImageUse,
  saysWeaker: boolean,
  signal: AbortSignal,
): Promise<ResolvedUse> {
  const reference = use.parsed?.reference;
  const tag = reference && halvesOf(reference).tag;
  if (!reference || reference.digest === null || !tag) return { edit: null, failure: null };
  const refusal = network.refusal();
  if (refusal !== null) return { edit: null, failure: refusalReasons[refusal] };
  const [current, next] = await Promise.all([
    network.judge(reference, { signal }),
    network.judge(tag, { signal, confirm: true }),
  ]);
  const { answer, offer } = next;
  if (offer.kind === "refused") return { edit: null, failure: offer.message };
  if (answer.kind === "found" && answer.descriptor.digest === reference.digest && offer.digest === reference.digest) {
    return { edit: null, failure: NOT_MOVED };
  }
  // The title could not say so yet: the next one does.
  if (!saysWeaker && isWeaker(current, next)) return { edit: null, failure: WEAKER };
  const plan = planUpdate(use, reference, offer.digest);
  return plan.kind === "edit" ? { edit: plan.edit, failure: null } : { edit: null, failure: refusals[plan.reason] };
}

/** Reads an action's `data` back; null where it is none of ours. */
export function readActionData(value: unknown): ActionData | null {
  if (typeof value !== "object" || value === null) return null;
  const { uri, version, change, start, fromMemory, saysWeaker } = value as Partial<Record<keyof ActionData, unknown>>;
  if (typeof uri !== "string" || typeof version !== "number" || typeof start !== "number") return null;
  if (change !== "pin" && change !== "append" && change !== "update" && change !== "fixAll") return null;
  return { uri, version, change, start, fromMemory: fromMemory === true, saysWeaker: saysWeaker === true };
}

/** `fixAll` for a whole document. */
export function fixAllData(document: OpenDocument): ActionData {
  return actionData(document, "fixAll", 0);
}

function actionData({ text }: OpenDocument, change: ActionData["change"], start: number): ActionData {
  return { uri: text.uri, version: text.version, change, start, fromMemory: false, saysWeaker: false };
}

/** A requested kind stands for itself and for every kind below it. */
function isWanted(kind: string, only: readonly string[] | undefined): boolean {
  return only === undefined || only.some((wanted) => kind === wanted || kind.startsWith(`${wanted}.`) || wanted === "");
}
