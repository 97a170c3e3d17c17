import assert from "node:assert/strict";
import { DEFAULT_LIMITS } from "../../server/src/registry/registryClient";
import { type EmbeddedRegistry, type Quirks, startEmbeddedRegistry } from "../support/embeddedRegistry";
import { assertTellsNone, failureOf, referenceTo, registryClient, scriptedTransport } from "../support/registryClients";
import {
  content,
  digestOfBytes,
  OCI_INDEX,
  OCI_MANIFEST,
  type SampleImage,
  sampleImage,
} from "../support/sampleImages";

const image = sampleImage("acme/app", ["1", "latest"]);
const [child] = image.children;
const SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws";
const elsewhere = digestOfBytes(Buffer.from("something else"));
const sha512 = digestOfBytes(image.root.body, "sha512");

/** The same bytes under a digest of another algorithm, as `acme/app` 512. */
const image512: SampleImage = { ...image, tags: ["512"], root: { ...image.root, digest: sha512 }, children: [] };
const brokenIndex: SampleImage = {
  repository: "acme/broken",
  tags: ["1"],
  root: content(OCI_INDEX, { manifests: "none" }),
  children: [],
  blobs: [],
};

describe("createRegistry", () => {
  const quirks: Quirks = {};
  let registry: EmbeddedRegistry;
  before(async () => {
    registry = await startEmbeddedRegistry({ images: [image, image512, brokenIndex], quirks });
  });
  after(() => registry.close());
  afterEach(() => {
    for (const name of Object.keys(quirks) as (keyof Quirks)[]) delete quirks[name];
    registry.requests.length = 0;
  });

  const resolved = {
    digest: image.root.digest,
    mediaType: OCI_INDEX,
    size: image.root.body.length,
    mirror: null,
    answeredAt: new Date(0),
  };
  const app = (suffix = ":1") => referenceTo(`${registry.host}/acme/app${suffix}`);
  const lines = () => registry.requests.map(({ method, url }) => `${method} ${url}`);

  describe("resolve", () => {
    it("takes one HEAD that accepts all four types", async () => {
      const descriptor = await registryClient().resolve(app());
      assert.deepEqual(descriptor, resolved);
      assert.deepEqual(lines(), ["HEAD /v2/acme/app/manifests/1"]);
      assert.deepEqual(registry.requests[0]?.headers.accept?.split(", ").sort(), [
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        OCI_INDEX,
        OCI_MANIFEST,
      ]);
    });

    it("asks for latest where no tag is written, and for the digest where one is", async () => {
      const client = registryClient();
      await client.resolve(app(""));
      await client.resolve(app(`:gone@${image.root.digest}`));
      assert.deepEqual(lines(), [
        "HEAD /v2/acme/app/manifests/latest",
        `HEAD /v2/acme/app/manifests/${image.root.digest}`,
      ]);
    });

    const headless: [string, Quirks][] = [
      ["has no digest", { omitDigestHeader: true }],
      ["has a digest that is none", { digestHeader: "sha256:short" }],
      ["is not supported", { refuseHead: true, omitDigestHeader: true }],
    ];
    for (const [name, quirk] of headless) {
      it(`reads and hashes the body where the answer to HEAD ${name}`, async () => {
        Object.assign(quirks, quirk);
        const descriptor = await registryClient().resolve(app());
        assert.deepEqual(descriptor, resolved);
        assert.deepEqual(lines(), ["HEAD /v2/acme/app/manifests/1", "GET /v2/acme/app/manifests/1"]);
      });
    }

    it("reads the body where the answer's type says nothing", async () => {
      quirks.contentType = "application/octet-stream";
      assert.equal((await registryClient().resolve(app())).mediaType, OCI_INDEX);
    });

    it("refuses a digest header that the body contradicts", async () => {
      Object.assign(quirks, { refuseHead: true, digestHeader: elsewhere });
      await failureOf(registryClient().resolve(app()), "digest-mismatch");
    });

    it("refuses another digest than it asked for", async () => {
      quirks.digestHeader = elsewhere;
      await failureOf(registryClient().resolve(app(`@${image.root.digest}`)), "digest-mismatch");
    });

    it("reads the body where the digest is told in another algorithm", async () => {
      quirks.digestHeader = image.root.digest;
      assert.equal((await registryClient().resolve(app(`@${sha512}`))).digest, sha512);
      quirks.digestHeader = elsewhere;
      await failureOf(registryClient().resolve(app(`@${sha512}`)), "digest-mismatch");
    });

    it("refuses schema 1", async () => {
      quirks.contentType = SCHEMA_1;
      await failureOf(registryClient().resolve(app()), "unsupported-manifest");
    });

    it("leaves the size open where nobody tells it", async () => {
      const headers = { "docker-content-digest": image.root.digest, "content-type": OCI_INDEX };
      const transport = scriptedTransport({ "HEAD https://ghcr.io/v2/acme/app/manifests/1": { headers } });
      const descriptor = await registryClient({ transport }).resolve(referenceTo("ghcr.io/acme/app:1"));
      assert.equal(descriptor.size, null);
    });

    it("asks Docker Hub where its API is, for the full name", async () => {
      const transport = scriptedTransport({
        "HEAD https://registry-1.docker.io/v2/library/alpine/manifests/3": { status: 404 },
      });
      await failureOf(registryClient({ transport }).resolve(referenceTo("alpine:3")), "not-found");
    });

    it("names what is missing", async () => {
      const error = await failureOf(registryClient().resolve(app(":2")), "not-found");
      assert.equal(error.message, `${registry.host} answered 404: there is no acme/app:2.`);
    });

    for (const [status, code] of [
      [400, "malformed-answer"],
      [401, "unauthorized"],
      [403, "forbidden"],
      [404, "not-found"],
      [429, "rate-limited"],
      [500, "server-error"],
      [503, "server-error"],
    ] as const) {
      it(`turns ${status} into ${code}, in words of its own`, async () => {
        quirks.status = status;
        for (const work of [
          registryClient().resolve(app()),
          registryClient().fetchManifest(app(), image.root.digest),
        ]) {
          assertTellsNone(await failureOf(work, code), ["what only the server says"]);
        }
      });
    }
  });

  describe("fetchManifest", () => {
    it("returns an index with its platforms", async () => {
      const platforms = [
        { os: "linux", architecture: "amd64", variant: null },
        { os: "linux", architecture: "arm64", variant: "v8" },
      ];
      assert.deepEqual(await registryClient().fetchManifest(app(), image.root.digest), {
        kind: "index",
        artifactType: "",
        digest: image.root.digest,
        mediaType: OCI_INDEX,
        size: image.root.body.length,
        platforms,
        children: image.children.map(({ digest }, index) => ({ digest, platform: platforms[index] ?? null })),
        configuration: null,
        annotations: new Map(),
      });
      assert.deepEqual(lines(), [`GET /v2/acme/app/manifests/${image.root.digest}`]);
    });

    it("returns a single manifest", async () => {
      const { kind, digest, platforms } = await registryClient().fetchManifest(app(), child?.digest ?? assert.fail());
      assert.deepEqual([kind, digest, platforms], ["manifest", child?.digest, []]);
    });

    it("hashes with the digest's own algorithm", async () => {
      assert.equal((await registryClient().fetchManifest(app(), sha512)).digest, sha512);
    });

    for (const [name, digestHeader] of [
      ["repeats what was asked for", elsewhere],
      ["fits the body", image.root.digest],
      ["is missing", undefined],
    ] as const) {
      it(`refuses a body that is not the digest's, where the header ${name}`, async () => {
        const told = digestHeader === undefined ? {} : { "docker-content-digest": digestHeader };
        const transport = scriptedTransport({
          [`GET https://ghcr.io/v2/acme/app/manifests/${elsewhere}`]: {
            headers: { "content-type": OCI_INDEX, ...told },
            body: image.root.body,
          },
        });
        const client = registryClient({ transport });
        await failureOf(client.fetchManifest(referenceTo("ghcr.io/acme/app"), elsewhere), "digest-mismatch");
      });
    }

    it("refuses a header that the body contradicts", async () => {
      quirks.digestHeader = elsewhere;
      await failureOf(registryClient().fetchManifest(app(), image.root.digest), "digest-mismatch");
    });

    it("refuses what is no index although its digest is right", async () => {
      const reference = referenceTo(`${registry.host}/acme/broken:1`);
      await failureOf(registryClient().fetchManifest(reference, brokenIndex.root.digest), "malformed-answer");
    });

    it("refuses a type that the body contradicts", async () => {
      quirks.contentType = OCI_MANIFEST;
      await failureOf(registryClient().fetchManifest(app(), image.root.digest), "malformed-answer");
    });
  });

  describe("limits", () => {
    it("are 10 seconds, 4 MiB and 1 MiB", () => {
      assert.deepEqual(DEFAULT_LIMITS, { requestTime: 10_000, body: 4_194_304, tokenBody: 1_048_576 });
    });

    it("end a body over its size, with or without an end", async () => {
      const small = registryClient({ limits: { body: image.root.body.length - 1 } });
      await failureOf(small.fetchManifest(app(), image.root.digest), "too-large");
      const exact = registryClient({ limits: { body: image.root.body.length } });
      await exact.fetchManifest(app(), image.root.digest);
      quirks.endlessBody = true;
      await failureOf(exact.fetchManifest(app(), image.root.digest), "too-large");
    });

    it("end a request over its time", async () => {
      quirks.hang = true;
      await failureOf(registryClient({ limits: { requestTime: 40 } }).resolve(app()), "timed-out");
    });
  });

  describe("requests under way", () => {
    it("are shared by those who ask for the same", async () => {
      const client = registryClient();
      await Promise.all([client.resolve(app()), client.resolve(app()), client.resolve(app())]);
      assert.equal(registry.requests.length, 1);
      const { digest } = image.root;
      await Promise.all([client.fetchManifest(app(":1"), digest), client.fetchManifest(app(":latest"), digest)]);
      assert.equal(registry.requests.length, 2);
    });

    it("go on for the others when one is cancelled", async () => {
      const client = registryClient();
      const leaving = new AbortController();
      const left = client.resolve(app(), { signal: leaving.signal });
      const staying = client.resolve(app());
      leaving.abort();
      await failureOf(left, "cancelled");
      assert.equal((await staying).digest, image.root.digest);
      assert.equal(registry.requests.length, 1);
    });

    it("end when all are cancelled", async () => {
      quirks.hang = true;
      const leaving = new AbortController();
      const received = registry.nextManifestRequest();
      const work = registryClient().resolve(app(), { signal: leaving.signal });
      await received;
      leaving.abort();
      await failureOf(work, "cancelled");
    });

    it("are none for a caller who is gone already", async () => {
      await failureOf(registryClient().resolve(app(), { signal: AbortSignal.abort() }), "cancelled");
      assert.equal(registry.requests.length, 0);
    });

    it("may hang on one signal by the dozen without a warning", async () => {
      const warnings: Error[] = [];
      const note = (warning: Error) => warnings.push(warning);
      process.on("warning", note);
      const { signal } = new AbortController();
      const client = registryClient();
      const tags = Array.from({ length: 30 }, (_, number) => `t${number}`);
      await Promise.all(tags.map((tag) => failureOf(client.resolve(app(`:${tag}`), { signal }), "not-found")));
      await new Promise(setImmediate);
      process.off("warning", note);
      assert.deepEqual(warnings, []);
    });
  });

  it("follows a redirect within loopback", async () => {
    quirks.redirect = (url) => (url.endsWith("/1") ? "/v2/acme/app/manifests/latest" : null);
    assert.equal((await registryClient().resolve(app())).digest, image.root.digest);
  });

  it("refuses a redirect to a plain address outside", async () => {
    quirks.redirect = () => "http://registry.example/x";
    await failureOf(registryClient().resolve(app()), "refused-address");
  });

  it("reports a registry that is gone", async () => {
    const gone = await startEmbeddedRegistry();
    await gone.close();
    await failureOf(registryClient().resolve(referenceTo(`${gone.host}/acme/app`)), "unreachable");
  });
});
