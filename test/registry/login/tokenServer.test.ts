/** What a request to a token server carries of the registry that named the server. */
import assert from "node:assert/strict";
import type { HttpRequest } from "../../../server/src/registry/http/http";
import { type AuthenticatedRepository, fetchPullToken } from "../../../server/src/registry/login/tokenServer";
import { credentialsFor, failureOf, scriptedTransport } from "../../support/registryClients";

const base = new URL("https://registry.corp");
const { signal } = new AbortController();

/** The requests that ask `realm` for a token. */
async function asking(realm: string, changes: Partial<AuthenticatedRepository> = {}): Promise<readonly HttpRequest[]> {
  const query = "?scope=repository%3Aacme%2Fapp%3Apull";
  const transport = scriptedTransport({ [`GET ${realm}${query}`]: { body: Buffer.from('{"token":"t"}') } });
  const ports = { transport, credentials: credentialsFor({}), timeLimit: 1, bodyLimit: 1 };
  const target = { registry: "registry.corp", repository: "acme/app", base, ...changes };
  await fetchPullToken(target, realm, undefined, ports, signal);
  return transport.requests;
}

describe("fetchPullToken", () => {
  for (const address of ["10.0.0.5", null]) {
    it(`tells who named the token server, at ${address ?? "an unknown address"}`, async () => {
      const [request] = await asking("https://gitlab.corp/token", { address });
      assert.deepEqual(request?.linkedFrom, { url: base, address });
    });
  }

  it("asks a private address where the registry has one too", async () => {
    assert.equal((await asking("https://10.0.0.6/token", { address: "10.0.0.5" })).length, 1);
    await failureOf(asking("https://10.0.0.6/token", { address: "93.184.216.34" }), "refused-address");
    await failureOf(asking("https://10.0.0.6/token"), "refused-address");
  });

  it("does without trusted TLS at the insecure registry's own host alone", async () => {
    const isInsecure = true;
    for (const [realm, isAllowed] of [
      ["https://registry.corp/token", true],
      ["https://registry.corp:5001/token", true],
      ["https://gitlab.corp/token", false],
    ] as const) {
      assert.equal((await asking(realm, { isInsecure }))[0]?.isInsecure, isAllowed, realm);
    }
    await failureOf(asking("http://registry.corp/token", { isInsecure }), "refused-address");
    const plain = { isInsecure, base: new URL("http://registry.corp") };
    assert.equal((await asking("http://registry.corp/token", plain)).length, 1);
    await failureOf(asking("http://gitlab.corp/token", plain), "refused-address");
  });
});
