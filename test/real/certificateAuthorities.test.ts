import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { rootCertificates } from "node:tls";
import { promisify } from "node:util";
import { createLocalRegistry } from "../../server/src/localRegistry";
import {
  parseCertificateAuthorities,
  readDefaultAuthorities,
  readSystemAuthorities,
} from "../../server/src/registry/http/certificateAuthorities";
import type { HttpRequest, Transport } from "../../server/src/registry/http/http";
import type { ForwardProxy } from "../../server/src/registry/http/proxies";
import { createTransport } from "../../server/src/registry/http/transport";
import { type Certificate, createCertificate } from "../support/certificate";
import { failureOf, referenceTo, registryClient } from "../support/registryClients";
import { skipUnlessInstalled } from "../support/system";

const [root = "", anotherRoot = ""] = rootCertificates;
const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

describe("parseCertificateAuthorities", () => {
  it("finds every certificate, whatever stands between them", () => {
    const texts = [`# ours\n${root}\nand\r\n${anotherRoot.replaceAll("\n", "\r\n")}\r\nend`, root];
    assert.equal(parseCertificateAuthorities(texts).length, 3);
    assert.deepEqual(parseCertificateAuthorities([]), []);
  });

  const refused: [string, string][] = [
    ["nothing", ""],
    ["words", "not a certificate"],
    ["a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"],
    ["a request", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"],
    ["a broken certificate", broken],
    ["a broken one behind a good one", `${root}\n${broken}`],
    ["one that was cut off", `${root}\n${anotherRoot.slice(0, -100)}`],
  ];
  for (const [name, text] of refused) {
    it(`refuses ${name}`, async () => {
      await failureOf(
        Promise.resolve().then(() => parseCertificateAuthorities([root, text])),
        "tls",
      );
    });
  }

  it("says what is wrong", () => {
    const start = "RegistryError: An added certificate authority can't be read:";
    assert.throws(
      () => parseCertificateAuthorities([""]),
      (error) => `${error}` === `${start} it holds no certificate in PEM form.`,
    );
    assert.throws(
      () => parseCertificateAuthorities([broken]),
      (error) => `${error}` === `${start} it holds a certificate that is broken.`,
    );
  });
});

describe("readSystemAuthorities", () => {
  let directory: string;
  const { SSL_CERT_FILE, SSL_CERT_DIR } = process.env;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "system-authorities-"));
    await writeFile(join(directory, "bundle.pem"), `# one\n${root}\n${broken}`);
    await writeFile(join(directory, "empty.pem"), "");
    const folder = join(directory, "folder");
    await mkdir(folder);
    await writeFile(join(folder, "root.pem"), root);
    await writeFile(join(folder, "another.pem"), anotherRoot);
    await writeFile(join(folder, "README"), "not a certificate");
    await symlink("another.pem", join(folder, "0a1b2c3d.0"));
    await symlink("missing.pem", join(folder, "4e5f6071.0"));
  });
  after(() => rm(directory, { recursive: true }));
  afterEach(() => {
    setEnvironment({ SSL_CERT_FILE, SSL_CERT_DIR });
  });

  function setEnvironment(values: Record<string, string | undefined>): void {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }

  /** @param names within the directory */
  async function found(file: string | null, ...folders: string[]): Promise<readonly string[]> {
    setEnvironment({
      SSL_CERT_FILE: file === null ? undefined : join(directory, file),
      SSL_CERT_DIR: folders.length === 0 ? undefined : folders.map((name) => join(directory, name)).join(delimiter),
    });
    return (await readSystemAuthorities()).map((text) => text.trim());
  }

  it("reads the bundle and the folders that the environment names, each certificate once", async () => {
    const [one, another] = [root.trim(), anotherRoot.trim()];
    assert.deepEqual(await found("bundle.pem", "missing"), [one, broken.trim()]);
    assert.deepEqual(new Set(await found("missing.pem", "missing", "folder")), new Set([one, another]));
    const both = await found("bundle.pem", "folder");
    assert.deepEqual([both.length, new Set(both)], [3, new Set([one, broken.trim(), another])]);
  });

  it("finds nothing where the environment names nothing that is there", async () => {
    assert.deepEqual(await found("missing.pem", "missing"), []);
    assert.deepEqual(await found("empty.pem", "missing"), []);
  });

  it("finds what the system has where the environment names nothing", async () => {
    for (const text of await found(null)) assert.match(text, /^-----BEGIN /);
  });
});

describe("a server whose authority the user added", () => {
  let directory: string;
  let own: Certificate;
  let foreign: Certificate;
  let server: Server;
  let handshakes = 0;
  /** Called at each request; the answer waits for it. */
  let received: () => Promise<void> | void = () => {};

  before(async function () {
    const openssl = skipUnlessInstalled(this, "openssl");
    directory = await mkdtemp(join(tmpdir(), "authorities-"));
    own = await createCertificate(openssl, directory);
    foreign = await createCertificate(openssl, await mkdtemp(join(directory, "foreign-")));
    server = createServer({ cert: own.certificate, key: own.key }, async (_, response) => {
      await received();
      response.end("answered");
    });
    server.keepAliveTimeout = 0;
    server.on("secureConnection", () => handshakes++);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  after(async () => {
    server?.closeAllConnections();
    server?.close();
    if (directory !== undefined) await rm(directory, { recursive: true });
  });
  beforeEach(() => {
    handshakes = 0;
    received = () => {};
  });

  const port = () => (server.address() as AddressInfo).port;

  async function send(transport: Transport, ...certificateAuthorities: string[]): Promise<string> {
    const request: HttpRequest = {
      method: "GET",
      url: new URL(`https://localhost:${port()}/`),
      headers: {},
      timeLimit: 5_000,
      bodyLimit: 1_000,
      signal: new AbortController().signal,
      ...(certificateAuthorities.length > 0 && { certificateAuthorities }),
    };
    return (await transport.send(request)).body.toString();
  }

  it("is trusted with it, by the request or by the whole transport", async () => {
    assert.equal(await send(createTransport(), own.certificate), "answered");
    assert.equal(await send(createTransport(), foreign.certificate, own.certificate), "answered");
    const transport = createTransport({ certificateAuthorities: [own.certificate] });
    assert.equal(await send(transport), "answered");
    assert.equal(await send(transport, foreign.certificate), "answered");
  });

  it("is refused without it", async () => {
    await failureOf(send(createTransport()), "tls");
    await failureOf(send(createTransport(), foreign.certificate), "tls");
    await failureOf(send(createTransport({ certificateAuthorities: [foreign.certificate] })), "tls");
  });

  it("is refused by a later request without it, though a connection is open", async () => {
    const transport = createTransport();
    assert.equal(await send(transport, own.certificate), "answered");
    await failureOf(send(transport), "tls");
    await failureOf(send(transport, foreign.certificate), "tls");
    assert.equal(await send(transport, own.certificate), "answered");
    assert.equal(handshakes, 1);
  });

  it("shares connections among requests with the same authorities, in any order", async () => {
    const transport = createTransport({ certificateAuthorities: [own.certificate] });
    await send(transport, root, anotherRoot);
    await send(transport, anotherRoot, own.certificate, root);
    assert.equal(handshakes, 1);
  });

  it("is not asked where an authority can't be read", async () => {
    await failureOf(send(createTransport(), own.certificate, broken), "tls");
    await failureOf(send(createTransport({ certificateAuthorities: [""] }), own.certificate), "tls");
    assert.equal(handshakes, 0);
  });

  it("is not asked by http where an authority can't be read", async () => {
    const connections: string[] = [];
    const note = () => connections.push("connection");
    server.on("connection", note);
    const transport = createTransport({ certificateAuthorities: [broken] });
    await failureOf(registryClient({ transport }).resolve(referenceTo(`localhost:${port()}/acme/app:1`)), "tls");
    server.off("connection", note);
    assert.deepEqual(connections, []);
  });

  it("answers a local registry client that was given the authority", async () => {
    const ports = { report: (problem: string) => assert.fail(problem), folders: () => [] };
    const { transport } = createLocalRegistry({ ...ports, certificateAuthorities: [own.certificate] });
    assert.equal(await send(transport), "answered");
    await failureOf(send(createLocalRegistry(ports).transport), "tls");
  });

  it("finishes its answer when its agent makes room, and is not kept open after that", async () => {
    let proxy: ForwardProxy | null = null;
    const transport = createTransport({
      certificateAuthorities: [own.certificate],
      proxies: { proxyFor: () => proxy },
    });
    let answer = () => {};
    const arrived = new Promise<void>((resolve) => {
      received = () => {
        resolve();
        received = () => {};
        return new Promise((go) => {
          answer = go;
        });
      };
    });
    const closed: string[] = [];
    server.once("secureConnection", (socket) => socket.on("close", () => closed.push("in use")));
    const slow = send(transport);
    await arrived;
    server.once("secureConnection", (socket) => socket.on("close", () => closed.push("idle")));
    await send(transport, root);
    for (let other = 0; other < 32; other++) {
      proxy = { url: new URL("http://127.0.0.1:1"), authorization: `${other}` };
      await failureOf(send(transport), "unreachable");
    }
    await until(() => closed.length === 1);
    answer();
    assert.equal(await slow, "answered");
    await until(() => closed.length === 2);
    assert.deepEqual(closed, ["idle", "in use"]);
  });

  it("does not take the place of Node's own authorities", async () => {
    const defaults = new Set(await readDefaultAuthorities());
    assert.ok(rootCertificates.every((certificate) => defaults.has(certificate)));
    const authority = join(directory, "foreign.pem");
    await writeFile(authority, foreign.certificate);
    const transport = join(import.meta.dirname, "../../server/src/registry/http/transport.ts");
    const script = `
      const { createTransport } = require(${JSON.stringify(transport)});
      const added = require("node:fs").readFileSync(${JSON.stringify(authority)}, "utf8");
      const url = new URL("https://localhost:${port()}/");
      const rest = { headers: {}, timeLimit: 5000, bodyLimit: 1000, signal: new AbortController().signal };
      const send = (certificateAuthorities) =>
        createTransport({ certificateAuthorities }).send({ method: "GET", url, ...rest });
      Promise.all([send([]), send([added])]).then((answers) => console.log(...answers.map(({ status }) => status)));`;
    const parameters = ["--import=tsx", "--input-type=commonjs", "--eval", script];
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: own.path };
    const { stdout } = await promisify(execFile)(process.execPath, parameters, { env });
    assert.equal(stdout, "200 200\n");
  });

  it("minds no NODE_EXTRA_CA_CERTS that is missing", async () => {
    const before = process.env.NODE_EXTRA_CA_CERTS;
    process.env.NODE_EXTRA_CA_CERTS = join(directory, "missing.pem");
    try {
      assert.equal(await send(createTransport(), own.certificate), "answered");
    } finally {
      if (before === undefined) delete process.env.NODE_EXTRA_CA_CERTS;
      else process.env.NODE_EXTRA_CA_CERTS = before;
    }
  });
});

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 2));
}
