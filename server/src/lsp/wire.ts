/**
 * What client and server share beyond the protocol: names, and plain data. It imports nothing, since the two carry
 * different versions of the protocol's library.
 */

/** `initializationOptions`; a client that states nothing gets `on-request` networking and no status. */
export interface InitializationOptions {
  /** Whether the user trusts the workspace. */
  readonly workspaceTrust?: boolean;
  /** Whether the client shows `digestPin/status`. */
  readonly status?: boolean;
  /** Whether the client follows `command:` links in a hover. */
  readonly commandLinks?: boolean;
}

/** Client to server: the user granted trust to the workspace. No parameters. */
export const WORKSPACE_TRUSTED = "digestPin/workspaceTrusted";

/** Server to client, with `NetworkStatus`. */
export const STATUS = "digestPin/status";

/**
 * `restricted`: the workspace is not trusted. `off`, `on-request`: by the user's setting. `asking`: requests are under
 * way. `unreachable`: the last answer was none.
 */
export type NetworkState = "restricted" | "off" | "on-request" | "idle" | "asking" | "unreachable";

export interface NetworkStatus {
  readonly state: NetworkState;
  /** Why the network is `unreachable`; empty otherwise. */
  readonly reason: string;
  /** Of registries that say how many requests they still allow. */
  readonly quotas: readonly HostQuota[];
}

export interface HostQuota {
  /** As users know it: `docker.io`, or `host[:port]`. */
  readonly host: string;
  readonly remaining: number;
  readonly limit: number;
}

/** Commands that the server executes (`workspace/executeCommand`). */
export const serverCommands = {
  /** Arguments: the document's URI. Pins what can be pinned. */
  pinAll: "digestPin.server.pinAll",
  /** Arguments: the `data` of a code action. For clients that can't resolve code actions. */
  applyAction: "digestPin.server.applyAction",
  /** Arguments: the document's URI. Asks registries and trust servers for every image of the document, whatever their hosts. */
  checkNow: "digestPin.server.checkNow",
  /** Arguments: the document's URI, and the offset of an image. Forgets the root key of its repository, once confirmed. */
  forgetRoot: "digestPin.server.forgetRoot",
} as const;

/**
 * Settings of the user alone, below `digestPin`: what decides whom to ask and whom to trust, and what is said of
 * signatures. The client takes them from the user's own file, whatever a workspace has.
 */
export const userScopedSettings = [
  "network",
  "registries",
  "mirrors",
  "insecureRegistries",
  "trust",
  "requireSignature",
  "rules.signature-required",
  "rules.untrusted-signer",
  "rules.invalid-signature",
  "rules.signer-changed",
  "rules.digest-not-found",
] as const;
