/**
 * When the network may be used (DESIGN.md, promises 4 and 6): not in a workspace that is not trusted, not where the
 * user turned it off, and without an action only towards registries that the user already uses. Every question to a
 * registry passes here, and the status that the client shows comes from here.
 */
import { LRUCache } from "lru-cache";
import { isAskedAutomatically, type UserRegistries } from "../facts/askable";
import type { Coverage } from "../facts/coverage";
import { isNoteworthy } from "../facts/judgement";
import type { FactSource, JudgementSource } from "../facts/sources";
import type { Answer, Judgement } from "../facts/types";
import { normalizedName, type Reference } from "../reference/reference";
import type { Manifest, RegistryErrorCode } from "../registry/registry";
import { CAUTIOUS, type UserSettings } from "./settings";
import type { NetworkStatus } from "./wire";

const unreachableCodes: ReadonlySet<RegistryErrorCode> = new Set(["unreachable", "timed-out", "tls"]);

export interface NetworkPorts {
  readonly facts: FactSource;
  readonly judging: JudgementSource;
  readonly coverage: Coverage;
  /** Registries that the docker configuration names. */
  readonly dockerRegistries: () => Promise<ReadonlySet<string>>;
  readonly onStatus: (status: NetworkStatus) => void;
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
  async ask(reference: Reference, signal: AbortSignal): Promise<Answer> {
    const known = this.ports.facts.cached(reference);
    return (
      known ??
      this.counted(
        () => this.ports.facts.ask(reference, { signal }),
        (answer) => answer,
      )
    );
  }

  /** The same with who signed it. The caller has made sure that registry and trust server may be asked. */
  async judge(reference: Reference, signal: AbortSignal): Promise<Judgement> {
    const { judging, onJudged } = this.ports;
    const { generation } = this;
    const known = judging.cached(reference);
    const judgement =
      known ??
      (await this.counted(
        () => judging.ask(reference, { signal }),
        ({ answer }) => answer,
      ));
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
      this.learn(answerIn(result));
      return result;
    } finally {
      this.questions -= 1;
      this.tellStatus();
    }
  }

  /** The manifest behind an answer. The caller has made sure that it may be asked for. */
  manifest(reference: Reference, answer: Answer, signal: AbortSignal): Promise<Manifest | null> {
    return this.ports.facts.manifest(reference, answer, { signal });
  }

  private learn(answer: Answer): void {
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
    const refusal = this.refusal();
    if (refusal !== null) return { state: refusal, reason: "" };
    if (this.questions > 0) return { state: "asking", reason: "" };
    if (this.unreachable !== "") return { state: "unreachable", reason: this.unreachable };
    return { state: this.isOnRequest() ? "on-request" : "idle", reason: "" };
  }
}

function isCancelled({ answer, verdict }: Judgement): boolean {
  return [answer, "failure" in verdict ? verdict.failure : null].some(
    (each) => each !== null && "code" in each && each.code === "cancelled",
  );
}
