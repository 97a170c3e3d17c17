/**
 * Docker Content Trust as a scheme: which server is asked for an image, and with which pins. It stores what was
 * believed, and only that.
 */
import { DOCKER_HUB, type Reference } from "../../reference/reference";
import type { Machine } from "../../registry/machine";
import { RegistryError } from "../../registry/registry";
import type { Asking } from "../../registry/repositoryRequests";
import { createSharedRequests } from "../../registry/sharedRequests";
import type { ContentTrust } from "../contentTrust";
import { isNamedBy } from "../policy/covering";
import type { NotaryTerms, TrustRule } from "../policy/trustRule";
import type { SignatureScheme } from "../scheme";
import { readDockerAuthority, readDockerRoot } from "./dockerRoot";
import { type Gun, gunOf } from "./gun";
import { answerFor, DOCKER_HUB_SERVER, failedAnswer, invalidServer, type Updated } from "./notaryAnswer";
import { NotaryError } from "./notaryError";
import type { StateVersion, StoredTrust, TrustStore } from "./store";
import { createTrustServer, type TrustServer, type TrustServerPorts } from "./trustServer";
import { updateTrust } from "./update";

export interface NotaryPorts extends TrustServerPorts {
  readonly store: TrustStore;
  readonly machine: Machine;
  readonly contentTrust: ContentTrust;
  readonly clock: () => Date;
  /** Milliseconds for all the metadata of one repository; a minute where none is given. */
  readonly updateTimeLimit?: number;
}

const MAX_SERVERS = 50;
const UPDATE_TIME_LIMIT_MS = 60_000;

export function createNotaryScheme(ports: NotaryPorts): SignatureScheme {
  const { store, machine, contentTrust, clock, updateTimeLimit = UPDATE_TIME_LIMIT_MS } = ports;
  const servers = new Map<string, TrustServer>();
  const updates = createSharedRequests<Updated>();

  /** Null where the environment names one that may not be asked. */
  function serverOf({ registry }: Reference, terms: NotaryTerms | null): URL | null {
    const named = terms?.server ?? contentTrust.server;
    if (named === "invalid") return null;
    if (named !== null) return named;
    const host = registry === DOCKER_HUB ? DOCKER_HUB_SERVER : `https://${registry}`;
    return URL.canParse(host) ? new URL(host) : null;
  }

  async function trustServer(server: URL, terms: NotaryTerms | null): Promise<TrustServer> {
    const authority = terms?.ca ?? (await readDockerAuthority(server, machine));
    const key = JSON.stringify([server.href, authority]);
    let known = servers.get(key);
    if (known === undefined) {
      known = createTrustServer(server, authority === null ? [] : [authority], ports);
      if (servers.size === MAX_SERVERS) servers.clear();
      servers.set(key, known);
    }
    return known;
  }

  async function update(
    reference: Reference,
    server: URL,
    rule: TrustRule | null,
    { signal, isUnasked }: Asking,
  ): Promise<Updated> {
    const terms = termsIn(rule);
    const gun = gunOf(reference);
    const now = clock();
    const stored = await storedOrDocker(gun, now);
    const pins = terms?.pins ?? null;
    const isNamed = rule !== null && terms?.server != null && isNamedBy(rule, reference);
    // Each answer may come in time, and there may be very many of them.
    const deadline = AbortSignal.timeout(updateTimeLimit);
    const asking = { signal: AbortSignal.any([signal, deadline]), isUnasked };
    const source = (await trustServer(server, terms)).metadataOf(reference, isNamed, asking);
    const known = stored?.files ?? new Map();
    const repository = await updateTrust({ gun, source, stored: known, pins, now }).catch((error: unknown) => {
      // What was seen to be wrong stays so, however slow the rest is.
      const isLate = deadline.aborted && !signal.aborted;
      if (isLate && error instanceof RegistryError) throw tooSlow(server, updateTimeLimit);
      const isGuess = rule === null && contentTrust.server === null && stored === null;
      throw isGuess && isNoMetadata(error) ? noTrustServer(server) : error;
    });
    const trust: StoredTrust = {
      files: repository.files,
      firstSeen: stored?.firstSeen ?? now,
      checkedAt: repository.isFromStore ? (stored?.checkedAt ?? now) : now,
      origin: stored?.origin ?? (pins === null ? "first-use" : "pinned"),
    };
    const { root, timestamp, snapshot } = repository;
    const version = { root: root.version, timestamp: timestamp.version, snapshot: snapshot.version };
    const isNew = stored === null || !isSame(stored, trust);
    const problem = isNew ? await keep(gun, trust, version) : null;
    if (!isNew && !repository.isFromStore) await store.confirm(gun, version, now);
    return {
      repository,
      problem,
      checkedAt: trust.checkedAt,
      root: {
        keys: repository.rootKeys.map(({ id }) => id),
        firstSeen: trust.firstSeen,
        // Pins that are no longer there vouch for nothing.
        trust: pins !== null ? "pinned" : trust.origin === "docker" ? "docker" : "first-use",
      },
    };
  }

  /** Null where it was stored; else why not: what was verified holds all the same. */
  async function keep(gun: Gun, trust: StoredTrust, version: StateVersion): Promise<string | null> {
    try {
      await store.write(gun, trust, version);
      return null;
    } catch (error) {
      if (!(error instanceof NotaryError)) throw error;
      return `${error.message} Until then a later step back will not be noticed.`;
    }
  }

  async function storedOrDocker(gun: Gun, now: Date): Promise<StoredTrust | null> {
    const stored = await store.read(gun);
    if (stored === "forgotten") return null;
    if (stored !== null) return stored;
    const root = await readDockerRoot(gun, machine);
    return root === null
      ? null
      : { files: new Map([["root", root]]), firstSeen: now, checkedAt: now, origin: "docker" };
  }

  return {
    name: "notary",

    async isCalledFor(reference) {
      if (contentTrust.isRequired || contentTrust.server !== null) return true;
      // Docker Hub's own server is never asked by default.
      if (reference.registry === DOCKER_HUB) return false;
      // A store that can't be read is no reason to be silent: the check then says so.
      return storedOrDocker(gunOf(reference), clock()).then(
        (stored) => stored !== null,
        () => true,
      );
    },

    async check({ reference, rule }, { signal, isUnasked = false }) {
      const terms = termsIn(rule);
      const server = serverOf(reference, terms);
      if (server === null) return invalidServer;
      const gun = gunOf(reference);
      try {
        const key = JSON.stringify([gun, server.href, rule?.key ?? null, isUnasked]);
        const updated = await updates.join(key, server.host, signal, (end) =>
          update(reference, server, rule, { signal: end, isUnasked }),
        );
        return answerFor(reference, updated, server, terms?.pins != null);
      } catch (error) {
        if (!(error instanceof NotaryError) && !(error instanceof RegistryError)) throw error;
        return failedAnswer(error, reference, server);
      }
    },
  };
}

function termsIn(rule: TrustRule | null): NotaryTerms | null {
  return rule?.terms?.scheme === "notary" ? rule.terms : null;
}

function tooSlow({ host }: URL, limit: number): RegistryError {
  return new RegistryError("timed-out", `${host} did not send all the trust data within ${limit / 1000} s.`);
}

/** What a web server says that knows nothing of trust data. */
function isNoMetadata(error: unknown): boolean {
  return error instanceof NotaryError && error.code === "malformed-metadata" && error.step === "root";
}

function noTrustServer({ host }: URL): RegistryError {
  return new RegistryError("malformed-answer", `${host} answered with something that is no trust data.`);
}

function isSame(a: StoredTrust, b: StoredTrust): boolean {
  return (
    a.files.size === b.files.size && [...b.files].every(([role, bytes]) => a.files.get(role)?.equals(bytes) === true)
  );
}
