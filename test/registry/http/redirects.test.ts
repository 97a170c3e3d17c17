import assert from "node:assert/strict";
import type { HttpRequest, Transport } from "../../../server/src/registry/http/http";
import { sendFollowing } from "../../../server/src/registry/http/redirects";
import { failureOf, type ScriptedAnswer, scriptedTransport } from "../../support/registryClients";

const start = "https://registry.example/v2/acme/app/manifests/1";

function request(method: HttpRequest["method"] = "GET"): HttpRequest {
  const headers = { Accept: "text/plain", Authorization: "Bearer s3cret" };
  return { method, url: new URL(start), headers, timeLimit: 1, bodyLimit: 1, signal: new AbortController().signal };
}

function to(location: string, status = 307): ScriptedAnswer {
  return { status, headers: { location } };
}

describe("sendFollowing", () => {
  for (const status of [301, 302, 303, 307, 308]) {
    it(`follows ${status} with the same method`, async () => {
      const transport = scriptedTransport({
        [`HEAD ${start}`]: to("https://cdn.example/x", status),
        "HEAD https://cdn.example/x": {},
      });
      const answer = await sendFollowing(transport, request("HEAD"));
      assert.equal(answer.url.href, "https://cdn.example/x");
    });
  }

  it("drops the authorization at another origin, and does not take it up again", async () => {
    const transport = scriptedTransport({
      [`GET ${start}`]: to("/moved"),
      "GET https://registry.example/moved": to("https://cdn.example/x"),
      "GET https://cdn.example/x": to("https://registry.example/back"),
      "GET https://registry.example/back": {},
    });
    await sendFollowing(transport, request());
    assert.deepEqual(
      transport.requests.map(({ headers }) => headers.Authorization),
      ["Bearer s3cret", "Bearer s3cret", undefined, undefined],
    );
    assert.ok(transport.requests.every(({ headers }) => headers.Accept === "text/plain"));
  });

  it("takes another port for another origin", async () => {
    const transport = scriptedTransport({
      [`GET ${start}`]: to("https://registry.example:8443/x"),
      "GET https://registry.example:8443/x": {},
    });
    await sendFollowing(transport, request());
    assert.equal(transport.requests[1]?.headers.Authorization, undefined);
  });

  it("shows the client's certificate, and does without trusted TLS, at the first origin alone", async () => {
    const transport = scriptedTransport({
      [`GET ${start}`]: to("/moved"),
      "GET https://registry.example/moved": to("https://cdn.example/x"),
      "GET https://cdn.example/x": to("https://registry.example/back"),
      "GET https://registry.example/back": {},
    });
    const clientCertificate = { certificate: "certificate", key: "key" };
    await sendFollowing(transport, { ...request(), clientCertificate, isInsecure: true });
    assert.deepEqual(
      transport.requests.map((sent) => [sent.clientCertificate, sent.isInsecure]),
      [
        [clientCertificate, true],
        [clientCertificate, true],
        [undefined, undefined],
        [undefined, undefined],
      ],
    );
  });

  it("tells each step who led there, and from where", async () => {
    const addresses: Record<string, string> = { "registry.example": "10.0.0.5", "cdn.example": "10.0.0.6" };
    const script = scriptedTransport({
      [`GET ${start}`]: to("https://cdn.example/x"),
      "GET https://cdn.example/x": to("https://10.0.0.7/y"),
      "GET https://10.0.0.7/y": {},
    });
    const transport: Transport = {
      send: async (sent) => ({ ...(await script.send(sent)), address: addresses[sent.url.hostname] ?? null }),
    };
    await sendFollowing(transport, request());
    assert.deepEqual(
      script.requests.map(({ linkedFrom }) => linkedFrom && [linkedFrom.url.href, linkedFrom.address]),
      [undefined, [start, "10.0.0.5"], ["https://cdn.example/x", "10.0.0.6"]],
    );
  });

  it("never goes from https to http, not even on this computer", async () => {
    const transport = scriptedTransport({
      "GET https://localhost:5000/": to("http://localhost:5001/"),
      "GET http://localhost:5000/": to("http://localhost:5001/"),
      "GET http://localhost:5001/": {},
    });
    const from = (url: string) => sendFollowing(transport, { ...request(), url: new URL(url) });
    await failureOf(from("https://localhost:5000/"), "refused-address");
    assert.equal((await from("http://localhost:5000/")).status, 200);
  });

  for (const location of [
    "http://registry.example/x",
    "https://127.0.0.1/x",
    "https://localhost:5000/x",
    "https://10.0.0.1/x",
    "https://169.254.169.254/latest/meta-data",
    "https://[fe80::1]/x",
    "https://user:password@cdn.example/x",
  ]) {
    it(`refuses to go to ${location}`, async () => {
      const transport = scriptedTransport({ [`GET ${start}`]: to(location) });
      await failureOf(sendFollowing(transport, request()), "refused-address");
      assert.equal(transport.requests.length, 1);
    });
  }

  it("judges each step by the one before it", async () => {
    const transport = scriptedTransport({
      [`GET ${start}`]: to("https://cdn.example/x"),
      "GET https://cdn.example/x": to("https://192.168.0.1/x"),
    });
    await failureOf(sendFollowing(transport, request()), "refused-address");
  });

  it("follows five redirects and not a sixth", async () => {
    const hop = (number: number) => `https://registry.example/${number}`;
    const steps = [1, 2, 3, 4, 5].map((number) => [`GET ${hop(number - 1)}`, to(hop(number))] as const);
    const script = { [`GET ${start}`]: to(hop(1)), ...Object.fromEntries(steps) };
    assert.equal((await sendFollowing(scriptedTransport({ ...script, [`GET ${hop(5)}`]: {} }), request())).status, 200);
    const endless = scriptedTransport({ ...script, [`GET ${hop(5)}`]: to(hop(1)) });
    await failureOf(sendFollowing(endless, request()), "malformed-answer");
    assert.equal(endless.requests.length, 6);
  });

  it("refuses a redirect that names no address", async () => {
    for (const answer of [{ status: 307 }, to("https://"), to("https://[x]/")]) {
      await failureOf(sendFollowing(scriptedTransport({ [`GET ${start}`]: answer }), request()), "malformed-answer");
    }
  });

  it("leaves other statuses of the 300s to the caller", async () => {
    assert.equal(
      (await sendFollowing(scriptedTransport({ [`GET ${start}`]: { status: 304 } }), request())).status,
      304,
    );
  });
});
