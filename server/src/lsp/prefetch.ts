/**
 * Fetches what a document's images stand for before anybody hovers: when it is opened or saved, and when it has been
 * still for a while. Never on a keystroke, only where the network may be used without an action, and only so many
 * images: a document chooses how many it names.
 */

import type { Coverage } from "../facts/coverage";
import type { Reference } from "../reference/reference";
import type { Network } from "./network";

/** How long a document stays untouched before its images are looked up. */
export const STILL_MS = 500;
/** Images of one document that are looked up by themselves; the others wait for an action. */
export const MAX_LOOK_UPS = 100;

export class Prefetch {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  /** One for each open document: ends what is under way for it. */
  private readonly underWay = new Map<string, AbortController>();

  constructor(
    private readonly network: Network,
    private readonly coverage: Coverage,
    private readonly referencesOf: (uri: string) => readonly Reference[],
    private readonly onError: (error: unknown) => void,
  ) {}

  /** The document was opened, or edited: then its images are looked up once it has been still. */
  changed(uri: string): void {
    if (!this.underWay.has(uri)) {
      this.now(uri);
      return;
    }
    this.stop(uri);
    this.timers.set(
      uri,
      setTimeout(() => this.now(uri), STILL_MS),
    );
  }

  /** The document was saved, or what is allowed has changed. */
  now(uri: string): void {
    this.stop(uri);
    const controller = new AbortController();
    this.underWay.set(uri, controller);
    this.lookUp(this.referencesOf(uri), controller.signal).catch(this.onError);
  }

  /** The document was closed. */
  forget(uri: string): void {
    this.stop(uri);
    this.underWay.delete(uri);
  }

  private async lookUp(references: readonly Reference[], signal: AbortSignal): Promise<void> {
    const asked = await this.network.askedByThemselves(references);
    if (signal.aborted) return;
    const looking = asked.slice(0, MAX_LOOK_UPS).map((reference) => {
      // A signature is looked up by itself only where the user has said something of it.
      const isCovered = this.coverage.isCovered(reference);
      return isCovered ? this.network.judge(reference, signal) : this.network.ask(reference, signal);
    });
    await Promise.all(looking);
  }

  private stop(uri: string): void {
    clearTimeout(this.timers.get(uri));
    this.timers.delete(uri);
    this.underWay.get(uri)?.abort();
  }
}
