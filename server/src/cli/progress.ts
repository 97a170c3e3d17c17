/** A bar for what is waited for: on a terminal only, and gone when it ends. */
import type { Output } from "./ports";

export interface Progress {
  advance(): void;
  /** Clears the bar and gives the cursor back. */
  end(): void;
}

const nowhere: Progress = { advance: () => {}, end: () => {} };

/** @param isWanted false where the output is for a program */
export async function startProgress(stream: Output, isWanted: boolean, total: number): Promise<Progress> {
  if (!isWanted || stream.isTTY !== true || total === 0) return nowhere;
  const { SingleBar } = await import("cli-progress");
  const bar = new SingleBar({
    stream,
    format: "Asking registries [{bar}] {value}/{total}",
    clearOnComplete: true,
    hideCursor: true,
    gracefulExit: false,
  });
  bar.start(total, 0);
  return { advance: () => bar.increment(), end: () => bar.stop() };
}
