/**
 * The registry's port over HTTP: the pull side of the OCI distribution specification and nothing of the push side. It
 * asks the user's mirrors first and then the registry itself, keeps what it was answered for as long as that may be
 * believed, and never answers from anything but the places that the user's configuration names for the repository.
 */
import { DEFAULT_TAG } from "../reference/reference";
import { configurationIn, readBlob } from "./blobRequests";
import type { AnswerMemory, Question } from "./cache/answerMemory";
import {
  printedBlob,
  printedDescriptor,
  printedManifest,
  printedReferrers,
  printedTags,
  type ResolvedBy,
} from "./cache/printedAnswers";
import type { Place } from "./configuration/places";
import { createEndpoints } from "./endpoint";
import type { Transport } from "./http/http";
import { createAuthentication, type KeptChallenges } from "./login/authentication";
import type { CredentialSource } from "./login/credentials";
import { type ManifestTarget, manifestIn, type RawManifest, readManifest, resolveManifest } from "./manifestRequests";
import { fetchAllReferrers } from "./referrersRequests";
import { type Referrer, type Registry, RegistryError, type RequestOptions, type TagList } from "./registry";
import {
  type Asking,
  createRepositoryRequests,
  type RepositoryAddress,
  type RepositoryName,
} from "./repositoryRequests";
import { createSharedRequests } from "./sharedRequests";
import { fetchTags } from "./tagRequests";

export interface RegistryLimits {
  /** Milliseconds for each request. */
  readonly requestTime: number;
  /** Bytes of a manifest, an index, a list or a configuration. */
  readonly body: number;
  /** Bytes of a token server's answer. */
  readonly tokenBody: number;
}

export const DEFAULT_LIMITS: RegistryLimits = {
  requestTime: 10_000,
  body: 4 * 1024 * 1024,
  tokenBody: 1024 * 1024,
};

export interface RegistryPorts {
  readonly transport: Transport;
  readonly credentials: CredentialSource;
  /** Where the user's configuration wants a repository to be asked for, in order, itself last; null for nowhere. */
  readonly places: (name: RepositoryName, by: "tag" | "digest") => Promise<readonly Place[] | null>;
  readonly memory: AnswerMemory;
  /** Null where they are forgotten with the process. */
  readonly challenges: KeptChallenges | null;
  /** Milliseconds; only differences count. */
  readonly now: () => number;
  readonly limits?: RegistryLimits;
}

/** How long a tag's digest, and each list, is believed. Milliseconds. */
const CHANGING_LIFETIME = 10 * 60_000;

interface Places {
  /** In the order in which they are asked. */
  readonly mirrors: readonly Place[];
  readonly origin: Place;
}

export function createRegistry(ports: RegistryPorts): Registry {
  const { transport, memory, limits = DEFAULT_LIMITS } = ports;
  const underWay = createSharedRequests<unknown>();
  const authentication = createAuthentication(
    { transport, credentials: ports.credentials, timeLimit: limits.requestTime, bodyLimit: limits.tokenBody },
    ports.now,
    ports.challenges,
  );
  const requests = createRepositoryRequests({
    transport,
    endpoints: createEndpoints(),
    authentication,
    timeLimit: limits.requestTime,
    bodyLimit: limits.body,
  });

  async function placesOf(name: RepositoryName, by: "tag" | "digest"): Promise<Places> {
    const places = (await ports.places(name, by)) ?? [];
    const origin = places.find(({ isMirror }) => !isMirror);
    if (origin !== undefined) return { mirrors: places.filter(({ isMirror }) => isMirror), origin };
    const message = `The registries' configuration on this machine blocks ${name.registry}/${name.repository}.`;
    throw new RegistryError("blocked", message);
  }

  /** The same question under way is asked once; what was answered lately, or can't change, is not asked again. */
  async function ask<T>(
    question: Question<T>,
    options: RequestOptions,
    work: (asking: Asking) => Promise<T>,
  ): Promise<{ answer: T; answeredAt: Date }> {
    const { signal, refresh = false, isUnasked = false } = options;
    const key = `${question.key}${refresh ? " refresh" : ""}${isUnasked ? " unasked" : ""}`;
    const recalled = underWay.join(key, question.host, signal, (end) =>
      memory.recall(question, { signal: end, refresh }, () => work({ signal: end, isUnasked })),
    );
    return (await recalled) as { answer: T; answeredAt: Date };
  }

  return {
    async resolve(reference, options = {}) {
      const all = await placesOf(reference, reference.digest === null ? "tag" : "digest");
      const places = options.fromOrigin ? { ...all, mirrors: [] } : all;
      const tagOrDigest = reference.digest ?? reference.tag ?? DEFAULT_TAG;
      const question: Question<ResolvedBy> = {
        key: `resolve ${keyOf(reference, places)} ${tagOrDigest}`,
        host: reference.registry,
        lifetime: CHANGING_LIFETIME,
        ...printedDescriptor,
      };
      const { answer, answeredAt } = await ask(question, options, async (asking) => {
        const targetAt = (place: Place): ManifestTarget => ({ ...place, tagOrDigest, digest: reference.digest });
        const { answer: descriptor, place } = await inOrder(places, (each) =>
          resolveManifest(requests, targetAt(each), asking),
        );
        return { ...descriptor, mirror: place.isMirror ? place.registry : null };
      });
      // What has the digest that was asked for needs nobody to confirm it.
      return { ...answer, mirror: reference.digest === null ? answer.mirror : null, answeredAt };
    },

    async fetchManifest(reference, digest, options = {}) {
      const places = await placesOf(reference, "digest");
      const question: Question<RawManifest> = {
        key: `manifest ${keyOf(reference, places)} ${digest}`,
        host: reference.registry,
        lifetime: Number.POSITIVE_INFINITY,
        ...printedManifest(digest),
      };
      const { answer } = await ask(question, options, async (asking) => {
        const read = (place: Place) => readManifest(requests, { ...place, tagOrDigest: digest, digest }, asking);
        return (await inOrder(places, read)).answer;
      });
      return manifestIn(answer, reference);
    },

    async fetchReferrers(reference, digest, options = {}) {
      const places = await placesOf(reference, "digest");
      const question: Question<readonly Referrer[]> = {
        key: `referrers ${keyOf(reference, places)} ${digest}`,
        host: reference.registry,
        lifetime: CHANGING_LIFETIME,
        ...printedReferrers,
      };
      const list = (address: RepositoryAddress, asking: Asking) => fetchAllReferrers(requests, address, digest, asking);
      return (await ask(question, options, (asking) => originFirst(places, (place) => list(place, asking)))).answer;
    },

    async fetchConfiguration(reference, digest, options = {}) {
      const places = await placesOf(reference, "digest");
      const question: Question<Buffer> = {
        key: `blob ${keyOf(reference, places)} ${digest}`,
        host: reference.registry,
        lifetime: Number.POSITIVE_INFINITY,
        ...printedBlob(digest),
      };
      const { answer } = await ask(question, options, async (asking) => {
        return (await inOrder(places, (place) => readBlob(requests, place, digest, asking))).answer;
      });
      return configurationIn(answer, reference.registry);
    },

    async listTags(reference, options = {}) {
      const places = await placesOf(reference, "tag");
      const question: Question<TagList> = {
        key: `tags ${keyOf(reference, places)}`,
        host: reference.registry,
        lifetime: CHANGING_LIFETIME,
        ...printedTags,
      };
      const { answer } = await ask(question, options, async (asking) => {
        return (await inOrder(places, (place) => fetchTags(requests, place, asking))).answer;
      });
      return answer;
    },
  };
}

/** The first place that answers; where no mirror does, what the registry itself says counts. */
async function inOrder<T>(
  { mirrors, origin }: Places,
  ask: (place: Place) => Promise<T>,
): Promise<{ readonly answer: T; readonly place: Place }> {
  for (const place of mirrors) {
    try {
      return { answer: await ask(place), place };
    } catch (error) {
      if (isEnd(error)) throw error;
    }
  }
  return { answer: await ask(origin), place: origin };
}

/**
 * A mirror may hold an image without what refers to it, and then its empty list says nothing: the registry itself is
 * asked, and only where that fails does a mirror's list count that has something in it.
 */
async function originFirst<T>(
  { mirrors, origin }: Places,
  ask: (place: Place) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  try {
    return await ask(origin);
  } catch (failure) {
    if (isEnd(failure)) throw failure;
    for (const mirror of mirrors) {
      const listed = await ask(mirror).catch((error: unknown) => {
        if (isEnd(error)) throw error;
        return [];
      });
      if (listed.length > 0) return listed;
    }
    throw failure;
  }
}

/** Whatever else a place fails with, another may answer. */
function isEnd(error: unknown): boolean {
  return !(error instanceof RegistryError) || error.code === "cancelled";
}

/** Another configuration may give another answer. */
function keyOf({ registry, repository }: RepositoryName, { mirrors, origin }: Places): string {
  const asked = [...mirrors, origin].map(
    (place) => `${place.registry}/${place.repository}${place.isInsecure ? " insecure" : ""}`,
  );
  return [`${registry}/${repository}`, ...asked].join(" ");
}
