/**
 * Joins callers who ask for the same thing while it is under way. Each caller may leave on their own: the work goes on
 * for the others, and ends only when the last one has left.
 */
import { setMaxListeners } from "node:events";
import { cancelled } from "./failures";

interface Running<T> {
  readonly result: Promise<T>;
  readonly end: AbortController;
  callers: number;
}

export interface SharedRequests<T> {
  /**
   * Joins the work under `key`, or starts it.
   * @param host names the request in the error of a caller who left
   * @throws RegistryError `cancelled` for this caller alone, else whatever the work throws
   */
  join(key: string, host: string, signal: AbortSignal | undefined, start: Start<T>): Promise<T>;
}

type Start<T> = (signal: AbortSignal) => Promise<T>;

export function createSharedRequests<T>(): SharedRequests<T> {
  const underWay = new Map<string, Running<T>>();

  function begin(key: string, start: Start<T>): Running<T> {
    const end = new AbortController();
    const running: Running<T> = { result: start(end.signal), end, callers: 0 };
    underWay.set(key, running);
    const forget = () => {
      if (underWay.get(key) === running) underWay.delete(key);
    };
    running.result.then(forget, forget);
    return running;
  }

  function leave(key: string, running: Running<T>): void {
    if (--running.callers > 0) return;
    if (underWay.get(key) === running) underWay.delete(key);
    running.end.abort();
  }

  return {
    join(key, host, signal, start) {
      if (signal?.aborted) return Promise.reject(cancelled(host));
      const running = underWay.get(key) ?? begin(key, start);
      running.callers++;
      return new Promise((resolve, reject) => {
        const abandon = () => {
          leave(key, running);
          reject(cancelled(host));
        };
        if (signal !== undefined) {
          // One signal serves all the images of a document; each listener leaves with its request, so none leaks.
          setMaxListeners(0, signal);
          signal.addEventListener("abort", abandon, { once: true });
        }
        running.result.then(resolve, reject).finally(() => signal?.removeEventListener("abort", abandon));
      });
    },
  };
}
