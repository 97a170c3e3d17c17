/**
 * What is known online of a reference: of its tag and of its digest, which are two questions. A tag says what it stands
 * for now, a digest whether it can still be had. Reading asks nobody; learning asks only through the ports it is given.
 */
import type { Reference } from "../reference/reference";
import type { Manifest } from "../registry/registry";
import type { FactSource } from "./sources";
import type { Answer, Judgement, Knowledge } from "./types";

export const nothingKnown: Knowledge = { judgement: null, tag: null, digest: null, manifest: null };

/** The questions that a reference stands for: its tag (`latest` where it has neither), its digest, or both. */
export interface Halves {
  readonly tag: Reference | null;
  readonly digest: Reference | null;
}

export function halvesOf(reference: Reference): Halves {
  if (reference.digest === null) return { tag: reference, digest: null };
  return { tag: reference.tag === null ? null : { ...reference, digest: null }, digest: reference };
}

/** What is known and still believed; asks nobody. */
export function knowledgeOf(
  facts: Pick<FactSource, "cached" | "cachedManifest">,
  reference: Reference,
  judgement: Judgement | null,
): Knowledge {
  const halves = halvesOf(reference);
  const tag = halves.tag && facts.cached(halves.tag);
  const digest = halves.digest && facts.cached(halves.digest);
  // A digest decides what is built, whatever the tag beside it stands for.
  const answer = halves.digest === null ? tag : digest;
  return { judgement, tag, digest, manifest: answer && facts.cachedManifest(reference, answer) };
}

export interface LearningPorts {
  ask(reference: Reference): Promise<Answer>;
  manifest(reference: Reference, answer: Answer): Promise<Manifest | null>;
}

/**
 * Learns what the rules look at.
 * @param wantsManifest whether that is the manifest too, of `wantsManifest` in rules
 */
export async function learn(reference: Reference, wantsManifest: boolean, ports: LearningPorts): Promise<void> {
  const { tag, digest } = halvesOf(reference);
  const learnDeciding = async (half: Reference) => {
    const answer = await ports.ask(half);
    if (wantsManifest) await ports.manifest(half, answer);
  };
  const both = digest !== null && tag !== null ? [ports.ask(tag)] : [];
  await Promise.all([...both, learnDeciding(digest ?? reference)]);
}
