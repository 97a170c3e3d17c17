/** Registries whose manifests are not what they are said to be. */
import assert from "node:assert/strict";
import { serverWords, useFaultBench } from "../../support/faultBench";
import { type Handler, reply, replyWith } from "../../support/faultyRegistry";
import { referenceTo } from "../../support/registryClients";
import {
  type Content,
  content,
  descriptorOf,
  digestOfBytes,
  OCI_INDEX,
  OCI_MANIFEST,
  sampleImage,
} from "../../support/sampleImages";

const { root } = sampleImage("acme/app", ["1"]);
const elsewhere = digestOfBytes(Buffer.from("something else"));
const SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws";

describe("a registry's content", function () {
  this.timeout(5_000);
  const bench = useFaultBench();

  /** A registry that sends the same for every manifest. */
  async function registryOf(served: Content, headers: Record<string, string> = {}) {
    const registry = await bench.start((request) => replyWith(request, served, headers));
    return { registry, reference: referenceTo(`${registry.host}/acme/app:1`) };
  }

  it("is read and hashed where no header tells the digest", async () => {
    const { registry, reference } = await registryOf(root, { "Docker-Content-Digest": "" });
    assert.equal((await bench.client().resolve(reference)).digest, root.digest);
    assert.deepEqual(registry.lines(), ["HEAD /v2/acme/app/manifests/1", "GET /v2/acme/app/manifests/1"]);
  });

  it("is read and hashed where the header is no digest", async () => {
    const { reference } = await registryOf(root, { "Docker-Content-Digest": `sha256:${serverWords}` });
    assert.equal((await bench.client().resolve(reference)).digest, root.digest);
  });

  it("is refused where HEAD tells one digest and the body has another", async () => {
    const { reference } = await registryOf(root, { "Docker-Content-Digest": elsewhere });
    const client = bench.client();
    const { digest } = await client.resolve(reference);
    assert.equal(digest, elsewhere);
    await bench.failure(client.fetchManifest(reference, digest), "digest-mismatch");
  });

  it("is refused where HEAD tells another digest than the one asked for", async () => {
    const { registry } = await registryOf(root);
    const reference = referenceTo(`${registry.host}/acme/app@${elsewhere}`);
    await bench.failure(bench.client().resolve(reference), "digest-mismatch");
  });

  it("is refused where it does not hash to the digest, with no header too", async () => {
    const { reference } = await registryOf(root, { "Docker-Content-Digest": "" });
    await bench.failure(bench.client().fetchManifest(reference, elsewhere), "digest-mismatch");
  });

  it("is refused in schema 1, by its type and by its body", async () => {
    const old = content(SCHEMA_1, { schemaVersion: 1, name: serverWords });
    const byType = await registryOf(old);
    await bench.failure(bench.client().resolve(byType.reference), "unsupported-manifest");
    const byBody = await registryOf(old, { "Content-Type": "application/json" });
    await bench.failure(bench.client().resolve(byBody.reference), "unsupported-manifest");
  });

  for (const [name, body] of [
    ["no JSON", `<html>${serverWords}</html>`],
    ["half of a JSON text", root.body.subarray(0, -10)],
    ["empty", ""],
    ["a JSON array", "[]"],
    ["not UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ] as const) {
    it(`is refused where it is ${name}, although its digest is right`, async () => {
      const { reference } = await registryOf(content(OCI_INDEX, Buffer.from(body)));
      await bench.failure(
        bench.client().fetchManifest(reference, digestOfBytes(Buffer.from(body))),
        "malformed-answer",
      );
    });
  }

  describe("that is an index", () => {
    const amd64 = {
      ...descriptorOf(content(OCI_MANIFEST, { a: 1 })),
      platform: { os: "linux", architecture: "amd64" },
    };

    it("may list another index, which is no platform", async () => {
      const nested = descriptorOf(content(OCI_INDEX, { b: 1 }));
      const index = content(OCI_INDEX, { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [nested, amd64] });
      const { reference } = await registryOf(index);
      const client = bench.client();
      assert.equal((await client.resolve(reference)).digest, index.digest);
      const { platforms, children } = await client.fetchManifest(reference, index.digest);
      const platform = { os: "linux", architecture: "amd64", variant: null };
      assert.deepEqual(platforms, [platform]);
      assert.deepEqual(children, [
        { digest: nested.digest, platform: null },
        { digest: amd64.digest, platform },
      ]);
    });

    it("is refused with 10,000 entries", async () => {
      const index = content(OCI_INDEX, { schemaVersion: 2, manifests: Array.from({ length: 10_000 }, () => amd64) });
      const { reference } = await registryOf(index);
      const client = bench.client({ limits: { body: 4 * 1024 * 1024, requestTime: 4_000 } });
      await bench.failure(client.fetchManifest(reference, index.digest), "too-large");
    });
  });

  describe("that is a list of referrers", () => {
    const lists = (body: string, headers: Record<string, string> = {}): Handler => {
      return (request) => reply(request, { headers: { "Content-Type": OCI_INDEX, ...headers }, body });
    };

    it("is refused where it is no JSON", async () => {
      const registry = await bench.start(lists(serverWords));
      const reference = referenceTo(`${registry.host}/acme/app:1`);
      await bench.failure(bench.client().fetchReferrers(reference, root.digest), "malformed-answer");
    });

    it("is refused where its pages never end", async () => {
      const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
      const registry = await bench.start(lists(index, { Link: '</v2/acme/app/referrers/again>; rel="next"' }));
      const reference = referenceTo(`${registry.host}/acme/app:1`);
      await bench.failure(bench.client().fetchReferrers(reference, root.digest), "too-large");
    });

    it("is not followed to another host", async () => {
      const other = await bench.start(lists("{}"), { name: "localhost" });
      const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
      const registry = await bench.start(lists(index, { Link: `<${other.origin}/v2/>; rel="next"` }));
      const client = bench.clientWith(registry, "login");
      await bench.failure(
        client.fetchReferrers(referenceTo(`${registry.host}/acme/app:1`), root.digest),
        "refused-address",
      );
      assert.equal(other.connections, 0);
    });
  });
});
