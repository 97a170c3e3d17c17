/** A folder for one test, and the command run in it with streams, registries and files that the test decides. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { run } from "../../server/src/cli/command";
import { type Files, localFiles } from "../../server/src/cli/files";
import type { CommandPorts, OnlineOptions, Output, Questions } from "../../server/src/cli/ports";
import { offerOf } from "../../server/src/facts/offer";
import type { AskOptions } from "../../server/src/facts/sources";
import type { Answer, Judgement, Requirement, Verdict } from "../../server/src/facts/types";
import type { Digest } from "../../server/src/reference/digest";
import { normalizedName, type Reference } from "../../server/src/reference/reference";
import type { Manifest, RegistryErrorCode } from "../../server/src/registry/registry";
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
  readonly onOptions?: (options: OnlineOptions) => void;
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

/** What a registry says: a digest, by a mirror or not, or why there is none. */
type Known =
  | Digest
  | RegistryErrorCode
  | { readonly digest: Digest; readonly mediaType: string; readonly mirror?: string };

export const INDEX = "application/vnd.oci.image.index.v1+json";
export const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** An index of linux/amd64 alone, where the answer is one. */
function manifestBehind(answer: Answer): Manifest | null {
  if (answer.kind !== "found" || answer.descriptor.mediaType !== INDEX) return null;
  const platforms = [{ os: "linux", architecture: "amd64", variant: null }];
  const nothing = { artifactType: "", children: [], configuration: null, annotations: new Map() };
  return { ...answer.descriptor, kind: "index", platforms, ...nothing };
}

/** Registries that know these references, by normalized name, and remember what they were asked. */
export class Registries implements Questions {
  /** For judgements. */
  readonly asked: string[] = [];
  /** For facts alone, with how they were asked. */
  readonly learnt: { readonly name: string; readonly options: AskOptions }[] = [];
  readonly forgotten: string[] = [];
  readonly facts: Questions["facts"];
  private readonly answers = new Map<string, Answer>();

  constructor(
    private readonly known: Readonly<Record<string, Known>>,
    private readonly trust: Trusting = {},
  ) {
    this.facts = {
      cached: (reference) => this.answers.get(normalizedName(reference)) ?? null,
      ask: async (reference, options = {}) => {
        const name = normalizedName(reference);
        this.learnt.push({ name, options });
        const answer = this.answerFor(name);
        this.answers.set(name, answer);
        return answer;
      },
      cachedManifest: (_reference, answer) => manifestBehind(answer),
      manifest: async (_reference, answer) => manifestBehind(answer),
    };
  }

  async ask(...[reference]: Parameters<Questions["ask"]>): Promise<Judgement> {
    const name = normalizedName(reference);
    this.asked.push(name);
    return this.judgement(this.answerFor(name), this.trust.verdicts?.[name] ?? { kind: "not-checked" });
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

  private answerFor(name: string): Answer {
    const known = this.known[name] ?? "not-found";
    const askedAt = new Date(0);
    const found = typeof known === "object" ? known : { digest: known, mediaType: "", mirror: null };
    return isDigest(found.digest)
      ? {
          kind: "found",
          descriptor: { digest: found.digest, mediaType: found.mediaType, size: null },
          mirror: found.mirror ?? null,
          askedAt,
        }
      : { kind: "unavailable", code: found.digest, message: `The registry said ${found.digest}.`, askedAt };
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
  // All is as it is written: each tag stands for the digest beside it.
  facts: {
    cached: asWritten,
    ask: async (reference) => asWritten(reference),
    cachedManifest: () => null,
    manifest: async () => null,
  },
};

function asWritten({ parts }: Reference): Answer {
  const digest = (parts.digest?.text ?? digestOf("0")) as Digest;
  return { kind: "found", descriptor: { digest, mediaType: "", size: null }, mirror: null, askedAt: new Date(0) };
}

function refuse(): never {
  throw new Error("nobody may be asked here");
}
