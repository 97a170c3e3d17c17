/**
 * Starts the editor host, a real VS Code server, for a test or a person: a port of its own, folders of its own, and
 * an environment without the user's credentials and settings. `stop` ends every process it started and removes every
 * file it made; nothing of the developer's own VS Code is read or written.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { host } from "./host/install";

export interface CodeServerOptions {
  /** A package that is installed as a user would install it. */
  readonly vsix?: string;
  /** The user's settings; those of scope `machine` are honoured too. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Whether folders are opened in Restricted Mode, as a folder is that nobody has trusted. */
  readonly restricted?: boolean;
  /** Lets a page run extension tests (the smoke test driver). */
  readonly testDriver?: boolean;
  /** Where the extension's parts look for the user's files; a test may put a docker configuration there. */
  readonly env?: Readonly<Record<string, string>>;
}

export type Payload = readonly (readonly [key: string, value: string])[];

export interface CodeServer {
  readonly origin: string;
  /** The address of a window on `folder`; `payload` carries what a desktop VS Code takes as command line arguments. */
  windowUrl(folder: string, payload?: Payload): string;
  /** What VS Code calls a file of this server. */
  fileUri(file: string): string;
  /** Copies what the server printed, and VS Code's log files with those of its extensions, to a new `folder`. */
  keepLogs(folder: string): void;
  stop(): Promise<void>;
}

/** Installs the package, starts the server and resolves when it answers. Rejects with its log where it ends instead. */
export async function startCodeServer(options: CodeServerOptions): Promise<CodeServer> {
  const home = mkdtempSync(path.join(tmpdir(), "digest-pin-editor-"));
  const userData = path.join(home, "data");
  const folders = ["--user-data-dir", userData, "--extensions-dir", path.join(home, "extensions")];
  const env = cleanEnvironment(home, options.env ?? {});
  // The server is remote for its windows: it takes settings of scope `machine` from the second file alone.
  for (const scope of ["User", "Machine"]) {
    mkdirSync(path.join(userData, scope), { recursive: true });
    writeFileSync(path.join(userData, scope, "settings.json"), JSON.stringify(options.settings, undefined, 2));
  }

  if (options.vsix !== undefined) {
    const installer = run([...folders, "--install-extension", options.vsix], env);
    const code = await ended(installer.child);
    if (code !== 0) {
      removeFolder(home);
      throw new Error(`installing ${options.vsix} ended with ${code}:\n${installer.output()}`);
    }
  }

  const server = run(
    [
      ...["--bind-addr", "127.0.0.1:0", "--auth", "none", "--disable-telemetry", "--disable-update-check"],
      "--disable-getting-started-override",
      ...(options.restricted === true ? [] : ["--disable-workspace-trust"]),
      ...(options.testDriver === true ? ["--vscode-option", "enable-smoke-test-driver"] : []),
      ...folders,
    ],
    env,
  );
  const killAtExit = (): void => {
    kill(server.child, "SIGKILL");
    removeFolder(home);
  };
  process.once("exit", killAtExit);
  const stop = async (): Promise<void> => {
    await endTree(server.child);
    process.removeListener("exit", killAtExit);
    removeFolder(home);
  };

  try {
    const port = await listeningPort(server);
    const authority = `127.0.0.1:${port}`;
    await untilHealthy(`http://${authority}`, server);
    const fileUri = (file: string): string => `vscode-remote://${authority}${file}`;
    return {
      origin: `http://${authority}`,
      windowUrl(folder, payload = []) {
        const query = new URLSearchParams({ folder, payload: JSON.stringify(payload) });
        return `http://${authority}/?${query.toString()}`;
      },
      fileUri,
      keepLogs(folder) {
        rmSync(folder, { recursive: true, force: true });
        cpSync(path.join(userData, "logs"), folder, { recursive: true });
        writeFileSync(path.join(folder, "server.log"), server.output());
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Running {
  readonly child: ChildProcess;
  output(): string;
  /** Calls back with all output so far, now and after each new piece; returns how to stop that. */
  watch(seen: (output: string) => void): () => void;
}

/** Starts the host in a process group of its own, so that its whole tree can be ended. */
function run(args: readonly string[], env: Record<string, string>): Running {
  const child = spawn(host.node, [host.entry, ...args], { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const watchers = new Set<(output: string) => void>();
  let output = "";
  const collect = (piece: string): void => {
    output += piece;
    for (const seen of watchers) seen(output);
  };
  child.stdout.setEncoding("utf8").on("data", collect);
  child.stderr.setEncoding("utf8").on("data", collect);
  return {
    child,
    output: () => output,
    watch(seen) {
      watchers.add(seen);
      seen(output);
      return () => watchers.delete(seen);
    },
  };
}

/** What the server inherits: neither a proxy, nor credentials, nor the VS Code that this may run inside of. */
function cleanEnvironment(home: string, extra: Readonly<Record<string, string>>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of ["PATH", "LANG", "LC_ALL", "TZ", "TMPDIR"]) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return {
    ...env,
    HOME: home,
    XDG_CONFIG_HOME: path.join(home, "config"),
    XDG_DATA_HOME: path.join(home, "share"),
    XDG_CACHE_HOME: path.join(home, "cache"),
    DOCKER_CONFIG: path.join(home, "docker"),
    EXTENSIONS_GALLERY: "{}", // no marketplace: a test asks nobody but this machine
    ...extra,
  };
}

function listeningPort(server: Running): Promise<number> {
  return new Promise((resolve, reject) => {
    server.child.once("error", reject);
    server.child.once("exit", (code) => {
      reject(new Error(`the editor host ended with ${code} before it listened:\n${server.output()}`));
    });
    server.watch((output) => {
      const port = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
}

async function untilHealthy(origin: string, server: Running): Promise<void> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(50)) {
    const healthy = await fetch(`${origin}/healthz`).then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) return;
  }
  throw new Error(`the editor host does not answer at ${origin}/healthz:\n${server.output()}`);
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code));
  });
}

/** Asks the whole process group to end, and insists after three seconds. */
async function endTree(child: ChildProcess): Promise<void> {
  kill(child, "SIGTERM");
  for (const deadline = Date.now() + 3000; Date.now() < deadline && kill(child, 0); ) await sleep(25);
  kill(child, "SIGKILL");
}

/** Signals the child's process group; false where none of it is left. */
function kill(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false;
  try {
    return process.kill(-child.pid, signal);
  } catch {
    return false;
  }
}

function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
