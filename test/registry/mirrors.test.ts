/** Where a repository is asked for when the user's configuration names mirrors. */
import assert from "node:assert/strict";
import type { Place } from "../../server/src/registry/configuration/places";
import { RegistryError } from "../../server/src/registry/registry";
import {
  credentialsFor,
  failureOf,
  referenceTo,
  registryClient,
  type ScriptedAnswer,
  scriptedTransport,
} from "../support/registryClients";
import { OCI_INDEX, sampleImage } from "../support/sampleImages";

const image = sampleImage("library/alpine", ["edge"]);
const alpine = referenceTo("alpine:edge");
const { digest } = image.root;

const origin: Place = { registry: "docker.io", repository: "library/alpine", isInsecure: false, isMirror: false };
const harbor: Place = { registry: "harbor.corp", repository: "hub/library/alpine", isInsecure: false, isMirror: true };
const second: Place = { registry: "second.corp", repository: "library/alpine", isInsecure: false, isMirror: true };
const places = [harbor, second, origin];

const AT_HARBOR = "https://harbor.corp/v2/hub/library/alpine";
const AT_SECOND = "https://second.corp/v2/library/alpine";
const AT_ORIGIN = "https://registry-1.docker.io/v2/library/alpine";

const found: ScriptedAnswer = {
  headers: { "docker-content-digest": digest, "content-type": OCI_INDEX, "content-length": "7" },
};
const body: ScriptedAnswer = { headers: { "content-type": OCI_INDEX }, body: image.root.body };
const list = (...digests: string[]): ScriptedAnswer => ({
  headers: { "content-type": OCI_INDEX },
  body: JSON.stringify({
    mediaType: OCI_INDEX,
    manifests: digests.map((each) => ({ digest: each, artifactType: "application/x", mediaType: "" })),
  }),
});
const hosts = ({ requests }: ReturnType<typeof scriptedTransport>) => requests.map(({ url }) => url.host);

describe("mirrors", () => {
  it("are asked first, under the name that they have it by, and are named in the answer", async () => {
    const transport = scriptedTransport({ [`HEAD ${AT_HARBOR}/manifests/edge`]: found });
    const resolved = await registryClient({ transport, places }).resolve(alpine);
    assert.deepEqual([resolved.digest, resolved.mirror], [digest, "harbor.corp"]);
  });

  it("need no confirmation for the digest that was asked for", async () => {
    const transport = scriptedTransport({ [`HEAD ${AT_HARBOR}/manifests/${digest}`]: found });
    assert.equal((await registryClient({ transport, places }).resolve({ ...alpine, digest })).mirror, null);
  });

  const failures: readonly (readonly [string, ScriptedAnswer | RegistryError])[] = [
    ["lacks the image", { status: 404 }],
    ["wants a login that there is none for", { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } }],
    ["forbids it", { status: 403 }],
    ["is out of reach", new RegistryError("unreachable", "Nobody there.")],
    ["has a certificate that is not trusted", new RegistryError("tls", "Who is that?")],
    ["has too many questions", { status: 429, headers: { "retry-after": "600" } }],
    ["answers with something else", { headers: { "content-type": "text/html", "docker-content-digest": digest } }],
  ];
  for (const [name, failure] of failures) {
    it(`give way to the next where one ${name}`, async () => {
      const transport = scriptedTransport({
        [`HEAD ${AT_HARBOR}/manifests/edge`]: failure,
        [`HEAD ${AT_SECOND}/manifests/edge`]: found,
      });
      assert.equal((await registryClient({ transport, places }).resolve(alpine)).mirror, "second.corp");
    });
  }

  it("give way to the registry itself, whose failure is the one that counts", async () => {
    const transport = scriptedTransport({
      [`HEAD ${AT_HARBOR}/manifests/edge`]: { status: 403 },
      [`HEAD ${AT_SECOND}/manifests/edge`]: { status: 403 },
      [`HEAD ${AT_ORIGIN}/manifests/edge`]: { status: 404 },
    });
    await failureOf(registryClient({ transport, places }).resolve(alpine), "not-found");
    assert.deepEqual(hosts(transport), ["harbor.corp", "second.corp", "registry-1.docker.io"]);
  });

  it("do not count where the registry itself is to confirm them", async () => {
    const transport = scriptedTransport({ [`HEAD ${AT_ORIGIN}/manifests/edge`]: found });
    const resolved = await registryClient({ transport, places }).resolve(alpine, { fromOrigin: true });
    assert.equal(resolved.mirror, null);
  });

  it("get their own login alone, and the registry gets its own", async () => {
    const own = (username: string) => ({ kind: "basic" as const, username, password: `${username}'s` });
    const credentials = credentialsFor({ "harbor.corp": own("harbor"), "docker.io": own("hub") });
    const basic = (username: string) => `Basic ${Buffer.from(`${username}:${username}'s`).toString("base64")}`;
    const wanted = { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } };
    const transport = scriptedTransport({
      [`HEAD ${AT_HARBOR}/manifests/edge`]: wanted,
      [`HEAD ${AT_SECOND}/manifests/edge`]: wanted,
      [`HEAD ${AT_ORIGIN}/manifests/edge`]: wanted,
    });
    await failureOf(registryClient({ transport, places, credentials }).resolve(alpine), "unauthorized");
    const sent = transport.requests.map(({ url, headers }) => [url.host, headers.Authorization]);
    assert.deepEqual(sent, [
      ["harbor.corp", undefined],
      ["harbor.corp", basic("harbor")],
      ["second.corp", undefined],
      ["registry-1.docker.io", undefined],
      ["registry-1.docker.io", basic("hub")],
    ]);
  });

  it("may hold a manifest, which is hashed as from anywhere", async () => {
    const wrong = { ...body, body: Buffer.from(`${image.root.body} `) };
    const transport = scriptedTransport({
      [`GET ${AT_HARBOR}/manifests/${digest}`]: wrong,
      [`GET ${AT_SECOND}/manifests/${digest}`]: body,
    });
    assert.equal((await registryClient({ transport, places }).fetchManifest(alpine, digest)).kind, "index");
    assert.equal(transport.requests.length, 2);
  });

  it("end with the question where it is cancelled", async () => {
    const transport = scriptedTransport({
      [`HEAD ${AT_HARBOR}/manifests/edge`]: new RegistryError("cancelled", "Cancelled."),
    });
    await failureOf(registryClient({ transport, places }).resolve(alpine), "cancelled");
    assert.deepEqual(hosts(transport), ["harbor.corp"]);
  });

  it("are not asked what refers to an image while the registry itself answers", async () => {
    const transport = scriptedTransport({ [`GET ${AT_ORIGIN}/referrers/${digest}`]: list() });
    assert.deepEqual(await registryClient({ transport, places }).fetchReferrers(alpine, digest), []);
    assert.deepEqual(hosts(transport), ["registry-1.docker.io"]);
  });

  it("tell what refers to an image where the registry itself fails, and an empty list tells nothing", async () => {
    const down = { status: 503, headers: { "retry-after": "600" } };
    const script = {
      [`GET ${AT_ORIGIN}/referrers/${digest}`]: down,
      [`GET ${AT_HARBOR}/referrers/${digest}`]: list(),
      [`GET ${AT_SECOND}/referrers/${digest}`]: list(digest),
    };
    const listed = await registryClient({ transport: scriptedTransport(script), places }).fetchReferrers(
      alpine,
      digest,
    );
    assert.deepEqual(
      listed.map((referrer) => referrer.digest),
      [digest],
    );
    const transport = scriptedTransport({ ...script, [`GET ${AT_SECOND}/referrers/${digest}`]: list() });
    await failureOf(registryClient({ transport, places }).fetchReferrers(alpine, digest), "server-error");
  });

  it("mean nothing where the configuration blocks the repository", async () => {
    const transport = scriptedTransport({});
    for (const blocked of [[], [harbor]]) {
      const client = registryClient({ transport, places: blocked });
      const { message } = await failureOf(client.resolve(alpine), "blocked");
      assert.match(message, /docker\.io\/library\/alpine/);
      await failureOf(client.fetchManifest(alpine, digest), "blocked");
      await failureOf(client.fetchReferrers(alpine, digest), "blocked");
      await failureOf(client.fetchConfiguration(alpine, digest), "blocked");
      await failureOf(client.listTags(alpine), "blocked");
    }
    assert.equal(transport.requests.length, 0);
  });
});
