import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AnswerMemory,
  createAnswerMemory,
  noMemory,
  type Question,
} from "../../../server/src/registry/cache/answerMemory";
import { createDiskCache } from "../../../server/src/registry/cache/diskCache";
import { RegistryError, type RegistryErrorCode } from "../../../server/src/registry/registry";
import { failureOf } from "../../support/registryClients";

const MINUTE = 60_000;
const { signal } = new AbortController();
const anew = { signal, refresh: true };
const asUsual = { signal, refresh: false };

const tag: Question<string> = {
  key: "tag",
  host: "registry.example",
  lifetime: 10 * MINUTE,
  print: (answer) => Buffer.from(answer),
  parse: (body) => (body.toString() === "unusable" ? null : body.toString()),
};
const content: Question<string> = { ...tag, key: "content", lifetime: Number.POSITIVE_INFINITY };

describe("createAnswerMemory", () => {
  let directory = "";
  let time = 0;
  let asked = 0;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "digest-pin-memory-"));
    time = Date.UTC(2026, 0, 1);
    asked = 0;
  });
  afterEach(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));

  function open(isOffline = false): AnswerMemory {
    const disk = createDiskCache({ directory, now: () => time, maxBytes: 1e6 });
    return createAnswerMemory({ disk, clock: () => new Date(time), isOffline });
  }
  const answering = (answer: string) => async () => {
    asked++;
    return answer;
  };
  const failing = (code: RegistryErrorCode) => async (): Promise<string> => {
    asked++;
    throw new RegistryError(code, `It was ${code}.`);
  };

  it("answers other processes from what one was told, for ten minutes, with the time when it was told", async () => {
    const toldAt = new Date(time);
    assert.deepEqual(await open().recall(tag, asUsual, answering("a")), { answer: "a", answeredAt: toldAt });
    time += 10 * MINUTE - 1;
    assert.deepEqual(await open().recall(tag, asUsual, answering("b")), { answer: "a", answeredAt: toldAt });
    time += 1;
    assert.equal((await open().recall(tag, asUsual, answering("c"))).answer, "c");
    assert.equal(asked, 2);
  });

  it("keeps for ever what can't change", async () => {
    await open().recall(content, asUsual, answering("a"));
    time += 1e11;
    assert.equal((await open().recall(content, anew, answering("b"))).answer, "a");
  });

  it("asks anew where that is wanted, and keeps the new answer", async () => {
    await open().recall(tag, asUsual, answering("a"));
    time += 1;
    assert.equal((await open().recall(tag, anew, answering("b"))).answer, "b");
    assert.equal((await open().recall(tag, asUsual, answering("c"))).answer, "b");
  });

  it('believes "there is no such" for a minute', async () => {
    await failureOf(open().recall(tag, asUsual, failing("not-found")), "not-found");
    time += MINUTE - 1;
    assert.equal(
      (await failureOf(open().recall(tag, asUsual, answering("a")), "not-found")).message,
      "It was not-found.",
    );
    time += 1;
    assert.equal((await open().recall(tag, asUsual, answering("a"))).answer, "a");
  });

  for (const code of ["unauthorized", "unreachable", "rate-limited", "server-error", "cancelled"] as const) {
    it(`keeps no ${code}`, async () => {
      await failureOf(open().recall(tag, asUsual, failing(code)), code);
      assert.equal((await open().recall(tag, asUsual, answering("a"))).answer, "a");
    });
  }

  it("asks again where what was kept can't be used", async () => {
    await open().recall(tag, asUsual, answering("unusable"));
    assert.equal((await open().recall(tag, asUsual, answering("a"))).answer, "a");
  });

  it("does not believe what was told in the future", async () => {
    await open().recall(tag, asUsual, answering("a"));
    time -= 1;
    assert.equal((await open().recall(tag, asUsual, answering("b"))).answer, "b");
  });

  it("asks nobody offline: what is still believed counts, and nothing else", async () => {
    await failureOf(open(true).recall(tag, asUsual, answering("a")), "offline");
    await open().recall(tag, asUsual, answering("b"));
    assert.equal((await open(true).recall(tag, asUsual, answering("c"))).answer, "b");
    time += 10 * MINUTE;
    await failureOf(open(true).recall(tag, asUsual, answering("d")), "offline");
    assert.equal(asked, 1);
  });

  it("keeps no failure that is a mistake of the program", async () => {
    const broken = async (): Promise<string> => {
      throw new TypeError("a mistake");
    };
    await assert.rejects(open().recall(tag, asUsual, broken), TypeError);
    assert.equal((await open().recall(tag, asUsual, answering("a"))).answer, "a");
  });

  it("is cancelled while another process asks", async () => {
    let answer: (text: string) => void = () => {};
    const told = new Promise<string>((resolve) => {
      answer = resolve;
    });
    let start: () => void = () => {};
    const started = new Promise<void>((resolve) => {
      start = resolve;
    });
    const slow = open().recall(tag, asUsual, () => {
      start();
      return told;
    });
    await started;
    const end = new AbortController();
    const waiting = open().recall(tag, { signal: end.signal, refresh: false }, answering("b"));
    end.abort();
    await failureOf(waiting, "cancelled");
    answer("a");
    assert.equal((await slow).answer, "a");
  });

  it("keeps each question by itself", async () => {
    await open().recall(tag, asUsual, answering("a"));
    assert.equal((await open().recall({ ...tag, key: "other" }, asUsual, answering("b"))).answer, "b");
    const names = await readdir(directory, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile() && /^[0-9a-f]{64}$/.test(entry.name));
    const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8")));
    assert.equal(texts.length, 2);
  });
});

it("noMemory asks each time", async () => {
  let asked = 0;
  const memory = noMemory(() => new Date(5));
  const ask = async () => String(++asked);
  assert.deepEqual(await memory.recall(tag, asUsual, ask), { answer: "1", answeredAt: new Date(5) });
  assert.equal((await memory.recall(tag, asUsual, ask)).answer, "2");
});
