/**
 * Composition root of the language server: real clock, files, network and streams. It also is the file that an editor
 * starts: `node main.js --stdio`, `--node-ipc`, `--socket=PORT` or `--pipe=NAME`.
 */
import { fileURLToPath } from "node:url";
import { createConnection, MessageType, ProposedFeatures, ShowMessageNotification } from "vscode-languageserver/node";
import { version } from "../package.json";
import { createCoverage } from "./facts/coverage";
import { lazily } from "./lazily";
import { EditorPolicy } from "./lsp/editorPolicy";
import { serve } from "./lsp/server";
import { CAUTIOUS } from "./lsp/settings";
import { userPolicyPath } from "./standardFolders";
import { readSurroundingFile, rootOf } from "./surroundingFiles";
import { readContentTrust } from "./trust/contentTrust";
import { createUserPolicy } from "./trust/policy/userPolicy";

/** Serves on the streams that the process's arguments name. */
export function start(): void {
  const connection = createConnection(ProposedFeatures.all);
  let folders: readonly string[] = [];
  let registrySettings = CAUTIOUS.registrySettings;
  const policy = new EditorPolicy(createUserPolicy(userPolicyPath(), true), (problem) => {
    const message = `Digest Pin: the policy can't be read, and nothing is verified: ${problem}`;
    connection
      .sendNotification(ShowMessageNotification.type, { type: MessageType.Error, message })
      .catch(() => connection.console.error(message));
  });
  const online = lazily(async () => {
    const { goOnline } = await import("./online");
    return goOnline({
      report: (problem) => connection.console.warn(problem),
      folders: () => folders,
      policy: () => policy.current(),
      registrySettings: () => registrySettings,
    });
  });
  serve(connection, {
    facts: {
      cached: (reference) => online.loaded()?.facts.cached(reference) ?? null,
      ask: async (...parameters) => (await online.load()).facts.ask(...parameters),
      cachedManifest: (...parameters) => online.loaded()?.facts.cachedManifest(...parameters) ?? null,
      manifest: async (...parameters) => (await online.load()).facts.manifest(...parameters),
      details: async (...parameters) => (await online.load()).facts.details(...parameters),
    },
    judging: {
      cached: (reference) => online.loaded()?.judging.cached(reference) ?? null,
      ask: async (...parameters) => (await online.load()).judging.ask(...parameters),
    },
    files: { read: readSurroundingFile, rootOf },
    coverage: createCoverage(() => policy.current(), readContentTrust(process.env).isRequired),
    policy,
    version,
    now: () => new Date(),
    dockerRegistries: async () => (await online.load()).knownHosts(),
    quotas: () => online.loaded()?.quotas() ?? [],
    onRegistrySettings: (settings) => {
      registrySettings = settings;
    },
    forgetRoot: async (reference) => (await online.load()).forgetRoot(reference),
    onFolders: (uris) => {
      folders = uris.flatMap((uri) => localPath(uri) ?? []);
    },
  });
  connection.listen();
}

/** Null for what is no file of this machine: another scheme, another host. */
function localPath(uri: string): string | null {
  try {
    return fileURLToPath(uri);
  } catch {
    return null;
  }
}

if (require.main === module) start();
