/** What the command needs of the process that it runs in. A test gives its own and reads what was written. */
import type { Answer } from "../facts/types";
import type { Reference } from "../reference/reference";
import type { RequestOptions } from "../registry/registry";
import type { Files } from "./files";

/** `process.stdout`, or what stands in for it. */
export interface Output extends NodeJS.WritableStream {
  /** True for a terminal. */
  readonly isTTY?: boolean;
}

/** What a registry is asked. */
export interface Questions {
  ask(reference: Reference, options?: RequestOptions): Promise<Answer>;
}

export interface CommandPorts {
  readonly version: string;
  readonly cwd: string;
  readonly files: Files;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted when the user interrupts the command: it ends soon, and leaves no file half written. */
  readonly signal: AbortSignal;
  /**
   * Called where a registry has to be asked. `folders` are those of the files under edit: nothing in their
   * repositories is ever run.
   */
  openFacts(folders: readonly string[]): Promise<Questions>;
  /** Serves the language server on this process's streams. */
  startLanguageServer(): Promise<void>;
}

export const formats = ["text", "json"] as const;
export type Format = (typeof formats)[number];

/** Exit statuses (DESIGN.md, "Command"). */
export const exitStatus = { clean: 0, findings: 1, couldNotRun: 2, interrupted: 130 } as const;
