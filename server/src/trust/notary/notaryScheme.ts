/**
 * Docker Content Trust as a scheme: which server is asked for an image, with which pins, and what its answer means. It
 * stores what was believed, and only that.
 */
import type { Digest } from "../../reference/digest";
import { DEFAULT_TAG, DOCKER_HUB, familiarRepository, type Reference } from "../../reference/reference";
import type { Machine } from "../../registry/machine";
import { RegistryError } from "../../registry/registry";
import { createSharedRequests } from "../../registry/sharedRequests";
import type { ContentTrust } from "../contentTrust";
import type { NotaryTerms } from "../policy/trustRule";
import type { SchemeAnswer, SignatureScheme } from "../scheme";
import type { Failure, RootFacts } from "../verdict";
import { readDockerAuthority, readDockerRoot } from "./dockerRoot";
import { type Gun, gunOf } from "./gun";
import { NotaryError, type NotaryErrorCode } from "./notaryError";
import { dayOf } from "./rootVerifier";
import type { StoredTrust, TrustStore } from "./store";
import {
  isContentOf,
  isInSkippedReleases,
  nearbyTags,
  releasesNote,
  type SignedTag,
  signedTag,
  signedTags,
  signersOfTag,
} from "./target";
import type { TrustedRepository } from "./trustedRepository";
import { createTrustServer, type TrustServer, type TrustServerPorts } from "./trustServer";
import { updateTrust, validUntil } from "./update";

export interface NotaryPorts extends TrustServerPorts {
  readonly store: TrustStore;
  readonly machine: Machine;
  readonly contentTrust: ContentTrust;
  readonly clock: () => Date;
}

const DOCKER_HUB_SERVER = "https://notary.docker.io/";
const MAX_SERVERS = 50;

interface Updated {
  readonly repository: TrustedRepository;
  /** When the server said so: now, unless it did not answer. */
  readonly checkedAt: Date;
  readonly root: RootFacts;
}

export function createNotaryScheme(ports: NotaryPorts): SignatureScheme {
  const { store, machine, contentTrust, clock } = ports;
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
    terms: NotaryTerms | null,
    signal: AbortSignal,
  ): Promise<Updated> {
    const gun = gunOf(reference);
    const now = clock();
    const stored = await storedOrDocker(gun, now);
    const pins = terms?.pins ?? null;
    const source = (await trustServer(server, terms)).metadataOf(reference, signal);
    const repository = await updateTrust({
      gun,
      source,
      stored: stored?.files ?? new Map(),
      pins,
      now,
    });
    const trust: StoredTrust = {
      files: repository.files,
      firstSeen: stored?.firstSeen ?? now,
      checkedAt: repository.isFromStore ? (stored?.checkedAt ?? now) : now,
      origin: stored?.origin ?? (pins === null ? "first-use" : "pinned"),
    };
    const { root, timestamp, snapshot } = repository;
    const version = { root: root.version, timestamp: timestamp.version, snapshot: snapshot.version };
    if (stored === null || !isSame(stored, trust)) await store.write(gun, trust, version);
    else if (!repository.isFromStore) await store.confirm(gun, version, now);
    return {
      repository,
      checkedAt: trust.checkedAt,
      root: {
        keys: repository.rootKeys.map(({ id }) => id),
        firstSeen: trust.firstSeen,
        // Pins that are no longer there vouch for nothing.
        trust: pins !== null ? "pinned" : trust.origin === "docker" ? "docker" : "first-use",
      },
    };
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

    async check({ reference, rule }, signal) {
      const terms = rule?.terms?.scheme === "notary" ? rule.terms : null;
      const server = serverOf(reference, terms);
      if (server === null) return invalidServer;
      const gun = gunOf(reference);
      try {
        const key = JSON.stringify([gun, server.href, rule?.key ?? null]);
        const updated = await updates.join(key, server.host, signal, (end) => update(reference, server, terms, end));
        return answerFor(reference, updated, server, terms?.pins != null);
      } catch (error) {
        return failed(error, reference, server);
      }
    },
  };
}

const invalidServer: SchemeAnswer = {
  kind: "unavailable",
  failure: {
    step: "server",
    code: "invalid-server",
    message: "DOCKER_CONTENT_TRUST_SERVER is no https URL: correct it, or unset it.",
  },
};

function isSame(a: StoredTrust, b: StoredTrust): boolean {
  return (
    a.files.size === b.files.size && [...b.files].every(([role, bytes]) => a.files.get(role)?.equals(bytes) === true)
  );
}

/** What verified trust data says of one reference. */
function answerFor(reference: Reference, updated: Updated, server: URL, isNamed: boolean): SchemeAnswer {
  const { repository, root, checkedAt } = updated;
  const note = releasesNote(repository);
  const notes = note === null ? [] : [note];
  if (repository.isFromStore) {
    notes.push(`${server.host} did not answer: this is what it said on ${dayOf(checkedAt)}.`);
  }
  const tag = reference.tag ?? (reference.digest === null ? DEFAULT_TAG : null);
  const own = tag === null ? null : signedTag(repository, tag);
  const until = validUntil(repository);
  const all = signedTags(repository);
  const nearby = nearbyTags(
    [...all.keys()].filter((name) => name !== tag),
    tag,
  );
  const signed = (target: SignedTag, otherTags: readonly string[]): SchemeAnswer => ({
    kind: "signed",
    isNamed,
    scheme: "notary",
    binds: "tag",
    digest: reference.digest ?? target.digest,
    signers: signersOfTag(repository, target),
    otherTags,
    signedTags: nearby,
    root,
    checkedAt,
    validUntil: until,
    notes,
  });

  if (own !== null && (reference.digest === null || isContentOf(own, reference.digest))) return signed(own, []);
  if (reference.digest !== null) {
    const { digest } = reference;
    const others = [...all.values()].filter((target) => isContentOf(target, digest));
    const [first] = others;
    if (first !== undefined) return signed(first, tag === null ? [] : others.map((target) => target.tag));
  } else if (tag !== null && isInSkippedReleases(repository, tag)) {
    return {
      kind: "invalid",
      failure: { step: "targets/releases", code: releasesCode(repository), message: note ?? "" },
    };
  }
  return {
    kind: "unsigned",
    scheme: "notary",
    message: [notSigned(reference, tag, own?.digest ?? null, server), ...notes].join(" "),
    signedDigest: own?.digest ?? null,
    signedTags: nearbyTags(all.keys(), tag),
    validUntil: until,
  };
}

function releasesCode({ skipped }: TrustedRepository): NotaryErrorCode {
  return skipped.find(({ name }) => name === "targets/releases")?.code ?? "threshold-not-met";
}

function notSigned(reference: Reference, tag: string | null, signedDigest: Digest | null, server: URL): string {
  const name = familiarRepository(reference);
  if (reference.digest === null) return `${server.host} has trust data for ${name}, and none for the tag ${tag}.`;
  if (signedDigest === null) return `${server.host} has trust data for ${name}, and none for this digest.`;
  return `${server.host} has trust data for ${name}, in which ${tag} is signed with ${signedDigest}, and this digest is not.`;
}

const CLOSED = "Docker Hub no longer serves signatures for this image: its Notary server closes on 8 December 2026.";
/** What the end of Docker Hub's own server looks like, and what an attack on it would need to look like something else. */
const endCodes: ReadonlySet<string> = new Set([
  "expired",
  "no-trust-data",
  "trust-data-removed",
  "unreachable",
  "not-found",
  "server-error",
  "tls",
]);

function failed(error: unknown, reference: Reference, server: URL): SchemeAnswer {
  if (!(error instanceof NotaryError) && !(error instanceof RegistryError)) throw error;
  if (server.href === DOCKER_HUB_SERVER && endCodes.has(error.code)) {
    return { kind: "unavailable", failure: { step: "server", code: "server-closed", message: CLOSED } };
  }
  if (error instanceof RegistryError) {
    return { kind: "unavailable", failure: { step: "server", code: error.code, message: error.message } };
  }
  const failure: Failure = { step: error.step, code: error.code, message: error.message };
  switch (error.code) {
    case "no-trust-data": {
      const message = `${server.host} has no trust data for ${gunOf(reference)}.`;
      return { kind: "unsigned", scheme: "notary", message, signedDigest: null, signedTags: [], validUntil: null };
    }
    case "root-not-pinned":
      return { kind: "untrusted", failure };
    case "store-unusable":
      return { kind: "unavailable", failure };
    default:
      return { kind: "invalid", failure };
  }
}
