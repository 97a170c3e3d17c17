/** Runs programs for the scripts that work on a fresh clone, where nothing but Node is there. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** Runs a program, showing what it prints. Resolves to its exit status and what it wrote to standard output. */
export function run(command, parameters, options = {}) {
  return new Promise((resolve, reject) => {
    // npm is a script on Windows, which only a shell starts; the parameters are ours.
    const shell = process.platform === "win32";
    const child = spawn(command, parameters, { stdio: ["ignore", "pipe", "inherit"], shell, ...options });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
      process.stdout.write(text);
    });
    child.on("error", reject);
    child.on("close", (status) => resolve({ status: status ?? 1, output }));
  });
}

/** Runs a program and ends this one where it fails. */
export async function mustRun(command, parameters, options) {
  const { status } = await run(command, parameters, options);
  if (status === 0) return;
  console.error(`\nThis failed: ${command} ${parameters.join(" ")}`);
  process.exit(status);
}

/** Installs the packages of the lock file, unless just these are there. */
export async function requireInstalled() {
  if (isInstalled()) return;
  console.log("== Installing packages (npm ci)");
  await mustRun("npm", ["ci"]);
}

function isInstalled() {
  try {
    const wanted = JSON.parse(readFileSync("package-lock.json", "utf8")).packages;
    const there = JSON.parse(readFileSync("node_modules/.package-lock.json", "utf8")).packages;
    return Object.entries(there).every(([path, { version }]) => wanted[path]?.version === version);
  } catch {
    return false;
  }
}
