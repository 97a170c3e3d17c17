/** A folder for one test, and the command run in it with streams, registries and files that the test decides. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { run } from "../../server/src/cli/command";
import { type Files, localFiles } from "../../server/src/cli/files";
import type { CommandPorts, Output, Questions } from "../../server/src/cli/ports";
import type { Answer } from "../../server/src/facts/types";
import type { Digest } from "../../server/src/reference/digest";
import { normalizedName } from "../../server/src/reference/reference";
import type { RegistryErrorCode } from "../../server/src/registry/registry";

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly questions?: Questions;
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
      files: { ...localFiles, ...options.files },
      stdout,
      stderr,
      signal: options.signal ?? new AbortController().signal,
      openFacts: async () => options.questions ?? noRegistry,
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

/** A registry that knows these references, by normalized name, and remembers what it was asked. */
export class Registries implements Questions {
  readonly asked: string[] = [];

  constructor(private readonly known: Readonly<Record<string, Digest | RegistryErrorCode>>) {}

  async ask(...[reference]: Parameters<Questions["ask"]>): Promise<Answer> {
    const name = normalizedName(reference);
    this.asked.push(name);
    const known = this.known[name] ?? "not-found";
    const askedAt = new Date(0);
    return isDigest(known)
      ? { kind: "found", descriptor: { digest: known, mediaType: "", size: null }, askedAt }
      : { kind: "unavailable", code: known, message: `The registry said ${known}.`, askedAt };
  }
}

function isDigest(known: Digest | RegistryErrorCode): known is Digest {
  return known.startsWith("sha256:");
}

const noRegistry: Questions = {
  ask: () => {
    throw new Error("no registry may be asked here");
  },
};
