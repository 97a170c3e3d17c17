/**
 * Documents of the open workspace and what the extension says of them, for suites inside the extension host. Waiting
 * is always for an event of VS Code, and a wait that ends in vain tells the last thing seen.
 */
import * as vscode from "vscode";

const patience = 10_000;

/** A finding, as short as a table wants it: `mutable-tag@2:5-18 warning`; lines and characters count from 0. */
export type Finding = string;

/** Writes a file into the workspace. */
export async function writeFile(name: string, text: string): Promise<vscode.Uri> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (folder === undefined) throw new Error("no folder is open");
  const uri = vscode.Uri.joinPath(folder.uri, name);
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  return uri;
}

/** Writes a file into the workspace, opens it and makes it the active editor. */
export async function openFile(name: string, text: string): Promise<vscode.TextDocument> {
  const uri = await writeFile(name, text);
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document);
  return document;
}

/** The extension's own diagnostics of a document; those of other extensions stay out. */
export function diagnosticsOf(document: vscode.TextDocument): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(document.uri).filter((diagnostic) => diagnostic.source === "digest-pin");
}

export function ruleOf(diagnostic: vscode.Diagnostic): string {
  const { code } = diagnostic;
  return String(typeof code === "object" ? code.value : code);
}

export function findingsOf(document: vscode.TextDocument): Finding[] {
  return diagnosticsOf(document).map((diagnostic) => {
    const { start, end } = diagnostic.range;
    const severity = vscode.DiagnosticSeverity[diagnostic.severity].toLowerCase();
    return `${ruleOf(diagnostic)}@${start.line}:${start.character}-${end.character} ${severity}`;
  });
}

/** Resolves with the findings once every expected one is there, or once there are none where none is expected. */
export function untilFindings(document: vscode.TextDocument, expected: readonly Finding[]): Promise<Finding[]> {
  return until(
    vscode.languages.onDidChangeDiagnostics,
    () => {
      const found = findingsOf(document);
      const there = expected.length === 0 ? found.length === 0 : expected.every((finding) => found.includes(finding));
      return there ? found : undefined;
    },
    () => `expected ${JSON.stringify(expected)}, found ${JSON.stringify(findingsOf(document))}`,
  );
}

export function untilText(document: vscode.TextDocument, expected: string): Promise<string> {
  return until(
    vscode.workspace.onDidChangeTextDocument,
    () => (document.getText() === expected ? expected : undefined),
    () => `expected the text ${JSON.stringify(expected)}, found ${JSON.stringify(document.getText())}`,
  );
}

/** The code actions of a kind for a range, with their edits filled in. */
export async function codeActions(
  document: vscode.TextDocument,
  range: vscode.Range,
  kind?: string,
): Promise<vscode.CodeAction[]> {
  const resolveCount = 50;
  return vscode.commands.executeCommand("vscode.executeCodeActionProvider", document.uri, range, kind, resolveCount);
}

/** What a hover over a position says, as one string of Markdown. */
export async function hoverText(document: vscode.TextDocument, position: vscode.Position): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    "vscode.executeHoverProvider",
    document.uri,
    position,
  );
  const contents = hovers.flatMap((hover) => hover.contents);
  return contents.map((content) => (typeof content === "string" ? content : content.value)).join("\n");
}

export function wholeRange(document: vscode.TextDocument): vscode.Range {
  return new vscode.Range(0, 0, document.lineCount, 0);
}

/** Changes a setting of the user (where one is of scope `machine`, of the user on the server's side). */
export async function setUserSetting(name: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration("digestPin").update(name, value, vscode.ConfigurationTarget.Global);
}

function until<Value>(
  event: vscode.Event<unknown>,
  attempt: () => Value | undefined,
  failure: () => string,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const value = attempt();
      if (value === undefined) return;
      end();
      resolve(value);
    };
    const subscription = event(look);
    const timer = setTimeout(() => {
      end();
      reject(new Error(failure()));
    }, patience);
    const end = (): void => {
      subscription.dispose();
      clearTimeout(timer);
    };
    look();
  });
}
