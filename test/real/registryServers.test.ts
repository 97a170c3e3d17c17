/** The registry's client before real servers, set up by the files that users have: mirrors, certificates, logins, proxies. */
import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCertificateFolders } from "../../server/src/registry/configuration/certificateFolders";
import { placesOf } from "../../server/src/registry/configuration/places";
import { createRegistryFiles } from "../../server/src/registry/configuration/registryFiles";
import { withCertificateFolders } from "../../server/src/registry/configuration/trustedFolders";
import { createTransport } from "../../server/src/registry/http/transport";
import { createCredentialSource } from "../../server/src/registry/login/credentials";
import { localMachine, type Machine } from "../../server/src/registry/machine";
import type { Referrer } from "../../server/src/registry/registry";
import { startCraneRegistry } from "../support/craneRegistry";
import { type DockerRegistry, startDockerRegistry } from "../support/dockerRegistry";
import { startForwardProxy } from "../support/forwardProxy";
import { passingOnTo, startNginx } from "../support/nginx";
import { type Authority, createAuthority } from "../support/notary/authority";
import { failureOf, referenceTo, registryClient } from "../support/registryClients";
import { content, descriptorOf, OCI_MANIFEST, sampleImage, sampleManifest } from "../support/sampleImages";
import { skipUnlessInstalled } from "../support/system";

const image = sampleImage("acme/app", ["1", "latest"]);
const login = { username: "bob", password: "s3cret" };
/** The login in bcrypt, the only form that docker-registry takes. */
const htpasswd = "bob:$2y$05$9vkRtxgWTj6k3QfKXZT.Ru04XGRiX83d12.sQpYov3vX11frOMcjC";
/** What a helper prints. */
const answer = JSON.stringify({ Username: login.username, Secret: login.password });

describe("the registry's client before real servers", function () {
  // The first run builds a registry in Go.
  this.timeout(120_000);
  let home: string;
  let authority: Authority;
  const running: (() => Promise<unknown>)[] = [];
  beforeEach(async function () {
    home = await mkdtemp(join(tmpdir(), "registry-servers-"));
    authority = await createAuthority(skipUnlessInstalled(this, "openssl"), join(home));
  });
  afterEach(async () => {
    for (const stop of running.splice(0).reverse()) await stop();
    await rm(home, { recursive: true, force: true });
  });

  /** This computer with the user's folders in `home`, and programs in its `bin` first. */
  function machine(): Machine {
    const environment = { PATH: `${join(home, "bin")}:${process.env.PATH}`, XDG_CONFIG_HOME: join(home, ".config") };
    return { ...localMachine(), environment, homeDirectory: home };
  }
  const reported: string[] = [];
  const ports = () => ({ machine: machine(), now: () => 0, report: (problem: string) => reported.push(problem) });
  const trusting = () => withCertificateFolders(createTransport(), createCertificateFolders(ports()));

  async function write(path: string, text: string): Promise<void> {
    const whole = join(home, path);
    await mkdir(join(whole, ".."), { recursive: true });
    await writeFile(whole, text);
  }

  async function startTls(context: Mocha.Context): Promise<DockerRegistry> {
    const tls = { ...(await authority.issueForLocalhost("registry")), ca: authority.ca };
    const registry = await startDockerRegistry(skipUnlessInstalled(context, "docker-registry"), undefined, tls);
    running.push(registry.stop);
    await registry.push(image);
    return registry;
  }

  it("lists what refers to an image, by the API", async function () {
    const registry = await startCraneRegistry(this);
    running.push(registry.stop);
    await registry.push(image);
    const { manifest, blobs } = sampleManifest("linux", "amd64", "signature");
    const subject = descriptorOf(image.root);
    const value = { ...JSON.parse(manifest.body.toString()), subject, artifactType: "application/x-signature" };
    const referring = content(OCI_MANIFEST, value);
    await registry.push({ repository: "acme/app", tags: [], root: referring, children: [], blobs });
    const client = registryClient();
    const listed = await client.fetchReferrers(referenceTo(`${registry.host}/acme/app:1`), image.root.digest);
    // It tells the configuration's type in place of the artifact's own: only the manifest itself is to be believed.
    assert.deepEqual(
      listed.map(({ digest }: Referrer) => digest),
      [referring.digest],
    );
    assert.deepEqual((await client.listTags(referenceTo(`${registry.host}/acme/app`))).tags, ["1", "latest"]);
    assert.ok(registry.requests.some((request) => request.includes("/referrers/")));
  });

  it("trusts a private authority by certs.d, for its host alone", async function () {
    const registry = await startTls(this);
    const reference = referenceTo(`${registry.host.replace("127.0.0.1", "localhost")}/acme/app:1`);
    await failureOf(registryClient({ transport: trusting() }).resolve(reference), "tls");
    await write(`.config/containers/certs.d/${reference.registry}/ca.crt`, authority.ca);
    assert.equal((await registryClient({ transport: trusting() }).resolve(reference)).digest, image.root.digest);
    await failureOf(
      registryClient({ transport: trusting() }).resolve(referenceTo(`${registry.host}/acme/app:1`)),
      "tls",
    );
  });

  it("shows the client's certificate of certs.d to a server that asks for it", async function () {
    const registry = await startTls(this);
    const verify = `ssl_client_certificate ${authority.caPath}; ssl_verify_client on;`;
    const upstream = `proxy_ssl_trusted_certificate ${authority.caPath}; proxy_ssl_verify on; proxy_ssl_name localhost;`;
    const tls = await authority.issueForLocalhost("nginx");
    const server = `${verify} ${upstream} ${passingOnTo(`https://${registry.host}`)}`;
    const front = await startNginx(this, { server, tls });
    running.push(front.stop);
    const reference = referenceTo(`localhost:${front.port}/acme/app:1`);
    const folder = `.config/containers/certs.d/${reference.registry}`;
    await write(`${folder}/ca.crt`, authority.ca);
    await assert.rejects(registryClient({ transport: trusting() }).resolve(reference));
    const { certificate, key } = await authority.issueForLocalhost("client");
    await write(`${folder}/client.cert`, certificate);
    await write(`${folder}/client.key`, key);
    assert.equal((await registryClient({ transport: trusting() }).resolve(reference)).digest, image.root.digest);
  });

  it("asks a mirror of registries.conf first, and the registry itself where that one is gone", async function () {
    const registry = await startDockerRegistry(skipUnlessInstalled(this, "docker-registry"));
    running.push(registry.stop);
    await registry.push(image);
    const mirror = await startNginx(this, { server: passingOnTo(`http://${registry.host}`) });
    await write(
      ".config/containers/registries.conf",
      `[[registry]]\nlocation = "${registry.host}"\n[[registry.mirror]]\nlocation = "${mirror.host}"\ninsecure = true\n`,
    );
    const reference = referenceTo(`${registry.host}/acme/app:1`);
    const places = placesOf(await createRegistryFiles(ports()).read(), reference, "tag") ?? [];
    assert.deepEqual(
      places.map((place) => [place.registry, place.isMirror]),
      [
        [mirror.host, true],
        [registry.host, false],
      ],
    );
    const resolved = await registryClient({ places }).resolve(reference);
    assert.deepEqual([resolved.digest, resolved.mirror], [image.root.digest, mirror.host]);
    assert.equal((await registryClient({ places }).resolve(reference, { fromOrigin: true })).mirror, null);
    // Before http, TLS is tried.
    const asked = (await mirror.stop()).filter(({ method }) => method !== "");
    assert.deepEqual(asked, [{ method: "HEAD", url: "/v2/acme/app/manifests/1", status: 200, isAuthorized: false }]);
    const alone = await registryClient({ places }).resolve(reference);
    assert.deepEqual([alone.digest, alone.mirror], [image.root.digest, null]);
  });

  it("asks through a proxy with a login, which sees neither the registry's login nor its answers", async function () {
    const registry = await startTls(this);
    const proxy = await startForwardProxy(this, login);
    const authorization = `Basic ${Buffer.from("bob:s3cret").toString("base64")}`;
    const through = (value: string | null) =>
      registryClient({
        transport: createTransport({
          certificateAuthorities: [authority.ca],
          proxies: { proxyFor: () => ({ url: new URL(`http://${proxy.host}`), authorization: value }) },
        }),
      });
    const reference = referenceTo(`${registry.host}/acme/app:1`);
    const { message } = await failureOf(through(null).resolve(reference), "unreachable");
    assert.match(message, /407/);
    assert.equal((await through(authorization).resolve(reference)).digest, image.root.digest);
    assert.deepEqual(new Set(await proxy.stop()), new Set([`CONNECT ${registry.host}`]));
  });

  describe("with a credential helper on PATH", () => {
    async function helper(name: string, script: string): Promise<void> {
      await write(`bin/docker-credential-${name}`, `#!/bin/sh\n${script}\n`);
      await chmod(join(home, "bin", `docker-credential-${name}`), 0o755);
    }
    const credentials = () => createCredentialSource({ ...ports(), now: () => 0, excludedDirectories: () => [] });

    it("brings its login to a registry that asks for one, and to no other", async function () {
      const start = (files: string) => async () => {
        const path = join(files, "htpasswd");
        await writeFile(path, `${htpasswd}\n`);
        return { htpasswd: { realm: "test", path } };
      };
      const registry = await startDockerRegistry(skipUnlessInstalled(this, "docker-registry"), start(home));
      running.push(registry.stop);
      await registry.push(image, `Basic ${Buffer.from("bob:s3cret").toString("base64")}`);
      await helper("real", `read server; echo "$server" >> "${join(home, "asked")}"; echo '${answer}'`);
      await write(".docker/config.json", JSON.stringify({ credHelpers: { [registry.host]: "real" } }));
      const client = registryClient({ credentials: credentials() });
      assert.equal((await client.resolve(referenceTo(`${registry.host}/acme/app:1`))).digest, image.root.digest);
      assert.equal(await credentials().find("other.example", "acme/app", new AbortController().signal), null);
      assert.equal(await readFile(join(home, "asked"), "utf8"), `${registry.host}\n`);
    });

    it("ends one that hangs at its time limit, and says so", async () => {
      await helper("hanging", "exec sleep 600");
      await write(".docker/config.json", JSON.stringify({ credHelpers: { "registry.example": "hanging" } }));
      const { signal } = new AbortController();
      const error = await failureOf(credentials().find("registry.example", "acme/app", signal), "credential-helper");
      assert.match(error.message, /docker-credential-hanging/);
    });
  });
});
