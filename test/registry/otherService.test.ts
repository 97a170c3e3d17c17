/** The login for a service that is not the registry, a trust server say, about the registry's images. */
import assert from "node:assert/strict";
import type { HttpRequest } from "../../server/src/registry/http/http";
import { createAuthentication, nothingSent } from "../../server/src/registry/login/authentication";
import type { Credentials } from "../../server/src/registry/login/dockerConfiguration";
import { RegistryError } from "../../server/src/registry/registry";
import { credentialsFor, failureOf, scriptedTransport } from "../support/registryClients";

const login = { username: "bob", password: "s3cret:pass" };
const basicLogin: Credentials = { kind: "basic", ...login };
const basicHeader = `Basic ${Buffer.from("bob:s3cret:pass").toString("base64")}`;

describe("authentication for another service about a registry's images", () => {
  const gun = "localhost:5000/library/alpine";
  const unused = new AbortController().signal;
  const authority = "an authority";

  /** Answers a challenge with `field` to the server at `base`, by a token server that gives a token to all. */
  function challenged(registry: string, base: string, field: string, known = registry) {
    const requests: HttpRequest[] = [];
    const credentials = credentialsFor({ [known]: basicLogin });
    const transport = {
      send: async (request: HttpRequest) => {
        requests.push(request);
        const body = Buffer.from(`{"token":"${request.url.host}"}`);
        return { status: 200, headers: {}, body, address: null };
      },
    };
    const authentication = createAuthentication(
      { transport, credentials, timeLimit: 1_000, bodyLimit: 1_000 },
      () => 0,
    );
    const target = { registry, repository: gun, base: new URL(base), certificateAuthorities: [authority] };
    return {
      requests,
      authentication,
      target,
      answer: () => authentication.answer(target, field, nothingSent, unused),
    };
  }

  const notary = "https://notary.example:4443";
  const own: [string, string, string][] = [
    ["registry.example:5000", notary, "https://notary.example/token"],
    ["registry.example:5000", notary, "https://registry.example/token"],
    ["registry.example:5000", notary, "https://registry.example:5001/token"],
    ["registry.example", notary, "https://registry.example:5001/token"],
    ["docker.io", "https://notary.docker.io", "https://auth.docker.io/token"],
    ["registry.gitlab.com", "https://registry.gitlab.com", "https://gitlab.com/jwt/auth"],
    ["registry.git.acme.co.uk", "https://registry.git.acme.co.uk", "https://git.acme.co.uk/jwt/auth"],
    ["registry.example:5000", notary, "https://auth.registry.example/token"],
    ["localhost:5000", "https://127.0.0.1:4443", "http://localhost:5001/token"],
    ["[::1]:5000", "https://localhost:4443", "http://[::1]:5001/token"],
    ["REGISTRY.example:5000", notary, "https://registry.example/token"],
  ];
  for (const [registry, base, realm] of own) {
    it(`sends the login for ${registry} to ${realm}, named by ${base}`, async () => {
      const { requests, answer } = challenged(registry, base, `Bearer realm="${realm}"`);
      await answer();
      assert.equal(requests[0]?.headers.Authorization, basicHeader);
    });
  }

  const foreign: [string, string, string][] = [
    ["registry.example:5000", notary, "https://auth.example/token"],
    ["registry.example:5000", notary, "https://registry.example.evil.test:5000/token"],
    ["acme.github.io", "https://acme.github.io", "https://evil.github.io/token"],
    ["registry.internal", "https://registry.internal", "https://auth.internal/token"],
    ["10.0.0.5:5000", "https://10.0.0.5:5000", "https://10.0.0.6/token"],
    ["registry.co.uk", "https://registry.co.uk", "https://auth.co.uk/token"],
    ["registry.example:5000", notary, "https://auth.docker.io/token"],
    ["localhost:5000", "https://localhost:4443", "http://127.0.0.1:5001/token"],
    ["docker.io", "https://registry-1.docker.io", "https://auth.docker.com/token"],
    ["a.b:99999", notary, "https://a.b/token"],
  ];
  for (const [registry, base, realm] of foreign) {
    it(`asks ${realm} anonymously for ${registry}, named by ${base}`, async () => {
      const { requests, answer } = challenged(registry, base, `Bearer realm="${realm}"`);
      await answer();
      assert.equal(requests[0]?.headers.Authorization, undefined);
    });
  }

  it("asks for pulling the repository as that service names it", async () => {
    const field = 'Bearer realm="https://notary.example/token",service="notary",scope="repository:evil:push"';
    const { requests, answer } = challenged("localhost:5000", notary, field);
    await answer();
    assert.deepEqual(Object.fromEntries(requests[0]?.url.searchParams ?? []), {
      scope: `repository:${gun}:pull`,
      service: "notary",
    });
  });

  it("answers Basic with the registry's login", async () => {
    assert.equal(await challenged("registry.example", notary, 'Basic realm="x"').answer(), basicHeader);
  });

  it("keeps what one server gave from another", async () => {
    const { authentication, target, answer } = challenged(
      "localhost:5000",
      notary,
      'Bearer realm="https://a.example/"',
    );
    const other = { ...target, base: new URL("https://other.example:4443") };
    const sent = { value: await answer(), failure: null };
    assert.equal(sent.value, "Bearer a.example");
    assert.deepEqual(await authentication.anticipate(target, unused), sent);
    for (const elsewhere of [other, { ...target, base: new URL("https://notary.example") }]) {
      assert.deepEqual(await authentication.anticipate(elsewhere, unused), nothingSent);
    }
    const [first, second] = await Promise.all([
      authentication.answer(target, 'Bearer realm="https://b.example/"', sent, unused),
      authentication.answer(other, 'Bearer realm="https://c.example/"', nothingSent, unused),
    ]);
    assert.deepEqual([first, second], ["Bearer b.example", "Bearer c.example"]);
  });

  for (const [realm, isTrusted] of [
    ["https://notary.example/token", true],
    ["https://auth.example/token", true],
    ["https://registry.example/token", false],
  ] as const) {
    it(`${isTrusted ? "takes" : "does not take"} the service's authorities along to ${realm}`, async () => {
      const { requests, answer } = challenged("registry.example:5000", notary, `Bearer realm="${realm}"`);
      await answer();
      assert.deepEqual(requests[0]?.certificateAuthorities, isTrusted ? [authority] : []);
    });
  }

  describe("says who answered", () => {
    const table: [string, string, string, string][] = [
      [
        "localhost:5000",
        notary,
        'Basic realm="x"',
        "notary.example:4443 answered 401: it needs a login, and the docker configuration has none for localhost:5000.",
      ],
      ["localhost:5000", notary, "Negotiate", "notary.example:4443 asks for a login of a kind that is not supported."],
      ["localhost:5000", notary, 'Bearer realm="x"', "notary.example:4443 named a token server that is no URL."],
      [
        "docker.io",
        "https://notary.docker.io",
        'Basic realm="x"',
        "notary.docker.io answered 401: it needs a login, and the docker configuration has none for docker.io.",
      ],
      [
        "docker.io",
        "https://registry-1.docker.io",
        'Basic realm="x"',
        "docker.io answered 401: it needs a login, and the docker configuration has none for docker.io.",
      ],
      [
        "docker.io",
        "https://registry-1.docker.io",
        'Bearer realm="x"',
        "docker.io named a token server that is no URL.",
      ],
    ];
    for (const [registry, base, field, message] of table) {
      it(message, async () => {
        const error = await challenged(registry, base, field, "none.example")
          .answer()
          .catch((reason: unknown) => reason);
        assert.equal(error instanceof RegistryError ? error.message : error, message);
      });
    }

    it("where its token server refuses", async () => {
      const transport = scriptedTransport({
        "GET https://auth.example/?scope=repository%3Alocalhost%3A5000%2Flibrary%2Falpine%3Apull": { status: 403 },
      });
      const ports = { transport, credentials: credentialsFor({}), timeLimit: 1_000, bodyLimit: 1_000 };
      const target = { registry: "localhost:5000", repository: gun, base: new URL(notary) };
      const field = 'Bearer realm="https://auth.example/"';
      const work = createAuthentication(ports, () => 0).answer(target, field, nothingSent, unused);
      assert.equal(
        (await failureOf(work, "unauthorized")).message,
        "auth.example, the token server of notary.example:4443, answered 403 to an anonymous request, the only kind for a host that is not the registry's own.",
      );
    });

    it("where the caller leaves", async () => {
      const { authentication, target } = challenged("localhost:5000", notary, "");
      const work = authentication.answer(target, "", nothingSent, AbortSignal.abort());
      assert.equal((await failureOf(work, "cancelled")).message, "The request to notary.example:4443 was cancelled.");
    });
  });
});
