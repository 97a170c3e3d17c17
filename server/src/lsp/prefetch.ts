/**
 * Fetches what a document's images stand for before anybody hovers: when it is opened or saved, and when it has been
 * still for a while. Never on a keystroke, and only where the network may be used without an action.
 */
import type { Reference } from "../reference/reference";
import type { Network } from "./network";

/** How long a document stays untouched before its images are looked up. */
export const STILL_MS = 500;

export class Prefetch {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly underWay = new Map<string, AbortController>();

  constructor(
    private readonly network: Network,
    private readonly referencesOf: (uri: string) => readonly Reference[],
    private readonly onError: (error: unknown) => void,
  ) {}

  /** The document was edited: looks its images up once it has been still. */
  later(uri: string): void {
    this.cancelTimer(uri);
    this.timers.set(
      uri,
      setTimeout(() => this.now(uri), STILL_MS),
    );
  }

  /** The document was opened or saved. */
  now(uri: string): void {
    this.cancelTimer(uri);
    const controller = this.underWay.get(uri) ?? new AbortController();
    this.underWay.set(uri, controller);
    for (const reference of this.referencesOf(uri)) this.lookUp(reference, controller.signal).catch(this.onError);
  }

  /** The document was closed: what is under way for it ends. */
  forget(uri: string): void {
    this.cancelTimer(uri);
    this.underWay.get(uri)?.abort();
    this.underWay.delete(uri);
  }

  private async lookUp(reference: Reference, signal: AbortSignal): Promise<void> {
    if (await this.network.mayAskByItself(reference)) await this.network.ask(reference, signal);
  }

  private cancelTimer(uri: string): void {
    clearTimeout(this.timers.get(uri));
    this.timers.delete(uri);
  }
}
