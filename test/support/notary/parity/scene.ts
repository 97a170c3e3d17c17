/**
 * One situation in which the notary client and ours look at the same trust data: a repository that is made within the
 * process and served by the proxy, and a folder for each of the two. Digests and answers are told by short names.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { RootPins } from "../../../../server/src/trust/notary/rootVerifier";
import type { Authority } from "../authority";
import { digestOf, hexOf, type NotaryBench } from "../bench";
import type { FileMeta } from "../metadata";
import type { NotaryClient } from "../notaryClient";
import { Repository, type RoleDraft, targetOf } from "../repository";
import { outcomeOf, type SchemeUnderTest } from "../schemeUnderTest";
import type { Recording } from "../tamperingProxy";
import { notaryOutcome } from "./notaryOutcome";

export const GUN = "localhost:5000/acme/app";
export const DAY_MS = 24 * 60 * 60 * 1000;
/** What tags are signed with: `good` where nobody did wrong. */
export const names = ["good", "other"] as const;
export type DigestName = (typeof names)[number];

/** What the two say: a digest's name, or what is wrong. */
export interface Outcomes {
  readonly notary: string;
  readonly ours: string;
}

export interface Situation {
  readonly name: string;
  /** Why the two differ; null where they do not. */
  readonly why: string | null;
  /** What is not served then, is published as it stands. */
  readonly arrange: (scene: ParityScene) => void | Promise<void>;
}

type Role = "root" | "timestamp" | "snapshot" | "targets" | `targets/${string}`;

export class ParityScene {
  repository = new Repository({ gun: GUN });
  tag = "1";
  pins: RootPins | null = null;
  /** The `trust_pinning` of notary's configuration. */
  notaryPins: object | null = null;
  readonly proxy: NotaryBench["proxy"];
  readonly authority: Authority;
  readonly #client: NotaryClient;
  readonly #clientFolder: string;
  readonly #scheme: SchemeUnderTest;
  #isServed = false;

  constructor(bench: NotaryBench) {
    this.proxy = bench.proxy;
    this.authority = bench.server.authority;
    this.#clientFolder = bench.newFolder();
    this.#client = bench.newClient({ server: bench.proxy.url, directory: this.#clientFolder });
    this.#scheme = bench.newScheme({ server: bench.proxy.url });
    this.repository.targets.targets["1"] = targetNamed("good");
  }

  /** What the repository serves when all roles are signed as they are. */
  published(): Recording {
    this.repository.publish();
    return this.repository.recording();
  }

  serve(recording: Recording): void {
    this.#isServed = true;
    this.proxy.replay(recording);
  }

  /** Raises the versions of these roles, and of those that follow from them. */
  next(...roles: readonly Role[]): void {
    for (const role of new Set<Role>([...roles, "snapshot", "timestamp"])) this.draft(role).version++;
  }

  draft(role: Role): RoleDraft<never> {
    const draft = role.startsWith("targets/") ? this.repository.delegations.get(role) : this.repository[role as "root"];
    if (draft === undefined) throw new Error(`no role ${role}`);
    return draft as unknown as RoleDraft<never>;
  }

  /** Both look at what is there, and have to believe it. */
  async prime(): Promise<void> {
    this.proxy.replay(this.published());
    const { notary, ours } = await this.#look();
    if (notary !== ours || !names.some((name) => name === ours)) throw new Error(`they said ${notary}, and ${ours}`);
  }

  /** Gives both a root, as if they had believed it at some time. */
  async trustRoot(bytes: Buffer): Promise<void> {
    const { dockerDirectory } = this.#scheme;
    for (const trust of [this.#clientFolder, join(dockerDirectory, "trust")]) {
      const path = join(trust, "tuf", GUN, "metadata", "root.json");
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
    }
  }

  /** A path for a file of this situation. */
  async write(name: string, text: string): Promise<string> {
    await mkdir(this.#clientFolder, { recursive: true });
    const path = join(this.#clientFolder, name);
    await writeFile(path, text);
    return path;
  }

  look(): Promise<Outcomes> {
    if (!this.#isServed) this.proxy.replay(this.published());
    return this.#look();
  }

  async #look(): Promise<Outcomes> {
    const configuration = JSON.stringify({ trust_pinning: this.notaryPins ?? {} });
    const path = await this.write("config.json", configuration);
    const notary = notaryOutcome(await this.#client.run("-c", path, "lookup", GUN, this.tag));
    const answer = await this.#scheme.with({ pins: this.pins }).check(`${GUN}:${this.tag}`);
    return { notary: named(notary), ours: named(outcomeOf(answer)) };
  }
}

export function targetNamed(name: DigestName): FileMeta {
  return targetOf(hexOf(name), 1);
}

export function inDays(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString();
}

function named(outcome: string): string {
  return names.find((name) => digestOf(name) === outcome) ?? outcome;
}
