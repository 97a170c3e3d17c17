/**
 * Where this machine keeps configuration: the way that its paths are written, and the folders that its environment
 * names. A relative path in the environment names nothing: it would lead to wherever the process runs, which may be the
 * repository under edit.
 */
import { posix, win32 } from "node:path";
import type { Machine } from "../machine";

export function pathsOf({ platform }: Pick<Machine, "platform">): typeof posix {
  return platform === "win32" ? win32 : posix;
}

/** The path in a variable of the environment, or null where it has none or a relative one. */
export function namedPath(machine: Machine, variable: string): string | null {
  const path = machine.environment[variable] ?? "";
  return pathsOf(machine).isAbsolute(path) ? path : null;
}

/** XDG Base Directory Specification, "Environment variables" and "Basics": a relative path is ignored. */
export function configurationHome(machine: Machine): string {
  return namedPath(machine, "XDG_CONFIG_HOME") ?? pathsOf(machine).join(machine.homeDirectory, ".config");
}
