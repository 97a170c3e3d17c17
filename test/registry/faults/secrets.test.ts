/** Servers that want more than they are owed: logins, tokens and requests for somebody else. */
import assert from "node:assert/strict";
import { basicHeader, bearerToken, identityToken, login, useFaultBench } from "../../support/faultBench";
import {
  type FaultyRegistry,
  type Handler,
  type ReceivedRequest,
  reply,
  replyWith,
} from "../../support/faultyRegistry";
import { referenceTo } from "../../support/registryClients";
import { sampleImage } from "../../support/sampleImages";

const { root } = sampleImage("acme/app", ["1"]);

const challenge = (request: ReceivedRequest, field: string) =>
  reply(request, { status: 401, headers: { "WWW-Authenticate": field } });
const token = (value: Record<string, unknown>): Handler => {
  return (request) => reply(request, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });
};
const pathOf = ({ url }: ReceivedRequest) => url.replace(/\?.*/, "");

describe("a registry that wants more than it is owed", function () {
  this.timeout(10_000);
  const bench = useFaultBench();
  const app = ({ host }: FaultyRegistry) => referenceTo(`${host}/acme/app:1`);

  describe("by a redirect", () => {
    it("to itself without end is given up", async () => {
      const registry = await bench.start((request) =>
        reply(request, { status: 307, headers: { Location: request.url } }),
      );
      await bench.failure(bench.client().resolve(app(registry)), "malformed-answer");
      assert.equal(registry.requests.length, 6);
    });

    it("between two hosts without end is given up", async () => {
      const hosts: FaultyRegistry[] = [];
      for (const next of [1, 0]) {
        hosts.push(
          await bench.start((request) =>
            reply(request, { status: 302, headers: { Location: `${hosts[next]?.origin}/` } }),
          ),
        );
      }
      const [one] = hosts;
      assert.ok(one);
      await bench.failure(bench.client().resolve(app(one)), "malformed-answer");
    });

    it("to another host gets no login there", async () => {
      const thief = await bench.start((request) => replyWith(request, root));
      const registry = await bench.start((request) =>
        request.headers.authorization === undefined
          ? challenge(request, 'Basic realm="x"')
          : reply(request, { status: 307, headers: { Location: `${thief.origin}${request.url}` } }),
      );
      const { digest } = await bench.clientWith(registry, "login").resolve(app(registry));
      assert.equal(digest, root.digest);
      assert.equal(registry.requests.at(-1)?.headers.authorization, basicHeader);
      assert.equal(thief.requests[0]?.headers.authorization, undefined);
    });

    it("whose target asks for a login is not answered with one", async () => {
      const thief = await bench.start((request) => challenge(request, 'Basic realm="give"'));
      const registry = await bench.start((request) =>
        reply(request, { status: 307, headers: { Location: `${thief.origin}${request.url}` } }),
      );
      await bench.failure(bench.clientWith(registry, "login").resolve(app(registry)), "unauthorized");
      assert.equal(thief.requests.length, 1);
    });

    for (const location of [
      "file:///etc/passwd",
      "http://169.254.169.254/latest/meta-data/",
      "ftp://127.0.0.1/",
      "//",
      "",
    ]) {
      it(`to "${location}" is refused`, async () => {
        const registry = await bench.start((request) =>
          reply(request, { status: 307, headers: { Location: location || " " } }),
        );
        const code = /^(file|http|ftp)/.test(location) ? "refused-address" : "malformed-answer";
        const error = await bench
          .client()
          .resolve(app(registry))
          .catch((reason: unknown) => reason);
        assert.ok(error instanceof Error && "code" in error);
        assert.ok([code, "malformed-answer"].includes(String(error.code)), String(error.code));
      });
    }
  });

  describe("by the realm of a token server", () => {
    async function challenged(realm: (registry: FaultyRegistry) => string) {
      const registry: FaultyRegistry = await bench.start((request) =>
        request.headers.authorization === `Bearer ${bearerToken}`
          ? replyWith(request, root)
          : challenge(request, `Bearer realm="${realm(registry)}",service="x"`),
      );
      bench.entrust(registry, "bearer token");
      return registry;
    }

    it("on another host is asked without the login", async () => {
      const foreign = await bench.start(token({ token: bearerToken }), { name: "localhost" });
      const registry = await challenged(() => `${foreign.origin}/token`);
      assert.equal((await bench.clientWith(registry, "login").resolve(app(registry))).digest, root.digest);
      assert.equal(foreign.requests[0]?.headers.authorization, undefined);
    });

    it("on another host is not sent an identity token", async () => {
      const foreign = await bench.start(token({ token: bearerToken }), { name: "localhost" });
      const registry = await challenged(() => `${foreign.origin}/token`);
      await bench.clientWith(registry, "identity token").resolve(app(registry));
      assert.ok(!foreign.receivedText().includes(identityToken));
      assert.equal(foreign.requests[0]?.method, "GET");
    });

    it("on another host that redirects to a third gets the login to neither", async () => {
      const third = await bench.start(token({ token: bearerToken }));
      const own = await bench.start((request) =>
        reply(request, { status: 307, headers: { Location: `${third.origin}/` } }),
      );
      const registry = await challenged(() => `${own.origin}/token`);
      bench.entrust(own, "login");
      await bench.clientWith(registry, "login").resolve(app(registry));
      assert.equal(own.requests[0]?.headers.authorization, basicHeader);
      assert.equal(third.requests[0]?.headers.authorization, undefined);
    });

    for (const realm of ["file:///etc/passwd", "http://169.254.169.254/", "https://u:p@127.0.0.1/", "javascript:x"]) {
      it(`${realm} is refused`, async () => {
        const registry = await challenged(() => realm);
        await bench.failure(bench.clientWith(registry, "login").resolve(app(registry)), "refused-address");
      });
    }

    it("that is no URL is a malformed answer", async () => {
      const registry = await challenged(() => "token");
      await bench.failure(bench.clientWith(registry, "login").resolve(app(registry)), "malformed-answer");
    });
  });

  describe("by its tokens", () => {
    async function withTokens(answer: Handler, isTaken: (authorization: string) => boolean = () => true) {
      const registry: FaultyRegistry = await bench.start((request, socket) => {
        if (pathOf(request) === "/token") return answer(request, socket);
        const { authorization } = request.headers;
        return authorization !== undefined && isTaken(authorization)
          ? replyWith(request, root)
          : challenge(request, `Bearer realm="${registry.origin}/token"`);
      });
      bench.entrust(registry, "bearer token");
      return registry;
    }

    for (const [name, answer] of [
      ["without fields", token({})],
      ["that are no text", token({ token: 5, access_token: { a: 1 } })],
      ["that are empty", token({ token: "" })],
      ["that would break a header", token({ token: "a\r\nX-Evil: 1" })],
      ["that are no JSON", (request) => reply(request, { body: "<html>" })],
    ] as const satisfies readonly (readonly [string, Handler])[]) {
      it(`${name} is a malformed answer`, async () => {
        const registry = await withTokens(answer);
        await bench.failure(bench.client().resolve(app(registry)), "malformed-answer");
      });
    }

    it("of which none is given is a login that is missing", async () => {
      for (const status of [401, 403]) {
        const registry = await withTokens((request) => reply(request, { status }));
        await bench.failure(bench.clientWith(registry, "login").resolve(app(registry)), "unauthorized");
      }
    });

    for (const lifetime of [0, 1, -5, 1e300, "soon"]) {
      it(`that live for ${lifetime} seconds are used, and asked for anew no more often than once a request`, async () => {
        const registry = await withTokens(token({ token: bearerToken, expires_in: lifetime }));
        const client = bench.client();
        for (let round = 0; round < 3; round++) await client.resolve(app(registry));
        const tokens = registry.requests.filter((request) => pathOf(request) === "/token").length;
        assert.ok(tokens >= 1 && tokens <= 3);
        assert.equal(registry.requests.length - tokens, 4);
      });
    }

    it("that nobody takes are not asked for without end", async () => {
      const registry = await withTokens(token({ token: bearerToken }), () => false);
      await bench.failure(bench.client().resolve(app(registry)), "unauthorized");
      assert.deepEqual(
        registry.lines().map((line) => line.split(" ")[0]),
        ["HEAD", "GET", "HEAD"],
      );
    });

    it("dated in another year by the token server's clock live as long as it says", async () => {
      for (const year of [1999, 2099]) {
        const issued = { token: bearerToken, expires_in: 300, issued_at: `${year}-01-01T00:00:00Z` };
        const registry = await withTokens(token(issued));
        const client = bench.client();
        for (let round = 0; round < 2; round++) await client.resolve(app(registry));
        assert.equal(registry.requests.filter((request) => pathOf(request) === "/token").length, 1);
      }
    });
  });

  describe("by its answers to those who may not look", () => {
    const always =
      (status: number): Handler =>
      (request) =>
        reply(request, { status });

    it("403 is forbidden", async () => {
      const registry = await bench.start(always(403));
      await bench.failure(bench.client().resolve(app(registry)), "forbidden");
    });

    it("401 is never taken for a missing image, with or without a challenge", async () => {
      const bare = await bench.start(always(401));
      await bench.failure(bench.client().resolve(app(bare)), "unauthorized");
      const challenging = await bench.start((request) => challenge(request, 'Basic realm="x"'));
      await bench.failure(bench.client().resolve(app(challenging)), "unauthorized");
    });

    it("404 is a missing image to whoever asks, and says that a login may show it", async () => {
      const registry = await bench.start((request) =>
        request.headers.authorization === undefined
          ? challenge(request, 'Basic realm="x"')
          : reply(request, { status: 404 }),
      );
      await bench.failure(bench.clientWith(registry, "login").resolve(app(registry)), "not-found");
      const open = await bench.start(always(404));
      await bench.failure(bench.client().resolve(app(open)), "not-found");
    });

    it("a login that it does not take is sent once", async () => {
      const registry = await bench.start((request) => challenge(request, 'Basic realm="x"'));
      await bench.failure(bench.clientWith(registry, "login").resolve(app(registry)), "unauthorized");
      const sent = registry.requests.filter(({ headers }) => headers.authorization === basicHeader);
      assert.equal(sent.length, 1);
      assert.ok(!registry.lines().join().includes(login.password));
    });

    it("a cookie is never sent back", async () => {
      const registry = await bench.start((request) =>
        replyWith(request, root, { "Set-Cookie": "session=1; Path=/", "Docker-Content-Digest": "" }),
      );
      await bench.client().resolve(app(registry));
      assert.ok(registry.requests.length > 1);
      assert.ok(registry.requests.every(({ headers }) => headers.cookie === undefined));
    });
  });
});
