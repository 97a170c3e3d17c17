import assert from "node:assert/strict";
import { lazily } from "../server/src/lazily";

describe("lazily", () => {
  it("loads once for all who ask, and tells what is there", async () => {
    let loads = 0;
    const lazy = lazily(async () => {
      loads += 1;
      return "loaded";
    });
    assert.deepEqual([lazy.loaded(), loads], [null, 0]);
    assert.deepEqual(await Promise.all([lazy.load(), lazy.load()]), ["loaded", "loaded"]);
    assert.deepEqual([lazy.loaded(), loads], ["loaded", 1]);
  });

  it("tries again after a failure", async () => {
    const outcomes = [Promise.reject(new Error("too many open files")), Promise.resolve("loaded")];
    const lazy = lazily(async () => outcomes.shift());
    await assert.rejects(lazy.load(), /too many open files/);
    assert.equal(await lazy.load(), "loaded");
  });
});
