/** What is sent to a trust server, and what its answers become. */
import assert from "node:assert/strict";
import type { HttpRequest, Transport } from "../../../server/src/registry/http/http";
import { createTrustServer } from "../../../server/src/trust/notary/trustServer";
import { FileTransport } from "../../support/notary/fileTransport";
import { outcomeOf } from "../../support/notary/scene";
import { credentialsFor, referenceTo } from "../../support/registryClients";

const reference = referenceTo("registry.example:5000/acme/app:1");
const asking = { signal: new AbortController().signal, isUnasked: false };

function sourceOf(transport: FileTransport, server = "https://trust.example", authorities: readonly string[] = []) {
  const ports = { transport, credentials: credentialsFor({}), now: () => 0 };
  return createTrustServer(new URL(server), authorities, ports).metadataOf(reference, true, asking);
}

describe("a trust server", () => {
  for (const [server, url] of [
    ["https://trust.example", "https://trust.example/v2/registry.example:5000/acme/app/_trust/tuf/2.root.json"],
    ["https://trust.example/", "https://trust.example/v2/registry.example:5000/acme/app/_trust/tuf/2.root.json"],
    ["https://t.example/a/b//", "https://t.example/a/b/v2/registry.example:5000/acme/app/_trust/tuf/2.root.json"],
  ] as const) {
    it(`at ${server} is asked at its own path`, async () => {
      const transport = new FileTransport(new Map([["2.root.json", Buffer.from("{}")]]));
      assert.deepEqual(await sourceOf(transport, server).fetch("2.root", 10), Buffer.from("{}"));
      assert.deepEqual(transport.takeAsked(), [url]);
    });
  }

  it("is asked with limits, without caches, by its own authorities", async () => {
    const transport = new FileTransport(new Map());
    const source = sourceOf(transport, "https://trust.example", ["an authority"]);
    for (const limit of [1, 1024 * 1024]) assert.equal(await source.fetch("root", limit), null);
    const seen = transport.requests.map(({ method, bodyLimit, certificateAuthorities, headers }) => {
      return { method, bodyLimit, certificateAuthorities, cache: headers["Cache-Control"] };
    });
    const common = { method: "GET", certificateAuthorities: ["an authority"], cache: "no-cache" };
    assert.deepEqual(seen, [
      { ...common, bodyLimit: 64 * 1024 },
      { ...common, bodyLimit: 1024 * 1024 },
    ]);
    assert.ok(transport.requests.every(({ headers }) => headers.Authorization === undefined));
  });

  const names = [
    ["root", "root"],
    ["12.root", "root"],
    ["timestamp", "timestamp"],
    [`snapshot.${"a".repeat(64)}`, "snapshot"],
    [`targets.${"a".repeat(64)}`, "targets"],
    [`targets/releases.${"a".repeat(64)}`, "targets/releases"],
    [`targets/a/b-c.${"a".repeat(64)}`, "targets/a/b-c"],
  ] as const;
  for (const [name, step] of names) {
    it(`may send no more than was told before: ${step}`, async () => {
      const transport = new FileTransport(new Map([[`${name}.json`, Buffer.alloc(11)]]));
      assert.equal(await outcomeOf(sourceOf(transport).fetch(name, 11)), "ok");
      assert.equal(await outcomeOf(sourceOf(transport).fetch(name, 10)), `too-large ${step}`);
      transport.failure = "too-large";
      assert.equal(await outcomeOf(sourceOf(transport).fetch(name, 100_000)), `too-large ${step}`);
    });
  }

  for (const [status, outcome] of [
    [200, "ok"],
    [404, "ok"],
    [204, "malformed-answer of the network"],
    [403, "forbidden of the network"],
    [401, "unauthorized of the network"],
    [429, "rate-limited of the network"],
    [500, "server-error of the network"],
  ] as const) {
    it(`that answers ${status}: ${outcome}`, async () => {
      const transport = new FileTransport(new Map([["root.json", Buffer.from("{}")]]));
      transport.status = status;
      const answer = sourceOf(transport).fetch("root", 10);
      assert.equal(await outcomeOf(answer), outcome);
      if (outcome === "ok") assert.deepEqual(await answer, status === 404 ? null : Buffer.from("{}"));
    });
  }
});

it("a trust server, and who gives tokens for it, are told apart as nobody's question", async () => {
  const requests: HttpRequest[] = [];
  const transport: Transport = {
    async send(request) {
      requests.push(request);
      const isToken = request.url.pathname === "/token";
      const isLoggedIn = request.headers.Authorization !== undefined;
      const headers = { "www-authenticate": 'Bearer realm="https://trust.example/token"' };
      const body = Buffer.from(isToken ? '{"token":"t"}' : "{}");
      return { status: isToken || isLoggedIn ? 200 : 401, headers, body, address: null };
    },
  };
  for (const isUnasked of [true, false]) {
    requests.length = 0;
    const ports = { transport, credentials: credentialsFor({}), now: () => 0 };
    const server = createTrustServer(new URL("https://trust.example"), [], ports);
    await server.metadataOf(reference, true, { ...asking, isUnasked }).fetch("root", 10);
    assert.deepEqual(
      requests.map((request) => request.isUnasked),
      [isUnasked, isUnasked, isUnasked],
    );
  }
});

describe("the login of a trust server", () => {
  const login = (username: string) => ({ kind: "basic", username, password: "secret" }) as const;
  const logins = { "ghcr.io": login("ghcr"), "trust.example": login("trust"), "trust.example:4443": login("port") };

  /** What a server gets that asks for a login, by the name that it was sent. */
  async function sent(image: string, server: string, isNamed: boolean): Promise<string | null> {
    const names: string[] = [];
    const transport: Transport = {
      async send(request) {
        const { Authorization: authorization = "" } = request.headers;
        if (authorization !== "")
          names.push(Buffer.from(authorization.slice(6), "base64").toString().split(":")[0] ?? "");
        const status = authorization === "" ? 401 : 404;
        const headers = { "www-authenticate": 'Basic realm="trust"' };
        return { status, headers, body: Buffer.alloc(0), address: null };
      },
    };
    const ports = { transport, credentials: credentialsFor(logins), now: () => 0 };
    const source = createTrustServer(new URL(server), [], ports).metadataOf(referenceTo(image), isNamed, asking);
    await source.fetch("root", 10).catch(() => null);
    return names[0] ?? null;
  }

  for (const [what, image, server, isNamed, expected] of [
    ["named for the registry: the registry's", "ghcr.io/a/b", "https://trust.example", true, "ghcr"],
    ["for all images: its own", "ghcr.io/a/b", "https://trust.example", false, "trust"],
    ["for all images, with a port: its own", "ghcr.io/a/b", "https://trust.example:4443", false, "port"],
    ["for all images, without one of its own: none", "ghcr.io/a/b", "https://other.example", false, null],
    ["on the registry's own host: the registry's", "trust.example/a", "https://trust.example:4443", false, "trust"],
  ] as const) {
    it(`that was ${what}`, async () => assert.equal(await sent(image, server, isNamed), expected));
  }
});
