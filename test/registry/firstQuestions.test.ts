import assert from "node:assert/strict";
import { createFirstQuestions } from "../../server/src/registry/firstQuestions";
import { failureOf } from "../support/registryClients";

const { signal } = new AbortController();
const registry = "registry.example";

/** A question that is answered, or fails, when the test says so. */
function question() {
  let answer: (text: string) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const result = new Promise<string>((resolve, reject) => {
    answer = resolve;
    fail = reject;
  });
  let isAsked = false;
  const ask = () => {
    isAsked = true;
    return result;
  };
  return { ask, isAsked: () => isAsked, answer: (text: string) => answer(text), fail: () => fail(new Error("failed")) };
}

const settled = () => new Promise(setImmediate);

describe("createFirstQuestions", () => {
  it("lets the first question to a registry go alone, and all others after it at once", async () => {
    const { inTurn } = createFirstQuestions();
    const [first, second, third] = [question(), question(), question()];
    const asking = [first, second, third].map(({ ask }) => inTurn(registry, signal, ask));
    await settled();
    assert.deepEqual([first.isAsked(), second.isAsked(), third.isAsked()], [true, false, false]);
    first.answer("1");
    await settled();
    assert.deepEqual([second.isAsked(), third.isAsked()], [true, true]);
    third.answer("3");
    second.answer("2");
    assert.deepEqual(await Promise.all(asking), ["1", "2", "3"]);
    const fourth = question();
    const last = inTurn(registry, signal, fourth.ask);
    assert.equal(fourth.isAsked(), true);
    fourth.answer("4");
    assert.equal(await last, "4");
  });

  it("holds up no other registry", async () => {
    const { inTurn } = createFirstQuestions();
    const [first, other] = [question(), question()];
    void inTurn(registry, signal, first.ask);
    void inTurn("other.example", signal, other.ask);
    await settled();
    assert.equal(other.isAsked(), true);
  });

  it("lets the others ask where the first failed", async () => {
    const { inTurn } = createFirstQuestions();
    const [first, second] = [question(), question()];
    const failing = inTurn(registry, signal, first.ask);
    const asking = inTurn(registry, signal, second.ask);
    first.fail();
    await assert.rejects(failing, /failed/);
    second.answer("2");
    assert.equal(await asking, "2");
  });

  it("lets those go who don't want to wait any more", async () => {
    const { inTurn } = createFirstQuestions();
    const [first, second] = [question(), question()];
    void inTurn(registry, signal, first.ask);
    const end = new AbortController();
    const asking = inTurn(registry, end.signal, second.ask);
    end.abort();
    await failureOf(asking, "cancelled");
    await failureOf(inTurn(registry, end.signal, second.ask), "cancelled");
    assert.equal(second.isAsked(), false);
  });
});
