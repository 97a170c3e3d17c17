/**
 * Composition root of the language server: real clock, files, network and streams. It also is the file that an editor
 * starts: `node main.js --stdio`, `--node-ipc`, `--socket=PORT` or `--pipe=NAME`.
 */
import { fileURLToPath } from "node:url";
import { createConnection, MessageType, ProposedFeatures, ShowMessageNotification } from "vscode-languageserver/node";
import { version } from "../package.json";
import { joinFacts } from "./joinFacts";
import type { LocalRegistry } from "./localRegistry";
import type { LocalTrust } from "./localTrust";
import { EditorPolicy } from "./lsp/editorPolicy";
import { serve } from "./lsp/server";
import type { Registry } from "./registry/registry";
import { userPolicyPath } from "./standardFolders";
import { createUserPolicy } from "./trust/policy/userPolicy";
import type { SignatureScheme } from "./trust/scheme";
import type { Scheme } from "./trust/verdict";

/** Serves on the streams that the process's arguments name. */
export function start(): void {
  const connection = createConnection(ProposedFeatures.all);
  let folders: readonly string[] = [];
  let loaded: Promise<LocalRegistry> | null = null;
  /** Loaded with the first question, which comes after the first findings. */
  const local = (): Promise<LocalRegistry> => {
    loaded ??= import("./localRegistry").then(({ createLocalRegistry }) =>
      createLocalRegistry({
        report: (problem) => connection.console.warn(problem),
        folders: () => folders,
      }),
    );
    return loaded;
  };
  let loadedTrust: Promise<LocalTrust> | null = null;
  /** Loaded with the first question about a signature. */
  const localTrust = (): Promise<LocalTrust> => {
    loadedTrust ??= Promise.all([local(), import("./localTrust")]).then(([registry, { createLocalTrust }]) =>
      createLocalTrust(registry),
    );
    return loadedTrust;
  };
  const registry: Registry = {
    resolve: async (...parameters) => (await local()).registry.resolve(...parameters),
    fetchManifest: async (...parameters) => (await local()).registry.fetchManifest(...parameters),
    fetchReferrers: async (...parameters) => (await local()).registry.fetchReferrers(...parameters),
  };
  const schemeOf = (name: Scheme): SignatureScheme => ({
    name,
    isCalledFor: async (...parameters) => (await localTrust()).schemes[name].isCalledFor(...parameters),
    check: async (...parameters) => (await localTrust()).schemes[name].check(...parameters),
  });
  const schemes = { notary: schemeOf("notary"), sigstore: schemeOf("sigstore"), notation: schemeOf("notation") };
  const policy = new EditorPolicy(createUserPolicy(userPolicyPath(), true), (problem) => {
    const message = `Digest Pin: the policy can't be read, and nothing is verified: ${problem}`;
    connection
      .sendNotification(ShowMessageNotification.type, { type: MessageType.Error, message })
      .catch(() => connection.console.error(message));
  });
  const { facts, judging } = joinFacts(registry, schemes, () => policy.current());
  serve(connection, {
    facts,
    judging,
    policy,
    version,
    now: () => new Date(),
    dockerRegistries: async () => (await local()).credentials.knownHosts(),
    forgetRoot: async (reference) => {
      await (await localTrust()).forgetRoot(reference);
      judging.forget(reference);
    },
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
