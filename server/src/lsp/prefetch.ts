/**
 * Fetches what a document's images stand for before anybody hovers: when it is opened or saved, and when it has been
 * still for a while. Never on a keystroke, only where the network may be used without an action, and only so many
 * images: a document chooses how many it names.
 */
import type { Coverage } from "../facts/coverage";
import { halvesOf } from "../facts/knowledge";
import type { Reference } from "../reference/reference";
import type { Network } from "./network";
import type { LookedUp } from "./openDocuments";

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
    private readonly imagesOf: (uri: string) => readonly LookedUp[],
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
    this.lookUp(this.imagesOf(uri), controller.signal).catch(this.onError);
  }

  /** The document was closed. */
  forget(uri: string): void {
    this.stop(uri);
    this.underWay.delete(uri);
  }

  private async lookUp(images: readonly LookedUp[], signal: AbortSignal): Promise<void> {
    const asked = new Set(await this.network.askedByThemselves(images.map(({ reference }) => reference)));
    if (signal.aborted) return;
    const looking = images.filter(({ reference }) => asked.has(reference)).slice(0, MAX_LOOK_UPS);
    await Promise.all(
      looking.map(async (image) => {
        const { reference } = image;
        // A signature is looked up by itself only where the user has said something of it.
        const isCovered = this.coverage.isCovered(reference);
        const judging = isCovered ? this.network.judge(reference, { signal, isUnasked: true }) : null;
        await Promise.all([judging, this.network.learn(image, signal)]);
        if (isCovered) await this.judgeNext(reference, signal);
      }),
    );
  }

  /** Where the tag beside a digest has moved: who signed what it stands for now is what an update depends on. */
  private async judgeNext(reference: Reference, signal: AbortSignal): Promise<void> {
    const half = halvesOf(reference).tag;
    const { tag } = this.network.knowledge(reference);
    if (reference.digest === null || half === null || tag?.kind !== "found") return;
    if (tag.descriptor.digest !== reference.digest) await this.network.judge(half, { signal, isUnasked: true });
  }

  private stop(uri: string): void {
    clearTimeout(this.timers.get(uri));
    this.timers.delete(uri);
    this.underWay.get(uri)?.abort();
  }
}
