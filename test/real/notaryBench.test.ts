/**
 * Holds the bench itself: the real notary-server, notary-signer and notary client work together as the tests of Notary
 * trust need them, and the repositories that those tests make within the process are such as the real client takes.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { Authority } from "../support/notary/authority";
import { canonicalJson } from "../support/notary/canonicalJson";
import { createKey, isSignatureOf, type KeyKind, keyIdOf, type WireKey } from "../support/notary/keys";
import type { RootBody, SignedFile, SnapshotBody, TargetsBody } from "../support/notary/metadata";
import { NotaryClient } from "../support/notary/notaryClient";
import { type NotaryServer, skipUnlessNotaryIsInstalled, startNotaryServer } from "../support/notary/notaryServer";
import { fileMetaOf, Repository, targetOf } from "../support/notary/repository";
import { startTamperingProxy, type TamperingProxy } from "../support/notary/tamperingProxy";
import { skipUnlessInstalled } from "../support/system";
import { startTokenServer } from "../support/tokenServer";

const gun = "localhost:5000/acme/app";
const hex = "ab".repeat(32);
const digest = `sha256:${hex}`;
const tuf = `/v2/${gun}/_trust/tuf`;

describe("the Notary bench", () => {
  let directory: string;
  let server: NotaryServer;
  let proxy: TamperingProxy;
  before(async function () {
    skipUnlessNotaryIsInstalled(this);
    directory = await mkdtemp(join(tmpdir(), "notary-bench-"));
    server = await startNotaryServer({ signer: "local" });
    proxy = await startTamperingProxy(server.authority, server.url);
  });
  after(async () => {
    await proxy?.close();
    await server?.stop();
    if (directory) await rm(directory, { recursive: true });
  });

  let clients = 0;
  /** Of an empty trust directory. */
  function newClient(url: string, caPath = server.caPath): NotaryClient {
    return new NotaryClient({ server: url, caPath, directory: join(directory, `trust-${clients++}`) });
  }

  it("signs with keys of the client and of the server alone", async () => {
    const client = newClient(server.url);
    await client.init(gun);
    await client.addHash(gun, "1", 1234, hex);
    const [ann, bob] = await Promise.all([
      server.authority.selfSigned({ name: "ann", kind: "ecdsa", commonName: "ann" }),
      server.authority.selfSigned({ name: "bob", kind: "rsa", commonName: "bob" }),
    ]);
    await client.addDelegation(gun, "targets/releases", bob.certificatePath);
    await client.addDelegation(gun, "targets/ann", ann.certificatePath, { paths: ["2", "3"] });
    for (const { keyPath } of [ann, bob]) await client.importKey(keyPath, "user");
    await client.addHash(gun, "2", 99, hex, ["targets/releases", "targets/ann"]);
    await client.rotate(gun, "root");
    assert.deepEqual(await newClient(server.url).lookup(gun, "1"), { digest, size: 1234 });

    const methods = await verifyEverything(server, gun);
    assert.deepEqual(methods, {
      root: ["ecdsa", "ecdsa"],
      timestamp: ["eddsa"],
      snapshot: ["ecdsa"],
      targets: ["ecdsa"],
      "targets/ann": ["ecdsa"],
      "targets/releases": ["rsapss"],
    });
    const roles = (await client.listKeys()).map(({ role }) => role);
    assert.deepEqual(roles.sort(), ["root", "root", "snapshot", "targets", "user", "user"]);
  });

  it("answers to versions and hashes, and with 404 for what it does not have", async () => {
    const at = async (path: string) => (await get(server, path)).status;
    const known = ["root.json", "1.root.json", "2.root.json", "snapshot.json", "targets/releases.json"];
    const unknown = ["3.root.json", "targets/nobody.json", `snapshot.${hex}.json`, ""];
    assert.deepEqual(await Promise.all(known.map((name) => at(`${tuf}/${name}`))), [200, 200, 200, 200, 200]);
    assert.deepEqual(await Promise.all(unknown.map((name) => at(`${tuf}/${name}`))), [404, 404, 404, 404]);
    assert.equal(await at("/v2/acme/missing/_trust/tuf/root.json"), 404);
    const { body } = await get(server, `${tuf}/snapshot.json`);
    const { sha256 = "" } = fileMetaOf(body).hashes;
    const byHash = await get(server, `${tuf}/snapshot.${Buffer.from(sha256, "base64").toString("hex")}.json`);
    assert.ok(byHash.body.equals(body));
  });

  it("signs with notary-signer", async () => {
    const other = await startNotaryServer({ signer: "notary-signer" });
    try {
      const client = newClient(other.url, other.caPath);
      const root = await other.authority.issue({ name: "root", kind: "rsa", commonName: gun });
      await client.init(gun, { rootCertificate: root.certificatePath, rootKey: root.keyPath });
      await client.addHash(gun, "1", 1234, hex);
      await client.rotate(gun, "snapshot", { serverManaged: true });
      await client.rotate(gun, "timestamp");
      await client.rotate(gun, "targets");
      await client.remove(gun, "1");
      await client.addHash(gun, "2", 1234, hex);
      assert.deepEqual(await client.lookup(gun, "2"), { digest, size: 1234 });
      assert.match((await client.run("lookup", gun, "1")).stdout, /No valid trust data for 1/);
      assert.deepEqual(await verifyEverything(other, gun), {
        root: ["rsapss"],
        timestamp: ["ecdsa"],
        snapshot: ["ecdsa"],
        targets: ["ecdsa"],
      });
    } finally {
      await other.stop();
    }
  });

  it("serves those with a token only, where it has a token server", async function () {
    const authorization = { username: "bob", password: "s3cret" };
    const login = `Basic ${Buffer.from("bob:s3cret").toString("base64")}`;
    const tokens = await startTokenServer(skipUnlessInstalled(this, "openssl"), directory, login, "allowed nothing");
    const other = await startNotaryServer({ signer: "local", token: tokens.configuration.token });
    try {
      const trust = join(directory, "trust-of-bob");
      const bob = new NotaryClient({ server: other.url, caPath: other.caPath, directory: trust, authorization });
      await bob.init(gun);
      await bob.addHash(gun, "1", 1234, hex);
      assert.deepEqual(await bob.lookup(gun, "1"), { digest, size: 1234 });
      const refused = await get(other, `${tuf}/root.json`);
      const { realm, service } = tokens.configuration.token;
      const challenge = `Bearer realm="${realm}",service="${service}",scope="repository:${gun}:pull"`;
      assert.deepEqual([refused.status, refused.headers["www-authenticate"]], [401, challenge]);
      const headers = { authorization: `Bearer ${tokens.issue(`repository:${gun}:pull`)}` };
      assert.equal((await get(other, `${tuf}/root.json`, { headers })).status, 200);
    } finally {
      await other.stop();
      await tokens.close();
    }
  });

  describe("its tampering proxy", () => {
    const app = "acme/proxied";
    const at = `/v2/${app}/_trust/tuf`;
    let signer: NotaryClient;
    before(async () => {
      signer = newClient(server.url);
      await signer.init(app);
      await signer.addHash(app, "1", 1, hex);
    });
    afterEach(() => proxy.forward());

    it("passes requests on and records them", async () => {
      const from = proxy.requests.length;
      assert.deepEqual(await newClient(proxy.url).lookup(app, "1"), { digest, size: 1 });
      const names = proxy.paths().slice(from);
      assert.deepEqual(names.slice(0, 3), ["/v2/", `${at}/root.json`, `${at}/timestamp.json`]);
      assert.match(names[3] ?? "", /\/snapshot\.[0-9a-f]{64}\.json$/);
      assert.match(names[4] ?? "", /\/targets\.[0-9a-f]{64}\.json$/);
    });

    it("changes answers", async () => {
      const seen: number[] = [];
      proxy.tamper(async ({ path }, answer) => {
        seen.push(answer.status);
        if (!path.includes("/targets.")) return answer;
        return { ...answer, body: Buffer.from(String(answer.body).replace('"length":1', '"length":2')) };
      });
      assert.match((await newClient(proxy.url).run("lookup", app, "1")).stdout, /fatal.*checksum/);
      assert.deepEqual([...new Set(seen)], [200]);
    });

    it("replays what it has recorded", async () => {
      const client = newClient(proxy.url);
      await client.lookup(app, "1");
      await proxy.fetch(`${at}/1.root.json`);
      const recording = proxy.record();
      assert.ok(recording.has(`${at}/1.root.json`));
      await signer.addHash(app, "2", 2, hex);
      proxy.replay(recording);
      assert.match((await newClient(proxy.url).run("lookup", app, "2")).stdout, /No valid trust data for 2/);
      proxy.forward();
      assert.deepEqual(await client.lookup(app, "2"), { digest, size: 2 });
      proxy.replay(recording, (path) => path.endsWith("/timestamp.json"));
      assert.match((await client.run("lookup", app, "2")).stdout, /fatal.*version/);
    });

    it("answers 404, not at all or without end", async () => {
      proxy.refuse("missing");
      assert.equal((await get(proxy, `${at}/root.json`)).status, 404);
      proxy.refuse("endless", (path) => path.endsWith("/timestamp.json"));
      assert.equal((await newClient(proxy.url).run("lookup", app, "1")).status, 1);
      proxy.refuse("hang");
      const controller = new AbortController();
      const asked = proxy.nextRequest();
      const outcome = assert.rejects(get(proxy, "/v2/", { signal: controller.signal }), { name: "AbortError" });
      assert.equal((await asked).path, "/v2/");
      controller.abort();
      await outcome;
    });
  });

  describe("a repository made within the process", () => {
    const combinations: readonly { root: KeyKind; others: KeyKind }[] = [
      { root: "ecdsa-x509", others: "ecdsa" },
      { root: "rsa-x509", others: "rsa" },
      { root: "ecdsa-x509", others: "ed25519" },
      { root: "ecdsa-x509", others: "ecdsa-x509" },
      { root: "rsa-x509", others: "rsa-x509" },
    ];
    afterEach(() => proxy.forward());

    for (const { root, others } of combinations) {
      it(`is taken by the real client: ${root}, ${others}`, async () => {
        const kinds = { root, targets: others, snapshot: others, timestamp: others };
        const repository = new Repository({ gun: "acme/made", kinds });
        repository.targets.targets["1"] = targetOf(hex, 1234);
        const releases = repository.delegate("targets/releases", createKey(others));
        releases.targets["2"] = targetOf(hex, 99);
        if (others.startsWith("rsa")) releases.signers = releases.keys.map((key) => ({ key, method: "rsapkcs1v15" }));
        repository.publish();
        const client = newClient(proxy.url);
        proxy.replay(repository.recording());
        assert.deepEqual(await client.lookup("acme/made", "1"), { digest, size: 1234 });
        assert.deepEqual(await client.lookup("acme/made", "2"), { digest, size: 99 });

        repository.rotateRoot();
        repository.snapshot.version++;
        repository.timestamp.version++;
        repository.publish();
        proxy.replay(repository.recording());
        assert.deepEqual(await client.lookup("acme/made", "1"), { digest, size: 1234 });
      });
    }

    it("is refused by the real client where it lies", async () => {
      const repository = new Repository({ gun: "acme/lie" });
      repository.targets.targets["1"] = targetOf(hex, 1);
      repository.targets.signers = [
        { key: createKey("ecdsa"), keyId: repository.targets.keys[0]?.id ?? assert.fail() },
      ];
      repository.publish();
      proxy.replay(repository.recording());
      assert.match((await newClient(proxy.url).run("lookup", "acme/lie", "1")).stdout, /fatal/);
      repository.targets.signers = null;
      repository.timestamp.edit = (body) => Object.assign(body, { expires: "2020-01-01T00:00:00Z" });
      repository.publish();
      proxy.replay(repository.recording());
      assert.match((await newClient(proxy.url).run("lookup", "acme/lie", "1")).stdout, /fatal.*expired/);
    });
  });
});

/**
 * Fetches all metadata of a GUN and checks its form and every signature, with the keys and the encoder of the bench.
 * @returns the methods of the signatures by role
 */
async function verifyEverything(server: NotaryServer, gun: string): Promise<Record<string, string[]>> {
  const fetchRole = async (role: string) => (await get(server, `/v2/${gun}/_trust/tuf/${role}.json`)).body;
  const { signed: root } = JSON.parse(String(await fetchRole("root"))) as SignedFile<RootBody>;
  const { signed: targets } = JSON.parse(String(await fetchRole("targets"))) as SignedFile<TargetsBody>;
  const { signed: snapshot } = JSON.parse(String(await fetchRole("snapshot"))) as SignedFile<SnapshotBody>;
  const keys: Record<string, WireKey> = { ...root.keys, ...targets.delegations.keys };
  for (const [id, key] of Object.entries(keys)) assert.equal(keyIdOf(key), id);
  const methods: Record<string, string[]> = {};
  for (const role of ["timestamp", "snapshot", ...Object.keys(snapshot.meta)]) {
    const bytes = await fetchRole(role);
    const { signed, signatures } = JSON.parse(String(bytes)) as SignedFile;
    const canonical = canonicalJson(signed);
    assert.equal(String(bytes), `{"signed":${canonical},"signatures":${JSON.stringify(signatures)}}`);
    for (const signature of signatures) {
      const key = keys[signature.keyid] ?? assert.fail(`${role} is signed by a key that is not listed`);
      assert.ok(isSignatureOf(key, signature, canonical), `${signature.method} of ${role}`);
      assert.ok(!isSignatureOf(key, signature, Buffer.from(`${canonical} `)));
    }
    methods[role] = signatures.map(({ method }) => method);
    if (role in snapshot.meta) assert.deepEqual(snapshot.meta[role], fileMetaOf(bytes));
  }
  return methods;
}

async function get(
  { url, authority }: { readonly url: string; readonly authority: Authority },
  path: string,
  options: { readonly headers?: Record<string, string>; readonly signal?: AbortSignal } = {},
) {
  const asked = request(new URL(url), { path, agent: false, ca: authority.ca, ...options });
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}
