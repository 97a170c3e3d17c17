/** The list of a repository's tags, and an image's configuration. */
import assert from "node:assert/strict";
import {
  failureOf,
  referenceTo,
  registryClient,
  type ScriptedAnswer,
  scriptedTransport,
} from "../support/registryClients";
import { digestOfBytes } from "../support/sampleImages";

const app = referenceTo("ghcr.io/acme/app");
const API = "https://ghcr.io/v2/acme/app";
const FIRST = `GET ${API}/tags/list?n=1000`;

const page = (tags: unknown, next?: string): ScriptedAnswer => ({
  headers: next === undefined ? {} : { link: `<${next}>; rel="next"` },
  body: JSON.stringify({ name: "acme/app", tags }),
});

describe("listTags", () => {
  const listed = (script: Record<string, ScriptedAnswer>) =>
    registryClient({ transport: scriptedTransport(script) }).listTags(app);

  it("reads all pages, in the registry's order, each tag once", async () => {
    const script = {
      [FIRST]: page(["1", "2"], "/v2/acme/app/tags/list?last=2&n=1000"),
      [`GET ${API}/tags/list?last=2&n=1000`]: page(["2", "latest"]),
    };
    assert.deepEqual(await listed(script), { tags: ["1", "2", "latest"], isComplete: true });
  });

  it("leaves out what is no tag", async () => {
    const tags = ["ok", "-no", "a b", "", 7, null, "x".repeat(129), "<script>", "1.0_rc.2"];
    assert.deepEqual((await listed({ [FIRST]: page(tags) })).tags, ["ok", "1.0_rc.2"]);
  });

  it("takes a repository without tags for an empty list", async () => {
    for (const none of [null, [], undefined]) {
      assert.deepEqual(await listed({ [FIRST]: page(none) }), { tags: [], isComplete: true });
    }
  });

  it("stops after ten pages, and says that there are more", async () => {
    let pages = 0;
    const transport = {
      send: async () => {
        const next = `</v2/acme/app/tags/list?last=${++pages}>; rel="next"`;
        const body = Buffer.from(JSON.stringify({ tags: [String(pages)] }));
        return { status: 200, headers: { link: next }, body, address: null };
      },
    };
    const { tags, isComplete } = await registryClient({ transport }).listTags(app);
    assert.deepEqual([tags.length, isComplete, pages], [10, false, 10]);
  });

  it("goes to no other host for the next page", async () => {
    await failureOf(listed({ [FIRST]: page(["1"], "https://evil.example/") }), "refused-address");
  });

  for (const [name, answer, code] of [
    ["no JSON", { body: "<html>" }, "malformed-answer"],
    ["no list", page("1"), "malformed-answer"],
    ["a list alone", { body: "[]" }, "malformed-answer"],
    ["404", { status: 404 }, "not-found"],
    ["403", { status: 403 }, "forbidden"],
  ] as const) {
    it(`fails with ${code} for ${name}`, () => failureOf(listed({ [FIRST]: answer }), code));
  }
});

describe("fetchConfiguration", () => {
  const configured = (configuration: string, sent = configuration) => {
    const digest = digestOfBytes(Buffer.from(configuration));
    const transport = scriptedTransport({ [`GET ${API}/blobs/${digest}`]: { body: sent } });
    return registryClient({ transport }).fetchConfiguration(app, digest);
  };

  it("tells when the image was built", async () => {
    assert.deepEqual(await configured('{"created":"2026-01-02T03:04:05Z"}'), { created: "2026-01-02T03:04:05Z" });
    for (const silent of ["{}", '{"created":null}', '{"created":5}']) {
      assert.deepEqual(await configured(silent), { created: null });
    }
  });

  it("refuses bytes that have another digest", async () => {
    await failureOf(configured('{"created":"2026-01-02T03:04:05Z"}', "{}"), "digest-mismatch");
  });

  it("refuses what is no JSON object", async () => {
    await failureOf(configured("[]"), "malformed-answer");
  });

  it("takes no login along to the store that it is redirected to", async () => {
    const bytes = "{}";
    const digest = digestOfBytes(Buffer.from(bytes));
    const store = "https://store.example/blob?signature=x";
    const transport = scriptedTransport({
      [`GET ${API}/blobs/${digest}`]: ({ headers }) =>
        headers.Authorization === undefined
          ? { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } }
          : { status: 307, headers: { location: store } },
      [`GET ${store}`]: { body: bytes },
    });
    const credentials = {
      find: async () => ({ kind: "basic" as const, username: "bob", password: "s3cret" }),
      knownHosts: async () => new Set<string>(),
    };
    await registryClient({ transport, credentials }).fetchConfiguration(app, digest);
    assert.equal(transport.requests.at(-1)?.url.href, store);
    assert.equal(transport.requests.at(-1)?.headers.Authorization, undefined);
  });
});
