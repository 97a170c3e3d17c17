import assert from "node:assert/strict";
import { createSharedRequests } from "../../server/src/registry/sharedRequests";
import { failureOf } from "../support/registryClients";

interface Work {
  readonly signal: AbortSignal;
  readonly finish: (value: string) => void;
  readonly fail: (error: Error) => void;
}

function setUp() {
  const started: Work[] = [];
  const shared = createSharedRequests<string>();
  const join = (signal?: AbortSignal) =>
    shared.join("key", "a.example", signal, (end) => {
      return new Promise((finish, fail) => started.push({ signal: end, finish, fail }));
    });
  return { started, join };
}

describe("createSharedRequests", () => {
  it("starts one piece of work for all who ask meanwhile, and a new one afterwards", async () => {
    const { started, join } = setUp();
    const both = [join(), join()];
    started[0]?.finish("first");
    assert.deepEqual(await Promise.all(both), ["first", "first"]);
    const later = join();
    started[1]?.finish("second");
    assert.equal(await later, "second");
  });

  it("gives everyone the failure, and forgets it", async () => {
    const { started, join } = setUp();
    const both = [join(), join()];
    started[0]?.fail(new Error("broken"));
    for (const one of both) await assert.rejects(one, /broken/);
    void join();
    assert.equal(started.length, 2);
  });

  it("lets one caller leave without disturbing the other", async () => {
    const { started, join } = setUp();
    const leaving = new AbortController();
    const left = join(leaving.signal);
    const staying = join(new AbortController().signal);
    leaving.abort();
    await failureOf(left, "cancelled");
    assert.equal(started[0]?.signal.aborted, false);
    started[0]?.finish("done");
    assert.equal(await staying, "done");
  });

  it("ends the work when the last caller leaves, and does not join it again", async () => {
    const { started, join } = setUp();
    const leaving = new AbortController();
    const left = [join(leaving.signal), join(leaving.signal)];
    leaving.abort();
    for (const one of left) await failureOf(one, "cancelled");
    assert.equal(started[0]?.signal.aborted, true);
    const next = join();
    started[0]?.fail(new Error("aborted"));
    started[1]?.finish("anew");
    assert.equal(await next, "anew");
  });

  it("starts nothing for a caller who has already left", async () => {
    const { started, join } = setUp();
    await failureOf(join(AbortSignal.abort()), "cancelled");
    assert.equal(started.length, 0);
  });
});
