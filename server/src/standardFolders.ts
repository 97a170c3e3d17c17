/** Where this system keeps what belongs to the user: configuration, and data that must not get lost. */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import envPaths from "env-paths";

/** Where the user's own policy stands. */
export function userPolicyPath(): string {
  return join(folderOf("config"), "policy.yaml");
}

/** The standard folder of this system. */
export function folderOf(kind: "config" | "data"): string {
  const path = envPaths("digest-pin", { suffix: "" })[kind];
  // XDG Base Directory Specification, "Basics": a relative path in a variable is to be ignored.
  return isAbsolute(path) ? path : join(homedir(), kind === "config" ? ".config" : ".local/share", "digest-pin");
}
