/**
 * At most so many requests at once to one host; the others wait in the order they came. The wait stands before the
 * request's own time limit, so that a long queue at a healthy host never looks like a slow host.
 */
import { cancelled } from "../failures";

interface Host {
  taken: number;
  readonly waiting: Set<() => void>;
}

export interface HostSlots {
  /**
   * Waits for a free slot and runs `work` in it.
   * @throws RegistryError `cancelled` where `signal` ends the wait
   */
  run<T>(host: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export function createHostSlots(slotsPerHost: number): HostSlots {
  const hosts = new Map<string, Host>();

  function release(name: string, host: Host): void {
    const [next] = host.waiting;
    if (next !== undefined) {
      host.waiting.delete(next);
      next();
    } else if (--host.taken === 0) {
      hosts.delete(name);
    }
  }

  return {
    async run(name, signal, work) {
      if (signal.aborted) throw cancelled(name);
      const host = hosts.get(name) ?? { taken: 0, waiting: new Set() };
      hosts.set(name, host);
      if (host.taken < slotsPerHost) host.taken++;
      else await turn(host, name, signal);
      try {
        return await work();
      } finally {
        release(name, host);
      }
    },
  };
}

/** Ends when a slot was handed over: its count stays with the one who takes it. */
function turn(host: Host, name: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      host.waiting.delete(enter);
      reject(cancelled(name));
    };
    const enter = () => {
      signal.removeEventListener("abort", leave);
      resolve();
    };
    host.waiting.add(enter);
    signal.addEventListener("abort", leave, { once: true });
  });
}
