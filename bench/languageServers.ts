/**
 * The servers that are measured, as child processes on a pipe, each driven by the same client with the same abilities.
 * The client states no pull of diagnostics, no configuration and no trust: both servers push, neither asks back, and
 * ours asks no registry, which the peer could not do either.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import type { ClientCapabilities, PublishDiagnosticsParams } from "vscode-languageserver/node";
import { LspClient } from "../test/support/lspClient";
import type { Edit } from "./edits";

/** npm runs its scripts in the repository's root. */
const installed = createRequire(resolve("package.json"));

/** The parameters of `node`, before `--stdio`. */
export type ServerCommand = readonly string[];

export const ourBundles = resolve("server/dist");
export const ours: ServerCommand = [resolve(ourBundles, "main.js")];
export const dockerfilePeer: ServerCommand = [
  installed.resolve("dockerfile-language-server-nodejs/bin/docker-langserver"),
];
/** `dclint` has no server of its own; see dclintServer.ts. */
export const composePeer: ServerCommand = ["--import", "tsx", resolve("bench/dclintServer.ts")];

const capabilities: ClientCapabilities = { textDocument: { publishDiagnostics: { relatedInformation: true } } };
const PUBLISH = "textDocument/publishDiagnostics";

export interface OpenedDocument {
  readonly uri: string;
  readonly languageId: string;
  readonly text: string;
}

export class RunningServer {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly client: LspClient;
  private version = 1;
  private isStopping = false;
  /** Of the last diagnostics: that there are some shows that the server did its work. */
  findings = 0;

  constructor(
    command: ServerCommand,
    private readonly document: OpenedDocument,
  ) {
    this.child = spawn(process.execPath, [...command, "--stdio"]);
    this.child.stderr.pipe(process.stderr);
    this.child.on("exit", (status) => {
      if (!this.isStopping) throw new Error(`${command.join(" ")} ended by itself, with status ${status}`);
    });
    this.client = new LspClient(this.child.stdout, this.child.stdin, { capabilities });
  }

  /** Resolves with the first diagnostics. */
  async open(): Promise<void> {
    const { uri, text, languageId } = this.document;
    await this.client.start();
    await this.client.open(uri, text, languageId);
    await this.diagnostics();
  }

  /** Milliseconds from the change's sending to the diagnostics of that change. */
  async type({ range, text }: Edit): Promise<number> {
    // What came meanwhile belongs to an earlier text.
    this.client.received.length = 0;
    this.version += 1;
    const textDocument = { uri: this.document.uri, version: this.version };
    const start = performance.now();
    await this.client.connection.sendNotification("textDocument/didChange", {
      textDocument,
      contentChanges: [{ range, text }],
    });
    await this.diagnostics();
    return performance.now() - start;
  }

  /** Bytes that the process held in memory at most; null where the system does not tell. */
  peakMemory(): number | null {
    if (process.platform !== "linux") return null;
    const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${this.child.pid}/status`, "utf8")) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    const ended = once(this.child, "exit");
    await this.client.stop();
    await ended;
  }

  /** The next diagnostics of the current version; the peer names no version, and publishes once a change. */
  private async diagnostics(): Promise<void> {
    const { diagnostics } = await this.client.next<PublishDiagnosticsParams>(
      PUBLISH,
      ({ uri, version }) => uri === this.document.uri && (version === undefined || version === this.version),
    );
    this.findings = diagnostics.length;
  }
}
