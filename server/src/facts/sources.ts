/** Facts and judgements as their users see them: whoever stands behind may be loaded with the first question only. */
import type { Reference } from "../reference/reference";
import type { Manifest, RequestOptions } from "../registry/registry";
import type { Answer, Judgement } from "./types";

export interface FactSource {
  /** What is known and still believed; asks nobody. */
  cached(reference: Reference): Answer | null;
  ask(reference: Reference, options?: RequestOptions): Promise<Answer>;
  /** The manifest behind an answer, where it is known; asks nobody. */
  cachedManifest(reference: Reference, answer: Answer): Manifest | null;
  manifest(reference: Reference, answer: Answer, options?: RequestOptions): Promise<Manifest | null>;
}

export interface JudgementSource {
  /** What is known and still holds; asks nobody. */
  cached(reference: Reference): Judgement | null;
  ask(reference: Reference, options?: RequestOptions): Promise<Judgement>;
  /** Forgets what was answered of the reference, and of its repository's signatures. */
  forget(reference: Reference): void;
}
