import assert from "node:assert/strict";
import { RegistryError } from "../../server/src/registry/registry";
import { type EmbeddedRegistry, type Quirks, startEmbeddedRegistry } from "../support/embeddedRegistry";
import {
  credentialsFor,
  failureOf,
  referenceTo,
  registryClient,
  type ScriptedAnswer,
  scriptedTransport,
} from "../support/registryClients";
import {
  type Content,
  content,
  descriptorOf,
  digestOfBytes,
  OCI_INDEX,
  OCI_MANIFEST,
  type SampleImage,
  sampleImage,
} from "../support/sampleImages";

const SIGNATURE = "application/vnd.cncf.notary.signature";
const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const image = sampleImage("acme/app", ["1"]);
const { digest } = image.root;
const tag = digest.replace(":", "-");

function referringTo(subject: Content, type: object): Content {
  const config = { mediaType: "application/vnd.oci.empty.v1+json", digest, size: 2 };
  return content(OCI_MANIFEST, { schemaVersion: 2, config, layers: [], subject: descriptorOf(subject), ...type });
}

function stored(repository: string, root: Content, ...tags: string[]): SampleImage {
  return { repository, tags, root, children: [], blobs: [] };
}

const signature = referringTo(image.root, { artifactType: SIGNATURE });
const bundle = referringTo(image.root, { config: { mediaType: BUNDLE } });
const elsewhere = referringTo(content(OCI_INDEX, {}), { artifactType: SIGNATURE });
const referrers = [
  { artifactType: SIGNATURE, digest: signature.digest, mediaType: OCI_MANIFEST },
  { artifactType: BUNDLE, digest: bundle.digest, mediaType: OCI_MANIFEST },
];
const index = (manifests: readonly object[]) => ({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });

describe("fetchReferrers", () => {
  const quirks: Quirks = {};
  let registry: EmbeddedRegistry;
  before(async () => {
    const list = content(OCI_INDEX, index([{ ...descriptorOf(signature), artifactType: SIGNATURE }]));
    const images = [
      image,
      stored("acme/app", signature),
      stored("acme/app", bundle),
      stored("acme/app", elsewhere),
      stored("acme/other", referringTo(image.root, {})),
      stored("acme/tagged", list, tag),
      stored("acme/image", signature, tag),
      stored("acme/broken", content(OCI_INDEX, { manifests: "none" }), tag),
    ];
    registry = await startEmbeddedRegistry({ images, quirks });
  });
  after(() => registry.close());
  afterEach(() => {
    for (const name of Object.keys(quirks) as (keyof Quirks)[]) delete quirks[name];
    registry.requests.length = 0;
  });

  const reference = (repository = "acme/app") => referenceTo(`${registry.host}/${repository}:1`);
  const lines = () => registry.requests.map(({ method, url }) => `${method} ${url}`);
  const byApi = `GET /v2/acme/app/referrers/${digest}`;

  describe("by the API", () => {
    it("lists what refers to the digest in this repository", async () => {
      quirks.referrersApi = true;
      assert.deepEqual(await registryClient().fetchReferrers(reference(), digest), referrers);
      assert.deepEqual(lines(), [byApi]);
      assert.equal(registry.requests[0]?.headers.accept, OCI_INDEX);
    });

    it("believes an empty list", async () => {
      quirks.referrersApi = true;
      assert.deepEqual(await registryClient().fetchReferrers(reference("acme/tagged"), digest), []);
      assert.equal(registry.requests.length, 1);
    });

    it("goes through the pages", async () => {
      Object.assign(quirks, { referrersApi: true, referrersPerPage: 1 });
      assert.deepEqual(await registryClient().fetchReferrers(reference(), digest), referrers);
      assert.deepEqual(lines(), [byApi, `${byApi}?from=1`]);
    });

    it("logs in where the registry asks for it, and for each page", async () => {
      const login = { username: "bob", password: "s3cret" };
      const guarded = await startEmbeddedRegistry({
        images: [stored("acme/app", signature), stored("acme/app", bundle)],
        authentication: { scheme: "bearer", login },
        quirks: { referrersApi: true, referrersPerPage: 1 },
      });
      try {
        const credentials = credentialsFor({ [guarded.host]: { kind: "basic", ...login } });
        const client = registryClient({ credentials });
        const found = await client.fetchReferrers(referenceTo(`${guarded.host}/acme/app`), digest);
        assert.deepEqual(found, referrers);
        assert.deepEqual(
          guarded.requests.map(({ headers }) => headers.authorization?.split(" ")[0] ?? null),
          [null, "Basic", "Bearer", "Bearer"],
        );
        await failureOf(
          registryClient().fetchReferrers(referenceTo(`${guarded.host}/acme/app`), digest),
          "unauthorized",
        );
      } finally {
        await guarded.close();
      }
    });
  });

  describe("by the tag", () => {
    it("lists what the index under it names", async () => {
      assert.deepEqual(await registryClient().fetchReferrers(reference("acme/tagged"), digest), referrers.slice(0, 1));
      assert.deepEqual(lines(), [`GET /v2/acme/tagged/referrers/${digest}`, `GET /v2/acme/tagged/manifests/${tag}`]);
    });

    it("finds nothing where nobody gave that tag", async () => {
      assert.deepEqual(await registryClient().fetchReferrers(reference(), digest), []);
    });

    it("finds nothing where an image has that tag", async () => {
      assert.deepEqual(await registryClient().fetchReferrers(reference("acme/image"), digest), []);
    });

    it("refuses a broken index", async () => {
      await failureOf(registryClient().fetchReferrers(reference("acme/broken"), digest), "malformed-answer");
    });

    it("refuses a digest header that the body contradicts", async () => {
      quirks.digestHeader = digestOfBytes(Buffer.from("something else"));
      await failureOf(registryClient().fetchReferrers(reference("acme/tagged"), digest), "digest-mismatch");
    });

    for (const [status, code] of [
      [400, "malformed-answer"],
      [401, "unauthorized"],
      [403, "forbidden"],
      [405, "malformed-answer"],
      [429, "rate-limited"],
      [500, "server-error"],
      [501, "server-error"],
    ] as const) {
      it(`turns ${status} into ${code}`, async () => {
        quirks.status = status;
        await failureOf(registryClient().fetchReferrers(reference("acme/tagged"), digest), code);
      });
    }
  });

  it("ends a body over the limit of manifests", async () => {
    quirks.referrersApi = true;
    await failureOf(registryClient({ limits: { body: 20 } }).fetchReferrers(reference(), digest), "too-large");
  });

  it("shares a request under way, and lets one caller leave", async () => {
    quirks.referrersApi = true;
    const client = registryClient();
    const leaving = new AbortController();
    const left = client.fetchReferrers(reference(), digest, { signal: leaving.signal });
    const staying = client.fetchReferrers(reference(), digest);
    leaving.abort();
    await failureOf(left, "cancelled");
    assert.deepEqual(await staying, referrers);
    assert.equal(registry.requests.length, 1);
    await Promise.all([
      client.fetchReferrers(reference(), digest),
      client.fetchReferrers(reference("acme/other"), digest),
      client.fetchReferrers(reference(), signature.digest),
    ]);
    assert.equal(registry.requests.length, 4);
  });

  describe("with a script", () => {
    const first = `GET https://ghcr.io/v2/acme/app/referrers/${digest}`;
    const fallback = `GET https://ghcr.io/v2/acme/app/manifests/${tag}`;
    const list = { headers: { "content-type": OCI_INDEX }, body: JSON.stringify(index([descriptorOf(signature)])) };
    const found = [{ artifactType: "", digest: signature.digest, mediaType: OCI_MANIFEST }];
    const page = (number: number) => `https://ghcr.io/page/${number}`;

    function fetched(script: Readonly<Record<string, ScriptedAnswer | RegistryError>>) {
      const client = registryClient({ transport: scriptedTransport(script) });
      return client.fetchReferrers(referenceTo("ghcr.io/acme/app:1"), digest);
    }

    function leadingTo(target: string): ScriptedAnswer {
      return { ...list, headers: { ...list.headers, link: `<${target}>; rel="next"` } };
    }

    for (const status of [400, 404, 405, 406, 501]) {
      it(`takes ${status} for a registry without the API`, async () => {
        assert.deepEqual(await fetched({ [first]: { status }, [fallback]: list }), found);
      });
    }

    it("takes a page for people for a registry without the API", async () => {
      const html = { headers: { "content-type": "text/html" }, body: "<html>" };
      assert.deepEqual(await fetched({ [first]: html, [fallback]: list }), found);
    });

    for (const [answer, code] of [
      [{ status: 401 }, "unauthorized"],
      [{ status: 403 }, "forbidden"],
      [{ status: 429 }, "rate-limited"],
      [{ status: 500 }, "server-error"],
      [{ status: 503 }, "server-error"],
      [{ status: 418 }, "malformed-answer"],
      [new RegistryError("unreachable", "Nobody is there."), "unreachable"],
      [new RegistryError("timed-out", "Nobody answered."), "timed-out"],
      [{ ...list, body: "{}" }, "malformed-answer"],
      [{ status: 307, headers: { location: "https://10.0.0.1/" } }, "refused-address"],
    ] as const) {
      const name = answer instanceof RegistryError ? answer.code : JSON.stringify(answer).slice(0, 40);
      it(`asks for no tag where the API fails: ${name}`, async () => {
        await failureOf(fetched({ [first]: answer }), code);
      });
    }

    it("says what could not be listed", async () => {
      const error = await failureOf(fetched({ [first]: { status: 403 } }), "forbidden");
      const what = `the list of referrers of acme/app@${digest}`;
      assert.equal(error.message, `ghcr.io answered 403: no permission for ${what}.`);
    });

    it("follows no next page to another origin", async () => {
      await failureOf(fetched({ [first]: leadingTo("https://evil.example/x") }), "refused-address");
    });

    for (const status of [200, 400, 404]) {
      it(`refuses half a list: ${status} without an index on the second page`, async () => {
        const script = { [first]: leadingTo(page(2)), [`GET ${page(2)}`]: { status } };
        await failureOf(fetched(script), "malformed-answer");
      });
    }

    it("passes on why a later page failed", async () => {
      const script = { [first]: leadingTo(page(2)), [`GET ${page(2)}`]: { status: 429 } };
      await failureOf(fetched(script), "rate-limited");
    });

    it("goes through ten pages and refuses an eleventh", async () => {
      const later = [2, 3, 4, 5, 6, 7, 8, 9].map(
        (number) => [`GET ${page(number)}`, leadingTo(page(number + 1))] as const,
      );
      const script = { [first]: leadingTo(page(2)), ...Object.fromEntries(later) };
      assert.equal((await fetched({ ...script, [`GET ${page(10)}`]: list })).length, 10);
      // The eleventh is not in the script.
      await failureOf(fetched({ ...script, [`GET ${page(10)}`]: leadingTo(page(11)) }), "too-large");
    });

    it("refuses more than a thousand on all pages together", async () => {
      const many = JSON.stringify(index(Array.from({ length: 600 }, () => descriptorOf(signature))));
      const script = { [first]: { ...leadingTo(page(2)), body: many }, [`GET ${page(2)}`]: { ...list, body: many } };
      await failureOf(fetched(script), "too-large");
    });
  });
});
