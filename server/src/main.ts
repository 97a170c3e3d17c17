/**
 * Composition root of the language server: real clock, files, network and streams. It also is the file that an editor
 * starts: `node main.js --stdio`, `--node-ipc`, `--socket=PORT` or `--pipe=NAME`.
 */
import { fileURLToPath } from "node:url";
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { version } from "../package.json";
import { Facts } from "./facts/facts";
import { createLocalRegistry } from "./localRegistry";
import { serve } from "./lsp/server";

/** Serves on the streams that the process's arguments name. */
export function start(): void {
  const connection = createConnection(ProposedFeatures.all);
  let folders: readonly string[] = [];
  const { registry, credentials } = createLocalRegistry({
    report: (problem) => connection.console.warn(problem),
    excludedDirectories: () => folders,
  });
  const facts = new Facts({ registry, now: () => new Date() });
  serve(connection, {
    facts,
    version,
    now: () => new Date(),
    dockerRegistries: () => credentials.knownHosts(),
    onFolders: (uris) => {
      folders = uris.filter((uri) => uri.startsWith("file:")).map((uri) => fileURLToPath(uri));
    },
  });
  connection.listen();
}

if (require.main === module) start();
