/**
 * Asks a program `docker-credential-<name>` for credentials (github.com/docker/docker-credential-helpers, README,
 * "Development": `get` with the server on standard input, JSON on standard output). The program must never come from
 * the repository under edit, never be run through a shell, and its output must stand in no message.
 */
import { posix, win32 } from "node:path";
import { cancelled } from "../failures";
import type { Machine, ProgramEnd } from "../machine";
import { RegistryError } from "../registry";
import type { Credentials } from "./dockerConfiguration";

export interface HelperPorts {
  readonly machine: Machine;
  /** Directories whose programs are not run: the roots of the repositories under edit. */
  readonly excludedDirectories: () => readonly string[];
  /** Milliseconds. */
  readonly timeLimit: number;
}

const nameForm = /^[A-Za-z0-9._-]+$/;
const OUTPUT_LIMIT = 64 * 1024;
/** The helpers print it and exit with a failure; the docker command compares it too. */
const NOT_FOUND = "credentials not found in native keychain";
/** The user name that marks the secret as an identity token. */
const TOKEN_USER = "<token>";
/** Only what starts without a shell: `.cmd` and `.bat` do not. */
const startableExtensions = new Set([".exe", ".com"]);

/**
 * @param name as the docker configuration has it
 * @param server what the helper keeps the credentials under
 * @returns null where the helper has none
 * @throws RegistryError `credential-helper` or `cancelled`
 */
export async function credentialsFromHelper(
  name: string,
  server: string,
  ports: HelperPorts,
  signal: AbortSignal,
): Promise<Credentials | null> {
  if (!nameForm.test(name)) {
    throw new RegistryError("credential-helper", "The docker configuration names a credential helper that is no name.");
  }
  const program = `docker-credential-${name}`;
  const path = await findProgram(program, ports);
  if (path === null) throw new RegistryError("credential-helper", `${program} was not found on PATH.`);
  const end = await ports.machine.run({
    path,
    parameters: ["get"],
    input: server,
    directory: ports.machine.homeDirectory,
    timeLimit: ports.timeLimit,
    outputLimit: OUTPUT_LIMIT,
    signal,
  });
  if (end.kind === "cancelled") throw cancelled(server);
  return readAnswer(end, program);
}

function readAnswer(end: ProgramEnd, program: string): Credentials | null {
  const failed = (reason: string) => new RegistryError("credential-helper", `${program} ${reason}.`);
  if (end.kind === "timed-out") throw failed("did not answer in time");
  if (end.kind === "too-much-output") throw failed("printed too much");
  if (end.kind !== "exited") throw failed("could not be started");
  if (end.status !== 0) {
    if (end.output.trim() === NOT_FOUND) return null;
    throw failed(`failed with exit status ${end.status ?? "unknown"}`);
  }
  const answer = parseAnswer(end.output);
  if (answer === null) throw failed("answered with something that is not a pair of Username and Secret");
  const { Username: username, Secret: secret } = answer;
  if (secret === "") return null;
  return username === TOKEN_USER
    ? { kind: "identity-token", token: secret }
    : { kind: "basic", username, password: secret };
}

function parseAnswer(output: string): { Username: string; Secret: string } | null {
  try {
    const { Username, Secret } = JSON.parse(output) as Record<string, unknown>;
    return typeof Username === "string" && typeof Secret === "string" ? { Username, Secret } : null;
  } catch {
    return null;
  }
}

/** The first match on PATH outside the excluded directories, with all links resolved. Relative entries are passed over. */
async function findProgram(program: string, { machine, excludedDirectories }: HelperPorts): Promise<string | null> {
  const { delimiter, isAbsolute, join } = pathsOf(machine);
  const excluded: string[] = [];
  for (const directory of excludedDirectories())
    excluded.push(directory, (await machine.realPath(directory)) ?? directory);
  for (const directory of (machine.environment.PATH ?? "").split(delimiter)) {
    if (!isAbsolute(directory)) continue;
    for (const fileName of fileNames(program, machine)) {
      const path = join(directory, fileName);
      const real = await machine.realPath(path);
      if (real === null || [path, real].some((place) => excluded.some((root) => isInside(place, root, machine))))
        continue;
      if (await machine.isExecutable(real)) return path;
    }
  }
  return null;
}

function fileNames(program: string, { platform, environment }: Machine): readonly string[] {
  if (platform !== "win32") return [program];
  return (environment.PATHEXT ?? ".exe")
    .split(";")
    .filter((extension) => startableExtensions.has(extension.toLowerCase()))
    .map((extension) => program + extension);
}

function isInside(path: string, directory: string, machine: Machine): boolean {
  const { relative, isAbsolute, sep } = pathsOf(machine);
  const way = relative(directory, path);
  return way === "" || !(way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way));
}

function pathsOf({ platform }: Machine): typeof posix {
  return platform === "win32" ? win32 : posix;
}
