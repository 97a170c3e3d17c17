/** Runs the unit tests of trust against one mutant, in a process of its own that reads the mutant in place of the file. */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { type Mutant, mutated } from "./discover";

export type Fate = { readonly kind: "killed"; readonly by: string } | { readonly kind: "survived" };

const ROOT = resolve(import.meta.dirname, "../..");
const TESTS = "test/trust";
const NEVER_READ = 77;
/** A mutant that never ends is dead too. */
const TIME_LIMIT_MS = 60_000;
/** Where the tests of a source stand, other than in the file of its own name. */
const homes: Readonly<Record<string, readonly string[]>> = {
  "notary/signatures": ["notary/roleVerifier"],
  "notary/pem": ["notary/certificates"],
  "notary/certificates": ["notary/certificates", "notary/rootVerifier"],
  "notary/roleVerifier": ["notary/roleVerifier", "notary/oneState"],
  "notary/update": ["notary/update", "notary/delegations", "notary/oneState", "notary/rootChain"],
  "notary/notaryScheme": ["notary/notaryScheme", "notary/askedServer"],
  "notary/notaryAnswer": ["notary/notaryScheme", "notary/askedServer"],
  "notary/trustedRepository": ["notary/update"],
  "notary/metadata/root": ["notary/metadata/malformed"],
  "notary/metadata/signed": ["notary/metadata/malformed"],
  "notary/metadata/snapshot": ["notary/metadata/malformed"],
  "notary/metadata/targets": ["notary/metadata/malformed"],
  "notary/metadata/timestamp": ["notary/metadata/malformed"],
  combine: ["verdicts"],
};

/** Paths below the root of the repository. */
export function trustTests(): string[] {
  const names = readdirSync(join(ROOT, TESTS), { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `${TESTS}/${name.replaceAll("\\", "/")}`)
    .sort();
}

/**
 * The tests that most likely kill it run first and alone, the others only where those do not.
 * @param source of the file, as it is
 */
export async function fateOf(mutant: Mutant, source: string, tests: readonly string[]): Promise<Fate> {
  const near = tests.filter((test) => isNear(mutant, test));
  const rest = tests.filter((test) => !near.includes(test));
  for (const some of [near, rest]) {
    if (some.length === 0) continue;
    const fate = await runOn(mutant.file, mutated(source, mutant), some);
    if (fate.kind === "killed") return fate;
  }
  return { kind: "survived" };
}

function isNear({ file }: Mutant, test: string): boolean {
  const name = file.replace("server/src/trust/", "").replace(/\.ts$/, "");
  return (homes[name] ?? [name]).some((home) => test === `${TESTS}/${home}.test.ts`);
}

async function runOn(file: string, source: string, tests: readonly string[]): Promise<Fate> {
  const mutant = { path: join(ROOT, file), source };
  const mocha = join(ROOT, "node_modules/mocha/lib/cli/cli.js");
  const overlay = join(ROOT, "scripts/mutation/overlay.cjs");
  // mocha's own configuration would start a second process, which loads no overlay.
  const options = ["--no-config", "--bail", "--exit", "--reporter", "json", "--timeout", "10000"];
  const child = spawn(process.execPath, ["--import", "tsx", "--require", overlay, mocha, ...options, ...tests], {
    cwd: ROOT,
    env: { ...process.env, DIGEST_PIN_MUTANT: JSON.stringify(mutant) },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: TIME_LIMIT_MS,
    killSignal: "SIGKILL",
  });
  const ended = new Promise<number | null>((done) => child.on("close", done));
  const [output, errors, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (status === 0) return { kind: "survived" };
  if (status === NEVER_READ) return { kind: "survived" };
  return { kind: "killed", by: status === null ? "the time limit" : failureIn(output, errors) };
}

/** The full name of the test that failed. */
function failureIn(output: string, errors: string): string {
  const [json] = /\{\n {2}"stats"[\s\S]*/.exec(output) ?? [];
  if (json !== undefined) {
    const { failures } = JSON.parse(json) as { failures: readonly { fullTitle: string }[] };
    if (failures[0] !== undefined) return failures[0].fullTitle;
  }
  const [message = "no message"] = /^.*Error.*$/m.exec(errors || output) ?? [];
  return `before any test: ${message.trim().slice(0, 80)}`;
}
