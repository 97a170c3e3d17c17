/**
 * What the tests of the client's faults share: servers that misbehave, secrets, and a ledger. After each test it holds
 * every byte that every server received against the secrets, so that none was given to anybody but its owner, whatever
 * the test itself looked at.
 */
import assert from "node:assert/strict";
import type { Credentials } from "../../server/src/registry/login/dockerConfiguration";
import type { Registry, RegistryError, RegistryErrorCode } from "../../server/src/registry/registry";
import type { RegistryLimits } from "../../server/src/registry/registryClient";
import { type FaultyRegistry, type FaultyRegistryOptions, type Handler, startFaultyRegistry } from "./faultyRegistry";
import { assertTellsNone, credentialsFor, failureOf, registryClient, type TestPorts } from "./registryClients";

export const login = { username: "bob", password: "pa55 wörd:/+&=" };
export const basicHeader = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
export const identityToken = "1dentity/t0ken+of=bob";
/** What token servers give. */
export const bearerToken = "b3arer.t0ken-of_bob";
/** Stands in the answers of servers, and must stand in no message. */
export const serverWords = "what only the server says";

export type Secret = "login" | "identity token" | "bearer token";

/** In every spelling in which one could leave. */
const spellings: Readonly<Record<Secret, readonly string[]>> = {
  login: [login.password, `${login.username}:${login.password}`].flatMap(spellingsOf),
  "identity token": spellingsOf(identityToken),
  "bearer token": spellingsOf(bearerToken),
};

/** Small ones, so that a fault ends long before the test does. */
export const SMALL_LIMITS: RegistryLimits = { requestTime: 1_000, body: 64 * 1024, tokenBody: 4 * 1024 };

export interface FaultBench {
  /** Closed after the test. */
  start(handle: Handler, options?: FaultyRegistryOptions): Promise<FaultyRegistry>;
  /** The server may receive those secrets; nobody may receive any otherwise. */
  entrust(server: FaultyRegistry, ...secrets: readonly Secret[]): void;
  /** With small limits; others as `registryClient` has them. */
  client(ports?: TestPorts): Registry;
  /** One that has credentials for that registry, which is entrusted with them where they are its login. */
  clientWith(registry: FaultyRegistry, secret: "login" | "identity token", ports?: TestPorts): Registry;
  /** The error of `work`, of that code, which tells neither a secret nor the words of a server. */
  failure(work: Promise<unknown>, code: RegistryErrorCode): Promise<RegistryError>;
  /** @throws AssertionError where a server received what is not its own */
  holdLedger(): void;
}

const credentialsOf: Readonly<Record<"login" | "identity token", Credentials>> = {
  login: { kind: "basic", ...login },
  "identity token": { kind: "identity-token", token: identityToken },
};

/** For the suite that calls it: its hooks hold the ledger and close the servers after each test. */
export function useFaultBench(): FaultBench {
  const bench = createFaultBench();
  afterEach(async () => {
    try {
      bench.holdLedger();
    } finally {
      await bench.close();
    }
  });
  return bench;
}

/** Without hooks. */
export function createFaultBench(): FaultBench & { close(): Promise<void> } {
  const servers: FaultyRegistry[] = [];
  const entrusted = new Map<FaultyRegistry, Set<Secret>>();

  const bench: FaultBench = {
    async start(handle, options) {
      const server = await startFaultyRegistry(handle, options);
      servers.push(server);
      return server;
    },
    entrust(server, ...secrets) {
      entrusted.set(server, new Set([...(entrusted.get(server) ?? []), ...secrets]));
    },
    client: (ports) => registryClient({ ...ports, limits: { ...SMALL_LIMITS, ...ports?.limits } }),
    clientWith(registry, secret, ports) {
      if (secret === "login") bench.entrust(registry, secret);
      return bench.client({ ...ports, credentials: credentialsFor({ [registry.host]: credentialsOf[secret] }) });
    },
    async failure(work, code) {
      const error = await failureOf(work, code);
      assertTellsNone(error, [
        login.password,
        basicHeader.slice("Basic ".length),
        identityToken,
        bearerToken,
        serverWords,
      ]);
      return error;
    },
    holdLedger() {
      for (const server of servers) {
        const received = server.receivedText();
        for (const [secret, texts] of Object.entries(spellings)) {
          if (entrusted.get(server)?.has(secret as Secret)) continue;
          for (const text of texts) assert.ok(!received.includes(text), `${server.host} received the ${secret}`);
        }
      }
    },
  };
  return {
    ...bench,
    async close() {
      entrusted.clear();
      await Promise.all(servers.splice(0).map((server) => server.close()));
    },
  };
}

/** As the ledger reads bytes: one a character. */
function spellingsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const form = new URLSearchParams({ s: secret }).toString().slice("s=".length);
  return [
    bytes.toString("latin1"),
    bytes.toString("base64"),
    bytes.toString("base64url"),
    encodeURIComponent(secret),
    form,
  ];
}
