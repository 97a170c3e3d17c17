import assert from "node:assert/strict";
import { STILL_MS } from "../../server/src/lsp/prefetch";
import { serverCommands } from "../../server/src/lsp/wire";
import { startServer } from "../support/server";
import { hoverText, titled, trusted, uri } from "./editing";

describe("language server: when the network is used", () => {
  const answers = { "alpine:edge": "a", "alpine:3": "b", "localhost:5000/app:1": "c", myapp: "d" };

  it("looks up what is opened, at registries that the user already uses", async () => {
    const { client, registry } = await startServer({ answers, initializationOptions: trusted });
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    await client.open(uri, "FROM alpine:edge\nFROM localhost:5000/app:1\nFROM myapp\n");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "asking");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    assert.deepEqual(registry.asked, ["alpine:edge"]);
  });

  it("asks further hosts that the user's settings or the docker configuration name", async () => {
    const settings = (scopeUri: string | undefined) =>
      scopeUri === undefined ? { registries: ["localhost:5000"] } : {};
    const { client, registry } = await startServer({
      answers,
      settings,
      dockerRegistries: ["registry.acme.example"],
      initializationOptions: trusted,
    });
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    await client.open(uri, "FROM localhost:5000/app:1\nFROM registry.acme.example/x:1\nFROM other.example/x:1\n");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "asking");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    assert.deepEqual(registry.asked, ["localhost:5000/app:1", "registry.acme.example/x:1"]);
  });

  it("sends nothing on a keystroke, and asks once the document has been still", async () => {
    const { client, registry } = await startServer({ answers, initializationOptions: trusted });
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    await client.open(uri, "FROM alpine:3.1\n");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "asking");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    const typed = performance.now();
    for (const text of ["FROM alpine:3.1", "FROM alpine:3.", "FROM alpine:3"]) {
      await client.edit(uri, { start: { line: 0, character: 0 }, end: { line: 0, character: 20 } }, text);
      await client.pullDiagnostics(uri);
      assert.deepEqual(registry.asked, ["alpine:3.1"]);
    }
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "asking");
    assert.ok(performance.now() - typed >= STILL_MS);
    assert.deepEqual(registry.asked, ["alpine:3.1", "alpine:3"]);
  });

  for (const [name, options, state] of [
    ["the workspace is not trusted", { initializationOptions: { workspaceTrust: false, status: true } }, "restricted"],
    ["the network is off", { initializationOptions: trusted, settings: () => ({ network: "off" }) }, "off"],
  ] as const) {
    it(`asks nobody, whatever the user does, where ${name}`, async () => {
      const { client, registry } = await startServer({ answers, ...options });
      await client.next<{ state: string }>("digestPin/status", (status) => status.state === state);
      await client.open(uri, "FROM alpine:edge\n");
      assert.equal((await client.pullDiagnostics(uri)).length, 1);
      assert.match(hoverText(await client.hover(uri, "alpine")), /not trusted|network is off/);
      const pin = titled(await client.codeActions(uri, "alpine"), "Pin alpine:edge");
      assert.ok(pin.disabled);
      await client.execute(serverCommands.pinAll, uri);
      await client.execute(serverCommands.checkNow, uri);
      assert.deepEqual(registry.asked, []);
    });
  }

  it("waits for an action where the client states no trust or the user wants it so", async () => {
    for (const options of [
      { initializationOptions: { status: true, commandLinks: true } },
      { initializationOptions: { ...trusted, commandLinks: true }, settings: () => ({ network: "on-request" }) },
    ]) {
      const { client, registry } = await startServer({ answers, ...options });
      await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "on-request");
      await client.open(uri, "FROM alpine:edge\n");
      assert.match(hoverText(await client.hover(uri, "alpine")), /was not asked yet.*Check now/s);
      assert.deepEqual(registry.asked, []);
      await client.execute(serverCommands.checkNow, uri);
      assert.deepEqual(registry.asked, ["alpine:edge"]);
    }
  });

  it("begins to ask when trust is granted", async () => {
    const { client, registry } = await startServer({
      answers,
      initializationOptions: { ...trusted, workspaceTrust: false },
    });
    await client.open(uri, "FROM alpine:edge\n");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "restricted");
    await client.connection.sendNotification("digestPin/workspaceTrusted");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "asking");
    assert.deepEqual(registry.asked, ["alpine:edge"]);
  });

  it("says when a registry can't be reached, and ends what is under way when the document is closed", async () => {
    const { client, registry } = await startServer({
      answers: { "alpine:edge": "unreachable" },
      initializationOptions: trusted,
    });
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    await client.open(uri, "FROM alpine:edge\n");
    const { reason } = await client.next<{ state: string; reason: string }>(
      "digestPin/status",
      ({ state }) => state === "unreachable",
    );
    assert.equal(reason, "docker.io: unreachable.");

    registry.gate = new Promise(() => {});
    await client.open("file:///project/2/Dockerfile", "FROM alpine:3\n");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "asking");
    await client.connection.sendNotification("textDocument/didClose", {
      textDocument: { uri: "file:///project/2/Dockerfile" },
    });
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "unreachable");
  });

  it("says that registries answer again, whatever the answer is", async () => {
    const { client } = await startServer({
      answers: { "alpine:edge": "unreachable" },
      initializationOptions: trusted,
    });
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    await client.open(uri, "FROM alpine:edge\n");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "asking");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "unreachable");
    await client.edit(uri, client.rangeOf(uri, "edge"), "gone");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "asking");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
  });
});
