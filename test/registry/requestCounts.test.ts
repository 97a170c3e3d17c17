/** What a list of images costs: requests to the registry, and tokens. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAnswerMemory } from "../../server/src/registry/cache/answerMemory";
import { challengesOn } from "../../server/src/registry/cache/challengesOnDisk";
import { createDiskCache } from "../../server/src/registry/cache/diskCache";
import { type EmbeddedRegistry, type RegistryAuthentication, startEmbeddedRegistry } from "../support/embeddedRegistry";
import { referenceTo, registryClient } from "../support/registryClients";
import { sampleImage } from "../support/sampleImages";

const N = 20;
const numbers = Array.from({ length: N }, (_, index) => String(index + 1));
const login = { username: "bob", password: "s3cret" };

/** N tags of one repository, and one tag of N repositories. */
const images = [sampleImage("acme/app", numbers), ...numbers.map((each) => sampleImage(`acme/app${each}`, ["1"]))];
const tagsOfOne = numbers.map((tag) => `acme/app:${tag}`);
const oneOfEach = numbers.map((each) => `acme/app${each}:1`);

describe("the requests that a list of images costs", () => {
  let registry: EmbeddedRegistry;
  let directory: string;
  let time: number;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "digest-pin-counts-"));
    time = Date.UTC(2026, 0, 1);
  });
  afterEach(async () => {
    await registry.close();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });

  async function start(authentication?: RegistryAuthentication) {
    registry = await startEmbeddedRegistry({ images, ...(authentication && { authentication }) });
  }

  /** As a process does that has just started. */
  async function resolveAll(names: readonly string[]) {
    registry.requests.length = 0;
    const clock = () => new Date(time);
    const disk = createDiskCache({ directory, now: () => time, maxBytes: 1e7 });
    const client = registryClient({
      clock,
      memory: createAnswerMemory({ disk, clock, isOffline: false }),
      challenges: challengesOn(disk, clock),
    });
    await Promise.all(names.map((name) => client.resolve(referenceTo(`${registry.host}/${name}`))));
    const count = (method: string) => registry.requests.filter((request) => request.method === method).length;
    const tokens = registry.requests.filter(({ url }) => url.startsWith("/token")).length;
    return { heads: count("HEAD"), tokens, others: registry.requests.length - count("HEAD") - tokens };
  }

  for (const [name, names] of [
    [`${N} tags of one repository`, tagsOfOne],
    [`${N} repositories`, oneOfEach],
  ] as const) {
    it(`${name}, anonymously: ${N} HEAD, and none again within ten minutes`, async () => {
      await start();
      assert.deepEqual(await resolveAll(names), { heads: N, tokens: 0, others: 0 });
      time += 10 * 60_000 - 1;
      assert.deepEqual(await resolveAll(names), { heads: 0, tokens: 0, others: 0 });
      time += 1;
      assert.deepEqual(await resolveAll(names), { heads: N, tokens: 0, others: 0 });
    });

    const tokens = names === tagsOfOne ? 1 : N;
    it(`${name}, with tokens: ${N} HEAD and ${tokens} tokens, and one HEAD more for the very first question to a registry`, async () => {
      await start({ scheme: "bearer" });
      assert.deepEqual(await resolveAll(names), { heads: N + 1, tokens, others: 0 });
      time += 10 * 60_000;
      assert.deepEqual(await resolveAll(names), { heads: N, tokens, others: 0 });
    });

    it(`${name}, with Basic: ${N} HEAD, and one more for the very first question to a registry`, async () => {
      await start({ scheme: "basic", ...login });
      const credentials = { kind: "basic" as const, ...login };
      registry.requests.length = 0;
      const client = registryClient({
        credentials: { find: async () => credentials, knownHosts: async () => new Set() },
      });
      await Promise.all(names.map((each) => client.resolve(referenceTo(`${registry.host}/${each}`))));
      assert.equal(registry.requests.length, N + 1);
    });
  }
});
