/**
 * Composition root of the language server: real clock, files, network and streams. It also is the file that an editor
 * starts: `node main.js --stdio`, `--node-ipc`, `--socket=PORT` or `--pipe=NAME`.
 */
import { fileURLToPath } from "node:url";
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { version } from "../package.json";
import { Facts } from "./facts/facts";
import type { LocalRegistry } from "./localRegistry";
import { serve } from "./lsp/server";
import type { Registry } from "./registry/registry";

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
  const registry: Registry = {
    resolve: async (...parameters) => (await local()).registry.resolve(...parameters),
    fetchManifest: async (...parameters) => (await local()).registry.fetchManifest(...parameters),
  };
  const facts = new Facts({ registry, now: () => new Date() });
  serve(connection, {
    facts,
    version,
    now: () => new Date(),
    dockerRegistries: async () => (await local()).credentials.knownHosts(),
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
