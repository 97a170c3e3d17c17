/**
 * Starts a server program that has to be told its port: a free one is found for it, and another where some other program
 * takes that first. Ready means that it said so or that it takes connections; nothing here waits for a time.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { on, once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { createInterface, type Interface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { findInstalled } from "./system";

export interface ProgramOnPort {
  readonly name: string;
  /** Its parameters for that port; writes the files that they name. */
  readonly parameters: (port: number) => Promise<readonly string[]>;
  /** Where it runs. */
  readonly directory: string;
  /** In the line on standard error when it is ready; null where it logs none, so that its port is asked. */
  readonly ready: string | null;
}

export interface RunningProgram {
  readonly port: number;
  /** What it has written to standard error so far, in lines; all of it after `stop`. */
  readonly log: readonly string[];
  /** May be called again. */
  stop(): Promise<void>;
}

const ATTEMPTS = 3;
const START_LIMIT_MS = 5000;

/** @throws Error with its log where it does not get ready, or is not installed */
export async function startOnFreePort(program: ProgramOnPort): Promise<RunningProgram> {
  const { name, directory, ready } = program;
  const path = findInstalled(name);
  if (path === null) throw new Error(`${name} is not installed`);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const options = { cwd: directory, env: {} };
    const parameters = await program.parameters(port);
    const started = spawn(path, parameters, { ...options, stdio: ["ignore", "ignore", "pipe"] });
    const log: string[] = [];
    const lines = createInterface(started.stderr).on("line", (line) => log.push(line));
    const ended = once(lines, "close");
    const stop = async () => {
      started.kill();
      await ended;
    };
    const isReady = ready === null ? answers(port, started) : logs(lines, ready);
    if (await Promise.race([isReady, ended.then(() => false)])) return { port, log, stop };
    await stop();
    if (attempt === ATTEMPTS || !log.some((line) => /address already in use/i.test(line))) {
      throw new Error(`${name} did not start:\n${log.join("\n")}`);
    }
  }
}

async function logs(lines: Interface, text: string): Promise<boolean> {
  const signal = AbortSignal.timeout(START_LIMIT_MS);
  try {
    for await (const [line] of on(lines, "line", { signal })) if (String(line).includes(text)) return true;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return false;
}

async function answers(port: number, program: ChildProcess): Promise<boolean> {
  const limit = Date.now() + START_LIMIT_MS;
  while (program.exitCode === null && Date.now() < limit) {
    const socket = connect(port, "127.0.0.1");
    const connected = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return true;
    await delay(5);
  }
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
