/**
 * The language server: wires the protocol to documents, rules, facts and pinning, and decides nothing itself. It
 * declares its capabilities statically, pulls or pushes diagnostics as the client can, and answers a request that an
 * edit has overtaken with `ContentModified`.
 */
import {
  type CancellationToken,
  type CodeAction,
  CodeActionKind,
  type CodeActionParams,
  type Command,
  type Connection,
  type Diagnostic,
  DiagnosticRefreshRequest,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  DocumentDiagnosticReportKind,
  type Hover,
  type InitializeParams,
  type InitializeResult,
  LSPErrorCodes,
  MarkupKind,
  MessageType,
  type Position,
  ResponseError,
  ShowMessageNotification,
  TextDocumentSyncKind,
  TextDocuments,
  type WorkspaceEdit,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { catalog } from "../catalog/catalog";
import type { ImageUse } from "../documents/imageUse";
import type { FilePath } from "../documents/surroundings";
import type { Coverage } from "../facts/coverage";
import { nothingKnown } from "../facts/knowledge";
import type { FactSource, JudgementSource } from "../facts/sources";
import type { Knowledge } from "../facts/types";
import type { RegistrySettings } from "../localRegistry";
import type { Reference } from "../reference/reference";
import { isUnknownImage } from "../rules/buildContext";
import { findingsOf } from "../rules/rules";
import { type Abilities, readAbilities } from "./abilities";
import {
  type ActionContext,
  type ActionData,
  FIX_ALL,
  fixAllData,
  offerActions,
  readActionData,
  resolveEdits,
} from "./codeActions";
import { Configuration } from "./configuration";
import { diagnosticOf, protocolRange } from "./diagnostics";
import type { EditorPolicy } from "./editorPolicy";
import { HoverReader, outputText } from "./hover";
import { Network } from "./network";
import { type LookedUp, lookedUpImages, OpenDocuments } from "./openDocuments";
import { Prefetch } from "./prefetch";
import { CAUTIOUS } from "./settings";
import { signalOf } from "./signals";
import { SurroundingFiles, type SurroundingPorts } from "./surroundings";
import { UserQuestions } from "./userQuestions";
import { type HostQuota, STATUS, serverCommands, WORKSPACE_TRUSTED } from "./wire";
import { workspaceEditOf } from "./workspaceEdits";

export interface ServerPorts {
  readonly facts: FactSource;
  readonly judging: JudgementSource;
  readonly coverage: Coverage;
  /** The files around documents. */
  readonly files: SurroundingPorts;
  readonly policy: EditorPolicy;
  /** By the user's word: the root of the reference's repository is trusted on first use once more. */
  readonly forgetRoot: (reference: Reference) => Promise<void>;
  /** Registries that the docker configuration names. */
  readonly dockerRegistries: () => Promise<ReadonlySet<string>>;
  /** What registries said last of how many requests they still allow. */
  readonly quotas: () => readonly HostQuota[];
  /** Told what the user set of mirrors, insecure registries and proxies, before anybody is asked. */
  readonly onRegistrySettings: (settings: RegistrySettings) => void;
  readonly now: () => Date;
  readonly version: string;
  /** Told the URIs of all folders that documents come from, whenever they change. */
  readonly onFolders: (uris: readonly string[]) => void;
}

/** What may decide what a document means: Compose files and what they bring in, environment files, what git ignores. */
const watchedFiles = ["**/*.{yaml,yml,json,env}", "**/.env*", "**/.gitignore"];

/** Serves `connection`, which the caller has not started to listen on. */
export function serve(connection: Connection, ports: ServerPorts): void {
  connection.onInitialize((params) => new LanguageServer(connection, ports, params).result());
}

class LanguageServer {
  private readonly abilities: Abilities;
  private readonly texts = new TextDocuments(TextDocument);
  private readonly surroundings: SurroundingFiles;
  private readonly documents: OpenDocuments;
  private readonly configuration: Configuration;
  private readonly network: Network;
  private readonly prefetch: Prefetch;
  private readonly hovers: HoverReader;
  private readonly questions: UserQuestions;
  private readonly folders: Set<string>;
  private changes = 0;
  private isRefreshing = false;
  private isRereading = false;
  private userSettings = CAUTIOUS;

  constructor(
    private readonly connection: Connection,
    private readonly ports: ServerPorts,
    params: InitializeParams,
  ) {
    this.abilities = readAbilities(params);
    this.configuration = new Configuration(connection, this.abilities);
    this.surroundings = new SurroundingFiles(
      ports.files,
      (path) => this.documents.textAt(path),
      () => this.surroundingsChanged(),
      (error) => this.logError(error),
    );
    this.documents = new OpenDocuments(this.texts, this.surroundings);
    const { facts, judging, coverage, dockerRegistries, now } = ports;
    const onStatus = (status: unknown) => {
      if (this.abilities.showsStatus) this.inBackground(connection.sendNotification(STATUS, status));
    };
    const onJudged = () => this.refreshSoon();
    const { commandLinks, workspaceTrust } = this.abilities;
    const networkPorts = { facts, judging, coverage, dockerRegistries, onStatus, onJudged, quotas: ports.quotas };
    this.network = new Network(networkPorts, workspaceTrust);
    this.hovers = new HoverReader({ facts, judging, network: this.network, now, commandLinks });
    this.questions = new UserQuestions(connection, ports, this.network);
    this.prefetch = new Prefetch(
      this.network,
      coverage,
      (uri) => this.lookedUp(uri),
      (error) => this.logError(error),
    );
    this.folders = new Set(params.workspaceFolders?.map(({ uri }) => uri) ?? (params.rootUri ? [params.rootUri] : []));
    this.surroundings.setWorkspaceFolders([...this.folders]);
    this.tellFolders();
    this.listen();
  }

  result(): InitializeResult {
    return {
      serverInfo: { name: "digest-pin", version: this.ports.version },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
        hoverProvider: true,
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, FIX_ALL], resolveProvider: true },
        executeCommandProvider: { commands: Object.values(serverCommands) },
        ...(this.abilities.pullsDiagnostics
          ? { diagnosticProvider: { interFileDependencies: true, workspaceDiagnostics: false } }
          : {}),
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  }

  private listen(): void {
    const { connection, texts } = this;
    texts.listen(connection);
    texts.onDidOpen(() => this.tellFolders());
    texts.onDidSave(({ document }) => {
      this.prefetch.now(document.uri);
      if (!this.abilities.watchesFiles) this.inBackground(this.surroundings.reload());
    });
    texts.onDidChangeContent(({ document }) => {
      this.surroundings.edited(document.uri);
      this.prefetch.changed(document.uri);
      if (!this.abilities.pullsDiagnostics) this.inBackground(this.push(document.uri));
    });
    texts.onDidClose(({ document: { uri } }) => {
      this.surroundings.edited(uri);
      this.prefetch.forget(uri);
      this.configuration.forget(uri);
      this.tellFolders();
      if (!this.abilities.pullsDiagnostics) this.inBackground(connection.sendDiagnostics({ uri, diagnostics: [] }));
    });

    connection.onInitialized(() => this.inBackground(this.start()));
    connection.onDidChangeConfiguration(({ settings }) => this.inBackground(this.reconfigure(settings)));
    connection.onDidChangeWatchedFiles(({ changes }) =>
      this.inBackground(this.surroundings.changed(changes.map(({ uri }) => uri))),
    );
    connection.onNotification(WORKSPACE_TRUSTED, () => {
      this.network.grantTrust();
      this.inBackground(this.reconfigure(undefined));
    });
    connection.languages.diagnostics.on(async ({ textDocument }) => ({
      kind: DocumentDiagnosticReportKind.Full,
      items: await this.diagnostics(textDocument.uri),
    }));
    connection.onHover(({ textDocument, position }, token) => this.hover(textDocument.uri, position, token));
    connection.onCodeAction((params) => this.offer(params));
    connection.onCodeActionResolve((action, token) => this.resolve(action, token));
    connection.onExecuteCommand(({ command, arguments: parameters }, token) =>
      command === serverCommands.forgetRoot
        ? this.questions.forgetRoot(this.referenceAt(parameters?.[0], parameters?.[1]))
        : this.execute(command, parameters?.[0], token),
    );
  }

  private async start(): Promise<void> {
    if (this.abilities.watchesConfiguration) {
      await this.connection.client.register(DidChangeConfigurationNotification.type, { section: "digestPin" });
    }
    if (this.abilities.watchesFiles) {
      const watchers = watchedFiles.map((globPattern) => ({ globPattern }));
      await this.connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
    }
    if (this.abilities.workspaceFolders) {
      this.connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        for (const { uri } of removed) this.folders.delete(uri);
        for (const { uri } of added) this.folders.add(uri);
        this.surroundings.setWorkspaceFolders([...this.folders]);
        this.tellFolders();
      });
    }
    await this.reconfigure(undefined);
  }

  /** Settings or trust changed: everything that was said is said again. */
  private async reconfigure(settings: unknown): Promise<void> {
    this.configuration.changed(settings);
    this.changes += 1;
    const change = this.changes;
    const userSettings = await this.configuration.ofUser();
    // An answer that a later change has overtaken may allow what the user has just forbidden.
    if (change !== this.changes) return;
    await this.ports.policy.configure(userSettings);
    if (change !== this.changes) return;
    this.userSettings = userSettings;
    this.ports.onRegistrySettings(userSettings.registrySettings);
    this.network.configure(userSettings);
    await this.judgeAnew();
  }

  /** Something that judgements follow from has changed. */
  private async judgeAnew(): Promise<void> {
    for (const { text } of this.documents.all()) this.prefetch.now(text.uri);
    await this.refresh();
  }

  /** Before anything is said or written under the policy: whether its file is still the one that was read. */
  private async requireFreshPolicy(): Promise<void> {
    if (!(await this.ports.policy.refresh())) return;
    this.network.forgetJudgements();
    this.inBackground(this.judgeAnew());
  }

  /** All findings are said again. */
  private async refresh(): Promise<void> {
    if (!this.abilities.pullsDiagnostics) {
      for (const { text } of this.documents.all()) this.inBackground(this.push(text.uri));
    } else if (this.abilities.refreshesDiagnostics) {
      await this.connection.sendRequest(DiagnosticRefreshRequest.type);
    }
  }

  /** Once for all the judgements that come together. */
  private refreshSoon(): void {
    if (this.isRefreshing) return;
    this.isRefreshing = true;
    setImmediate(() => {
      this.isRefreshing = false;
      this.inBackground(this.refresh());
    });
  }

  /** Files around the open documents came or changed: what stands in the documents may mean something else now. */
  private surroundingsChanged(): void {
    if (this.isRereading) return;
    this.isRereading = true;
    setImmediate(() => {
      this.isRereading = false;
      const changed = this.documents.refresh();
      for (const uri of changed) this.prefetch.changed(uri);
      if (changed.length > 0) this.inBackground(this.refresh());
    });
  }

  private lookedUp(uri: string): LookedUp[] {
    return lookedUpImages(this.documents.get(uri)?.uses.filter((use) => !isUnknownImage(use, catalog)) ?? []);
  }

  /** The workspace's folders, and those of documents that may stand elsewhere. */
  private tellFolders(): void {
    const ofDocuments = this.texts.all().map(({ uri }) => uri.slice(0, uri.lastIndexOf("/")));
    this.ports.onFolders([...this.folders, ...ofDocuments]);
  }

  /** What nobody waits for must not end the process where it fails. */
  private inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.logError(error));
  }

  private logError(error: unknown): void {
    this.connection.console.error(error instanceof Error ? error.message : String(error));
  }

  private async push(uri: string): Promise<void> {
    const diagnostics = await this.diagnostics(uri);
    const version = this.texts.get(uri)?.version;
    if (version !== undefined) await this.connection.sendDiagnostics({ uri, version, diagnostics });
  }

  private async diagnostics(uri: string): Promise<Diagnostic[]> {
    const { rules } = await this.configuration.of(uri);
    const document = this.documents.get(uri);
    if (document === null) return [];
    const settings = { ...rules, ...this.userSettings.signatureRules };
    const otherFile = (path: FilePath) => this.documents.fileAround(uri, path)?.text ?? null;
    return findingsOf(document.content, catalog, settings, (use) => this.known(use)).map((finding) =>
      diagnosticOf(document.text, finding, this.abilities.relatedInformation, otherFile),
    );
  }

  /** What findings are drawn from; nobody is asked. */
  private known(use: ImageUse): Knowledge {
    const { coverage, now } = this.ports;
    if (isUnknownImage(use, catalog)) return { ...nothingKnown, judgement: coverage.unknownImage(now()) };
    const reference = use.parsed?.reference;
    if (!reference) return nothingKnown;
    return this.network.knowledge(reference);
  }

  private async hover(uri: string, position: Position, token: CancellationToken): Promise<Hover | null> {
    const document = this.documents.get(uri);
    if (document === null) return null;
    const offset = document.text.offsetAt(position);
    const use = document.uses.find(({ range }) => range.start <= offset && offset <= range.end);
    const kind = this.abilities.markdown ? MarkupKind.Markdown : MarkupKind.PlainText;
    if (use === undefined) {
      const output = document.content.outputs.find(({ start, end }) => start <= offset && offset <= end);
      if (output === undefined) return null;
      const value = outputText(output, this.abilities.markdown);
      return { contents: { kind, value }, range: protocolRange(document.text, output) };
    }
    await this.requireFreshPolicy();
    // An edit may move the text while the registry is asked.
    const range = protocolRange(document.text, use.range);
    const value = await this.hovers.read(uri, use, this.abilities.markdown, signalOf(token));
    if (value === null || token.isCancellationRequested) return null;
    return { contents: { kind, value }, range };
  }

  private async offer(params: CodeActionParams): Promise<(CodeAction | Command)[]> {
    const context = await this.actionContext(params.textDocument.uri);
    if (context === null) return [];
    const { codeActionLiterals, disabledActions, preferredActions, resolvesEdits } = this.abilities;
    return offerActions(context, params)
      .filter(({ disabled }) => disabled === undefined || (disabledActions && codeActionLiterals))
      .map(({ isPreferred, ...action }) => {
        const { title, data } = action;
        const command = action.command ?? { title, command: serverCommands.applyAction, arguments: [data] };
        // The protocol's oldest clients take commands alone.
        if (!codeActionLiterals) return { ...command, title };
        return {
          ...action,
          ...(isPreferred && preferredActions ? { isPreferred } : {}),
          ...(resolvesEdits || data === undefined ? {} : { command }),
        };
      });
  }

  private async resolve(action: CodeAction, token: CancellationToken): Promise<CodeAction> {
    const data = readActionData(action.data);
    if (data === null) return action;
    const edit = await this.edit(data, signalOf(token));
    return edit === null ? action : { ...action, edit };
  }

  private async execute(command: string, argument: unknown, token: CancellationToken): Promise<void> {
    const data = command === serverCommands.applyAction ? readActionData(argument) : null;
    const document = this.documents.get(data?.uri ?? (typeof argument === "string" ? argument : ""));
    if (document === null) return;
    if (command === serverCommands.checkNow) {
      await this.requireFreshPolicy();
      await this.questions.checkNow(this.lookedUp(document.text.uri), signalOf(token));
      return;
    }
    const edit = await this.edit(data ?? fixAllData(document), signalOf(token));
    if (edit !== null) await this.connection.workspace.applyEdit({ label: "Pin images", edit });
  }

  /** The action's edits for the client; null where there are none, after saying why. */
  private async edit(data: ActionData, signal: AbortSignal): Promise<WorkspaceEdit | null> {
    await this.requireFreshPolicy();
    const context = await this.actionContext(data.uri);
    if (context?.document.text.version !== data.version) throw overtaken();
    const { text } = context.document;
    const { edits, failures } = await resolveEdits(context, data, signal);
    if (signal.aborted) throw new ResponseError(LSPErrorCodes.RequestCancelled, "Cancelled.");
    // A document that was closed and opened again begins anew with its versions.
    if (this.texts.get(data.uri) !== text || text.version !== data.version) throw overtaken();
    if (failures.length > 0 && !data.fromMemory) this.tellFailures(failures);
    if (edits.length === 0) return null;
    await this.surroundings.reload(edits.flatMap(({ path }) => path ?? []));
    if (this.documents.get(data.uri)?.content !== context.document.content) throw overtaken();
    const edit = workspaceEditOf(edits, text, (path) => this.documents.fileAround(data.uri, path), this.abilities);
    if (edit === null) throw overtaken();
    return edit;
  }

  private tellFailures(failures: readonly string[]): void {
    const [first = "", ...others] = failures;
    for (const failure of failures) this.connection.console.warn(failure);
    const rest = others.length === 0 ? "" : ` (and ${others.length} more reasons, see the log)`;
    const message = `Not pinned: ${first}${rest}`;
    this.inBackground(
      this.connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Warning, message }),
    );
  }

  /** The image that begins at an offset of a document; both come back from a client. */
  private referenceAt(uri: unknown, offset: unknown): Reference | null {
    const document = this.documents.get(typeof uri === "string" ? uri : "");
    return document?.uses.find(({ range }) => range.start === offset)?.parsed?.reference ?? null;
  }

  private async actionContext(uri: string): Promise<ActionContext | null> {
    const { pinStyle: style } = await this.configuration.of(uri);
    await this.network.configured;
    const document = this.documents.get(uri);
    const { facts, judging } = this.ports;
    const answered = facts.cached.bind(facts);
    const judged = judging.cached.bind(judging);
    return document === null ? null : { document, style, network: this.network, answered, judged };
  }
}

function overtaken(): ResponseError<void> {
  return new ResponseError(LSPErrorCodes.ContentModified, "The document has changed since the action was offered.");
}
