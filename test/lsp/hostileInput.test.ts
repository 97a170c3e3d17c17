import assert from "node:assert/strict";
import { CancellationTokenSource, type Command } from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { MAX_LOOK_UPS } from "../../server/src/lsp/prefetch";
import { serverCommands } from "../../server/src/lsp/wire";
import { hostileText } from "../fuzz/hostile";
import { digestOf, startServer } from "../support/server";
import { brief, hoverText, titled, trusted, uri } from "./editing";

describe("language server: what clients and documents may do to it", () => {
  const answers = { "alpine:edge": "a", "evil.example/x:1": "b" };

  it("survives a client that fails to refresh and to tell its settings, and asks again", async () => {
    let fails = true;
    const settings = () => {
      if (fails) throw new Error("not now");
      return { rules: { "mutable-tag": "error" } };
    };
    const { client } = await startServer({ settings, failsToRefresh: true });
    await client.open(uri, "FROM alpine:edge\n");
    assert.deepEqual((await client.pullDiagnostics(uri)).map(brief), ["mutable-tag 3 0:5-0:16"]);
    await client.next("workspace/diagnostic/refresh");
    fails = false;
    await client.connection.sendNotification("workspace/didChangeConfiguration", { settings: null });
    await client.next("workspace/diagnostic/refresh");
    assert.deepEqual((await client.pullDiagnostics(uri)).map(brief), ["mutable-tag 1 0:5-0:16"]);
  });

  it("asks nobody before the user's settings are known", async () => {
    let tell: (value: unknown) => void = () => {};
    const told = new Promise((resolve) => {
      tell = resolve;
    });
    const { client, registry } = await startServer({ answers, settings: () => told });
    await client.open(uri, "FROM evil.example/x:1\n");
    const pinned = client.execute(serverCommands.pinAll, uri);
    tell({ network: "off" });
    await pinned;
    assert.deepEqual(registry.asked, []);
  });

  it("keeps to the user's last settings where an earlier answer comes late", async () => {
    let tell: (value: unknown) => void = () => {};
    const late = new Promise((resolve) => {
      tell = resolve;
    });
    let questions = 0;
    const { client, registry } = await startServer({
      answers,
      initializationOptions: trusted,
      settings: (scopeUri) => {
        if (scopeUri !== undefined) return {};
        questions += 1;
        return questions === 1 ? late : { network: "off" };
      },
    });
    await client.next("workspace/configuration");
    await client.connection.sendNotification("workspace/didChangeConfiguration", { settings: null });
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "off");
    tell({ network: "automatic" });
    await client.open(uri, "FROM alpine:edge\n");
    await client.pullDiagnostics(uri);
    await client.execute(serverCommands.pinAll, uri);
    assert.deepEqual(registry.asked, []);
  });

  it("asks for no manifest by a hover where it may not ask by itself", async () => {
    const { client, registry } = await startServer({ answers, initializationOptions: trusted });
    await client.open(uri, "FROM evil.example/x:1\n");
    const pin = titled(await client.codeActions(uri, "evil"), "Pin evil.example/x:1");
    assert.ok((await client.resolve(pin)).edit);
    assert.ok(hoverText(await client.hover(uri, "evil")).includes(digestOf("b")));
    assert.deepEqual(registry.manifestsAsked, []);
    await client.execute(serverCommands.checkNow, uri);
    assert.match(hoverText(await client.hover(uri, "evil")), /2 platforms/);
    assert.deepEqual(registry.manifestsAsked, ["evil.example/x:1"]);
  });

  it("tells the folders of documents that stand outside the workspace, while they are open", async () => {
    const { client, folders } = await startServer();
    await client.open("file:///elsewhere/a/Dockerfile", "FROM alpine\n");
    await client.pullDiagnostics("file:///elsewhere/a/Dockerfile");
    assert.deepEqual(folders(), ["file:///elsewhere/a"]);
    await client.connection.sendNotification("textDocument/didClose", {
      textDocument: { uri: "file:///elsewhere/a/Dockerfile" },
    });
    await client.pullDiagnostics(uri);
    assert.deepEqual(folders(), []);
  });

  it("looks up only so many images of one document by itself", async () => {
    const { client, registry } = await startServer({ answers, initializationOptions: trusted });
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    await client.open(uri, Array.from({ length: 3 * MAX_LOOK_UPS }, (_, tag) => `FROM alpine:1.${tag}\n`).join(""));
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "asking");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    assert.equal(registry.asked.length, MAX_LOOK_UPS);
  });

  it("puts no edit into a document that was closed and opened again meanwhile", async () => {
    const { client, registry } = await startServer({ answers, initializationOptions: { status: true } });
    await client.open(uri, "FROM alpine:edge\n");
    const pin = titled(await client.codeActions(uri, "alpine"), "Pin alpine:edge");
    let answer = () => {};
    registry.gate = new Promise((resolve) => {
      answer = resolve;
    });
    const resolved = client.resolve(pin);
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "asking");
    await client.connection.sendNotification("textDocument/didClose", { textDocument: { uri } });
    await client.open(uri, "# another text\n");
    await client.pullDiagnostics(uri);
    answer();
    await assert.rejects(resolved, { code: -32801 });
  });

  it("ends a cancelled action without a word", async () => {
    const { client, registry } = await startServer({ answers });
    await client.open(uri, "FROM alpine:edge\n");
    const pin = titled(await client.codeActions(uri, "alpine"), "Pin alpine:edge");
    registry.gate = new Promise(() => {});
    const source = new CancellationTokenSource();
    const resolved = client.connection.sendRequest("codeAction/resolve", pin, source.token);
    source.cancel();
    await assert.rejects(resolved, { code: -32800 });
    await client.pullDiagnostics(uri);
    assert.deepEqual(
      client.received.filter(({ method }) => method === "window/showMessage"),
      [],
    );
  });

  it("gives commands alone to a client that takes nothing else", async () => {
    const { client } = await startServer({ capabilities: {}, answers });
    await client.open(uri, "FROM alpine:edge\n");
    const commands = (await client.codeActions(uri, "alpine")) as unknown as Command[];
    assert.ok(commands.every(({ command }) => typeof command === "string"));
    assert.equal(commands[0]?.command, serverCommands.applyAction);
  });

  for (const [name, languageId, isRefused] of [
    ["one long line", "dockerfile", false],
    ["one long name", "dockerfile", true],
    ["closed brackets", "dockercompose", true],
    ["aliases that multiply", "dockercompose", true],
  ] as const) {
    it(`answers for other documents where a ${languageId} of ${name} is open`, async () => {
      const { client } = await startServer();
      const hostile = languageId === "dockerfile" ? "file:///project/b/Dockerfile" : "file:///project/b/compose.yaml";
      const text = hostileText(languageId === "dockerfile" ? "dockerfile" : "compose", name);
      await client.open(hostile, text, languageId);
      await client.open(uri, "FROM alpine:edge\n");
      assert.match(hoverText(await client.hover(uri, "alpine")), /docker\.io\/library\/alpine:edge/);
      assert.deepEqual((await client.pullDiagnostics(uri)).map(brief), ["mutable-tag 3 0:5-0:16"]);

      const found = await client.pullDiagnostics(hostile);
      const document = TextDocument.create(hostile, languageId, 1, text);
      for (const { range } of found) {
        // An offset gives the same position back only where the position is in the document.
        const ends = [range.start, range.end].map((position) => document.positionAt(document.offsetAt(position)));
        assert.deepEqual(ends, [range.start, range.end]);
      }
      assert.equal(
        found.some(({ code }) => code === "document-problem"),
        isRefused,
      );
    });
  }
});
