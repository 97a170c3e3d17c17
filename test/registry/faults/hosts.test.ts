/** Hosts in trouble: too many requests, problems of their own, no address, and certificates that nobody should trust. */
import assert from "node:assert/strict";
import { createTransport } from "../../../server/src/registry/http/transport";
import { useFaultBench } from "../../support/faultBench";
import { type FaultyRegistry, type Handler, reply, replyWith } from "../../support/faultyRegistry";
import { localhostTls } from "../../support/localhostTls";
import { referenceTo } from "../../support/registryClients";
import { sampleImage } from "../../support/sampleImages";

const { root } = sampleImage("acme/app", ["1"]);
const DAY_MS = 24 * 60 * 60_000;

describe("a host in trouble", function () {
  this.timeout(10_000);
  const bench = useFaultBench();
  const app = ({ host }: FaultyRegistry) => referenceTo(`${host}/acme/app:1`);

  /** Answers the first requests with a status, then as it should. */
  function failingFirst(count: number, status: number, headers: Record<string, string> = {}): Handler {
    let answered = 0;
    return (request) => (++answered <= count ? reply(request, { status, headers }) : replyWith(request, root));
  }

  it("with too many requests, and no word of when to come back, is asked once more after a second", async () => {
    const registry = await bench.start(failingFirst(1, 429));
    const waited: number[] = [];
    assert.equal((await bench.client({ waited }).resolve(app(registry))).digest, root.digest);
    assert.deepEqual(waited, [1_000]);
  });

  for (const [name, value] of [
    ["seconds", "3"],
    ["a date", "Thu, 01 Jan 1970 00:00:03 GMT"],
  ] as const) {
    it(`that names ${name} to come back in is asked then`, async () => {
      const registry = await bench.start(failingFirst(1, 429, { "Retry-After": value }));
      const waited: number[] = [];
      await bench.client({ waited }).resolve(app(registry));
      assert.deepEqual(waited, [3_000]);
    });
  }

  it("that wants to be left alone for long is, and all who ask learn why", async () => {
    const registry = await bench.start(failingFirst(9, 429, { "Retry-After": "3600" }));
    const client = bench.client();
    await bench.failure(client.resolve(app(registry)), "rate-limited");
    await bench.failure(client.resolve(referenceTo(`${registry.host}/acme/other:1`)), "rate-limited");
    assert.equal(registry.requests.length, 1);
  });

  it("with one problem of its own is asked once more", async () => {
    const registry = await bench.start(failingFirst(1, 500));
    assert.equal((await bench.client().resolve(app(registry))).digest, root.digest);
    assert.equal(registry.requests.length, 2);
  });

  it("with problems that stay is a server error after two requests", async () => {
    const registry = await bench.start(failingFirst(99, 503));
    await bench.failure(bench.client().resolve(app(registry)), "server-error");
    assert.equal(registry.requests.length, 2);
  });

  it("without an address is unreachable", async () => {
    await bench.failure(bench.client().resolve(referenceTo("nonexistent.invalid/acme/app:1")), "unreachable");
  });

  describe("of TLS", () => {
    const answer: Handler = (request) => replyWith(request, root);

    it("with a certificate that nobody vouches for is not trusted, and gets no request", async () => {
      const registry = await bench.start(answer, { tls: localhostTls(), name: "localhost" });
      await bench.failure(bench.client().resolve(app(registry)), "tls");
      assert.equal(registry.requests.length, 0);
    });

    it("with an expired certificate is not trusted, whoever vouches for it", async () => {
      const now = Date.now();
      const tls = localhostTls({ notBefore: new Date(now - 9 * DAY_MS), notAfter: new Date(now - DAY_MS) });
      const registry = await bench.start(answer, { tls, name: "localhost" });
      const transport = createTransport({ certificateAuthorities: [tls.ca] });
      const { message } = await bench.failure(bench.client({ transport }).resolve(app(registry)), "tls");
      assert.match(message, /CERT_HAS_EXPIRED/);
      assert.equal(registry.requests.length, 0);
    });

    it("with a certificate of another host is not trusted", async () => {
      const tls = localhostTls();
      const registry = await bench.start(answer, { tls, name: "127.0.0.1" });
      const transport = createTransport({ certificateAuthorities: [tls.ca] });
      await bench.failure(bench.client({ transport }).resolve(app(registry)), "tls");
      assert.equal(registry.requests.length, 0);
    });

    it("that redirects out of TLS is refused, on this computer too", async () => {
      const open = await bench.start(answer);
      const tls = localhostTls();
      const registry = await bench.start(
        (request) => reply(request, { status: 307, headers: { Location: `${open.origin}${request.url}` } }),
        { tls, name: "localhost" },
      );
      const transport = createTransport({ certificateAuthorities: [tls.ca] });
      await bench.failure(bench.client({ transport }).resolve(app(registry)), "refused-address");
      assert.equal(open.requests.length, 0);
    });
  });

  it("a clock that jumps back costs another token, and no more", async () => {
    const registry: FaultyRegistry = await bench.start((request) => {
      if (request.url.startsWith("/token"))
        return reply(request, { body: JSON.stringify({ token: "t", expires_in: 60 }) });
      return request.headers.authorization === "Bearer t"
        ? replyWith(request, root)
        : reply(request, { status: 401, headers: { "WWW-Authenticate": `Bearer realm="${registry.origin}/token"` } });
    });
    let time = 1e9;
    const client = bench.client({ now: () => time });
    for (const jump of [0, -1e9, 2e9]) {
      time += jump;
      assert.equal((await client.resolve(app(registry))).digest, root.digest);
    }
    assert.ok(registry.requests.filter(({ url }) => url.startsWith("/token")).length <= 2);
  });
});
