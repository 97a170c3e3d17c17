/** A machine with the credentials and the credential helpers that a test gives it, and a source that reads them. */
import assert from "node:assert/strict";
import { posix, win32 } from "node:path";
import { type CredentialPorts, createCredentialSource } from "../../server/src/registry/login/credentials";
import type { Machine, ProgramEnd, ProgramRun } from "../../server/src/registry/machine";

const { signal } = new AbortController();

interface TestMachine extends Machine {
  readonly runs: ProgramRun[];
}

export interface MachineOptions {
  /** Of docker, in the home directory. */
  readonly configuration?: unknown;
  readonly files?: Readonly<Record<string, string>>;
  readonly programs?: readonly string[];
  /** From a path to what it leads to. */
  readonly links?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly platform?: NodeJS.Platform;
  readonly answer?: (run: ProgramRun) => ProgramEnd | Promise<ProgramEnd>;
}

export function machine(options: MachineOptions): TestMachine {
  const { configuration, links = {}, platform = "linux", programs = [] } = options;
  const home = platform === "win32" ? "C:\\Users\\bob" : "/home/bob";
  const { join } = platform === "win32" ? win32 : posix;
  const files = {
    ...(configuration !== undefined && { [join(home, ".docker", "config.json")]: JSON.stringify(configuration) }),
    ...options.files,
  };
  const resolve = (path: string) => {
    const link = Object.keys(links).find((from) => path === from || path.startsWith(`${from}/`));
    return link === undefined ? path : `${links[link]}${path.slice(link.length)}`;
  };
  const runs: ProgramRun[] = [];
  return {
    runs,
    platform,
    environment: { PATH: platform === "win32" ? "C:\\bin" : "/usr/bin", ...options.environment },
    homeDirectory: home,
    readText: async (path) => files[path] ?? null,
    listFolder: () => assert.fail(),
    realPath: async (path) => {
      const real = resolve(path);
      return programs.some((program) => program === real || program.startsWith(`${real}/`)) ? real : null;
    },
    isExecutable: async (path) => programs.includes(path),
    run: async (program) => {
      runs.push(program);
      return options.answer?.(program) ?? { kind: "exited", status: 0, output: '{"Username":"bob","Secret":"s3cret"}' };
    },
  };
}

export function source(computer: Machine, ports: Partial<CredentialPorts> = {}) {
  const problems: string[] = [];
  const credentials = createCredentialSource({
    machine: computer,
    excludedDirectories: () => [],
    report: (problem) => problems.push(problem),
    now: () => 0,
    ...ports,
  });
  return {
    problems,
    find: (registry: string, repository: string | null = null) => credentials.find(registry, repository, signal),
    credentials,
  };
}

export const basic = (username: string, password: string) => ({ kind: "basic", username, password });

export const auth = (pair: string) => ({ auth: Buffer.from(pair).toString("base64") });
