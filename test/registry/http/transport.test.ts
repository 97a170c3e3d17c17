import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { gzipSync } from "node:zlib";
import type { HttpRequest } from "../../../server/src/registry/http/http";
import { createTransport } from "../../../server/src/registry/http/transport";
import { type EmbeddedRegistry, type Quirks, startEmbeddedRegistry } from "../../support/embeddedRegistry";
import { assertTellsNone, failureOf } from "../../support/registryClients";
import { sampleImage } from "../../support/sampleImages";

const image = sampleImage("acme/app", ["1"]);
const secret = "Bearer s3cret-token";

describe("createTransport", () => {
  const quirks: Quirks = {};
  const transport = createTransport();
  let registry: EmbeddedRegistry;
  let rawServer: Server | undefined;

  before(async () => {
    registry = await startEmbeddedRegistry({ images: [image], quirks });
  });
  after(() => registry.close());
  afterEach(() => {
    for (const name of Object.keys(quirks) as (keyof Quirks)[]) delete quirks[name];
    registry.requests.length = 0;
    rawServer?.close();
    rawServer = undefined;
  });

  function request(changes: Partial<HttpRequest> = {}): HttpRequest {
    return {
      method: "GET",
      url: new URL(`http://${registry.host}/v2/acme/app/manifests/1`),
      headers: { Authorization: secret },
      timeLimit: 5_000,
      bodyLimit: 100_000,
      signal: new AbortController().signal,
      ...changes,
    };
  }

  /** Answers each connection's first bytes with `answer`. */
  async function startRawServer(answer: string): Promise<URL> {
    rawServer = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end(answer));
    }).listen(0, "127.0.0.1");
    await once(rawServer, "listening");
    return new URL(`http://127.0.0.1:${(rawServer.address() as AddressInfo).port}/`);
  }

  it("returns status, headers and the body's bytes", async () => {
    const answer = await transport.send(request());
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["docker-content-digest"], image.root.digest);
    assert.deepEqual(answer.body, image.root.body);
    const head = await transport.send(request({ method: "HEAD" }));
    assert.equal(head.headers["content-length"], String(image.root.body.length));
    assert.equal(head.body.length, 0);
  });

  it("asks for no encoding, and names itself", async () => {
    await transport.send(request());
    const headers = registry.requests[0]?.headers;
    assert.equal(headers?.["accept-encoding"], "identity");
    assert.equal(headers?.["user-agent"], "digest-pin");
  });

  it("returns answers of every status and follows no redirect", async () => {
    for (const status of [301, 401, 404, 429, 500]) {
      quirks.status = status;
      quirks.headers = { Location: "/elsewhere" };
      assert.equal((await transport.send(request())).status, status);
    }
    assert.equal(registry.requests.length, 5);
  });

  it("sends a form", async () => {
    await transport.send(request({ method: "POST", body: "grant_type=refresh_token" }));
    assert.equal(registry.requests[0]?.body, "grant_type=refresh_token");
  });

  it("ends a body that has no end", async () => {
    quirks.endlessBody = true;
    await failureOf(transport.send(request()), "too-large");
  });

  it("refuses an encoded body instead of unpacking it", async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    assert.ok(bomb.length < 100_000);
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`;
    const url = await startRawServer(head + bomb.toString("latin1"));
    await failureOf(transport.send(request({ url })), "malformed-answer");
  });

  it("ends a request that nobody answers", async () => {
    quirks.hang = true;
    await failureOf(transport.send(request({ timeLimit: 30 })), "timed-out");
  });

  it("counts the time to the last byte of a slow body", async () => {
    quirks.slowBody = true;
    await failureOf(transport.send(request({ timeLimit: 60 })), "timed-out");
  });

  it("ends when it is cancelled: before, while waiting, within the body", async () => {
    await failureOf(transport.send(request({ signal: AbortSignal.abort() })), "cancelled");
    assert.equal(registry.requests.length, 0);
    for (const quirk of ["hang", "slowBody"] as const) {
      const leaving = new AbortController();
      const received = registry.nextManifestRequest();
      quirks[quirk] = true;
      const work = failureOf(transport.send(request({ signal: leaving.signal })), "cancelled");
      await received;
      setImmediate(() => leaving.abort());
      await work;
      quirks[quirk] = false;
    }
  });

  it("tells a closed port, a server without TLS, and one without HTTP apart", async () => {
    const url = await startRawServer("this is no HTTP\r\n\r\n");
    await failureOf(transport.send(request({ url })), "malformed-answer");
    await failureOf(transport.send(request({ url: new URL(url.href.replace("http:", "https:")) })), "tls");
    const closed = once(rawServer ?? assert.fail(), "close");
    rawServer?.close();
    await closed;
    await failureOf(transport.send(request({ url })), "unreachable");
    await failureOf(transport.send(request({ url: new URL("https://host.invalid/") })), "unreachable");
  });

  it("refuses a body that ends too early", async () => {
    const url = await startRawServer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
    await failureOf(transport.send(request({ url })), "unreachable");
  });

  it("asks again where a kept connection closed just as it was used", async () => {
    quirks.dropReusedConnection = true;
    for (let round = 0; round < 3; round++) assert.equal((await transport.send(request())).status, 200);
  });

  it("keeps the request's headers out of its errors", async () => {
    const url = await startRawServer("this is no HTTP\r\n\r\n");
    const errors = [
      await failureOf(transport.send(request({ url })), "malformed-answer"),
      await failureOf(transport.send(request({ url: new URL("https://host.invalid/?token=s3cret") })), "unreachable"),
    ];
    quirks.hang = true;
    errors.push(await failureOf(transport.send(request({ timeLimit: 20 })), "timed-out"));
    for (const error of errors) assertTellsNone(error, [secret, "s3cret"]);
  });

  it("reads no proxy from the environment", async () => {
    const before = process.env.http_proxy;
    process.env.http_proxy = "http://host.invalid:1";
    try {
      assert.equal((await transport.send(request())).status, 200);
    } finally {
      if (before === undefined) delete process.env.http_proxy;
      else process.env.http_proxy = before;
    }
  });
});
