import assert from "node:assert/strict";
import { startServer } from "../support/server";
import { brief, oldClient, uri } from "./editing";

describe("language server: diagnostics", () => {
  it("answers a pull with findings, their documentation, and the origin of a variable", async () => {
    const { client } = await startServer();
    await client.open(uri, "ARG TAG=edge\nFROM alpine:${TAG}\nFROM node\n");
    const diagnostics = await client.pullDiagnostics(uri);
    assert.deepEqual(diagnostics.map(brief), ["mutable-tag 3 1:5-1:18", "implicit-latest 2 2:5-2:9"]);
    const [first] = diagnostics;
    assert.equal(first?.source, "digest-pin");
    assert.match(first?.codeDescription?.href ?? "", /^https:.*\/mutable-tag\.md$/);
    assert.deepEqual(first?.relatedInformation?.[0]?.location.range, client.rangeOf(uri, "edge"));
  });

  it("pushes to a client that can't pull, for each version", async () => {
    const { client } = await startServer({ capabilities: oldClient });
    await client.open(uri, "FROM alpine:edge\n");
    assert.deepEqual((await client.nextDiagnostics(uri, 1)).diagnostics.map(brief), ["mutable-tag 3 0:5-0:16"]);
    await client.edit(uri, client.rangeOf(uri, "edge"), "3.18.4");
    assert.deepEqual((await client.nextDiagnostics(uri, 2)).diagnostics.map(brief), ["unpinned-image 4 0:5-0:18"]);
    await client.connection.sendNotification("textDocument/didClose", { textDocument: { uri } });
    const closed = await client.next<{ uri: string; diagnostics: unknown[]; version?: number }>(
      "textDocument/publishDiagnostics",
    );
    assert.deepEqual(closed, { uri, diagnostics: [] });
  });

  it("reads Compose files by language and by name, and leaves other YAML alone", async () => {
    const { client } = await startServer();
    const text = "services:\n  web:\n    image: nginx\n";
    await client.open("file:///project/compose.yaml", text, "yaml");
    await client.open("file:///project/stack.yaml", text, "dockercompose");
    await client.open("file:///project/values.yaml", text, "yaml");
    assert.deepEqual((await client.pullDiagnostics("file:///project/compose.yaml")).map(brief), [
      "implicit-latest 2 2:11-2:16",
    ]);
    assert.equal((await client.pullDiagnostics("file:///project/stack.yaml")).length, 1);
    assert.deepEqual(await client.pullDiagnostics("file:///project/values.yaml"), []);
  });

  it("takes severities per resource, and asks for a refresh when they change", async () => {
    let severity = "error";
    const settings = (scopeUri: string | undefined) => ({
      rules: scopeUri === uri ? { "mutable-tag": severity } : { "mutable-tag": "off" },
    });
    const { client } = await startServer({ settings });
    await client.open(uri, "FROM alpine:edge\n");
    await client.open("file:///other/Dockerfile", "FROM alpine:edge\n");
    assert.deepEqual((await client.pullDiagnostics(uri)).map(brief), ["mutable-tag 1 0:5-0:16"]);
    assert.deepEqual(await client.pullDiagnostics("file:///other/Dockerfile"), []);

    severity = "hint";
    await client.next("workspace/diagnostic/refresh");
    await client.connection.sendNotification("workspace/didChangeConfiguration", { settings: null });
    await client.next("workspace/diagnostic/refresh");
    assert.deepEqual((await client.pullDiagnostics(uri)).map(brief), ["mutable-tag 4 0:5-0:16"]);
  });

  it("takes settings from a client that only pushes them", async () => {
    const { client } = await startServer({ capabilities: oldClient });
    await client.connection.sendNotification("workspace/didChangeConfiguration", {
      settings: { digestPin: { rules: { "mutable-tag": "error", "no-such-rule": "error", "implicit-latest": 7 } } },
    });
    await client.open(uri, "FROM alpine:edge\nFROM node\n");
    const { diagnostics } = await client.nextDiagnostics(uri, 1);
    assert.deepEqual(diagnostics.map(brief), ["mutable-tag 1 0:5-0:16", "implicit-latest 2 1:5-1:9"]);
  });
});
