/** Composition root of the command `digest-pin`: the real clock, files, network, streams and exit status. */
import { readFile } from "node:fs/promises";
import { version } from "../package.json";
import { run } from "./cli/command";
import { localFiles } from "./cli/files";
import {
  type CommandPorts,
  exitStatus,
  type OnlineOptions,
  type Output,
  type Questions,
  SetupError,
} from "./cli/ports";
import { inert } from "./cli/terminal";
import { createCoverage } from "./facts/coverage";
import { lazily } from "./lazily";
import { userPolicyPath } from "./standardFolders";
import { readContentTrust } from "./trust/contentTrust";
import { readPolicy } from "./trust/policy/userPolicy";

const interruption = new AbortController();

/** The first Ctrl+C lets a write that is under way finish; the second does not wait. */
function interrupt(): void {
  if (interruption.signal.aborted) process.exit(exitStatus.interrupted);
  interruption.abort();
}

/** Whoever reads may leave early (`| head`): nobody is told, and what has to be written to files still is. */
function outliveReader(output: NodeJS.WriteStream): Output {
  output.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    process.exitCode = exitStatus.couldNotRun;
    if (output !== process.stderr) process.stderr.write(`digest-pin: its output can't be written (${error.code})\n`);
  });
  return output;
}

async function openFacts(folders: readonly string[], options: OnlineOptions): Promise<Questions> {
  const policy = await readPolicy(options.policy ?? userPolicyPath(), options.policy === null);
  if (policy.problem !== null) throw new SetupError(policy.problem);
  const inForce = { ...policy, requireSignature: policy.requireSignature || options.requireSignature };
  const authorities = options.ca === null ? [] : [await readAuthority(options.ca)];
  const coverage = createCoverage(() => inForce, readContentTrust(process.env).isRequired);
  const online = lazily(async () => {
    const { goOnline } = await import("./online");
    return goOnline({
      report: (problem) => process.stderr.write(`digest-pin: ${inert(problem)}\n`),
      folders: () => folders,
      certificateAuthorities: authorities,
      policy: () => inForce,
      isOffline: options.offline,
    });
  });
  const { refresh } = options;
  return {
    forgetRoot: async (reference) => {
      try {
        await (await online.load()).forgetRoot(reference);
      } catch (error) {
        throw new SetupError(error instanceof Error ? error.message : String(error));
      }
    },
    isCovered: (reference) => coverage.isCovered(reference),
    ask: async (reference, asking) => (await online.load()).judging.ask(reference, { ...asking, refresh }),
    facts: {
      cached: (reference) => online.loaded()?.facts.cached(reference) ?? null,
      ask: async (...parameters) => (await online.load()).facts.ask(...parameters),
      cachedManifest: (...parameters) => online.loaded()?.facts.cachedManifest(...parameters) ?? null,
      manifest: async (...parameters) => (await online.load()).facts.manifest(...parameters),
    },
    offline: (reference) => coverage.unasked(reference, "Nobody is asked with --offline.", new Date()),
    unknownImage: () => coverage.unknownImage(new Date()),
  };
}

async function readAuthority(path: string): Promise<string> {
  const { parseCertificates } = await import("./trust/policy/policyFile");
  let pem: string;
  try {
    pem = await readFile(path, "utf8");
  } catch (error) {
    throw new SetupError(`--ca ${path} can't be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  if (parseCertificates(pem) === null)
    throw new SetupError(`--ca ${path} holds no PEM certificate, or something else.`);
  return pem;
}

async function startLanguageServer(): Promise<void> {
  process.off("SIGINT", interrupt);
  const { start } = await import("./main");
  start();
}

const ports: CommandPorts = {
  version,
  cwd: process.cwd(),
  environment: process.env,
  files: localFiles,
  stdout: outliveReader(process.stdout),
  stderr: outliveReader(process.stderr),
  signal: interruption.signal,
  openFacts,
  startLanguageServer,
};

process.on("SIGINT", interrupt);
run(process.argv.slice(2), ports).then((status) => {
  process.off("SIGINT", interrupt);
  // Set, not forced: what is still on its way to a pipe arrives.
  if (status !== exitStatus.clean) process.exitCode = status;
});
