/**
 * When the network may be used (DESIGN.md, promises 4 and 6): not in a workspace that is not trusted, not where the
 * user turned it off, and without an action only towards registries that the user already uses. Every question to a
 * registry passes here, and the status that the client shows comes from here.
 */
import { LRUCache } from "lru-cache";
import { isAskedAutomatically, type UserRegistries } from "../facts/askable";
import type { Coverage } from "../facts/coverage";
import { isNoteworthy } from "../facts/judgement";
import { knowledgeOf, learn } from "../facts/knowledge";
import type { AskOptions, FactSource, JudgementSource } from "../facts/sources";
import type { Answer, Judgement, Knowledge, Offer } from "../facts/types";
import type { Digest } from "../reference/digest";
import { normalizedName, type Reference } from "../reference/reference";
import type { Manifest, RegistryErrorCode, RequestOptions } from "../registry/registry";
import type { LookedUp } from "./openDocuments";
import { CAUTIOUS, type UserSettings } from "./settings";
import type { HostQuota, NetworkState, NetworkStatus } from "./wire";

const unreachableCodes: ReadonlySet<RegistryErrorCode> = new Set(["unreachable", "timed-out", "tls"]);

export interface NetworkPorts {
  readonly facts: FactSource;
  readonly judging: JudgementSource;
  readonly coverage: Coverage;
  /** Registries that the docker configuration names. */
  readonly dockerRegistries: () => Promise<ReadonlySet<string>>;
  readonly onStatus: (status: NetworkStatus) => void;
  /** What registries said last of how many requests they still allow. */
  readonly quotas: () => readonly HostQuota[];
  /** A judgement that findings follow from has come, or has gone. */
  readonly onJudged: () => void;
}

const NOT_ASKED_YET = 'Nobody was asked yet: the command "Check now" asks.';

const MAX_JUDGEMENTS = 5_000;

export type Refusal = "restricted" | "off";

export const refusalReasons: Readonly<Record<Refusal, string>> = {
  restricted: "The workspace is not trusted, so no registry is asked.",
  off: "The network is off (setting digestPin.network).",
};

export class Network {
  private settings: UserSettings = CAUTIOUS;
  private readonly judgements = new LRUCache<string, Judgement>({ max: MAX_JUDGEMENTS });
  /** The last that said whether something is there: what a finding was drawn from stands until something else is known. */
  private readonly answers = new LRUCache<string, Answer>({ max: MAX_JUDGEMENTS });
  private generation = 0;
  private questions = 0;
  private unreachable = "";
  private lastStatus = "";
  private isConfigured = false;
  /** Who may be asked without an action; null until somebody wanted to know. */
  private allowed: UserRegistries | null = null;
  private settle: () => void = () => {};
  /** Until then it is not known what the user allows. */
  readonly configured = new Promise<void>((resolve) => {
    this.settle = resolve;
  });

  constructor(
    private readonly ports: NetworkPorts,
    /** Undefined where the client says nothing of it. */
    private workspaceTrust: boolean | undefined,
  ) {}

  configure(settings: UserSettings): void {
    this.settings = settings;
    this.isConfigured = true;
    this.allowed = null;
    this.forgetJudgements();
    this.settle();
    this.tellStatus();
  }

  grantTrust(): void {
    this.workspaceTrust = true;
    this.tellStatus();
  }

  /** Why not even an action of the user may ask; null where it may. */
  refusal(): Refusal | null {
    if (this.workspaceTrust === false) return "restricted";
    return this.settings.network === "off" ? "off" : null;
  }

  /** Those whose registries may be asked although the user did nothing but open, edit or point at a document. */
  async askedByThemselves(references: readonly Reference[]): Promise<Reference[]> {
    await this.configured;
    if (this.refusal() !== null || this.isOnRequest()) return [];
    const countUnasked = () => references.filter((reference) => this.unasked(reference) !== null).length;
    const before = countUnasked();
    const fromDocker = await this.ports.dockerRegistries();
    const { registries: fromSettings } = this.settings;
    const isInPolicy = (reference: Reference) => this.ports.coverage.isRegistryNamed(reference);
    const allowed = { fromSettings, fromDocker, isInPolicy };
    this.allowed = allowed;
    if (countUnasked() !== before) this.ports.onJudged();
    return references.filter((reference) => isAskedAutomatically(reference, allowed));
  }

  /** What the registry serves, or what it said before. The caller has made sure that it may be asked. */
  async ask(reference: Reference, options: AskOptions): Promise<Answer> {
    const { facts } = this.ports;
    const cached = facts.cached(reference);
    const answer =
      cached !== null && isEnough(cached, options)
        ? cached
        : await this.counted(
            () => facts.ask(reference, options),
            (answered) => answered,
          );
    this.noteAnswer(reference, answer);
    return answer;
  }

  /** What rules look at, as nobody's own question. The caller has made sure that the registry may be asked. */
  learn({ reference, needsManifest }: LookedUp, signal: AbortSignal): Promise<void> {
    const options = { signal, isUnasked: true };
    return learn(reference, needsManifest, {
      ask: (half) => this.ask(half, options),
      manifest: (half, answer) => this.manifest(half, answer, options),
    });
  }

  /** What findings are drawn from; asks nobody. */
  knowledge(reference: Reference): Knowledge {
    const { facts } = this.ports;
    const cached = (half: Reference) => this.answers.get(normalizedName(half)) ?? facts.cached(half);
    const cachedManifest = facts.cachedManifest.bind(facts);
    const judgement = this.lastJudgement(reference) ?? this.unasked(reference);
    return knowledgeOf({ cached, cachedManifest }, reference, judgement);
  }

  /** The same with who signed it. The caller has made sure that registry and trust server may be asked. */
  async judge(reference: Reference, options: AskOptions): Promise<Judgement> {
    const { judging, onJudged } = this.ports;
    const { generation } = this;
    const cached = judging.cached(reference);
    const judgement =
      cached !== null && isEnough(cached.offer, options)
        ? cached
        : await this.counted(
            () => judging.ask(reference, options),
            ({ answer }) => answer,
          );
    this.noteAnswer(reference, judgement.answer);
    // What was cancelled is no answer, and what was asked before the last change is none any more.
    if (isCancelled(judgement) || generation !== this.generation) return judgement;
    const name = normalizedName(reference);
    const last = this.judgements.get(name);
    this.judgements.set(name, judgement);
    if (isNoteworthy(judgement) || (last !== undefined && isNoteworthy(last))) onJudged();
    return judgement;
  }

  /** What is to be said although nobody is asked, or not without an action: a signature that is required is not there. */
  unasked(reference: Reference): Judgement | null {
    const message = this.whyUnasked(reference);
    if (message === null) return null;
    const judgement = this.ports.coverage.unasked(reference, message, new Date(0));
    return judgement.isSatisfied ? null : judgement;
  }

  /** Another policy is in force: what was judged under the last one is not said any more. */
  forgetJudgements(): void {
    this.generation += 1;
    this.judgements.clear();
  }

  /**
   * The last judgement under this policy, however old: what it says stays said until it is known to have changed.
   * After a change of settings it is what still holds under them.
   */
  lastJudgement(reference: Reference): Judgement | null {
    return this.judgements.get(normalizedName(reference)) ?? this.ports.judging.cached(reference);
  }

  private async counted<T>(question: () => Promise<T>, answerIn: (result: T) => Answer): Promise<T> {
    this.questions += 1;
    this.tellStatus();
    try {
      const result = await question();
      this.noteReach(answerIn(result));
      return result;
    } finally {
      this.questions -= 1;
      this.tellStatus();
    }
  }

  /** The manifest behind an answer. The caller has made sure that it may be asked for. */
  async manifest(reference: Reference, answer: Answer, options: RequestOptions): Promise<Manifest | null> {
    const { facts, onJudged } = this.ports;
    const known = facts.cachedManifest(reference, answer);
    if (known !== null) return known;
    const manifest = await facts.manifest(reference, answer, options);
    if (manifest !== null) onJudged();
    return manifest;
  }

  private noteAnswer(reference: Reference, answer: Answer): void {
    if (answer.kind === "unavailable" && answer.code !== "not-found") return;
    const name = normalizedName(reference);
    const last = this.answers.get(name);
    this.answers.set(name, answer);
    if (last === undefined || digestIn(last) !== digestIn(answer)) this.ports.onJudged();
  }

  private noteReach(answer: Answer): void {
    if (answer.kind === "unavailable" && answer.code === "cancelled") return;
    const isUnreachable = answer.kind === "unavailable" && unreachableCodes.has(answer.code);
    this.unreachable = isUnreachable ? answer.message : "";
  }

  /** Null where the registry is asked without an action, or where that is not known yet. */
  private whyUnasked(reference: Reference): string | null {
    const refusal = this.refusal();
    if (refusal !== null) return refusalReasons[refusal];
    if (!this.isConfigured) return null;
    const isHeldBack = this.allowed !== null && !isAskedAutomatically(reference, this.allowed);
    return this.isOnRequest() || isHeldBack ? NOT_ASKED_YET : null;
  }

  private isOnRequest(): boolean {
    return this.settings.network === "on-request" || this.workspaceTrust === undefined;
  }

  private tellStatus(): void {
    const status = this.status();
    const text = JSON.stringify(status);
    if (text === this.lastStatus) return;
    this.lastStatus = text;
    this.ports.onStatus(status);
  }

  private status(): NetworkStatus {
    const state = this.state();
    return { state, reason: state === "unreachable" ? this.unreachable : "", quotas: this.ports.quotas() };
  }

  private state(): NetworkState {
    const refusal = this.refusal();
    if (refusal !== null) return refusal;
    if (this.questions > 0) return "asking";
    if (this.unreachable !== "") return "unreachable";
    return this.isOnRequest() ? "on-request" : "idle";
  }
}

/** Whether what is known serves this question too. */
function isEnough(known: Answer | Offer, { confirm = false, refresh = false }: AskOptions): boolean {
  const mirror = "mirror" in known ? known.mirror : null;
  return !refresh && !(confirm && mirror !== null);
}

function digestIn(answer: Answer): Digest | null {
  return answer.kind === "found" ? answer.descriptor.digest : null;
}

function isCancelled({ answer, verdict }: Judgement): boolean {
  return [answer, "failure" in verdict ? verdict.failure : null].some(
    (each) => each !== null && "code" in each && each.code === "cancelled",
  );
}
