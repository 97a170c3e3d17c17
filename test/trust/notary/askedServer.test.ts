/** Which trust server is asked for an image, whether it is asked at all, and what its end looks like. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localMachine } from "../../../server/src/registry/machine";
import type { ContentTrust } from "../../../server/src/trust/contentTrust";
import type { Gun } from "../../../server/src/trust/notary/gun";
import { createNotaryScheme } from "../../../server/src/trust/notary/notaryScheme";
import { createTrustStore, type TrustStore } from "../../../server/src/trust/notary/store";
import type { TrustRule } from "../../../server/src/trust/policy/trustRule";
import { FileTransport } from "../../support/notary/fileTransport";
import { GUN, NOW, Scene } from "../../support/notary/scene";
import { outcomeOf } from "../../support/notary/schemeUnderTest";
import { credentialsFor, referenceTo } from "../../support/registryClients";

const signal = new AbortController().signal;
const nobody: ContentTrust = { isRequired: false, server: null };

describe("the trust server", () => {
  let directory: string;
  let store: TrustStore;
  let transport: FileTransport;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "asked-server-"));
    store = createTrustStore(join(directory, "store"));
    transport = new FileTransport(new Map());
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  function schemeFor(contentTrust: ContentTrust) {
    const environment = { DOCKER_CONFIG: directory };
    const machine = { ...localMachine(), environment, homeDirectory: directory };
    const ports = { transport, credentials: credentialsFor({}), now: () => 0, clock: () => NOW };
    return createNotaryScheme({ ...ports, store, machine, contentTrust });
  }

  const named = new URL("https://named.example");
  const ofEnvironment = new URL("https://environment.example");
  const servers: readonly (readonly [
    image: string,
    inRule: URL | null,
    server: ContentTrust["server"],
    host: string,
  ])[] = [
    ["registry.example/acme/app:1", null, null, "registry.example"],
    ["registry.example:5000/acme/app:1", null, null, "registry.example:5000"],
    ["alpine:edge", null, null, "notary.docker.io"],
    ["alpine:edge", null, ofEnvironment, "environment.example"],
    ["alpine:edge", named, null, "named.example"],
    ["alpine:edge", named, ofEnvironment, "named.example"],
    ["alpine:edge", named, "invalid", "named.example"],
    ["alpine:edge", null, "invalid", ""],
    ["[::1]:5000/app:1", null, null, "[::1]:5000"],
  ];
  for (const [image, inRule, server, host] of servers) {
    it(`of ${image} is ${host || "none"}, by the rule's ${inRule?.host} and the environment's ${server}`, async () => {
      const terms = { scheme: "notary", server: inRule, ca: null, pins: null } as const;
      const rule: TrustRule = { images: ["**"], require: true, terms, vouchedBy: "user", key: "the rule" };
      const scheme = schemeFor({ isRequired: false, server });
      const answer = await scheme.check({ reference: referenceTo(image), served: null, rule }, { signal });
      assert.deepEqual([...new Set(transport.requests.map(({ url }) => url.host))], host === "" ? [] : [host]);
      if (host === "") assert.equal(outcomeOf(answer), "unavailable: server invalid-server");
    });
  }

  async function storeRoot(gun: string): Promise<void> {
    const files = new Map([["root", Buffer.from("{}")]]);
    const trust = { files, firstSeen: NOW, checkedAt: NOW, origin: "first-use" } as const;
    await store.write(gun as Gun, trust, { root: 1, timestamp: 1, snapshot: 1 });
  }

  it("is called for where a root is stored, and by the environment", async () => {
    const reference = referenceTo(`${GUN}:1`);
    assert.equal(await schemeFor(nobody).isCalledFor(reference), false);
    assert.equal(await schemeFor({ ...nobody, isRequired: true }).isCalledFor(reference), true);
    assert.equal(await schemeFor({ ...nobody, server: ofEnvironment }).isCalledFor(reference), true);
    assert.equal(await schemeFor({ ...nobody, server: "invalid" }).isCalledFor(reference), true);
    await storeRoot(GUN);
    assert.equal(await schemeFor(nobody).isCalledFor(reference), true);
    assert.equal(await schemeFor(nobody).isCalledFor(referenceTo("registry.example/acme/other:1")), false);
    await store.forget(GUN);
    assert.equal(await schemeFor(nobody).isCalledFor(reference), false);
  });

  it("of Docker Hub is called for by nothing but the environment", async () => {
    await storeRoot("docker.io/library/alpine");
    assert.equal(await schemeFor(nobody).isCalledFor(referenceTo("alpine:edge")), false);
    assert.equal(await schemeFor({ ...nobody, isRequired: true }).isCalledFor(referenceTo("alpine:edge")), true);
  });

  const ends: readonly (readonly [image: string, status: number | null, outcome: string])[] = [
    ["alpine:edge", 404, "unavailable: server server-closed"],
    ["alpine:edge", 503, "unavailable: server server-closed"],
    ["alpine:edge", null, "unavailable: server server-closed"],
    ["alpine:edge", 403, "unavailable: server forbidden"],
    [`${GUN}:1`, 404, "unsigned"],
    [`${GUN}:1`, 503, "unavailable: server server-error"],
    [`${GUN}:1`, null, "unavailable: server unreachable"],
  ];
  for (const [image, status, outcome] of ends) {
    it(`of ${image} that ${status === null ? "can't be reached" : `answers ${status}`}: ${outcome}`, async () => {
      transport.status = status;
      if (status === null) transport.failure = "unreachable";
      const answer = await schemeFor(nobody).check(
        { reference: referenceTo(image), served: null, rule: null },
        { signal },
      );
      assert.equal(outcomeOf(answer), outcome);
    });
  }

  it("of Docker Hub that lies has not ended", async () => {
    const scene = new Scene({ gun: "docker.io/library/alpine" });
    scene.repository.timestamp.signers = [];
    scene.publish();
    transport.files = scene.source.files;
    const question = { reference: referenceTo("alpine:1"), served: null, rule: null };
    assert.equal(
      outcomeOf(await schemeFor(nobody).check(question, { signal })),
      "invalid: timestamp threshold-not-met",
    );
  });

  it("is not blamed for a mistake of ours", async () => {
    transport.send = () => Promise.reject(new TypeError("a mistake"));
    const question = { reference: referenceTo(`${GUN}:1`), served: null, rule: null };
    await assert.rejects(schemeFor(nobody).check(question, { signal }), TypeError);
  });
});
