/**
 * Verifying Docker Content Trust: cold, warm, many repositories at once, and without the network. The trust server is
 * real, behind a proxy that counts; beside it the notary client does the same work as a process of its own.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTransport } from "../server/src/registry/http/transport";
import { localMachine } from "../server/src/registry/machine";
import { createNotaryScheme } from "../server/src/trust/notary/notaryScheme";
import { createTrustStore } from "../server/src/trust/notary/store";
import type { MetadataFiles } from "../server/src/trust/notary/trustedRepository";
import { updateTrust } from "../server/src/trust/notary/update";
import type { TrustRule } from "../server/src/trust/policy/trustRule";
import type { SignatureScheme } from "../server/src/trust/scheme";
import { createKey } from "../test/support/notary/keys";
import { NotaryClient } from "../test/support/notary/notaryClient";
import { startNotaryServer } from "../test/support/notary/notaryServer";
import { Repository, targetOf } from "../test/support/notary/repository";
import { startTamperingProxy } from "../test/support/notary/tamperingProxy";
import { credentialsFor, referenceTo } from "../test/support/registryClients";

export interface TrustTimes {
  /** Milliseconds of each run. */
  readonly cold: readonly number[];
  readonly warm: readonly number[];
  readonly coldPeer: readonly number[];
  readonly warmPeer: readonly number[];
  /** Requests of one run. */
  readonly coldRequests: number;
  readonly warmRequests: number;
  /** Milliseconds for all of them at once. */
  readonly many: number;
  readonly manyCount: number;
  readonly alone: readonly number[];
  readonly aloneMany: readonly number[];
}

const RUNS = 21;
const PEER_RUNS = 7;
const MANY = 200;
const MANY_TAGS = 5_000;
const SHA256 = "ab".repeat(32);

export async function measureTrust(): Promise<TrustTimes> {
  const folder = mkdtempSync(join(tmpdir(), "digest-pin-bench-"));
  const server = await startNotaryServer({ signer: "local" });
  const proxy = await startTamperingProxy(server.authority, server.url);
  try {
    const gun = "registry.example/acme/app";
    const client = new NotaryClient({
      server: server.url,
      caPath: server.caPath,
      directory: join(folder, "publisher"),
    });
    await publishSigned(client, server.authority, gun);
    const rule = ruleFor(proxy.url, server.authority.ca);
    const check = (scheme: SignatureScheme, repository = gun) =>
      scheme.check({ reference: referenceTo(`${repository}:1.0`), served: null, rule }, {});

    // The first ever loads the HTTP client and reads the system's certificates.
    await check(schemeIn(join(folder, "first")));
    const cold: number[] = [];
    const warm: number[] = [];
    let [coldRequests, warmRequests] = [0, 0];
    for (let run = 0; run < RUNS; run++) {
      const store = join(folder, `run-${run}`);
      const before = proxy.requests.length;
      cold.push(await timed(() => check(schemeIn(store))));
      const between = proxy.requests.length;
      warm.push(await timed(() => check(schemeIn(store))));
      coldRequests = between - before;
      warmRequests = proxy.requests.length - between;
    }

    const [coldPeer, warmPeer]: [number[], number[]] = [[], []];
    for (let run = 0; run < PEER_RUNS; run++) {
      const directory = join(folder, `peer-${run}`);
      const peer = new NotaryClient({ server: proxy.url, caPath: server.caPath, directory });
      coldPeer.push(await timed(() => peer.list(gun)));
      warmPeer.push(await timed(() => peer.list(gun)));
    }

    const guns = Array.from({ length: MANY }, (_, index) => `registry.example/acme/app-${index}`);
    for (const each of guns) {
      await client.init(each);
      await client.addHash(each, "1.0", 1, SHA256);
    }
    const scheme = schemeIn(join(folder, "many"));
    const many = await timed(async () => {
      const answers = await Promise.all(guns.map((each) => check(scheme, each)));
      if (answers.some(({ kind }) => kind !== "signed")) throw new Error("not all of them were verified");
    });
    return {
      ...{ cold, warm, coldPeer, warmPeer, coldRequests, warmRequests, many, manyCount: MANY },
      alone: await verifyAlone(10),
      aloneMany: await verifyAlone(MANY_TAGS),
    };
  } finally {
    await proxy.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

/** With `targets/releases` and one signer, as `docker trust sign` makes it. */
async function publishSigned(
  client: NotaryClient,
  authority: Awaited<ReturnType<typeof startNotaryServer>>["authority"],
  gun: string,
): Promise<void> {
  const signer = await authority.selfSigned({ name: "ana", commonName: "Ana" });
  await client.init(gun);
  await client.importKey(signer.keyPath, "user");
  for (const role of ["targets/releases", "targets/ana"]) await client.addDelegation(gun, role, signer.certificatePath);
  await client.addHash(gun, "1.0", 1, SHA256, ["targets/releases", "targets/ana"]);
}

function schemeIn(folder: string): SignatureScheme {
  return createNotaryScheme({
    transport,
    credentials: credentialsFor({}),
    now: () => performance.now(),
    clock: () => new Date(),
    machine: { ...localMachine(), environment: { DOCKER_CONFIG: folder }, homeDirectory: folder },
    store: createTrustStore(folder),
    contentTrust: { isRequired: false, server: null },
  });
}

const transport = createTransport();

function ruleFor(server: string, ca: string): TrustRule {
  const terms = { scheme: "notary", server: new URL(server), ca, pins: null } as const;
  return { images: ["registry.example/**"], require: false, terms, vouchedBy: "user", key: "bench" };
}

/** From bytes to a verified repository, from a store that has everything and a server that says nothing new. */
async function verifyAlone(tagCount: number): Promise<number[]> {
  const repository = new Repository({ gun: "registry.example/acme/app" });
  const releases = repository.delegate("targets/releases", createKey("ecdsa"));
  for (let tag = 0; tag < tagCount; tag++) releases.targets[`1.${tag}`] = targetOf(SHA256, 1);
  repository.publish();
  const source = { fetch: async (name: string) => repository.files.get(`${name}.json`) ?? null };
  const parameters = { gun: repository.gun as never, source, pins: null, now: new Date() };
  const { files } = await updateTrust({ ...parameters, stored: new Map() });
  // Bytes of their own each time, so that nothing is remembered of them.
  const copied = (): MetadataFiles => new Map([...files].map(([role, bytes]) => [role, Buffer.from(bytes)]));
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const stored = copied();
    times.push(await timed(() => updateTrust({ ...parameters, stored })));
  }
  return times;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
