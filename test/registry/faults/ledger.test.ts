/** The ledger itself: it tells every secret that a server received and that is not its own. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { basicHeader, bearerToken, createFaultBench, identityToken, login } from "../../support/faultBench";
import { reply } from "../../support/faultyRegistry";

describe("the ledger of the fault suite", () => {
  const bench = createFaultBench();
  afterEach(() => bench.close());

  const ways: readonly (readonly [string, { headers?: Record<string, string>; path?: string; body?: string }])[] = [
    ["login", { headers: { Authorization: basicHeader } }],
    ["login", { path: `/?p=${encodeURIComponent(login.password)}` }],
    ["login", { body: new URLSearchParams({ password: login.password }).toString() }],
    ["identity token", { body: `{"token":"${identityToken}"}` }],
    ["identity token", { path: `/?${new URLSearchParams({ refresh_token: identityToken })}` }],
    ["identity token", { headers: { Cookie: Buffer.from(identityToken).toString("base64url") } }],
    ["bearer token", { headers: { Authorization: `Bearer ${bearerToken}` } }],
  ];
  for (const [secret, { headers = {}, path = "/", body }] of ways) {
    const where = body === undefined ? (headers.Authorization ?? headers.Cookie ?? path) : body;
    it(`finds the ${secret} in ${where}`, async () => {
      const server = await bench.start((received) => reply(received, {}));
      const sent = { ...headers, ...(body !== undefined && { "Content-Length": String(Buffer.byteLength(body)) }) };
      const received = server.nextRequest();
      request(`${server.origin}${path}`, { method: body === undefined ? "GET" : "POST", headers: sent }).end(body);
      await received;
      assert.throws(() => bench.holdLedger(), { message: `${server.host} received the ${secret}` });
      bench.entrust(server, secret as "login");
      bench.holdLedger();
    });
  }
});
