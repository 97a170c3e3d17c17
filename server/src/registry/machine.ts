/**
 * What reading the user's registry configuration needs of this computer, as a port, and the port's real side. A program is
 * started without a shell, by its absolute path, with limits; what it prints must go nowhere but to the caller.
 */
import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access, readdir, readFile, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";

export interface ProgramRun {
  readonly path: string;
  readonly parameters: readonly string[];
  /** Written to standard input. */
  readonly input: string;
  readonly directory: string;
  /** Milliseconds until the program is killed. */
  readonly timeLimit: number;
  /** Bytes of standard output at which the program is killed. */
  readonly outputLimit: number;
  /** Kills the program. */
  readonly signal: AbortSignal;
}

export type ProgramEnd =
  | { readonly kind: "exited"; readonly status: number | null; readonly output: string }
  | { readonly kind: "timed-out" | "too-much-output" | "not-started" | "cancelled" };

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  /** The file's text, or null where there is none. Throws where it can't be read. */
  readText(path: string): Promise<string | null>;
  /** The names in a folder, in no certain order, or null where there is no such folder. Throws where it can't be read. */
  listFolder(path: string): Promise<readonly string[] | null>;
  /** The path without links, or null where it leads to nothing that can be reached. */
  realPath(path: string): Promise<string | null>;
  isExecutable(path: string): Promise<boolean>;
  run(program: ProgramRun): Promise<ProgramEnd>;
}

export function localMachine(): Machine {
  return {
    platform: process.platform,
    environment: process.env,
    homeDirectory: homedir(),
    readText: (path) => readFile(path, "utf8").catch(nullWhereAbsent),
    listFolder: (path) => readdir(path).catch(nullWhereAbsent),
    realPath: (path) => realpath(path).catch(() => null),
    isExecutable: async (path) => {
      try {
        await access(path, constants.X_OK);
        return (await stat(path)).isFile();
      } catch {
        return false;
      }
    },
    run,
  };
}

function nullWhereAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
  throw error;
}

function run({ path, parameters, input, directory, timeLimit, outputLimit, signal }: ProgramRun): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve({ kind: "cancelled" });
    const child = spawn(path, parameters, {
      cwd: directory,
      shell: false,
      windowsHide: true,
      stdio: ["pipe", "pipe", "ignore"],
    });
    const chunks: Buffer[] = [];
    let length = 0;

    const end = (how: ProgramEnd) => {
      clearTimeout(deadline);
      signal.removeEventListener("abort", cancel);
      // A child of the program may hold the pipe open: nobody waits for it.
      child.stdout.destroy();
      child.kill("SIGKILL");
      resolve(how);
    };
    const cancel = () => end({ kind: "cancelled" });
    const deadline = setTimeout(() => end({ kind: "timed-out" }), timeLimit);
    signal.addEventListener("abort", cancel, { once: true });

    child.stdout.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > outputLimit) end({ kind: "too-much-output" });
    });
    child.on("error", () => end({ kind: "not-started" }));
    child.on("close", (status) => end({ kind: "exited", status, output: Buffer.concat(chunks).toString("utf8") }));
    // The program may end without reading its input.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}
