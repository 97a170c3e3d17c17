/** Facts and judgements as their users see them: whoever stands behind may be loaded with the first question only. */
import type { Reference } from "../reference/reference";
import type { Manifest, RequestOptions } from "../registry/registry";
import type { Answer, Details, Judgement } from "./types";

export interface AskOptions extends RequestOptions {
  /** What a mirror said is asked of the registry itself too: a person is about to rely on it. */
  readonly confirm?: boolean;
}

export interface FactSource {
  /** What is known and still believed; asks nobody. */
  cached(reference: Reference): Answer | null;
  ask(reference: Reference, options?: AskOptions): Promise<Answer>;
  /** The manifest behind an answer, where it is known; asks nobody. */
  cachedManifest(reference: Reference, answer: Answer): Manifest | null;
  manifest(reference: Reference, answer: Answer, options?: RequestOptions): Promise<Manifest | null>;
  /** What the image itself tells, by more requests where its manifest does not; null where it can't be had. */
  details(reference: Reference, answer: Answer, options?: RequestOptions): Promise<Details | null>;
}

export interface JudgementSource {
  /** What is known and still holds; asks nobody. */
  cached(reference: Reference): Judgement | null;
  ask(reference: Reference, options?: AskOptions): Promise<Judgement>;
}
