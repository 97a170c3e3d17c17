/** Where this system keeps what belongs to the user: configuration, data that must not get lost, and data that may. */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import envPaths from "env-paths";

/** XDG Base Directory Specification, "Environment variables": below the home folder, where no variable says otherwise. */
const defaults = { config: ".config", data: ".local/share", cache: ".cache" } as const;

/** Where the user's own policy stands. */
export function userPolicyPath(): string {
  return join(folderOf("config"), "policy.yaml");
}

/** The standard folder of this system. */
export function folderOf(kind: keyof typeof defaults): string {
  const path = envPaths("digest-pin", { suffix: "" })[kind];
  // XDG Base Directory Specification, "Basics": a relative path in a variable is to be ignored.
  return isAbsolute(path) ? path : join(homedir(), defaults[kind], "digest-pin");
}
