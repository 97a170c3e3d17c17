import assert from "node:assert/strict";
import type { HttpRequest } from "../../../server/src/registry/http/http";
import type { Credentials } from "../../../server/src/registry/login/dockerConfiguration";
import { RegistryError } from "../../../server/src/registry/registry";
import {
  type EmbeddedRegistry,
  type RegistryAuthentication,
  startEmbeddedRegistry,
} from "../../support/embeddedRegistry";
import {
  assertTellsNone,
  credentialsFor,
  failureOf,
  referenceTo,
  registryClient,
  type ScriptedAnswer,
  scriptedTransport,
} from "../../support/registryClients";
import { OCI_INDEX, sampleImage } from "../../support/sampleImages";

const images = [sampleImage("acme/app", ["1", "2"]), sampleImage("acme/other", ["1"])];
const login = { username: "bob", password: "s3cret:pass" };
const basicLogin: Credentials = { kind: "basic", ...login };
const basicHeader = `Basic ${Buffer.from("bob:s3cret:pass").toString("base64")}`;

describe("authentication against a registry", () => {
  const open: EmbeddedRegistry[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((registry) => registry.close()));
  });

  async function start(authentication?: RegistryAuthentication): Promise<EmbeddedRegistry> {
    const registry = await startEmbeddedRegistry({ images, ...(authentication && { authentication }) });
    open.push(registry);
    return registry;
  }

  function tokenRequests({ requests }: EmbeddedRegistry) {
    return requests.filter(({ url }) => url.startsWith("/token"));
  }

  it("fetches a token anonymously, for pulling from this repository only", async () => {
    const registry = await start({ scheme: "bearer" });
    await registryClient().resolve(referenceTo(`${registry.host}/acme/app:1`));
    const [token] = tokenRequests(registry);
    assert.equal(token?.headers.authorization, undefined);
    const { searchParams } = new URL(token?.url ?? "", "http://any.example");
    assert.deepEqual(Object.fromEntries(searchParams), { scope: "repository:acme/app:pull", service: "embedded" });
  });

  it("sends the login to the registry's own token server and the token to the registry", async () => {
    const registry = await start({ scheme: "bearer", login });
    const credentials = credentialsFor({ [registry.host]: basicLogin });
    await registryClient({ credentials }).resolve(referenceTo(`${registry.host}/acme/app:1`));
    assert.deepEqual(
      registry.requests.map(({ method, headers }) => [method, headers.authorization?.split(" ")[0] ?? null]),
      [
        ["HEAD", null],
        ["GET", "Basic"],
        ["HEAD", "Bearer"],
      ],
    );
    assert.equal(registry.requests[1]?.headers.authorization, basicHeader);
  });

  it("trades an identity token for a token by POST", async () => {
    const registry = await start({ scheme: "bearer", login, identityToken: "s3cret-refresh" });
    const credentials = credentialsFor({ [registry.host]: { kind: "identity-token", token: "s3cret-refresh" } });
    await registryClient({ credentials }).resolve(referenceTo(`${registry.host}/acme/app:1`));
    const [token] = tokenRequests(registry);
    assert.equal(token?.method, "POST");
    assert.equal(token?.url, "/token");
    assert.deepEqual(Object.fromEntries(new URLSearchParams(token?.body)), {
      client_id: "digest-pin",
      grant_type: "refresh_token",
      refresh_token: "s3cret-refresh",
      scope: "repository:acme/app:pull",
      service: "embedded",
    });
  });

  it("sends no credentials to a realm on another host", async () => {
    const foreign = await start({ scheme: "bearer" });
    const registry = await start({ scheme: "bearer", realm: `http://localhost:${foreign.port}/token` });
    for (const own of [basicLogin, { kind: "identity-token", token: "s3cret-refresh" } as const]) {
      const credentials = credentialsFor({ [registry.host]: own });
      const work = registryClient({ credentials }).resolve(referenceTo(`${registry.host}/acme/app:1`));
      // The foreign server's token means nothing to this registry.
      await failureOf(work, "unauthorized");
      assert.deepEqual(credentials.asked, []);
    }
    assert.equal(tokenRequests(foreign).length, 2);
    for (const { method, headers, body } of foreign.requests) {
      assert.deepEqual([method, headers.authorization, body], ["GET", undefined, ""]);
    }
  });

  it("uses a token until shortly before its end, then fetches another", async () => {
    let now = 1_000;
    const registry = await start({ scheme: "bearer", expiresIn: 300 });
    const client = registryClient({ now: () => now });
    const resolve = () => client.resolve(referenceTo(`${registry.host}/acme/app:1`));
    await resolve();
    now += 289_000;
    await resolve();
    assert.equal(tokenRequests(registry).length, 1);
    now += 2_000;
    await resolve();
    assert.equal(tokenRequests(registry).length, 2);
  });

  it("takes a token without a lifetime for good for a minute", async () => {
    let now = 0;
    const registry = await start({ scheme: "bearer" });
    const client = registryClient({ now: () => now });
    for (const [time, fetched] of [
      [0, 1],
      [49_000, 1],
      [51_000, 2],
    ] as const) {
      now = time;
      await client.resolve(referenceTo(`${registry.host}/acme/app:1`));
      assert.equal(tokenRequests(registry).length, fetched);
    }
  });

  it("keeps tokens apart by repository", async () => {
    const registry = await start({ scheme: "bearer" });
    const client = registryClient();
    await client.resolve(referenceTo(`${registry.host}/acme/app:1`));
    await client.resolve(referenceTo(`${registry.host}/acme/other:1`));
    const others = registry.requests.filter(({ url }) => url.includes("/acme/other/"));
    // The registry is known to ask for a token: one is fetched before it asks again.
    assert.deepEqual(
      others.map(({ headers }) => headers.authorization),
      ["Bearer token-2-repository:acme/other:pull"],
    );
    assert.equal(tokenRequests(registry).length, 2);
  });

  it("shares a token request among references to one repository", async () => {
    const registry = await start({ scheme: "bearer" });
    const client = registryClient();
    await Promise.all(["1", "2"].map((tag) => client.resolve(referenceTo(`${registry.host}/acme/app:${tag}`))));
    assert.equal(tokenRequests(registry).length, 1);
  });

  it("replaces a token that the registry no longer takes", async () => {
    const registry = await start({ scheme: "bearer" });
    const client = registryClient();
    await client.resolve(referenceTo(`${registry.host}/acme/app:1`));
    registry.revokeTokens();
    await client.resolve(referenceTo(`${registry.host}/acme/app:1`));
    assert.equal(tokenRequests(registry).length, 2);
  });

  it("asks again once and not twice", async () => {
    const body = JSON.stringify({ token: "good-nowhere" });
    const registry = await start({ scheme: "bearer", tokenAnswer: { status: 200, body } });
    await failureOf(registryClient().resolve(referenceTo(`${registry.host}/acme/app:1`)), "unauthorized");
    assert.deepEqual(
      registry.requests.map(({ method }) => method),
      ["HEAD", "GET", "HEAD"],
    );
  });

  it("logs in with Basic where the registry asks for it", async () => {
    const registry = await start({ scheme: "basic", ...login });
    const credentials = credentialsFor({ [registry.host]: basicLogin });
    const client = registryClient({ credentials });
    await client.resolve(referenceTo(`${registry.host}/acme/app:1`));
    await client.resolve(referenceTo(`${registry.host}/acme/app:2`));
    assert.deepEqual(
      registry.requests.map(({ headers }) => headers.authorization),
      [undefined, basicHeader, basicHeader],
    );
  });

  it("says that a login is missing or refused, and tells none of it", async () => {
    const registry = await start({ scheme: "basic", username: "bob", password: "another" });
    const reference = referenceTo(`${registry.host}/acme/app:1`);
    await failureOf(registryClient().resolve(reference), "unauthorized");
    const credentials = credentialsFor({ [registry.host]: basicLogin });
    const error = await failureOf(registryClient({ credentials }).resolve(reference), "unauthorized");
    assertTellsNone(error, ["s3cret", "bob:s3cret:pass"]);
    const tokens = await start({ scheme: "bearer", login: { username: "bob", password: "another" } });
    const refused = registryClient({ credentials: credentialsFor({ [tokens.host]: basicLogin }) });
    const refusal = await failureOf(refused.resolve(referenceTo(`${tokens.host}/acme/app:1`)), "unauthorized");
    assertTellsNone(refusal, ["s3cret", "bob:s3cret:pass"]);
  });

  const answers: [string, number, string, Parameters<typeof failureOf>[1]][] = [
    ["no JSON", 200, "<html>", "malformed-answer"],
    ["null", 200, "null", "malformed-answer"],
    ["no token", 200, "{}", "malformed-answer"],
    ["a token that is no text", 200, '{"token":1}', "malformed-answer"],
    ["a token that would split the header", 200, '{"token":"a\\r\\nX-Evil: 1"}', "malformed-answer"],
    ["a refusal", 403, "", "unauthorized"],
    ["too many requests", 429, "", "rate-limited"],
    ["a failure of its own", 503, "", "server-error"],
    ["a token of two megabytes", 200, JSON.stringify({ token: "x".repeat(2 * 1024 * 1024) }), "too-large"],
  ];
  for (const [name, status, body, code] of answers) {
    it(`fails with ${code} where the token server answers with ${name}`, async () => {
      const registry = await start({ scheme: "bearer", tokenAnswer: { status, body } });
      await failureOf(registryClient().resolve(referenceTo(`${registry.host}/acme/app:1`)), code);
    });
  }

  it("takes the token from access_token too", async () => {
    const digest = images[0]?.root.digest ?? "";
    const head = "HEAD https://ghcr.io/v2/acme/app/manifests/1";
    const transport = scriptedTransport({
      [head]: needing("Bearer good", { headers: { "docker-content-digest": digest, "content-type": OCI_INDEX } }),
      "GET https://ghcr.io/token?scope=repository%3Aacme%2Fapp%3Apull": { body: '{"token":"","access_token":"good"}' },
    });
    assert.equal((await registryClient({ transport }).resolve(referenceTo("ghcr.io/acme/app:1"))).digest, digest);
  });

  /** A 401 with a challenge for the realm below, until `authorization` is sent. */
  function needing(authorization: string, answer: ScriptedAnswer) {
    const challenge = { status: 401, headers: { "www-authenticate": 'Bearer realm="https://ghcr.io/token"' } };
    return (request: HttpRequest) => (request.headers.Authorization === authorization ? answer : challenge);
  }
});

describe("realms", () => {
  const registries = ["ghcr.io", "docker.io", "registry.gitlab.com", "registry.git.corp.example"];
  const all = Object.fromEntries(registries.map((registry) => [registry, basicLogin]));

  /** Challenges with `field`; the token server answers 403, so that its request is the last. */
  async function challenged(image: string, field: string, code: Parameters<typeof failureOf>[1]) {
    const requests: HttpRequest[] = [];
    const credentials = credentialsFor(all);
    const transport = {
      send: async (request: HttpRequest) => {
        requests.push(request);
        const status = request.method === "HEAD" ? 401 : 403;
        return { status, headers: { "www-authenticate": field }, body: Buffer.alloc(0), address: null };
      },
    };
    const error = await failureOf(registryClient({ transport, credentials }).resolve(referenceTo(image)), code);
    assertTellsNone(error, ["s3cret", "bob:s3cret:pass"]);
    return requests.slice(1);
  }

  const own: [string, string][] = [
    ["ghcr.io/acme/app:1", "https://ghcr.io/token"],
    ["ghcr.io/acme/app:1", "https://ghcr.io:8443/token"],
    ["registry.git.corp.example/acme/app:1", "https://git.corp.example/jwt/auth"],
    ["alpine:3", "https://auth.docker.io/token"],
    ["alpine:3", "https://registry-1.docker.io/token"],
    ["registry.gitlab.com/acme/app:1", "https://gitlab.com/jwt/auth"],
  ];
  for (const [image, realm] of own) {
    it(`sends the login for ${image} to ${realm}`, async () => {
      const [token] = await challenged(image, `Bearer realm="${realm}"`, "unauthorized");
      assert.equal(token?.headers.Authorization, basicHeader);
    });
  }

  const foreign: [string, string][] = [
    ["ghcr.io/acme/app:1", "https://auth.docker.io/token"],
    ["ghcr.io/acme/app:1", "https://gitlab.com/jwt/auth"],
    ["ghcr.io/acme/app:1", "https://ghcr.io.evil.example/token"],
    ["ghcr.io/acme/app:1", "https://evil.example/ghcr.io"],
    ["ghcr.io/acme/app:1", "https://ghcr.io.evil.example/token"],
    ["alpine:3", "https://evil-docker.io/token"],
    ["alpine:3", "https://gitlab.com/jwt/auth"],
  ];
  for (const [image, realm] of foreign) {
    it(`asks ${realm} anonymously for ${image}`, async () => {
      const [token] = await challenged(image, `Bearer realm="${realm}"`, "unauthorized");
      assert.equal(token?.url.hostname, new URL(realm).hostname);
      assert.equal(token?.headers.Authorization, undefined);
    });
  }

  const refused = [
    "http://ghcr.io/token",
    "http://localhost:1/token",
    "https://localhost:1/token",
    "https://127.0.0.1/token",
    "https://10.0.0.1/token",
    "https://169.254.169.254/token",
    "https://[fe80::1]/token",
    "https://user:password@ghcr.io/token",
    "file:///etc/passwd",
  ];
  for (const realm of refused) {
    it(`refuses ${realm}`, async () => {
      assert.deepEqual(await challenged("ghcr.io/acme/app:1", `Bearer realm="${realm}"`, "refused-address"), []);
    });
  }

  it("refuses what is no URL", async () => {
    assert.deepEqual(await challenged("ghcr.io/acme/app:1", 'Bearer realm="token"', "malformed-answer"), []);
  });

  it("prefers Bearer to the Basic beside it", async () => {
    const field = 'Basic realm="x", Bearer realm="https://ghcr.io/token"';
    const [token] = await challenged("ghcr.io/acme/app:1", field, "unauthorized");
    assert.equal(token?.url.pathname, "/token");
  });

  it("keeps the realm's own query and sets scope and service itself", async () => {
    const field =
      'Bearer realm="https://ghcr.io/token?account=x&scope=evil",service="a&b",scope="repository:evil:push"';
    const [token] = await challenged("ghcr.io/acme/app:1", field, "unauthorized");
    assert.deepEqual(
      [...(token?.url.searchParams ?? [])],
      [
        ["account", "x"],
        ["scope", "repository:acme/app:pull"],
        ["service", "a&b"],
      ],
    );
  });

  it("gives up where no scheme is known", async () => {
    assert.deepEqual(await challenged("ghcr.io/acme/app:1", "Negotiate", "unauthorized"), []);
    assert.deepEqual(await challenged("ghcr.io/acme/app:1", "", "unauthorized"), []);
  });

  it("answers no challenge of a host that the registry redirected to", async () => {
    const credentials = credentialsFor(all);
    const transport = scriptedTransport({
      "HEAD https://ghcr.io/v2/acme/app/manifests/1": { status: 307, headers: { location: "https://cdn.example/x" } },
      "HEAD https://cdn.example/x": { status: 401, headers: { "www-authenticate": 'Basic realm="give me"' } },
    });
    const work = registryClient({ transport, credentials }).resolve(referenceTo("ghcr.io/acme/app:1"));
    await failureOf(work, "unauthorized");
    assert.deepEqual(credentials.asked, []);
  });

  it("does not take a token server out of reach for a registry without TLS", async () => {
    const transport = scriptedTransport({
      "HEAD https://localhost:5000/v2/acme/app/manifests/1": {
        status: 401,
        headers: { "www-authenticate": 'Bearer realm="https://localhost:5001/token"' },
      },
      "GET https://localhost:5001/token?scope=repository%3Aacme%2Fapp%3Apull": new RegistryError(
        "unreachable",
        "Nobody is there.",
      ),
    });
    await failureOf(registryClient({ transport }).resolve(referenceTo("localhost:5000/acme/app:1")), "unreachable");
  });

  it("does not take a login along when the token server redirects to another host", async () => {
    const credentials = credentialsFor(all);
    const transport = scriptedTransport({
      "HEAD https://ghcr.io/v2/acme/app/manifests/1": {
        status: 401,
        headers: { "www-authenticate": 'Bearer realm="https://ghcr.io/token"' },
      },
      "GET https://ghcr.io/token?scope=repository%3Aacme%2Fapp%3Apull": {
        status: 302,
        headers: { location: "https://evil.example/" },
      },
      "GET https://evil.example/": { status: 403 },
    });
    const work = registryClient({ transport, credentials }).resolve(referenceTo("ghcr.io/acme/app:1"));
    await failureOf(work, "unauthorized");
    assert.deepEqual(
      transport.requests.map(({ headers }) => headers.Authorization),
      [undefined, basicHeader, undefined],
    );
  });
});
