import assert from "node:assert/strict";
import { setMaxListeners } from "node:events";
import type { HttpAnswer, HttpRequest } from "../../../server/src/registry/http/http";
import { createPoliteTransport } from "../../../server/src/registry/http/manners";
import { RegistryError, type RegistryErrorCode } from "../../../server/src/registry/registry";
import { failureOf } from "../../support/registryClients";

type Step = { readonly status?: number; readonly headers?: HttpAnswer["headers"] } | RegistryErrorCode;

/** A polite transport whose time passes only while it waits, before a server that answers in turn. */
function polite(...steps: readonly Step[]) {
  const sent: string[] = [];
  const waited: number[] = [];
  let time = 0;
  const transport = createPoliteTransport({
    transport: {
      async send({ url }) {
        const step = steps[Math.min(sent.push(url.href), steps.length) - 1] ?? {};
        if (typeof step === "string") throw new RegistryError(step, `It was ${step}.`);
        return { status: step.status ?? 200, headers: step.headers ?? {}, body: Buffer.alloc(0), address: null };
      },
    },
    now: () => time,
    clock: () => new Date(Date.UTC(2026, 0, 1, 12) + time),
    async wait(milliseconds, signal) {
      signal.throwIfAborted();
      waited.push(milliseconds);
      time += milliseconds;
    },
  });
  const ask = (options: Partial<HttpRequest> = {}) => transport.send({ ...request, ...options });
  const pass = (milliseconds: number) => {
    time += milliseconds;
  };
  return { transport, ask, sent, waited, pass };
}

const { signal } = new AbortController();
setMaxListeners(0, signal);

const request: HttpRequest = {
  method: "HEAD",
  url: new URL("https://registry.example/v2/"),
  headers: {},
  timeLimit: 1_000,
  bodyLimit: 1_000,
  signal,
};
const other = { url: new URL("https://other.example/v2/") };

describe("createPoliteTransport", () => {
  it("asks once more, after half a second, where the server had a problem of its own", async () => {
    const { ask, sent, waited } = polite({ status: 500 }, {});
    assert.equal((await ask()).status, 200);
    assert.deepEqual([sent.length, waited], [2, [500]]);
  });

  it("gives the answer of the second time, and asks no third time", async () => {
    const { ask, sent } = polite({ status: 503 });
    assert.equal((await ask()).status, 503);
    assert.equal(sent.length, 2);
  });

  it("leaves a server alone that failed twice, longer each time, and asks others meanwhile", async () => {
    const { ask, sent, waited } = polite({ status: 502 });
    for (let round = 0; round < 4; round++) await ask();
    assert.deepEqual(waited, [500, 1_000, 2_000, 4_000]);
    const before = sent.length;
    await failureOf(ask(), "server-error");
    assert.equal(sent.length, before);
    await ask(other);
    assert.equal(sent.length, before + 2);
  });

  it("fails at once, with the reason and the time, where the wait would be long", async () => {
    const { ask, sent, waited } = polite({ status: 429, headers: { "retry-after": "120" } }, {});
    assert.equal((await ask()).status, 429);
    const { message } = await failureOf(ask(), "rate-limited");
    assert.match(message, /registry\.example answered 429.* It is asked again in 120 s\./);
    assert.deepEqual([sent.length, waited], [1, []]);
  });

  it("asks again once the time has come that the server named", async () => {
    const { ask, sent, pass } = polite({ status: 503, headers: { "retry-after": "120" } }, {});
    await ask();
    pass(119_999);
    // A short rest is waited out.
    assert.equal((await ask()).status, 200);
    assert.equal(sent.length, 2);
  });

  it("waits for as long as the server names, where that is short", async () => {
    const { ask, waited } = polite({ status: 429, headers: { "retry-after": "4" } }, {});
    assert.equal((await ask()).status, 200);
    assert.deepEqual(waited, [4_000]);
  });

  it("reads a date by the server's own clock", async () => {
    const date = "Wed, 01 Jan 2020 00:00:00 GMT";
    const { ask, waited } = polite(
      { status: 429, headers: { date, "retry-after": "Wed, 01 Jan 2020 00:00:03 GMT" } },
      {},
    );
    await ask();
    assert.deepEqual(waited, [3_000]);
  });

  it("believes no rest of more than an hour", async () => {
    const { ask, pass } = polite({ status: 429, headers: { "retry-after": "999999999" } }, {});
    await ask();
    pass(60 * 60_000);
    assert.equal((await ask()).status, 200);
  });

  it("takes a second where a limit comes without a time", async () => {
    const { ask, waited } = polite({ status: 429 }, {});
    assert.equal((await ask()).status, 200);
    assert.deepEqual(waited, [1_000]);
  });

  for (const code of ["unreachable", "timed-out"] as const) {
    it(`waits a little after ${code}, then fails at once for those who come later`, async () => {
      const { ask, sent } = polite(code);
      for (let round = 0; round < 5; round++) await failureOf(ask(), code);
      const before = sent.length;
      const { message } = await failureOf(ask(), code);
      assert.match(message, /It is asked again in \d+ s\.$/);
      assert.equal(sent.length, before);
    });
  }

  it("takes failures of requests that were under way together for one", async () => {
    const { ask, waited } = polite(...Array<Step>(4).fill("unreachable"), {});
    await Promise.all(Array.from({ length: 4 }, () => failureOf(ask(), "unreachable")));
    await ask();
    assert.deepEqual(waited, [500]);
  });

  it("forgets failures with the first success", async () => {
    const { ask, waited } = polite({ status: 500 }, {}, { status: 500 }, {});
    await ask();
    await ask();
    assert.deepEqual(waited, [500, 500]);
  });

  for (const code of ["tls", "too-large", "malformed-answer", "refused-address", "cancelled"] as const) {
    it(`lets a host be asked at once after ${code}`, async () => {
      const { ask, waited } = polite(code, {});
      await failureOf(ask(), code);
      await ask();
      assert.deepEqual(waited, []);
    });
  }

  it("is cancelled while it waits", async () => {
    const { ask, sent } = polite({ status: 500 }, {});
    const end = new AbortController();
    const asking = ask({ signal: end.signal });
    end.abort();
    await failureOf(asking, "cancelled");
    assert.equal(sent.length, 1);
  });

  it("rests by origin: a registry without TLS is asked by http at once", async () => {
    const { ask, waited } = polite("unreachable", {});
    await failureOf(ask(), "unreachable");
    await ask({ url: new URL("http://registry.example/v2/") });
    assert.deepEqual(waited, []);
  });

  it("sends at most six requests at once to one host, and no more after an answer that asks for rest", async () => {
    const answers: ((answer: HttpAnswer) => void)[] = [];
    const transport = createPoliteTransport({
      transport: { send: () => new Promise<HttpAnswer>((resolve) => answers.push(resolve)) },
      now: () => 0,
      clock: () => new Date(0),
      wait: async () => assert.fail("a long rest is not waited for"),
    });
    const asking = Array.from({ length: 20 }, () => transport.send(request).catch((error: unknown) => error));
    await new Promise(setImmediate);
    assert.equal(answers.length, 6);
    for (const answer of answers) {
      answer({ status: 429, headers: { "retry-after": "60" }, body: Buffer.alloc(0), address: null });
    }
    const ended = await Promise.all(asking);
    assert.equal(answers.length, 6);
    assert.equal(ended.filter((end) => end instanceof RegistryError && end.code === "rate-limited").length, 14);
  });

  describe("the quota", () => {
    const told = (remaining: number, window = ";w=21600") => ({
      headers: { "ratelimit-limit": `100${window}`, "ratelimit-remaining": `${remaining}${window}` },
    });

    it("is known by host, until its window ends", async () => {
      const { transport, ask, pass } = polite(told(76));
      await ask();
      const [[host, quota] = []] = [...transport.quotas()];
      assert.deepEqual([host, quota?.limit, quota?.remaining], ["registry.example", 100, 76]);
      pass(21_600_000);
      assert.equal(transport.quotas().size, 0);
    });

    it("is spent to its last tenth by what nobody asked for, and to its end by what a person asks for", async () => {
      const { ask, sent } = polite(told(11), told(10), told(9));
      await ask({ isUnasked: true });
      await ask({ isUnasked: true });
      assert.match((await failureOf(ask({ isUnasked: true }), "rate-limited")).message, /10 of 100/);
      await ask();
      assert.equal(sent.length, 3);
    });

    it("counts what is under way", async () => {
      let answer: () => void = () => {};
      const answered = new Promise<void>((resolve) => {
        answer = resolve;
      });
      let sent = 0;
      const transport = createPoliteTransport({
        transport: {
          async send() {
            if (++sent > 1) await answered;
            return { status: 200, body: Buffer.alloc(0), address: null, ...told(13) };
          },
        },
        now: () => 0,
        clock: () => new Date(0),
        wait: async () => {},
      });
      await transport.send(request);
      const asking = Array.from({ length: 6 }, () => transport.send({ ...request, isUnasked: true }));
      const failed = Promise.all(asking.slice(3).map((each) => failureOf(each, "rate-limited")));
      await failed;
      answer();
      await Promise.all(asking.slice(0, 3));
      assert.equal(sent, 4);
    });

    it("counts again once its window has ended", async () => {
      const { ask, pass, sent } = polite(told(0), {});
      await ask();
      pass(21_600_000);
      await ask({ isUnasked: true });
      assert.equal(sent.length, 2);
    });
  });
});
