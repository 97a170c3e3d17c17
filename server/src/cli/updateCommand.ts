/**
 * `digest-pin update`: replaces the digest of a pin whose tag stands for another one now, or which is the manifest of one
 * platform where its tag has an index of several. It never takes a digest that is signed less well than the one there.
 */
import { catalog } from "../catalog/catalog";
import type { ImageUse } from "../documents/imageUse";
import { halvesOf, knowledgeOf } from "../facts/knowledge";
import type { Judgement } from "../facts/types";
import { isWeaker, planUpdate, updateRefusal } from "../pinning/update";
import { normalizedName, type Reference } from "../reference/reference";
import { mayBeBuildContext } from "../rules/buildContext";
import { outdated } from "../rules/outdated";
import { type AskedSource, type ChangeOptions, changeFiles } from "./changeCommand";
import { outcomeOf, type PinPlan, refused, type UnpinnedReason } from "./pinPlan";
import type { Words } from "./pinReport";
import type { CommandPorts, Questions } from "./ports";
import { startProgress } from "./progress";

const words: Words = {
  changed: "updated",
  unchanged: "notUpdated",
  nothing: "Nothing to update",
  done: "Updated",
  proposed: "Would update",
  stays: () => "stays as it is",
  left: "stays as it is",
  leftOfMany: "stay as they are",
};

const WEAKER: UnpinnedReason = {
  code: "weaker",
  message:
    "What its tag stands for now is not signed as the digest is that it has. Update it by hand if that is right.",
};

export function updateCommand(paths: readonly string[], options: ChangeOptions, ports: CommandPorts): Promise<number> {
  return changeFiles(paths, options, ports, { words, prepare: (sources) => prepare(sources, options, ports) });
}

async function prepare(
  sources: readonly AskedSource[],
  options: ChangeOptions,
  { openFacts, signal, stderr }: CommandPorts,
): Promise<(uses: readonly ImageUse[]) => PinPlan> {
  const questions = await openFacts([...new Set(sources.map(({ folder }) => folder))], options);
  const pins = new Map<string, Reference>();
  for (const use of sources.flatMap((source) => source.uses)) {
    const pin = updatableReference(use);
    if (pin !== null) pins.set(normalizedName(pin), pin);
  }
  const judgements = new Map<string, Judgements>();
  const progress = await startProgress(stderr, options.format === "text", pins.size);
  try {
    await Promise.all(
      [...pins].map(async ([name, reference]) => {
        judgements.set(name, await judge(reference, questions, signal));
        progress.advance();
      }),
    );
  } finally {
    progress.end();
  }
  return (uses) => planUpdates(uses, questions, judgements);
}

interface Judgements {
  readonly current: Judgement;
  /** Of what the tag stands for now. */
  readonly next: Judgement;
}

/** A digest that its tag still stands for is asked about, and needs no signer. */
async function judge(reference: Reference, questions: Questions, signal: AbortSignal): Promise<Judgements> {
  const { tag, digest } = halvesOf(reference);
  const asking = { signal, confirm: true };
  const [current, next] = await Promise.all([
    questions.ask(digest ?? reference, asking),
    questions.ask(tag ?? reference, asking),
  ]);
  return { current, next };
}

/** A pin with a tag; null for any other use. */
function updatableReference(use: ImageUse): Reference | null {
  const reference = use.parsed?.reference;
  if (!reference || reference.digest === null || reference.tag === null) return null;
  return mayBeBuildContext(use, catalog) ? null : reference;
}

function planUpdates(
  uses: readonly ImageUse[],
  { facts }: Questions,
  judgements: ReadonlyMap<string, Judgements>,
): PinPlan {
  const pinned: PinPlan["pinned"][number][] = [];
  const unpinned: PinPlan["unpinned"][number][] = [];
  for (const use of uses) {
    const reference = updatableReference(use);
    const judged = reference && judgements.get(normalizedName(reference));
    if (!reference || !judged) continue;
    const { current, next } = judged;
    const leave = (reason: UnpinnedReason, isUnchecked = false) => unpinned.push({ use, reason, isUnchecked });
    if (next.answer.kind === "unavailable") {
      leave({ code: next.answer.code, message: next.answer.message });
      continue;
    }
    const known = { ...knowledgeOf(facts, reference, current), tag: next.answer, digest: current.answer };
    if (outdated(use, known) === null) continue;
    const refusal = updateRefusal(use, reference);
    if (refusal !== null) leave(refused(refusal));
    else if (isWeaker(current, next)) leave(WEAKER);
    else {
      const outcome = outcomeOf(next, (digest) => planUpdate(use, reference, digest));
      if ("reason" in outcome) leave(outcome.reason, !next.isSatisfied && next.verdict.kind === "unavailable");
      else pinned.push({ use, reference, ...outcome });
    }
  }
  return { pinned, unpinned };
}
