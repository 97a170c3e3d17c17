/** What the client said it can do, read once from `initialize`. */
import { CodeActionKind, type InitializeParams, MarkupKind } from "vscode-languageserver";
import type { InitializationOptions } from "./wire";

export interface Abilities {
  readonly pullsDiagnostics: boolean;
  readonly refreshesDiagnostics: boolean;
  readonly relatedInformation: boolean;
  readonly codeActionLiterals: boolean;
  readonly resolvesEdits: boolean;
  readonly disabledActions: boolean;
  readonly preferredActions: boolean;
  readonly versionedEdits: boolean;
  /** Edits may ask for confirmation. */
  readonly annotatedEdits: boolean;
  readonly configuration: boolean;
  readonly watchesConfiguration: boolean;
  readonly watchesFiles: boolean;
  readonly workspaceFolders: boolean;
  readonly markdown: boolean;
  readonly commandLinks: boolean;
  readonly showsStatus: boolean;
  /** Undefined where the client states nothing. */
  readonly workspaceTrust: boolean | undefined;
}

export function readAbilities({ capabilities, initializationOptions }: InitializeParams): Abilities {
  const { textDocument, workspace } = capabilities;
  const action = textDocument?.codeAction;
  const options = readOptions(initializationOptions);
  return {
    pullsDiagnostics: textDocument?.diagnostic !== undefined,
    refreshesDiagnostics: workspace?.diagnostics?.refreshSupport === true,
    relatedInformation: textDocument?.publishDiagnostics?.relatedInformation === true,
    codeActionLiterals:
      action?.codeActionLiteralSupport?.codeActionKind.valueSet.includes(CodeActionKind.QuickFix) === true,
    resolvesEdits: action?.resolveSupport?.properties.includes("edit") === true && action.dataSupport === true,
    disabledActions: action?.disabledSupport === true,
    preferredActions: action?.isPreferredSupport === true,
    versionedEdits: workspace?.workspaceEdit?.documentChanges === true,
    annotatedEdits: workspace?.workspaceEdit?.changeAnnotationSupport !== undefined,
    configuration: workspace?.configuration === true,
    watchesConfiguration: workspace?.didChangeConfiguration?.dynamicRegistration === true,
    watchesFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    workspaceFolders: workspace?.workspaceFolders === true,
    markdown: textDocument?.hover?.contentFormat?.includes(MarkupKind.Markdown) === true,
    commandLinks: options.commandLinks === true,
    showsStatus: options.status === true,
    workspaceTrust: options.workspaceTrust,
  };
}

function readOptions(value: unknown): InitializationOptions {
  if (typeof value !== "object" || value === null) return {};
  const { workspaceTrust, status, commandLinks } = value as Partial<Record<keyof InitializationOptions, unknown>>;
  return {
    ...(typeof workspaceTrust === "boolean" ? { workspaceTrust } : {}),
    ...(typeof status === "boolean" ? { status } : {}),
    ...(typeof commandLinks === "boolean" ? { commandLinks } : {}),
  };
}
