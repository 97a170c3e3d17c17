/**
 * What tests of the registry's client share: references, clients with the ports they need, a transport that answers
 * from a script, and assertions on the errors.
 */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { parseReference, type Reference } from "../../server/src/reference/reference";
import { type AnswerMemory, noMemory } from "../../server/src/registry/cache/answerMemory";
import type { Place } from "../../server/src/registry/configuration/places";
import type { HttpAnswer, HttpRequest, Transport } from "../../server/src/registry/http/http";
import { createPoliteTransport } from "../../server/src/registry/http/manners";
import { createTransport } from "../../server/src/registry/http/transport";
import type { KeptChallenges } from "../../server/src/registry/login/authentication";
import type { CredentialSource } from "../../server/src/registry/login/credentials";
import type { Credentials } from "../../server/src/registry/login/dockerConfiguration";
import { type Registry, RegistryError, type RegistryErrorCode } from "../../server/src/registry/registry";
import { createRegistry, DEFAULT_LIMITS, type RegistryLimits } from "../../server/src/registry/registryClient";

export function referenceTo(text: string): Reference {
  const { reference, problem } = parseReference(text);
  if (problem) throw new Error(`${text} is no reference: ${problem.code}`);
  return reference;
}

/** One for all tests: each new one reads the system's certificates again. */
const sharedTransport = createTransport();

export interface TestPorts {
  readonly transport?: Transport;
  readonly credentials?: CredentialSource;
  readonly limits?: Partial<RegistryLimits>;
  readonly now?: () => number;
  readonly clock?: () => Date;
  readonly places?: readonly Place[];
  readonly memory?: AnswerMemory;
  readonly challenges?: KeptChallenges;
  /** Takes how long the client would wait, in milliseconds; the time passes at once. */
  readonly waited?: number[];
}

/** A client with the real transport, and without credentials, mirrors or memory, unless others are given. */
export function registryClient(ports: TestPorts = {}): Registry {
  const { transport = sharedTransport, credentials = credentialsFor({}), limits, places } = ports;
  const { clock = () => new Date(0), waited = [] } = ports;
  let passed = 0;
  const now = () => (ports.now?.() ?? 0) + passed;
  return createRegistry({
    transport: createPoliteTransport({
      transport,
      now,
      clock,
      wait: async (milliseconds) => {
        waited.push(milliseconds);
        passed += milliseconds;
      },
    }),
    credentials,
    places: async (name) => places ?? [{ ...name, isInsecure: false, isMirror: false }],
    memory: ports.memory ?? noMemory(clock),
    challenges: ports.challenges ?? null,
    now,
    limits: { ...DEFAULT_LIMITS, ...limits },
  });
}

export interface CountedCredentials extends CredentialSource {
  /** The registries that were asked for, in order. */
  readonly asked: string[];
}

export function credentialsFor(byRegistry: Readonly<Record<string, Credentials>>): CountedCredentials {
  const asked: string[] = [];
  return {
    asked,
    find: async (registry) => {
      asked.push(registry);
      return byRegistry[registry] ?? null;
    },
    knownHosts: async () => new Set(Object.keys(byRegistry)),
  };
}

export interface ScriptedTransport extends Transport {
  /** Every request, in order. */
  readonly requests: HttpRequest[];
}

export type ScriptedAnswer = Partial<Omit<HttpAnswer, "body" | "address">> & { readonly body?: string | Buffer };

/** Answers by `METHOD URL`; anything else is a mistake of the test. */
export function scriptedTransport(
  script: Readonly<Record<string, ScriptedAnswer | RegistryError | ((request: HttpRequest) => ScriptedAnswer)>>,
): ScriptedTransport {
  const requests: HttpRequest[] = [];
  return {
    requests,
    async send(request) {
      requests.push(request);
      const line = `${request.method} ${request.url.href}`;
      const step = script[line];
      if (step === undefined) throw new Error(`not in the script: ${line}`);
      if (step instanceof RegistryError) throw step;
      const { status = 200, headers = {}, body = "" } = typeof step === "function" ? step(request) : step;
      return { status, headers, body: Buffer.from(body), address: null };
    },
  };
}

/** The error of `work`, which has to be a RegistryError of that code. */
export async function failureOf(work: Promise<unknown>, code: RegistryErrorCode): Promise<RegistryError> {
  const error = await work.then(
    () => assert.fail(`expected ${code}, and nothing failed`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RegistryError, `expected ${code}, got ${inspect(error)}`);
  assert.equal(error.code, code, error.message);
  return error;
}

/** Nothing of the error, its causes and hidden members included, tells one of the secrets in any spelling. */
export function assertTellsNone(error: Error, secrets: readonly string[]): void {
  const told = inspect(error, { depth: Infinity, showHidden: true }) + JSON.stringify(error) + error.stack;
  for (const secret of secrets) {
    for (const spelling of [secret, Buffer.from(secret).toString("base64"), encodeURIComponent(secret)]) {
      assert.ok(!told.includes(spelling), `the error tells ${spelling}`);
    }
  }
}
