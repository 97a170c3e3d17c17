/** The commands of the palette. */
import * as vscode from "vscode";
import { ExecuteCommandRequest, type LanguageClient } from "vscode-languageclient/node";
import { serverCommands } from "../../server/src/lsp/wire";
import { documentSelector } from "./selector";

export function registerCommands(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  startedClient: () => Promise<LanguageClient | undefined>,
): void {
  context.subscriptions.push(
    vscode.commands.registerCommand("digestPin.showLog", () => log.show()),
    vscode.commands.registerCommand("digestPin.pinAll", async () => {
      const document = vscode.window.activeTextEditor?.document;
      if (document === undefined || vscode.languages.match(documentSelector, document) === 0) {
        await vscode.window.showInformationMessage("Open a Dockerfile or a Compose file to pin its images.");
        return;
      }
      const client = await startedClient();
      const parameters = { command: serverCommands.pinAll, arguments: [document.uri.toString()] };
      await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: "Pinning images" }, () =>
        Promise.resolve(client?.sendRequest(ExecuteCommandRequest.type, parameters)),
      );
    }),
  );
}
