/**
 * The user's own policy: a file in the standard configuration folder, or the one that the command line names. It is
 * read again when it has changed.
 */
import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { EMPTY_POLICY, type TrustPolicy } from "./trustRule";

export interface UserPolicy {
  /** As it was read last. */
  current(): TrustPolicy;
  /** Reads the file if it has changed. @returns whether the policy is another one now */
  refresh(): Promise<boolean>;
}

/** @param isOptional whether a file that is not there is no policy, rather than a broken one */
export function createUserPolicy(path: string, isOptional: boolean): UserPolicy {
  let policy = EMPTY_POLICY;
  let seen: string | null = null;
  let reading = Promise.resolve(false);

  async function read() {
    const state = await fileState(path);
    if (state === seen) return false;
    policy = await readPolicy(path, isOptional);
    seen = state;
    return true;
  }

  return {
    current: () => policy,
    refresh() {
      // One after the other: nobody is told that nothing has changed while the change is being read.
      reading = reading.then(read, read);
      return reading;
    },
  };
}

/** Files beside the policy are read with it: a changed certificate counts when the policy is touched. */
async function fileState(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

/** `path:line:column: problem` for the first that a broken file has. */
export async function readPolicy(path: string, isOptional: boolean): Promise<TrustPolicy> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "no code";
    if (code === "ENOENT" && isOptional) return EMPTY_POLICY;
    return { ...EMPTY_POLICY, problem: `${path} can't be read (${code}).` };
  }
  const { parsePolicyFile } = await import("./policyFile");
  const { policy, problems } = await parsePolicyFile(text, (name) => readBeside(path, name));
  if (policy !== null) return policy;
  const [{ line, column, message }] = problems;
  return { ...EMPTY_POLICY, problem: `${path}:${line}:${column}: ${message}` };
}

async function readBeside(path: string, name: string): Promise<string | null> {
  try {
    return await readFile(resolve(dirname(path), name), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
