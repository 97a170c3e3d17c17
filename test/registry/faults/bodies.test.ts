/** Bodies and connections that never end, end too early, or are not of the length that was told. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { useFaultBench } from "../../support/faultBench";
import { type Handler, headOf, type ReceivedRequest, reply, replyWith } from "../../support/faultyRegistry";
import { referenceTo } from "../../support/registryClients";
import { OCI_INDEX, sampleImage } from "../../support/sampleImages";

const { root } = sampleImage("acme/app", ["1"]);
const half = root.body.subarray(0, 100);
const length = String(root.body.length);
const manifestHead = { "Content-Type": OCI_INDEX, "Docker-Content-Digest": root.digest };

/** Writes the bytes one by one until the connection ends. */
function drip(socket: Socket, bytes: Iterator<number>): null {
  const timer = setInterval(() => {
    const { value, done } = bytes.next();
    if (!done) socket.write(Buffer.from([value]));
  }, 5);
  socket.once("close", () => clearInterval(timer));
  return null;
}

describe("a registry's answer", function () {
  this.timeout(5_000);
  const bench = useFaultBench();

  async function fetchFrom(handle: Handler) {
    const registry = await bench.start(handle);
    const work = bench.client().fetchManifest(referenceTo(`${registry.host}/acme/app:1`), root.digest);
    return { registry, work };
  }

  for (const [name, headers] of [
    ["has no end", {}],
    ["has no end in chunks", { "Transfer-Encoding": "chunked" }],
    ["is told to be endless", { "Content-Length": String(Number.MAX_SAFE_INTEGER) }],
  ] as const) {
    it(`is given up at the size limit where its body ${name}`, async () => {
      const { registry, work } = await fetchFrom((_request, socket) => {
        socket.write(headOf(200, { ...manifestHead, ...headers }));
        const chunk = "10000\r\n".padEnd(7 + 0x10000, " ").concat("\r\n");
        const write = () => {
          while (socket.writable && socket.write(chunk));
        };
        socket.on("drain", write);
        write();
        return null;
      });
      await bench.failure(work, "too-large");
      await registry.requests[0]?.closed;
    });
  }

  it("is given up at the time limit where its headers drip", async () => {
    const text = Buffer.from(headOf(200, { ...manifestHead, "X-Filler": "x".repeat(8_000) }));
    const { registry, work } = await fetchFrom((_request, socket) => drip(socket, text.values()));
    await bench.failure(work, "timed-out");
    await registry.requests[0]?.closed;
  });

  it("is given up at the time limit where its body drips", async () => {
    const { registry, work } = await fetchFrom((_request, socket) => {
      socket.write(headOf(200, { ...manifestHead, "Content-Length": length }));
      return drip(socket, root.body.values());
    });
    await bench.failure(work, "timed-out");
    await registry.requests[0]?.closed;
  });

  it("is given up at the time limit where there is none", async () => {
    const { registry, work } = await fetchFrom(() => null);
    await bench.failure(work, "timed-out");
    await registry.requests[0]?.closed;
  });

  it("is a failure where the connection is reset in its headers", async () => {
    const { work } = await fetchFrom((_request, socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-", () => socket.resetAndDestroy());
      return null;
    });
    await bench.failure(work, "unreachable");
  });

  it("is a failure where the connection is reset in its body", async () => {
    const { work } = await fetchFrom((_request, socket) => {
      socket.write(headOf(200, { ...manifestHead, "Content-Length": length }));
      socket.write(half, () => socket.resetAndDestroy());
      return null;
    });
    await bench.failure(work, "unreachable");
  });

  it("is a failure where the connection ends before the length that was told", async () => {
    const { work } = await fetchFrom((_request, socket) => {
      socket.write(headOf(200, { ...manifestHead, "Content-Length": length }));
      socket.end(half);
      return null;
    });
    await bench.failure(work, "unreachable");
  });

  it("ends at the length that was told where the body is longer", async () => {
    const { work } = await fetchFrom((request) => replyWith(request, root, { "Content-Length": "100" }));
    await bench.failure(work, "digest-mismatch");
  });

  it("is never taken for the next one where the body is longer", async () => {
    const second = reply({ method: "GET" }, { status: 403 });
    const { registry, work } = await fetchFrom((request) => {
      return Buffer.concat([replyWith(request, root), ...(request.method === "GET" ? [second] : [])]);
    });
    assert.equal((await work).digest, root.digest);
    const client = bench.client();
    const reference = referenceTo(`${registry.host}/acme/app:1`);
    assert.equal((await client.resolve(reference)).digest, root.digest);
    assert.equal((await client.fetchManifest(reference, root.digest)).digest, root.digest);
  });

  for (const [name, encoding] of [
    ["chunks of no length", "nothing\r\nmore"],
    ["a chunk that is longer than told", `5\r\n${half}\r\n0\r\n\r\n`],
    ["a chunk of a length beyond all numbers", `${"f".repeat(40)}\r\nx`],
  ] as const) {
    it(`is a failure where it is in ${name}`, async () => {
      const { work } = await fetchFrom((_request, socket) => {
        socket.end(headOf(200, { ...manifestHead, "Transfer-Encoding": "chunked" }) + encoding);
        return null;
      });
      await bench.failure(work, "unreachable");
    });
  }

  for (const [name, headers] of [
    ["in an encoding that nobody knows", { "Transfer-Encoding": "cat, chunked" }],
    ["of two lengths", { "Content-Length": length, "content-length": "100" }],
    ["of a length and in chunks", { "Content-Length": length, "Transfer-Encoding": "chunked" }],
    ["of a length that is no number", { "Content-Length": "many" }],
  ] as const) {
    it(`never gives another body than the digest's where it is ${name}`, async () => {
      const { work } = await fetchFrom((_request, socket) => {
        socket.end(Buffer.concat([Buffer.from(headOf(200, { ...manifestHead, ...headers })), half]));
        return null;
      });
      const error = await work.then(
        () => assert.fail("half of the body was taken"),
        (reason) => reason,
      );
      assert.ok(["malformed-answer", "digest-mismatch", "unreachable"].includes(error.code), error.message);
    });
  }

  for (const encoding of ["gzip", "br, identity"]) {
    it(`is refused in ${encoding}, which nobody asked for`, async () => {
      const body = gzipSync(root.body);
      const { registry, work } = await fetchFrom((request) =>
        reply(request, { headers: { ...manifestHead, "Content-Encoding": encoding }, body }),
      );
      await bench.failure(work, "malformed-answer");
      assert.equal(registry.requests[0]?.headers["accept-encoding"], "identity");
    });
  }

  describe("that a caller no longer waits for", () => {
    /** Cancels once `until` has happened at the registry; the registry must see its connection close. */
    async function cancelDuring(handle: Handler, until: (request: ReceivedRequest) => Promise<unknown>) {
      const registry = await bench.start(handle);
      const leaving = new AbortController();
      const received = registry.nextRequest();
      const reference = referenceTo(`${registry.host}/acme/app:1`);
      const client = bench.client({ limits: { requestTime: 60_000, body: 64 * 1024 * 1024 } });
      const work = client.fetchManifest(reference, root.digest, { signal: leaving.signal });
      const request = await received;
      await until(request);
      leaving.abort();
      await bench.failure(work, "cancelled");
      await request.closed;
    }

    it("ends with its connection before the headers", async () => {
      await cancelDuring(
        () => null,
        async () => {},
      );
    });

    it("ends with its connection within the body", async () => {
      let socketOf: Socket | null = null;
      await cancelDuring(
        (_request, socket) => {
          socketOf = socket;
          socket.write(headOf(200, manifestHead));
          return null;
        },
        async () => {
          const socket = socketOf ?? assert.fail();
          // More than the system's buffers hold: the client reads the body, once this is through.
          if (!socket.write(Buffer.alloc(32 * 1024 * 1024))) await once(socket, "drain");
        },
      );
    });

    it("ends with its connection while a token is asked for", async () => {
      const registry = await bench.start((request) => {
        if (request.url.startsWith("/token")) return null;
        return reply(request, {
          status: 401,
          headers: { "WWW-Authenticate": `Bearer realm="http://${request.headers.host}/token"` },
        });
      });
      const leaving = new AbortController();
      const [, asked] = [registry.nextRequest(), registry.nextRequest()];
      const client = bench.client({ limits: { requestTime: 60_000 } });
      const work = client.resolve(referenceTo(`${registry.host}/acme/app:1`), { signal: leaving.signal });
      const { url, closed } = await asked;
      assert.match(url, /^\/token/);
      leaving.abort();
      await bench.failure(work, "cancelled");
      await closed;
    });
  });
});
