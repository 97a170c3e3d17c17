/** Where metadata comes from: a trust server over the network, or whatever stands in for one. */
import type { Gun } from "./gun";
import { NotaryError, type NotaryStep } from "./notaryError";

export interface MetadataSource {
  /**
   * @param name without `.json`: `root`, `2.root`, `timestamp`, `snapshot.<sha256>`
   * @param limit bytes
   * @returns null where the server has no such file
   * @throws NotaryError `too-large`, RegistryError
   */
  fetch(name: string, limit: number): Promise<Buffer | null>;
}

/** Bytes: what the server may send where nothing told the length before. */
export const MAX_ROOT = 4 * 1024 * 1024;

/** The server does not know the GUN any more. */
export function trustDataRemoved(gun: Gun, step: NotaryStep): NotaryError {
  return new NotaryError(
    "trust-data-removed",
    step,
    `The server had trust data for ${gun} before and has none now: it was removed, or is being kept from you.`,
  );
}
