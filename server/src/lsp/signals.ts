/** The protocol's cancellation as the platform's. */
import type { CancellationToken } from "vscode-languageserver";

export function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
