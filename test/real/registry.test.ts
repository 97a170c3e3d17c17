import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCredentialSource } from "../../server/src/registry/login/credentials";
import { localMachine } from "../../server/src/registry/machine";
import { createCertificate } from "../support/certificate";
import { type DockerRegistry, startDockerRegistry } from "../support/dockerRegistry";
import { failureOf, referenceTo, registryClient } from "../support/registryClients";
import { digestOfBytes, OCI_INDEX, sampleImage } from "../support/sampleImages";
import { skipUnlessInstalled } from "../support/system";
import { startTokenServer, type TokenServer } from "../support/tokenServer";

const image = sampleImage("acme/app", ["1", "latest"]);
const login = `Basic ${Buffer.from("bob:s3cret").toString("base64")}`;
/** bcrypt, the only form that docker-registry takes. */
const htpasswd = "bob:$2y$05$9vkRtxgWTj6k3QfKXZT.Ru04XGRiX83d12.sQpYov3vX11frOMcjC";

/** The login of bob in a docker configuration of its own, for that registry. */
async function credentialsIn(directory: string, registry: string, password: string) {
  const auth = Buffer.from(`bob:${password}`).toString("base64");
  await writeFile(join(directory, "config.json"), JSON.stringify({ auths: { [registry]: { auth } } }));
  return createCredentialSource({
    machine: { ...localMachine(), environment: { DOCKER_CONFIG: directory }, homeDirectory: directory },
    excludedDirectories: () => [],
    report: (problem) => assert.fail(problem),
    now: () => 0,
  });
}

describe("a real docker-registry", () => {
  let registry: DockerRegistry | undefined;
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "docker-configuration-"));
  });
  afterEach(async () => {
    await registry?.stop();
    registry = undefined;
    await rm(directory, { recursive: true });
  });

  it("answers for tags, digests, indexes and manifests", async function () {
    registry = await startDockerRegistry(skipUnlessInstalled(this, "docker-registry"));
    await registry.push(image);
    const client = registryClient();
    const reference = referenceTo(`${registry.host}/acme/app:1`);
    const descriptor = { digest: digestOfBytes(image.root.body), mediaType: OCI_INDEX, size: image.root.body.length };
    const expected = { ...descriptor, mirror: null, answeredAt: new Date(0) };
    assert.deepEqual(await client.resolve(reference), expected);
    assert.deepEqual(await client.resolve(referenceTo(`${registry.host}/acme/app`)), expected);
    assert.deepEqual(await client.resolve(referenceTo(`${registry.host}/acme/app@${expected.digest}`)), expected);
    const { platforms, children, ...index } = await client.fetchManifest(reference, expected.digest);
    assert.deepEqual(index, {
      ...descriptor,
      kind: "index",
      artifactType: "",
      configuration: null,
      annotations: new Map(),
    });
    assert.deepEqual(platforms, [
      { os: "linux", architecture: "amd64", variant: null },
      { os: "linux", architecture: "arm64", variant: "v8" },
    ]);
    const [child] = children;
    const manifest = await client.fetchManifest(reference, child?.digest ?? assert.fail());
    assert.equal(manifest.kind, "manifest");
    assert.deepEqual(await client.fetchConfiguration(reference, manifest.configuration ?? assert.fail()), {
      created: null,
    });
    assert.deepEqual(await client.listTags(reference), { tags: ["1", "latest"], isComplete: true });
    await failureOf(client.resolve(referenceTo(`${registry.host}/acme/app:2`)), "not-found");
    await failureOf(client.resolve(referenceTo(`${registry.host}/acme/missing:1`)), "not-found");
    await failureOf(client.fetchManifest(reference, digestOfBytes(Buffer.from("missing"))), "not-found");
  });

  it("takes a Basic login from the docker configuration", async function () {
    registry = await startDockerRegistry(skipUnlessInstalled(this, "docker-registry"), async (files) => {
      const path = join(files, "htpasswd");
      await writeFile(path, `${htpasswd}\n`);
      return { htpasswd: { realm: "test", path } };
    });
    await registry.push(image, login);
    const reference = referenceTo(`${registry.host}/acme/app:1`);
    const credentials = await credentialsIn(directory, registry.host, "s3cret");
    assert.equal((await registryClient({ credentials }).resolve(reference)).digest, image.root.digest);
    await failureOf(registryClient().resolve(reference), "unauthorized");
    const wrong = await credentialsIn(directory, registry.host, "wrong");
    await failureOf(registryClient({ credentials: wrong }).resolve(reference), "unauthorized");
  });

  it("takes the token of its token server", async function () {
    const openssl = skipUnlessInstalled(this, "openssl");
    const tokens: TokenServer = await startTokenServer(openssl, directory, login);
    try {
      const program = skipUnlessInstalled(this, "docker-registry");
      registry = await startDockerRegistry(program, async () => tokens.configuration);
      await registry.push(image, `Bearer ${tokens.issue("repository:acme/app:pull,push")}`);
      const reference = referenceTo(`${registry.host}/acme/app:1`);
      const credentials = await credentialsIn(directory, registry.host, "s3cret");
      const client = registryClient({ credentials });
      assert.equal((await client.resolve(reference)).digest, image.root.digest);
      assert.equal((await client.fetchManifest(reference, image.root.digest)).platforms.length, 2);
      assert.deepEqual(tokens.logins, [login]);
      await failureOf(registryClient().resolve(reference), "unauthorized");
    } finally {
      await tokens.close();
    }
  });

  it("is not asked by http where its certificate is not trusted", async function () {
    const { certificate, key } = await createCertificate(skipUnlessInstalled(this, "openssl"), directory);
    const requests: string[] = [];
    const server = createServer({ cert: certificate, key }, ({ url = "" }, response) => {
      requests.push(url);
      response.end();
    });
    const connections: string[] = [];
    server.on("connection", () => connections.push("connection"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await failureOf(registryClient().resolve(referenceTo(`127.0.0.1:${port}/acme/app:1`)), "tls");
    // Node's own authorities were tried, and then the system's.
    assert.deepEqual([requests, connections], [[], ["connection", "connection"]]);
    await new Promise((resolve) => server.close(resolve));
  });
});
