/** A machine that has nothing but some files, and tells what was read of it. */
import assert from "node:assert/strict";
import { posix, win32 } from "node:path";
import type { Machine } from "../../server/src/registry/machine";

export interface MachineWithFiles extends Machine {
  /** By path; may change at any time. */
  readonly files: Map<string, string>;
  /** Files and folders, in order. */
  readonly asked: string[];
}

export interface MachineOptions {
  readonly platform?: NodeJS.Platform;
  readonly environment?: Readonly<Record<string, string>>;
  /** Files and folders whose reading is denied. */
  readonly denied?: readonly string[];
}

export function machineWithFiles(files: Readonly<Record<string, string>>, options: MachineOptions = {}) {
  const { platform = "linux", environment = {}, denied = [] } = options;
  const { dirname, basename } = platform === "win32" ? win32 : posix;
  const held = new Map(Object.entries(files));
  const asked: string[] = [];
  const enter = (path: string) => {
    asked.push(path);
    if (denied.includes(path)) throw Object.assign(new Error("s3cret"), { code: "EACCES" });
  };
  const machine: MachineWithFiles = {
    files: held,
    asked,
    platform,
    environment,
    homeDirectory: platform === "win32" ? "C:\\Users\\bob" : "/home/bob",
    async readText(path) {
      enter(path);
      return held.get(path) ?? null;
    },
    async listFolder(path) {
      enter(path);
      const names = [...held.keys()].filter((each) => dirname(each) === path).map((each) => basename(each));
      return names.length === 0 ? null : names.reverse();
    },
    realPath: () => assert.fail(),
    isExecutable: () => assert.fail(),
    run: () => assert.fail(),
  };
  return machine;
}
