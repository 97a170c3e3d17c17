/**
 * Programs of the system that some tests need. A missing one skips the test with the command that installs it, or
 * fails it where everything is required, as in CI. All such tests ask here, so that no skip is silent.
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join, resolve } from "node:path";

const repositoryRoot = resolve(import.meta.dirname, "../..");
/** Filled by the script below, which unpacks packages without installing them. */
const unpacked = join(repositoryRoot, ".cache", "system", "usr");
/** Looked at after PATH, which has the programs of servers for some users only. */
const programDirectories = [join(unpacked, "bin"), "/usr/sbin", join(unpacked, "sbin")];
const INSTALL_COMMAND = "scripts/setup-system.sh";

/** The program's path, or null where it is neither on PATH nor unpacked. */
export function findInstalled(program: string): string | null {
  for (const directory of [...(process.env.PATH ?? "").split(delimiter), ...programDirectories]) {
    const path = join(directory, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  return null;
}

/** The program's path; skips the test or suite of `context` where there is none. Call it in a hook or a test. */
export function skipUnlessInstalled(context: Mocha.Context, program: string): string {
  const path = findInstalled(program);
  if (path !== null) return path;
  return skipOrFail(context, `${program} is not installed: run ${INSTALL_COMMAND}`);
}

/** Skips with the reason printed, or fails where everything is required. */
export function skipOrFail(context: Mocha.Context, reason: string): never {
  if (process.env.DIGEST_PIN_REQUIRE_ALL === "1") throw new Error(reason);
  console.warn(`      skipped: ${reason}`);
  return context.skip();
}
