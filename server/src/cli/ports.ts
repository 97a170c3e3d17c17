/** What the command needs of the process that it runs in. A test gives its own and reads what was written. */
import type { AskOptions, FactSource } from "../facts/sources";
import type { Judgement } from "../facts/types";
import type { Reference } from "../reference/reference";
import type { Files } from "./files";
import type { SourceOptions } from "./sources";

/** `process.stdout`, or what stands in for it. */
export interface Output extends NodeJS.WritableStream {
  /** True for a terminal. */
  readonly isTTY?: boolean;
}

/** What registries and trust servers are asked. */
export interface Questions {
  ask(reference: Reference, options?: AskOptions): Promise<Judgement>;
  /** What registries alone say; with `--offline` what they said lately. */
  readonly facts: Pick<FactSource, "cached" | "ask" | "cachedManifest" | "manifest">;
  /** What can be said of it without asking anybody. */
  offline(reference: Reference): Judgement;
  /** What can be said of an image whose name is not known; null where that may be any. */
  unknownImage(): Judgement | null;
  /** Whether policy or environment say anything of the image. */
  isCovered(reference: Reference): boolean;
  /** Forgets the stored root of the reference's repository. */
  forgetRoot(reference: Reference): Promise<void>;
}

/** How signatures are judged, by the command's options. */
export interface TrustOptions {
  /** Stands in for the user's policy; null for the one in the configuration folder. */
  readonly policy: string | null;
  /** A PEM file of an authority that is trusted for every server; null for none. */
  readonly ca: string | null;
  readonly requireSignature: boolean;
}

/** How registries are asked, by the command's options. */
export interface OnlineOptions extends TrustOptions {
  /** Nobody is asked: what registries said lately still counts. */
  readonly offline: boolean;
  /** What registries said before does not count. */
  readonly refresh: boolean;
}

/** An option or the policy can't be used: the command ends with this one line. */
export class SetupError extends Error {}

export interface CommandPorts {
  readonly version: string;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly files: Files;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted when the user interrupts the command: it ends soon, and leaves no file half written. */
  readonly signal: AbortSignal;
  /**
   * Called where somebody may have to be asked. `folders` are those of the files under edit: nothing in their
   * repositories is ever run.
   * @throws SetupError
   */
  openFacts(folders: readonly string[], options: OnlineOptions): Promise<Questions>;
  /** Serves the language server on this process's streams. */
  startLanguageServer(): Promise<void>;
}

/** The process's variables, where the user lets them count (`--env-from-process`). */
export function sourceOptions(
  { envFromProcess }: { readonly envFromProcess: boolean },
  { environment }: CommandPorts,
): SourceOptions {
  const set = envFromProcess ? Object.entries(environment) : [];
  return {
    environment: new Map(set.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))),
  };
}

export const formats = ["text", "json"] as const;
export type Format = (typeof formats)[number];

/** Exit statuses (DESIGN.md, "Command"). */
export const exitStatus = { clean: 0, findings: 1, couldNotRun: 2, notChecked: 3, interrupted: 130 } as const;
