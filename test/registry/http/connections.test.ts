/** On whose word, through whom and how deep into the network the transport connects. Over real sockets on loopback. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { promisify } from "node:util";
import type { Lookup } from "../../../server/src/registry/http/agents";
import type { HttpRequest } from "../../../server/src/registry/http/http";
import { createTransport } from "../../../server/src/registry/http/transport";
import { type Authority, createAuthority, type KeyAndCertificate } from "../../support/notary/authority";
import { assertTellsNone, failureOf } from "../../support/registryClients";
import { skipUnlessInstalled } from "../../support/system";

const transportPath = join(import.meta.dirname, "../../../server/src/registry/http/transport.ts");
const login = "Basic cHJveHk6czNjcmV0";

describe("the transport's connections", () => {
  let directory: string;
  let authority: Authority;
  let server: Server;
  let port: number;
  let connections = 0;
  const received: IncomingMessage[] = [];
  const closing: { close(): unknown; closeAllConnections?(): void }[] = [];

  before(async function () {
    directory = await mkdtemp(join(tmpdir(), "digest-pin-connections-"));
    authority = await createAuthority(skipUnlessInstalled(this, "openssl"), directory);
    const { key, certificate } = await authority.issueForLocalhost("server");
    server = createHttpsServer({
      key,
      cert: certificate,
      ca: authority.ca,
      requestCert: true,
      rejectUnauthorized: false,
    });
    server.on("request", (message, response) => {
      received.push(message);
      const shown = (message.socket as TLSSocket).getPeerCertificate().subject?.CN ?? "nobody";
      response.end(message.url === "/who" ? shown : "hello");
    });
    server.on("connection", () => connections++);
    port = await listen(server);
  });
  after(async () => {
    server?.closeAllConnections();
    server?.close();
    await rm(directory, { recursive: true, force: true });
  });
  beforeEach(() => {
    received.length = 0;
    connections = 0;
  });
  afterEach(() => {
    for (const each of closing.splice(0)) {
      each.closeAllConnections?.();
      each.close();
    }
  });

  async function listen(listening: Server | ReturnType<typeof createTcpServer>): Promise<number> {
    listening.listen(0, "127.0.0.1");
    await once(listening, "listening");
    return (listening.address() as AddressInfo).port;
  }

  function request(changes: Partial<HttpRequest> = {}): HttpRequest {
    return {
      method: "GET",
      url: new URL(`https://localhost:${port}/`),
      headers: { Authorization: "Bearer s3cret" },
      timeLimit: 5_000,
      bodyLimit: 1_000,
      signal: new AbortController().signal,
      ...changes,
    };
  }
  const trusting = (): Partial<HttpRequest> => ({ certificateAuthorities: [authority.ca] });

  /** Every name stands for `address`, and the connection goes to loopback where the transport takes that. */
  const standingFor = (...addresses: string[]): Lookup => {
    return (_hostname, _options, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      );
  };

  it("tell the address that an answer came from", async () => {
    const { address } = await createTransport().send(request(trusting()));
    assert.match(address ?? "", /^(::ffff:)?127\.0\.0\.1$|^::1$/);
  });

  describe("on whose word", () => {
    it("need an authority that is trusted", async () => {
      const transport = createTransport();
      await failureOf(transport.send(request()), "tls");
      assert.equal((await transport.send(request(trusting()))).status, 200);
      await failureOf(transport.send(request()), "tls");
      assert.equal(received.length, 1);
    });

    it("trust the authorities of the system, where those of Node do not vouch for the server", async () => {
      const before = process.env.SSL_CERT_FILE;
      process.env.SSL_CERT_FILE = authority.caPath;
      try {
        const transport = createTransport();
        for (let round = 0; round < 2; round++) assert.equal((await transport.send(request())).status, 200);
        // One handshake that failed, and one connection for both requests.
        assert.equal(connections, 2);
      } finally {
        if (before === undefined) delete process.env.SSL_CERT_FILE;
        else process.env.SSL_CERT_FILE = before;
      }
    });

    it("ask again for the system's authorities each time that they do not help", async () => {
      const transport = createTransport();
      for (let round = 0; round < 2; round++) await failureOf(transport.send(request()), "tls");
      assert.equal((await transport.send(request(trusting()))).status, 200);
      assert.equal((await transport.send(request(trusting()))).status, 200);
      assert.equal(connections, 5);
    });

    it("need none where the user calls the host insecure, and share no connection with those that do", async () => {
      const transport = createTransport();
      assert.equal((await transport.send(request({ isInsecure: true }))).status, 200);
      await failureOf(transport.send(request()), "tls");
      assert.equal((await transport.send(request(trusting()))).status, 200);
      assert.equal(received.length, 2);
    });

    it("show the client's certificate where it is meant for the host, and on no other connection", async () => {
      const { certificate, key } = await authority.issueForLocalhost("client");
      const who = { ...trusting(), url: new URL(`https://localhost:${port}/who`) };
      const transport = createTransport();
      const shown = { ...who, clientCertificate: { certificate, key } };
      assert.equal((await transport.send(request(shown))).body.toString(), "localhost");
      assert.equal((await transport.send(request(who))).body.toString(), "nobody");
    });

    it("refuse a key that can't be read, and tell nothing of it", async () => {
      const { certificate } = await authority.issueForLocalhost("client");
      const clientCertificate = { certificate, key: "-----BEGIN s3cret" };
      const work = createTransport().send(request({ ...trusting(), clientCertificate }));
      const error = await failureOf(work, "tls");
      assertTellsNone(error, ["s3cret"]);
    });
  });

  describe("how deep a link may lead", () => {
    const from = (address: string | null) => ({ url: new URL("https://registry.example"), address });
    const refused: [string, string | null, string[]][] = [
      ["a private address", "93.184.216.34", ["10.0.0.1"]],
      ["loopback", "93.184.216.34", ["127.0.0.1"]],
      ["loopback in IPv6", "93.184.216.34", ["::1"]],
      ["loopback in an IPv6 address", "93.184.216.34", ["::ffff:127.0.0.1"]],
      ["cloud metadata", "93.184.216.34", ["169.254.169.254"]],
      ["cloud metadata, named from loopback", "127.0.0.1", ["169.254.169.254"]],
      ["one of several", "93.184.216.34", ["93.184.216.35", "10.0.0.1"]],
      ["loopback, from a private network", "10.0.0.5", ["127.0.0.1"]],
      ["a private address, by a server of unknown address", null, ["192.168.0.1"]],
    ];
    for (const [name, address, landed] of refused) {
      it(`refuses ${name} before anything is sent`, async () => {
        const transport = createTransport({ lookup: standingFor(...landed) });
        const url = new URL(`https://cdn.example:${port}/`);
        const error = await failureOf(
          transport.send(request({ ...trusting(), url, linkedFrom: from(address) })),
          "refused-address",
        );
        assert.match(error.message, /registry\.example led to cdn\.example/);
        assert.equal(connections, 0);
      });
    }

    it("connects to loopback where the server that named the host is there", async () => {
      const transport = createTransport({ lookup: standingFor("127.0.0.1") });
      const linked = { ...trusting(), linkedFrom: from("127.0.0.2") };
      assert.equal((await transport.send(request(linked))).status, 200);
    });

    it("keeps the connection of a link apart from one that the user asked for", async () => {
      const transport = createTransport({ lookup: standingFor("127.0.0.1") });
      await transport.send(request(trusting()));
      const linked = request({ ...trusting(), linkedFrom: from("93.184.216.34") });
      await failureOf(transport.send(linked), "refused-address");
      assert.equal(received.length, 1);
    });

    for (const literal of ["10.0.0.1", "127.0.0.1", "169.254.169.254", "[::1]", "[::ffff:7f00:1]"]) {
      it(`refuses ${literal}, which nobody looks up`, async () => {
        const transport = createTransport({ lookup: () => assert.fail("looked up") });
        const url = new URL(`https://${literal}:${port}/`);
        await failureOf(transport.send(request({ ...trusting(), url, linkedFrom: from(null) })), "refused-address");
        assert.equal(connections, 0);
      });
    }

    it("tries all addresses of a link's name", async () => {
      const transport = createTransport({ lookup: standingFor("::1", "127.0.0.1") });
      const answer = await transport.send(request({ ...trusting(), linkedFrom: from("::1") }));
      assert.equal(answer.address, "127.0.0.1");
    });

    it("looks up a name that does not exist without harm", async () => {
      const transport = createTransport({ lookup: standingFor() });
      await failureOf(transport.send(request({ linkedFrom: from(null) })), "unreachable");
    });
  });

  describe("through a proxy", () => {
    const through = (url: URL, authorization: string | null = null) => ({ proxyFor: () => ({ url, authorization }) });

    /** Takes `CONNECT`, notes it, and passes on to the server; or answers with `status`. */
    async function startProxy({ status = 200, tls = null }: { status?: number; tls?: KeyAndCertificate | null } = {}) {
      const seen: { target: string; headers: IncomingHttpHeaders }[] = [];
      const passed: Buffer[] = [];
      const tunnels: Socket[] = [];
      const proxy = tls === null ? createHttpServer() : createHttpsServer({ key: tls.key, cert: tls.certificate });
      proxy.on("connect", ({ url = "", headers }, client: Socket) => {
        seen.push({ target: url, headers });
        client.on("error", () => {});
        tunnels.push(client);
        closing.push({ close: () => client.destroy() });
        if (status !== 200) return client.end(`HTTP/1.1 ${status} No\r\nWWW-Authenticate: Basic\r\n\r\n`);
        const upstream = connect(port, "127.0.0.1", () => {
          client.write("HTTP/1.1 200 OK\r\n\r\n");
          client.on("data", (chunk: Buffer) => passed.push(chunk));
          client.pipe(upstream).pipe(client);
        });
        upstream.on("error", () => client.destroy());
        client.on("close", () => upstream.destroy());
      });
      const proxyPort = await listen(proxy);
      closing.push(proxy);
      return { seen, passed, tunnels, url: new URL(`${tls === null ? "http" : "https"}://localhost:${proxyPort}`) };
    }

    it("ask the host by a tunnel, with the authorities and the connection kept", async () => {
      const { seen, passed, url } = await startProxy();
      const transport = createTransport({ proxies: through(url) });
      for (let round = 0; round < 2; round++) {
        const answer = await transport.send(request(trusting()));
        assert.deepEqual([answer.status, answer.address], [200, null]);
      }
      const headers = { host: `localhost:${port}`, connection: "close" };
      assert.deepEqual(seen, [{ target: `localhost:${port}`, headers }]);
      assert.ok(!Buffer.concat(passed).includes("s3cret"));
      assert.equal(received[1]?.headers.authorization, "Bearer s3cret");
    });

    it("trust there whom they trust without one, and nobody else", async () => {
      const transport = createTransport({ proxies: through((await startProxy()).url) });
      await failureOf(transport.send(request()), "tls");
      assert.equal((await transport.send(request({ isInsecure: true }))).status, 200);
      assert.equal((await transport.send(request(trusting()))).status, 200);
      await failureOf(transport.send(request()), "tls");
      assert.equal(received.length, 2);
    });

    it("show the client's certificate to the host", async () => {
      const { certificate, key } = await authority.issueForLocalhost("client");
      const transport = createTransport({ proxies: through((await startProxy()).url) });
      const url = new URL(`https://localhost:${port}/who`);
      const answer = await transport.send(request({ ...trusting(), url, clientCertificate: { certificate, key } }));
      assert.equal(answer.body.toString(), "localhost");
    });

    it("show the proxy's login to the proxy alone", async () => {
      const { seen, url } = await startProxy();
      await createTransport({ proxies: through(url, login) }).send(request(trusting()));
      assert.equal(seen[0]?.headers["proxy-authorization"], login);
      assert.equal(seen[0]?.headers.authorization, undefined);
      assert.equal(received[0]?.headers["proxy-authorization"], undefined);
    });

    it("reach a proxy by https where an authority of the transport vouches for it", async () => {
      const { seen, url } = await startProxy({ tls: await authority.issueForLocalhost("proxy") });
      const transport = createTransport({ proxies: through(url, login), certificateAuthorities: [authority.ca] });
      for (let round = 0; round < 2; round++) assert.equal((await transport.send(request())).status, 200);
      assert.equal(seen.length, 1);
    });

    for (const protocol of ["http", "https"]) {
      it(`make another tunnel where the proxy closed an idle one, reached by ${protocol}`, async () => {
        const { seen, url, tunnels } = await startProxy({
          tls: protocol === "https" ? await authority.issueForLocalhost("proxy") : null,
        });
        const transport = createTransport({ proxies: through(url), certificateAuthorities: [authority.ca] });
        for (let round = 1; round <= 3; round++) {
          assert.equal((await transport.send(request())).status, 200);
          assert.equal(seen.length, round);
          for (const tunnel of tunnels.splice(0)) tunnel.destroy();
        }
      });
    }

    it("tell no login to a proxy that nobody vouches for, whatever the host is allowed", async () => {
      const { seen, url } = await startProxy({ tls: await authority.issueForLocalhost("proxy") });
      const insecure = request({ ...trusting(), isInsecure: true });
      const error = await failureOf(createTransport({ proxies: through(url, login) }).send(insecure), "unreachable");
      assert.match(error.message, /through the proxy localhost:\d+ \([A-Z_]+\)/);
      assert.deepEqual(seen, []);
    });

    it("write an address of IPv6 as a host", async () => {
      const { seen, url } = await startProxy({ status: 502 });
      const literal = request({ url: new URL("https://[2606:4700::1]/") });
      await failureOf(createTransport({ proxies: through(url) }).send(literal), "unreachable");
      assert.equal(seen[0]?.target, "[2606:4700::1]:443");
    });

    it("ask by a tunnel where the host speaks no TLS", async () => {
      const { seen, url } = await startProxy({ status: 502 });
      const plain = request({ url: new URL("http://registry.example:5000/") });
      await failureOf(createTransport({ proxies: through(url) }).send(plain), "unreachable");
      assert.equal(seen[0]?.target, "registry.example:5000");
    });

    it("judge the address that a link names, and leave names to the proxy", async () => {
      const { seen, url } = await startProxy();
      const transport = createTransport({ proxies: through(url) });
      const linkedFrom = { url: new URL("https://registry.example"), address: null };
      const literal = request({ url: new URL(`https://10.0.0.1:${port}/`), linkedFrom });
      await failureOf(transport.send(literal), "refused-address");
      assert.deepEqual(seen, []);
      assert.equal((await transport.send(request({ ...trusting(), linkedFrom }))).status, 200);
    });

    for (const [status, words] of [
      [407, /through the proxy localhost:\d+ \(it answered 407: it needs a login\)/],
      [401, /\(it answered 401\)/],
      [503, /\(it answered 503\)/],
    ] as const) {
      it(`take ${status} for the proxy's own word, never for the host's`, async () => {
        const { url } = await startProxy({ status });
        const transport = createTransport({ proxies: through(url, login) });
        const error = await failureOf(transport.send(request(trusting())), "unreachable");
        assert.match(error.message, words);
        assertTellsNone(error, [login, "s3cret"]);
      });
    }

    it("fail where nobody listens", async () => {
      const transport = createTransport({ proxies: through(new URL("http://127.0.0.1:1"), login) });
      const error = await failureOf(transport.send(request(trusting())), "unreachable");
      assert.match(error.message, /through the proxy 127\.0\.0\.1:1 \(ECONNREFUSED\)/);
      assertTellsNone(error, [login]);
    });

    it("end with the request where the proxy hangs", async () => {
      const silent = createTcpServer((socket) => {
        socket.on("error", () => {});
        closing.push({ close: () => socket.destroy() });
      });
      const url = new URL(`http://127.0.0.1:${await listen(silent)}`);
      closing.push(silent);
      const work = createTransport({ proxies: through(url) }).send(request({ ...trusting(), timeLimit: 50 }));
      await failureOf(work, "timed-out");
    });

    for (const protocol of ["http", "https"]) {
      it(`keep no process alive when they are idle, where the proxy is reached by ${protocol}`, async () => {
        const tls = protocol === "https" ? await authority.issueForLocalhost("proxy") : null;
        const { seen, url } = await startProxy({ tls });
        const script = `
          const { createTransport } = require(${JSON.stringify(transportPath)});
          const certificateAuthorities = [require("node:fs").readFileSync(${JSON.stringify(authority.caPath)}, "utf8")];
          const proxies = { proxyFor: () => ({ url: new URL("${url.href}"), authorization: null }) };
          const transport = createTransport({ certificateAuthorities, proxies });
          const { signal } = new AbortController();
          const send = () => {
            const url = new URL("https://localhost:${port}/");
            return transport.send({ method: "GET", url, headers: {}, timeLimit: 5000, bodyLimit: 1000, signal });
          };
          send().then(() => new Promise(setImmediate)).then(send).then(({ status }) => console.log(status));`;
        const parameters = ["--import=tsx", "--input-type=commonjs", "--eval", script];
        const { stdout } = await promisify(execFile)(process.execPath, parameters);
        assert.equal(stdout, "200\n");
        assert.equal(seen.length, 1);
      });
    }
  });
});
