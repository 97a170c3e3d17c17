/**
 * The first question to a registry goes alone: its answer tells by which protocol the registry speaks, and whether it
 * wants a login. The others wait for that answer, so that they need not each find out.
 */
import { cancelled } from "./failures";

export interface FirstQuestions {
  /**
   * Asks at once where the registry was asked before, else after the first question to it has ended, in whichever way.
   * @throws RegistryError `cancelled`, and what `ask` throws
   */
  inTurn<T>(registry: string, signal: AbortSignal, ask: () => Promise<T>): Promise<T>;
}

export function createFirstQuestions(): FirstQuestions {
  const ended = new Set<string>();
  const underWay = new Map<string, Promise<void>>();

  async function askFirst<T>(registry: string, ask: () => Promise<T>): Promise<T> {
    const asking = ask();
    underWay.set(
      registry,
      asking.then(
        () => {},
        () => {},
      ),
    );
    try {
      const answer = await asking;
      ended.add(registry);
      return answer;
    } finally {
      underWay.delete(registry);
    }
  }

  return {
    async inTurn(registry, signal, ask) {
      if (ended.has(registry)) return ask();
      const first = underWay.get(registry);
      if (first === undefined) return askFirst(registry, ask);
      await untilAborted(first, registry, signal);
      return ask();
    },
  };
}

function untilAborted(first: Promise<void>, registry: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(cancelled(registry));
    if (signal.aborted) return leave();
    signal.addEventListener("abort", leave, { once: true });
    return first.then(() => {
      signal.removeEventListener("abort", leave);
      resolve();
    });
  });
}
