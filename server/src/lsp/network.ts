/**
 * When the network may be used (DESIGN.md, promises 4 and 6): not in a workspace that is not trusted, not where the
 * user turned it off, and without an action only towards registries that the user already uses. Every question to a
 * registry passes here, and the status that the client shows comes from here.
 */
import { isAskedAutomatically } from "../facts/askable";
import type { Facts } from "../facts/facts";
import type { Answer } from "../facts/types";
import type { Reference } from "../reference/reference";
import type { Manifest, RegistryErrorCode } from "../registry/registry";
import type { UserSettings } from "./settings";
import type { NetworkStatus } from "./wire";

const unreachableCodes: ReadonlySet<RegistryErrorCode> = new Set(["unreachable", "timed-out", "tls"]);

export interface NetworkPorts {
  readonly facts: Facts;
  /** Registries that the docker configuration names. */
  readonly dockerRegistries: () => Promise<ReadonlySet<string>>;
  readonly onStatus: (status: NetworkStatus) => void;
}

export type Refusal = "restricted" | "off";

export const refusalReasons: Readonly<Record<Refusal, string>> = {
  restricted: "The workspace is not trusted, so no registry is asked.",
  off: "The network is off (setting digestPin.network).",
};

export class Network {
  private settings: UserSettings = { network: "on-request", registries: [] };
  private questions = 0;
  private unreachable = "";
  private lastStatus = "";
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
    const fromDocker = await this.ports.dockerRegistries();
    const { registries: fromSettings } = this.settings;
    return references.filter((reference) => isAskedAutomatically(reference, { fromSettings, fromDocker }));
  }

  /** Asks, or tells from memory. The caller has made sure that it may. */
  async ask(reference: Reference, signal: AbortSignal): Promise<Answer> {
    const known = this.ports.facts.cached(reference);
    if (known !== null) return known;
    this.questions += 1;
    this.tellStatus();
    try {
      const answer = await this.ports.facts.ask(reference, { signal });
      this.learn(answer);
      return answer;
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
