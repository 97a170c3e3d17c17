/**
 * What registries answered, kept on disk for as long as it may be believed, for all processes of the user: an answer
 * that one of them fetches serves the others. It keeps answers and "there is no such", never another failure, and
 * nothing that is secret.
 */
import { cancelled } from "../failures";
import { RegistryError } from "../registry";
import type { DiskCache } from "./diskCache";

export interface Question<T> {
  /** Names the question among all that are kept. */
  readonly key: string;
  /** Who is asked, for a sentence. */
  readonly host: string;
  /** Milliseconds; infinite for what can't change. */
  readonly lifetime: number;
  print(answer: T): Buffer;
  /** Null for what can't be used: then the registry is asked again. */
  parse(body: Buffer): T | null;
}

export interface Recalled<T> {
  readonly answer: T;
  readonly answeredAt: Date;
}

export interface Recalling {
  readonly signal: AbortSignal;
  /** What was answered before this moment does not count, unless it can't have changed. */
  readonly refresh: boolean;
}

export interface AnswerMemory {
  /**
   * The answer that is still believed, or else the one that `ask` fetches.
   * @throws RegistryError that of `ask`, or `not-found` from memory; `offline` where nobody may be asked
   */
  recall<T>(question: Question<T>, recalling: Recalling, ask: () => Promise<T>): Promise<Recalled<T>>;
}

export interface AnswerMemoryPorts {
  readonly disk: DiskCache;
  readonly clock: () => Date;
  /** Nobody is asked: what is believed still counts. */
  readonly isOffline: boolean;
}

/** How long "there is no such" is believed. Milliseconds. */
const MISSING_LIFETIME = 60_000;
/** Before every key: what another version of the program wrote is not read. */
const FORMAT = "1";
/** The first byte of an entry. */
const FOUND = 0x2b;
const MISSING = 0x2d;

type Kept<T> = Recalled<T> | { readonly missing: RegistryError };

export function createAnswerMemory({ disk, clock, isOffline }: AnswerMemoryPorts): AnswerMemory {
  return {
    async recall(question, { signal, refresh }, ask) {
      const key = `${FORMAT} ${question.key}`;
      const since = refresh && question.lifetime !== Number.POSITIVE_INFINITY ? clock().getTime() : 0;
      const known = async () => {
        const entry = await disk.read(key);
        if (entry === null || entry.writtenAt < since) return null;
        return readEntry(question, entry.body, new Date(entry.writtenAt), clock());
      };
      const fetch = async (): Promise<Kept<Awaited<ReturnType<typeof ask>>>> => {
        try {
          const answer = await ask();
          const answeredAt = clock();
          await disk.write(key, Buffer.concat([Buffer.of(FOUND), question.print(answer)]));
          return { answer, answeredAt };
        } catch (error) {
          if (!(error instanceof RegistryError) || error.code !== "not-found") throw error;
          await disk.write(key, Buffer.concat([Buffer.of(MISSING), Buffer.from(error.message)]));
          return { missing: error };
        }
      };

      const kept = (await known()) ?? (isOffline ? null : await once(key, known, fetch));
      if (kept === null)
        throw new RegistryError("offline", `Nobody is asked, and ${question.host} said nothing lately.`);
      if ("missing" in kept) throw kept.missing;
      return kept;

      async function once<K>(name: string, isKnown: () => Promise<K | null>, work: () => Promise<K>): Promise<K> {
        try {
          return await disk.once(name, isKnown, work, signal);
        } catch (error) {
          throw signal.aborted && !(error instanceof RegistryError) ? cancelled(question.host) : error;
        }
      }
    },
  };
}

/** Asks each time. */
export function noMemory(clock: () => Date): AnswerMemory {
  return { recall: async (_question, _recalling, ask) => ({ answer: await ask(), answeredAt: clock() }) };
}

/** Null where it is not believed any more, or can't be read. */
function readEntry<T>(question: Question<T>, body: Buffer, answeredAt: Date, now: Date): Kept<T> | null {
  const age = now.getTime() - answeredAt.getTime();
  const [kind] = body;
  const rest = body.subarray(1);
  if (kind === MISSING) {
    return age < MISSING_LIFETIME ? { missing: new RegistryError("not-found", rest.toString("utf8")) } : null;
  }
  const answer = kind === FOUND && age < question.lifetime ? question.parse(rest) : null;
  return answer === null ? null : { answer, answeredAt };
}
