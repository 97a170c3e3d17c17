import assert from "node:assert/strict";
import { createHostSlots } from "../../../server/src/registry/http/hostSlots";
import { failureOf } from "../../support/registryClients";

const never = new AbortController().signal;

function setUp(slotsPerHost: number) {
  const slots = createHostSlots(slotsPerHost);
  const running = new Map<string, () => void>();
  const run = (name: string, signal = never, host = "a.example") =>
    slots.run(host, signal, () => new Promise<void>((end) => running.set(name, end)));
  const finish = async (name: string) => {
    running.get(name)?.();
    running.delete(name);
    await new Promise(setImmediate);
  };
  return { run, finish, names: () => [...running.keys()] };
}

describe("createHostSlots", () => {
  it("runs so many at once, the rest in their order, and other hosts beside them", async () => {
    const { run, finish, names } = setUp(2);
    const all = [run("1"), run("2"), run("3"), run("4"), run("other", never, "b.example")];
    await new Promise(setImmediate);
    assert.deepEqual(names(), ["1", "2", "other"]);
    await finish("2");
    assert.deepEqual(names(), ["1", "other", "3"]);
    await finish("3");
    assert.deepEqual(names(), ["1", "other", "4"]);
    for (const name of ["1", "4", "other"]) await finish(name);
    await Promise.all(all);
  });

  it("frees the slot of work that failed", async () => {
    const slots = createHostSlots(1);
    await assert.rejects(slots.run("a.example", never, () => Promise.reject(new Error("broken"))));
    assert.equal(await slots.run("a.example", never, async () => "free"), "free");
  });

  it("lets a waiting one leave, and gives the slot to the next", async () => {
    const { run, finish, names } = setUp(1);
    const leaving = new AbortController();
    const first = run("1");
    const left = run("2", leaving.signal);
    const third = run("3");
    leaving.abort();
    await failureOf(left, "cancelled");
    await finish("1");
    assert.deepEqual(names(), ["3"]);
    await finish("3");
    await Promise.all([first, third]);
    await failureOf(run("4", AbortSignal.abort()), "cancelled");
  });
});
