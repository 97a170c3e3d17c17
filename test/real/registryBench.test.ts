/** The real servers that tests of the registry's client are run against do what those tests rely on. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { type CraneRegistry, startCraneRegistry } from "../support/craneRegistry";
import { type DockerRegistry, startDockerRegistry } from "../support/dockerRegistry";
import { type ForwardProxy, startForwardProxy } from "../support/forwardProxy";
import { type Nginx, passingOnTo, startNginx } from "../support/nginx";
import { type Authority, createAuthority } from "../support/notary/authority";
import { OCI_INDEX, sampleImage } from "../support/sampleImages";
import { skipUnlessInstalled } from "../support/system";

const image = sampleImage("acme/app", ["1"]);
const path = "/v2/acme/app/manifests/1";
/** Without it docker-registry answers 404 for an index. */
const accept = { Accept: OCI_INDEX };

describe("the bench of real registries", function () {
  // The first run builds a registry in Go.
  this.timeout(120_000);
  let directory: string;
  let authority: Authority;
  const running: (() => Promise<unknown>)[] = [];
  before(async function () {
    const openssl = skipUnlessInstalled(this, "openssl");
    directory = await mkdtemp(join(tmpdir(), "registry-bench-"));
    authority = await createAuthority(openssl, directory);
  });
  after(() => directory && rm(directory, { recursive: true }));
  afterEach(async () => {
    for (const stop of running.splice(0).reverse()) await stop();
  });

  async function statusByTls(url: string, ca: string): Promise<number | undefined> {
    const [response] = await once(get(url, { ca, headers: accept, agent: false }), "response");
    response.resume();
    return response.statusCode;
  }

  async function startTlsRegistry(context: Mocha.Context): Promise<DockerRegistry> {
    const tls = { ...(await authority.issueForLocalhost("registry")), ca: authority.ca };
    const program = skipUnlessInstalled(context, "docker-registry");
    const registry = await startDockerRegistry(program, undefined, tls);
    running.push(registry.stop);
    await registry.push(image);
    return registry;
  }

  it("has a registry with the referrers API", async function () {
    const registry: CraneRegistry = await startCraneRegistry(this);
    running.push(registry.stop);
    await registry.push(image);
    const answer = await fetch(`http://${registry.host}/v2/acme/app/referrers/${image.root.digest}`);
    assert.equal(answer.status, 200);
    assert.deepEqual(((await answer.json()) as { manifests: unknown }).manifests, []);
    await registry.stop();
    assert.equal(registry.requests.at(-1), `GET /v2/acme/app/referrers/${image.root.digest}`);
  });

  it("has a registry that speaks TLS", async function () {
    const registry = await startTlsRegistry(this);
    assert.equal(await statusByTls(`https://${registry.host}${path}`, authority.ca), 200);
    assert.equal(
      await statusByTls(`https://${registry.host.replace("127.0.0.1", "localhost")}${path}`, authority.ca),
      200,
    );
  });

  it("has certificates that are over", async function () {
    const tls = { ...(await authority.issueExpiredForLocalhost("expired")), ca: authority.ca };
    const registry = await startDockerRegistry(skipUnlessInstalled(this, "docker-registry"), undefined, tls);
    running.push(registry.stop);
    await assert.rejects(statusByTls(`https://${registry.host}${path}`, authority.ca), { code: "CERT_HAS_EXPIRED" });
  });

  it("has a web server that passes requests on, by TLS too, and tells them", async function () {
    const registry = await startTlsRegistry(this);
    const ca = `proxy_ssl_trusted_certificate ${authority.caPath}; proxy_ssl_verify on; proxy_ssl_name localhost;`;
    const server = `${ca} ${passingOnTo(`https://${registry.host}`)}`;
    const tls = await authority.issueForLocalhost("nginx");
    const plain: Nginx = await startNginx(this, { server });
    const secure: Nginx = await startNginx(this, { server, tls });
    const headers = { ...accept, Authorization: "Basic none" };
    const answers = await Promise.all([
      fetch(`http://${plain.host}${path}`, { headers }).then(({ status }) => status),
      statusByTls(`https://${secure.host}/v2/acme/app/manifests/2`, authority.ca),
    ]);
    assert.deepEqual(answers, [200, 404]);
    assert.deepEqual(await plain.stop(), [{ method: "GET", url: path, status: 200, isAuthorized: true }]);
    assert.deepEqual(await secure.stop(), [
      { method: "GET", url: "/v2/acme/app/manifests/2", status: 404, isAuthorized: false },
    ]);
  });

  it("has a proxy that tunnels and passes on, for those with a login where it is to have one", async function () {
    const registry = await startTlsRegistry(this);
    const mirror = await startNginx(this, { server: "return 204;" });
    running.push(mirror.stop);
    const proxy: ForwardProxy = await startForwardProxy(this, { username: "bob", password: "s3cret" });
    const target = { host: "127.0.0.1", port: proxy.port, agent: false };
    const headers = { "Proxy-Authorization": `Basic ${Buffer.from("bob:s3cret").toString("base64")}` };

    const plain = request({ ...target, path: `http://${mirror.host}/x`, headers }).end();
    const [answer] = await once(plain, "response");
    assert.equal(answer.resume().statusCode, 204);

    const refused = request({ ...target, method: "CONNECT", path: registry.host }).end();
    const [refusal] = await once(refused, "connect");
    assert.equal(refusal.statusCode, 407);
    refused.destroy();

    const [accepted, socket] = await once(
      request({ ...target, method: "CONNECT", path: registry.host, headers }).end(),
      "connect",
    );
    assert.equal(accepted.statusCode, 200);
    const tunnel: TLSSocket = connect({ socket, ca: authority.ca, servername: "localhost" });
    await once(tunnel, "secureConnect");
    assert.equal(tunnel.authorized, true);
    tunnel.destroy();

    assert.deepEqual(await proxy.stop(), [
      `GET http://${mirror.host}/x`,
      `CONNECT ${registry.host}`,
      `CONNECT ${registry.host}`,
    ]);
  });
});
