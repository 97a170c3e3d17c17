/** Asks BuildKit's and Compose's own code what it reads in a document (test/oracle), one request a line. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { builtOrSkip } from "./goProgram";

export type OracleProgram = "dockerfile" | "compose";

/** The request as a whole could not be served. */
export interface OracleFailure {
  readonly error: string;
}

type Environment = Readonly<Record<string, string>>;

/** For `dockerfile`. */
export interface DockerfileRequest {
  readonly text: string;
}

export type DockerfileUseKind =
  | "syntax"
  | "from"
  | "copy-from"
  | "mount-from"
  | "onbuild-copy-from"
  | "onbuild-mount-from";

export interface OracleUse {
  readonly kind: DockerfileUseKind;
  /** Of `FROM` the word with its quotes; of a flag its value without them. */
  readonly raw: string;
  /** Null where expansion failed. An unset name is blank in it. */
  readonly resolved: string | null;
  /** Null where `resolved` is no reference. No tag is added. */
  readonly normalized: string | null;
  /** Null where there is none, or it could not be expanded. */
  readonly platform: string | null;
  /** Names without value that were read, also where a default stood in; automatic names among them. */
  readonly unset: readonly string[];
  /** Names without value that defaults of the names in the reference read. */
  readonly unsetThroughDefaults: readonly string[];
  readonly platformUnset: readonly string[];
  readonly failed: boolean;
  /** First and last line of the instruction, from 1. */
  readonly line: number;
  readonly endLine: number;
}

export interface DockerfileAnswer {
  readonly error: null;
  /** `base` is empty where it could not be expanded. */
  readonly stages: readonly { readonly name: string; readonly base: string; readonly line: number }[];
  readonly uses: readonly OracleUse[];
  readonly undeclaredStages: readonly {
    readonly kind: DockerfileUseKind;
    readonly name: string;
    readonly line: number;
  }[];
  readonly notExpanded: readonly { readonly kind: DockerfileUseKind; readonly raw: string; readonly line: number }[];
  readonly rejected: readonly { readonly line: number; readonly message: string }[];
}

/** For `dockerfile`. */
export interface WordRequest {
  readonly word: string;
  readonly escape: "\\" | "`";
  readonly environment: Environment;
}

/** For `compose`. */
export interface TemplateRequest {
  readonly template: string;
  readonly environment: Environment;
}

export interface ExpansionAnswer {
  readonly error: null;
  readonly result: string;
  /** Of a word, the names that were read without having a value; of a template, those that were left blank. */
  readonly unset: readonly string[];
}

/** For `compose`. */
export interface DotenvRequest {
  readonly dotenv: string;
  readonly environment: Environment;
}

export interface DotenvAnswer {
  readonly error: null;
  readonly values: Environment;
}

/** For `compose`. */
export interface ProjectRequest {
  /** Text by path; a path may begin with up to five "../". */
  readonly files: Readonly<Record<string, string>>;
  /** Without them, those that Compose finds by their usual names. */
  readonly configFiles?: readonly string[];
  readonly environment?: Environment;
  /** Whether to check references between parts of the project, and to read each `env_file`. */
  readonly strict?: boolean;
}

export interface OracleService {
  readonly name: string;
  readonly image: string;
  readonly builds: boolean;
  /** A path is relative to the project's directory. */
  readonly context: string;
  readonly dockerfile: string;
  readonly dockerfileInline: string;
  readonly additionalContexts: Readonly<Record<string, string>>;
  readonly args: Readonly<Record<string, string | null>>;
  readonly pullPolicy: string;
  readonly platform: string;
  /** With those that hooks name by themselves. */
  readonly volumeImages: readonly string[];
  /** Those that hooks name by themselves. */
  readonly preStartImages: readonly string[];
}

export interface ProjectAnswer {
  readonly error: null;
  readonly configFiles: readonly string[];
  readonly projectDirectory: string;
  /** Sorted by name, as jobs and models are. */
  readonly services: readonly OracleService[];
  readonly jobs: readonly OracleService[];
  readonly models: readonly { readonly name: string; readonly model: string }[];
  /** Variables that were left blank. */
  readonly unsetVariables: readonly string[];
  readonly envFileValues: Environment;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(reason: Error): void;
}

export class Oracle {
  private readonly waiting: Waiting[] = [];
  private ended: Error | null = null;

  private constructor(private readonly child: ChildProcessByStdio<Writable, Readable, null>) {
    createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) =>
      this.waiting.shift()?.resolve(JSON.parse(line)),
    );
    child.on("error", (error) => this.end(error));
    child.on("close", (code, signal) => this.end(new Error(`the oracle ended (${signal ?? code})`)));
    // A request that meets a closed pipe is rejected with the reason that "close" tells.
    child.stdin.on("error", () => {});
  }

  /** Skips the test or suite of `context`, or fails where everything is required, if the program can't be had. */
  static async startOrSkip(context: Mocha.Context, name: OracleProgram): Promise<Oracle> {
    const program = await builtOrSkip(context, { module: "oracle", name });
    return new Oracle(spawn(program, { stdio: ["pipe", "pipe", "inherit"] }));
  }

  /** Requests may be sent before earlier ones are answered. */
  ask(request: DockerfileRequest): Promise<DockerfileAnswer | OracleFailure>;
  ask(request: WordRequest | TemplateRequest): Promise<ExpansionAnswer | OracleFailure>;
  ask(request: DotenvRequest): Promise<DotenvAnswer | OracleFailure>;
  ask(request: ProjectRequest): Promise<ProjectAnswer | OracleFailure>;
  ask(request: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.ended !== null) return reject(this.ended);
      this.waiting.push({ resolve, reject });
      this.child.stdin.write(`${JSON.stringify(request)}\n`);
    });
  }

  /** The program ends once it has answered what was asked before. */
  close(): void {
    this.child.stdin.end();
  }

  private end(reason: Error): void {
    this.ended ??= reason;
    for (const { reject } of this.waiting.splice(0)) reject(this.ended);
  }
}
