import assert from "node:assert/strict";
import type { FollowedAnswer } from "../../../server/src/registry/http/redirects";
import { type AuthorizedSend, sendAuthenticated } from "../../../server/src/registry/login/authenticatedSend";
import { createAuthentication } from "../../../server/src/registry/login/authentication";
import { credentialsFor, failureOf, scriptedTransport } from "../../support/registryClients";

const base = new URL("https://notary.example:4443");
const target = { registry: "registry.example", repository: "registry.example/acme/app", base };
const basic = `Basic ${Buffer.from("bob:s3cret").toString("base64")}`;
const { signal } = new AbortController();

function answered(status: number, challenge?: string, url = new URL("/v2/", base)): FollowedAnswer {
  const headers = challenge === undefined ? {} : { "www-authenticate": challenge };
  return { status, headers, url, body: Buffer.alloc(0), address: null };
}

/** A login that is known, and a send that notes each authorization and answers in turn. */
function start(...answers: readonly FollowedAnswer[]) {
  const credentials = credentialsFor({ "registry.example": { kind: "basic", username: "bob", password: "s3cret" } });
  const ports = { transport: scriptedTransport({}), credentials, timeLimit: 1, bodyLimit: 1 };
  const authentication = createAuthentication(ports, () => 0);
  const sent: (string | null)[] = [];
  const send: AuthorizedSend = async (authorization) => {
    const answer = answers[sent.push(authorization) - 1];
    return answer ?? assert.fail("sent once too often");
  };
  return { sent, credentials, run: () => sendAuthenticated(authentication, target, send, signal) };
}

const challenge = 'Basic realm="x"';

describe("sendAuthenticated", () => {
  it("sends without a login first, then with the one that the challenge asks for, and remembers it", async () => {
    const { sent, run } = start(answered(401, challenge), answered(200), answered(200));
    assert.equal((await run()).status, 200);
    assert.equal((await run()).status, 200);
    assert.deepEqual(sent, [null, basic, basic]);
  });

  it("gives up where the login does not help", async () => {
    const { sent, run } = start(answered(401, challenge), answered(401, challenge));
    assert.equal((await run()).status, 401);
    assert.deepEqual(sent, [null, basic]);
  });

  const final: [string, FollowedAnswer][] = [
    ["an answer of another status", answered(403, challenge)],
    ["a 401 without a challenge", answered(401)],
    ["a challenge of another host", answered(401, challenge, new URL("https://cdn.example/"))],
    ["a challenge of another port", answered(401, challenge, new URL("https://notary.example/"))],
    ["a challenge without TLS", answered(401, challenge, new URL("http://notary.example:4443/"))],
  ];
  for (const [name, answer] of final) {
    it(`returns ${name}, and asks for no credentials`, async () => {
      const { credentials, run } = start(answer);
      assert.equal(await run(), answer);
      assert.deepEqual(credentials.asked, []);
    });
  }

  it("fails where the challenge can't be answered", async () => {
    await failureOf(start(answered(401, "Negotiate")).run(), "unauthorized");
  });
});
