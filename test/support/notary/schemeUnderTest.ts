/**
 * Our verifier as the product composes it, for tests: the real transport and store, docker's folder in a temporary
 * place, and a clock that the test turns. Answers are told in one line, by kind, step and code.
 */
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import type { Digest } from "../../../server/src/reference/digest";
import type { Reference } from "../../../server/src/reference/reference";
import type { Transport } from "../../../server/src/registry/http/http";
import { createTransport } from "../../../server/src/registry/http/transport";
import type { CredentialSource } from "../../../server/src/registry/login/credentials";
import { localMachine } from "../../../server/src/registry/machine";
import { type Gun, gunOf } from "../../../server/src/trust/notary/gun";
import { createNotaryScheme } from "../../../server/src/trust/notary/notaryScheme";
import type { RootPins } from "../../../server/src/trust/notary/rootVerifier";
import { createTrustStore, type TrustStore } from "../../../server/src/trust/notary/store";
import type { TrustRule } from "../../../server/src/trust/policy/trustRule";
import type { SchemeAnswer, SignatureScheme } from "../../../server/src/trust/scheme";
import { credentialsFor, referenceTo } from "../registryClients";

export interface SchemeOptions {
  /** `https://localhost:port`. */
  readonly server: string;
  /** PEM of the server's authority; null leaves it unknown. */
  readonly ca: string | null;
  /** Of the store and of docker's folder, made where they are needed; two schemes may share it. */
  readonly directory: string;
  readonly pins?: RootPins | null;
  readonly credentials?: CredentialSource;
  readonly transport?: Transport;
  /** Null where no policy covers the image. */
  readonly rule?: null;
  readonly updateTimeLimit?: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** One for all: each new one reads the system's certificates again. */
const sharedTransport = createTransport();

export class SchemeUnderTest {
  /** What the scheme takes for this moment; today where nobody turns it. */
  now = new Date();
  readonly store: TrustStore;
  /** `DOCKER_CONFIG`. */
  readonly dockerDirectory: string;
  readonly #scheme: SignatureScheme;
  readonly #rule: TrustRule | null;

  constructor(readonly options: SchemeOptions) {
    const { server, ca, directory, pins = null } = options;
    this.store = createTrustStore(join(directory, "store"));
    this.dockerDirectory = join(directory, "docker");
    const environment = { DOCKER_CONFIG: this.dockerDirectory };
    this.#scheme = createNotaryScheme({
      store: this.store,
      machine: { ...localMachine(), environment, homeDirectory: directory },
      contentTrust: { isRequired: false, server: null },
      clock: () => this.now,
      transport: options.transport ?? sharedTransport,
      credentials: options.credentials ?? credentialsFor({}),
      now: () => performance.now(),
      ...(options.updateTimeLimit !== undefined && { updateTimeLimit: options.updateTimeLimit }),
    });
    const terms = { scheme: "notary", server: new URL(server), ca, pins } as const;
    const rule = {
      images: ["**", "localhost:5000/**"],
      require: true,
      terms,
      vouchedBy: "user",
      key: "the rule",
    } as const;
    this.#rule = options.rule === null ? null : rule;
  }

  /** The same store and docker's folder, with other terms. */
  with(changes: Partial<SchemeOptions>): SchemeUnderTest {
    const changed = new SchemeUnderTest({ ...this.options, ...changes });
    changed.now = this.now;
    return changed;
  }

  /** Turns the clock on, and back by a negative number. */
  advance(days: number): this {
    this.now = new Date(this.now.getTime() + days * DAY_MS);
    return this;
  }

  /**
   * @param reference `localhost:5000/acme/app:1`
   * @param served what the registry serves for it
   */
  check(reference: string, served: Digest | null = null): Promise<SchemeAnswer> {
    return this.#scheme.check(
      { reference: referenceTo(reference), served, rule: this.#rule },
      { signal: AbortSignal.timeout(30_000) },
    );
  }

  /** `outcomeOf` the check. */
  async outcome(reference: string): Promise<string> {
    return outcomeOf(await this.check(reference));
  }

  forget(repository: string): Promise<void> {
    return this.store.forget(gunFor(repository));
  }
}

/** `sha256:…`, `unsigned`, or `invalid: root expired`, by kind, step and code. */
export function outcomeOf(answer: SchemeAnswer): string {
  if (answer.kind === "signed") return answer.digest;
  return answer.kind === "unsigned" ? "unsigned" : `${answer.kind}: ${answer.failure.step} ${answer.failure.code}`;
}

/** Nothing but the answer of a sound signature. */
export function signedAnswer(answer: SchemeAnswer): SchemeAnswer & { kind: "signed" } {
  if (answer.kind === "signed") return answer;
  throw new Error(`not signed, but ${outcomeOf(answer)}: ${messageOf(answer)}`);
}

export function messageOf(answer: SchemeAnswer): string {
  if (answer.kind === "signed") return answer.notes.join(" ");
  return answer.kind === "unsigned" ? answer.message : answer.failure.message;
}

export function pinnedKeys(...ids: string[]): RootPins {
  return { kind: "keys", ids };
}

/** @param pem of one certificate */
export function pinnedAuthority(pem: string): RootPins {
  return { kind: "authorities", certificates: [new X509Certificate(pem)] };
}

export function gunFor(repository: string): Gun {
  const reference: Reference = referenceTo(repository);
  return gunOf(reference);
}
