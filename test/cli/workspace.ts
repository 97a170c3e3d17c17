/** A folder for one test, and the command run in it with streams, registries and files that the test decides. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { run } from "../../server/src/cli/command";
import { type Files, localFiles } from "../../server/src/cli/files";
import type { CommandPorts, Output, Questions, TrustOptions } from "../../server/src/cli/ports";
import { offerOf } from "../../server/src/facts/offer";
import type { Answer, Judgement, Requirement, Verdict } from "../../server/src/facts/types";
import type { Digest } from "../../server/src/reference/digest";
import { normalizedName, type Reference } from "../../server/src/reference/reference";
import type { RegistryErrorCode } from "../../server/src/registry/registry";
import { satisfies } from "../../server/src/trust/verdict";
import { referenceTo } from "../support/registryClients";

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly questions?: Questions;
  /** Told the options that the command was given. */
  readonly onOptions?: (options: TrustOptions) => void;
  readonly files?: Partial<Files>;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  readonly isTerminal?: boolean;
  readonly startLanguageServer?: () => Promise<void>;
}

export class Workspace {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), "digest-pin-")));

  at(path: string): string {
    return join(this.path, path);
  }

  write(files: Readonly<Record<string, string | Buffer>>): void {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(this.at(path)), { recursive: true });
      writeFileSync(this.at(path), content);
    }
  }

  link(path: string, target: string): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    symlinkSync(target, this.at(path));
  }

  read(path: string): string {
    return readFileSync(this.at(path)).toString("utf8");
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const stdout = new Collected(options.isTerminal ?? false);
    const stderr = new Collected(options.isTerminal ?? false);
    const ports: CommandPorts = {
      version: "1.2.3",
      cwd: options.cwd ?? this.path,
      environment: options.environment ?? {},
      files: { ...localFiles, ...options.files },
      stdout,
      stderr,
      signal: options.signal ?? new AbortController().signal,
      openFacts: async (_folders, trust) => {
        options.onOptions?.(trust);
        return options.questions ?? noRegistry;
      },
      startLanguageServer: options.startLanguageServer ?? (async () => {}),
    };
    const status = await run(args, ports);
    return { status, stdout: stdout.text, stderr: stderr.text };
  }

  /** The JSON that the command prints, whatever its status. */
  async json<T>(args: readonly string[], options: RunOptions = {}): Promise<{ version: number; files: T[] }> {
    const { stdout } = await this.run([...args, "--format", "json"], options);
    return JSON.parse(stdout) as { version: number; files: T[] };
  }
}

class Collected extends Writable implements Output {
  text = "";

  constructor(readonly isTTY: boolean) {
    super({ decodeStrings: false });
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk;
    done();
  }
}

export function digestOf(digit: string): Digest {
  return `sha256:${digit.repeat(64)}` as Digest;
}

export interface Trusting {
  /** By normalized name; `not-checked` for the others. */
  readonly verdicts?: Readonly<Record<string, Verdict>>;
  /** For every image; those with a verdict are covered. */
  readonly requirement?: Requirement | undefined;
}

/** Registries that know these references, by normalized name, and remember what they were asked. */
export class Registries implements Questions {
  readonly asked: string[] = [];
  readonly forgotten: string[] = [];

  constructor(
    private readonly known: Readonly<Record<string, Digest | RegistryErrorCode>>,
    private readonly trust: Trusting = {},
  ) {}

  async ask(...[reference]: Parameters<Questions["ask"]>): Promise<Judgement> {
    const name = normalizedName(reference);
    this.asked.push(name);
    const known = this.known[name] ?? "not-found";
    const askedAt = new Date(0);
    const answer: Answer = isDigest(known)
      ? { kind: "found", descriptor: { digest: known, mediaType: "", size: null }, mirror: null, askedAt }
      : { kind: "unavailable", code: known, message: `The registry said ${known}.`, askedAt };
    return this.judgement(answer, this.trust.verdicts?.[name] ?? { kind: "not-checked" });
  }

  offline(_reference: Reference): Judgement {
    const failure = { step: "server", code: "offline", message: "Nobody is asked." } as const;
    const answer: Answer = { kind: "unavailable", code: "unreachable", message: "", askedAt: new Date(0) };
    return this.judgement(answer, { kind: "unavailable", scheme: null, failure });
  }

  unknownImage(): Judgement | null {
    return (this.trust.requirement ?? "none") === "none" ? null : this.offline(referenceTo("unknown"));
  }

  isCovered(reference: Reference): boolean {
    return this.trust.requirement !== undefined || normalizedName(reference) in (this.trust.verdicts ?? {});
  }

  async forgetRoot(reference: Reference): Promise<void> {
    this.forgotten.push(normalizedName(reference));
  }

  private judgement(answer: Answer, verdict: Verdict): Judgement {
    const requirement = this.trust.requirement ?? "none";
    const offer = offerOf(answer, verdict, requirement, null);
    return { answer, verdict, requirement, isSatisfied: satisfies(verdict, requirement), offer };
  }
}

function isDigest(known: Digest | RegistryErrorCode): known is Digest {
  return known.startsWith("sha256:");
}

const noRegistry: Questions = {
  ask: refuse,
  offline: refuse,
  isCovered: () => false,
  unknownImage: () => null,
  forgetRoot: refuse,
};

function refuse(): never {
  throw new Error("nobody may be asked here");
}
