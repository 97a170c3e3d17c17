/**
 * The VS Code extension: starts the language server with the first document that it can read, and shows what only an
 * editor can show. It decides nothing about images.
 */
import * as vscode from "vscode";
import {
  DidChangeConfigurationNotification,
  LanguageClient,
  type LanguageClientOptions,
  TransportKind,
} from "vscode-languageclient/node";
import { type InitializationOptions, STATUS, WORKSPACE_TRUSTED } from "../../server/src/lsp/wire";
import { registerCommands } from "./commands";
import { documentSelector } from "./selector";
import { NetworkStatusItem } from "./statusItem";
import { affectsProxy, userScoped } from "./userScoped";

let client: LanguageClient | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Digest Pin", { log: true });
  const status = new NetworkStatusItem();
  context.subscriptions.push(log, status);

  const start = (): Promise<void> => {
    if (client === undefined) {
      client = createClient(context, log);
      client.onNotification(STATUS, (networkStatus) => status.show(networkStatus));
    }
    return client.needsStart() ? client.start() : Promise.resolve();
  };
  registerCommands(context, log, async () => {
    await start();
    return client;
  });

  const startFor = (document: vscode.TextDocument): void => {
    if (vscode.languages.match(documentSelector, document) > 0) {
      start().catch((error: unknown) => log.error(error instanceof Error ? error : String(error)));
    }
  };
  context.subscriptions.push(
    vscode.workspace.onDidOpenTextDocument(startFor),
    vscode.workspace.onDidGrantWorkspaceTrust(() => client?.sendNotification(WORKSPACE_TRUSTED)),
    vscode.workspace.onDidChangeConfiguration((event) => {
      // The server asks what they are: no login goes along with the news.
      if (affectsProxy(event))
        return client?.sendNotification(DidChangeConfigurationNotification.type, { settings: null });
    }),
  );
  for (const document of vscode.workspace.textDocuments) startFor(document);
}

export async function deactivate(): Promise<void> {
  await client?.stop();
  client = undefined;
}

function createClient(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): LanguageClient {
  const module = context.asAbsolutePath("server/dist/main.js");
  const clientOptions: LanguageClientOptions = {
    documentSelector,
    outputChannel: log,
    // Asked again where the server has to be started again: trust may have been granted meanwhile.
    initializationOptions: (): InitializationOptions => ({
      workspaceTrust: vscode.workspace.isTrusted,
      status: true,
      commandLinks: true,
    }),
    middleware: { workspace: { configuration: userScoped } },
    markdown: { isTrusted: { enabledCommands: ["digestPin.server.checkNow"] } },
  };
  const run = { module, transport: TransportKind.ipc };
  const debug = { ...run, options: { execArgv: ["--inspect=6009"] } };
  return new LanguageClient("digestPin", "Digest Pin", { run, debug }, clientOptions);
}
