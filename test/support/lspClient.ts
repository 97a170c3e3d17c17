/**
 * A language client for tests: it speaks the protocol over any pair of streams, states the abilities that a test gives
 * it, keeps the documents that it opened, and waits for what the server sends. It knows nothing of the server's code.
 */
import type { Readable, Writable } from "node:stream";
import type {
  ClientCapabilities,
  CodeAction,
  Diagnostic,
  Hover,
  InitializeResult,
  MessageConnection,
  PublishDiagnosticsParams,
  Range,
  WorkspaceEdit,
} from "vscode-languageserver/node";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";

/** What VS Code states, as far as our server looks at it. */
export const modernClient: ClientCapabilities = {
  textDocument: {
    diagnostic: {},
    hover: { contentFormat: ["markdown", "plaintext"] },
    publishDiagnostics: { relatedInformation: true },
    codeAction: {
      codeActionLiteralSupport: { codeActionKind: { valueSet: ["quickfix", "source.fixAll"] } },
      dataSupport: true,
      disabledSupport: true,
      isPreferredSupport: true,
      resolveSupport: { properties: ["edit"] },
    },
  },
  workspace: {
    applyEdit: true,
    configuration: true,
    diagnostics: { refreshSupport: true },
    didChangeConfiguration: { dynamicRegistration: true },
    workspaceEdit: { documentChanges: true },
    workspaceFolders: true,
  },
};

export interface LspClientOptions {
  readonly capabilities?: ClientCapabilities;
  readonly initializationOptions?: unknown;
  readonly rootUri?: string;
  /** Answers `workspace/configuration`; the value of section `digestPin`. It may throw, or answer late. */
  readonly settings?: (scopeUri: string | undefined) => unknown;
  /** The title of the action that is chosen in `window/showMessageRequest`; none where absent. */
  readonly answersMessageRequest?: string;
  /** Answers `workspace/diagnostic/refresh` with an error. */
  readonly failsToRefresh?: boolean;
}

export class LspClient {
  readonly connection: MessageConnection;
  /** Everything that the server sent, by method. */
  readonly received: { readonly method: string; readonly parameters: unknown }[] = [];
  private readonly documents = new Map<string, TextDocument>();
  private readonly waiting = new Set<() => void>();

  constructor(
    input: Readable,
    output: Writable,
    private readonly options: LspClientOptions = {},
  ) {
    this.connection = createMessageConnection(new StreamMessageReader(input), new StreamMessageWriter(output));
    this.connection.onNotification((method, parameters) => this.receive(method, parameters));
    this.connection.onRequest((method, parameters) => this.answer(method, parameters));
    this.connection.listen();
  }

  async start(): Promise<InitializeResult> {
    const { capabilities = modernClient, initializationOptions, rootUri = null } = this.options;
    const parameters = { processId: null, rootUri, workspaceFolders: null, capabilities, initializationOptions };
    const result: InitializeResult = await this.connection.sendRequest("initialize", parameters);
    await this.connection.sendNotification("initialized", {});
    return result;
  }

  async stop(): Promise<void> {
    await this.connection.sendRequest("shutdown");
    await this.connection.sendNotification("exit");
    this.connection.dispose();
  }

  async open(uri: string, text: string, languageId = "dockerfile"): Promise<void> {
    this.documents.set(uri, TextDocument.create(uri, languageId, 1, text));
    await this.connection.sendNotification("textDocument/didOpen", {
      textDocument: { uri, languageId, version: 1, text },
    });
  }

  /** Replaces a range, as an incremental change. */
  async edit(uri: string, range: Range, text: string): Promise<void> {
    const document = this.document(uri);
    const version = document.version + 1;
    const contentChanges = [{ range, text }];
    TextDocument.update(document, contentChanges, version);
    await this.connection.sendNotification("textDocument/didChange", {
      textDocument: { uri, version },
      contentChanges,
    });
  }

  text(uri: string): string {
    return this.document(uri).getText();
  }

  /** The range of the first occurrence of `needle`. */
  rangeOf(uri: string, needle: string): Range {
    const document = this.document(uri);
    const start = document.getText().indexOf(needle);
    if (start === -1) throw new Error(`${needle} is not in ${uri}`);
    return { start: document.positionAt(start), end: document.positionAt(start + needle.length) };
  }

  async pullDiagnostics(uri: string): Promise<Diagnostic[]> {
    const report: { items: Diagnostic[] } = await this.connection.sendRequest("textDocument/diagnostic", {
      textDocument: { uri },
    });
    return report.items;
  }

  hover(uri: string, needle: string): Promise<Hover | null> {
    const position = this.rangeOf(uri, needle).start;
    return this.connection.sendRequest("textDocument/hover", { textDocument: { uri }, position });
  }

  async codeActions(uri: string, needle: string, context: object = {}): Promise<CodeAction[]> {
    const range = this.rangeOf(uri, needle);
    const parameters = { textDocument: { uri }, range, context: { diagnostics: [], ...context } };
    const actions: CodeAction[] | null = await this.connection.sendRequest("textDocument/codeAction", parameters);
    return actions ?? [];
  }

  resolve(action: CodeAction): Promise<CodeAction> {
    return this.connection.sendRequest("codeAction/resolve", action);
  }

  execute(command: string, argument: unknown): Promise<unknown> {
    return this.connection.sendRequest("workspace/executeCommand", { command, arguments: [argument] });
  }

  /** The document as it would be after `edit`; the document itself stays. */
  applied(uri: string, { changes, documentChanges }: WorkspaceEdit): string {
    const edits = (documentChanges ?? []).flatMap((change) =>
      "textDocument" in change && change.textDocument.uri === uri ? change.edits : [],
    );
    const textEdits = [...edits, ...(changes?.[uri] ?? [])].filter((edit) => "newText" in edit);
    return TextDocument.applyEdits(this.document(uri), textEdits);
  }

  /** The parameters of the next message of that method which fits, those already received included. */
  async next<T>(method: string, fits: (parameters: T) => boolean = () => true): Promise<T> {
    for (;;) {
      const index = this.received.findIndex((message) => message.method === method && fits(message.parameters as T));
      if (index !== -1) return this.received.splice(index, 1)[0]?.parameters as T;
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  nextDiagnostics(uri: string, version: number): Promise<PublishDiagnosticsParams> {
    return this.next<PublishDiagnosticsParams>(
      "textDocument/publishDiagnostics",
      (parameters) => parameters.uri === uri && parameters.version === version,
    );
  }

  private document(uri: string): TextDocument {
    const document = this.documents.get(uri);
    if (document === undefined) throw new Error(`${uri} is not open`);
    return document;
  }

  private receive(method: string, parameters: unknown): void {
    this.received.push({ method, parameters });
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const resolve of waiting) resolve();
  }

  private answer(method: string, parameters: unknown): unknown {
    this.receive(method, parameters);
    if (method === "workspace/configuration") {
      const { items } = parameters as { items: { scopeUri?: string }[] };
      return Promise.all(items.map(async ({ scopeUri }) => (await this.options.settings?.(scopeUri)) ?? null));
    }
    if (method === "window/showMessageRequest") {
      const { actions } = parameters as { actions: { title: string }[] };
      return actions.find(({ title }) => title === this.options.answersMessageRequest) ?? null;
    }
    if (method === "workspace/diagnostic/refresh" && this.options.failsToRefresh) throw new Error("no refresh");
    return method === "workspace/applyEdit" ? { applied: true } : null;
  }
}
