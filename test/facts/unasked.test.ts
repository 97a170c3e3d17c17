/** What nobody asked for leaves the last tenth of a registry's limit alone: no request on its way may lose the mark. */
import assert from "node:assert/strict";
import { Facts } from "../../server/src/facts/facts";
import { Judging } from "../../server/src/facts/judging";
import { recognizedSchemes } from "../../server/src/trust/besideImage";
import { EMPTY_POLICY } from "../../server/src/trust/policy/trustRule";
import { Trust } from "../../server/src/trust/trust";
import { referenceTo, registryClient, type ScriptedAnswer, scriptedTransport } from "../support/registryClients";
import { OCI_INDEX, sampleImage } from "../support/sampleImages";
import { answerOf, ScriptedScheme } from "../support/schemes";

const { root, children } = sampleImage("acme/app", ["1"]);
const reference = referenceTo("ghcr.io/acme/app:1");
const API = "https://ghcr.io/v2/acme/app";
const [child] = children;
assert.ok(child);

/** For those who bring a token. */
function behindLogin(answer: ScriptedAnswer) {
  return ({ headers }: { readonly headers: Readonly<Record<string, string>> }): ScriptedAnswer =>
    headers.Authorization === undefined
      ? { status: 401, headers: { "www-authenticate": 'Bearer realm="https://ghcr.io/token"' } }
      : answer;
}

describe("a judgement", () => {
  for (const isUnasked of [true, false]) {
    it(`${isUnasked ? "that nobody asked for marks" : "that a person asked for marks none of"} its requests`, async () => {
      const list = { manifests: [{ digest: child.digest, artifactType: "", mediaType: child.mediaType }] };
      const transport = scriptedTransport({
        [`HEAD ${API}/manifests/1`]: behindLogin({
          headers: { "docker-content-digest": root.digest, "content-type": OCI_INDEX },
        }),
        "GET https://ghcr.io/token?scope=repository%3Aacme%2Fapp%3Apull": { body: '{"token":"t"}' },
        [`HEAD ${API}/manifests/${root.digest.replace(":", "-")}.sig`]: { status: 404 },
        [`GET ${API}/referrers/${root.digest}`]: {
          headers: { "content-type": OCI_INDEX },
          body: JSON.stringify({ mediaType: OCI_INDEX, ...list }),
        },
        [`GET ${API}/manifests/${child.digest}`]: { headers: { "content-type": child.mediaType }, body: child.body },
      });
      const registry = registryClient({ transport });
      const clock = () => new Date(0);
      const schemes = {
        ...recognizedSchemes(registry),
        notary: new ScriptedScheme("notary", answerOf("unsigned", "notary")),
      };
      const contentTrust = { isRequired: false };
      const trust = new Trust({ schemes, policy: () => EMPTY_POLICY, contentTrust, clock });
      await new Judging(new Facts({ registry, now: clock }), trust).ask(reference, { isUnasked });
      assert.deepEqual(
        new Set(transport.requests.map(({ method, url }) => `${method} ${url.pathname.split("/").at(-2)}`)),
        new Set(["HEAD manifests", "GET ", "GET referrers", "GET manifests"]),
      );
      for (const request of transport.requests) assert.equal(request.isUnasked, isUnasked, request.url.href);
    });
  }
});
