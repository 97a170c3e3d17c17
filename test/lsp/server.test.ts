import assert from "node:assert/strict";
import {
  CancellationTokenSource,
  type CodeAction,
  type Command,
  type Diagnostic,
  type MarkupContent,
} from "vscode-languageserver";
import { MAX_LOOK_UPS, STILL_MS } from "../../server/src/lsp/prefetch";
import { serverCommands } from "../../server/src/lsp/wire";
import { digestOf, startServer } from "../support/server";

const uri = "file:///work/Dockerfile";
const trusted = { workspaceTrust: true, status: true };
/** Nothing of its own: pushes, plain edits, no literals beyond the protocol's oldest. */
const oldClient = {
  textDocument: { codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ["quickfix"] } } } },
};

function brief({ code, severity, range }: Diagnostic) {
  const { start, end } = range;
  return `${code} ${severity} ${start.line}:${start.character}-${end.line}:${end.character}`;
}

function titled(actions: readonly CodeAction[], start: string): CodeAction {
  const action = actions.find(({ title }) => title.startsWith(start));
  assert.ok(action, `no action "${start}…" among ${actions.map(({ title }) => title).join(" | ")}`);
  return action;
}

function hoverText(hover: { contents: unknown } | null): string {
  return (hover?.contents as MarkupContent | undefined)?.value ?? "";
}

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
    await client.open("file:///work/compose.yaml", text, "yaml");
    await client.open("file:///work/stack.yaml", text, "dockercompose");
    await client.open("file:///work/values.yaml", text, "yaml");
    assert.deepEqual((await client.pullDiagnostics("file:///work/compose.yaml")).map(brief), [
      "implicit-latest 2 2:11-2:16",
    ]);
    assert.equal((await client.pullDiagnostics("file:///work/stack.yaml")).length, 1);
    assert.deepEqual(await client.pullDiagnostics("file:///work/values.yaml"), []);
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
    await client.open("file:///work/2/Dockerfile", "FROM alpine:3\n");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "asking");
    await client.connection.sendNotification("textDocument/didClose", {
      textDocument: { uri: "file:///work/2/Dockerfile" },
    });
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "unreachable");
  });
});

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
});

describe("language server: hover", () => {
  it("tells the normalized name, the tag's digest, media type, platforms and the answer's age", async () => {
    const { client } = await startServer({ answers: { "alpine:edge": "a" }, initializationOptions: trusted });
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    await client.open(uri, "FROM alpine:edge\n");
    const hover = await client.hover(uri, "alpine");
    const text = hoverText(hover);
    assert.deepEqual(hover?.range, client.rangeOf(uri, "alpine:edge"));
    for (const part of [
      "`docker.io/library/alpine:edge`",
      digestOf("a"),
      "`application/vnd.oci.image.index.v1+json`",
      "`linux/arm64/v8`",
      "asked just now",
      "signature not checked",
    ]) {
      assert.ok(text.includes(part), `${part} is not in: ${text}`);
    }
  });

  it("is plain text for a client that shows no Markdown, and nothing beside an image", async () => {
    const { client } = await startServer({ capabilities: oldClient });
    await client.open(uri, "FROM alpine:edge\n");
    assert.deepEqual((await client.hover(uri, "alpine"))?.contents, {
      kind: "plaintext",
      value: "docker.io/library/alpine:edge — Docker Official Image\ndocker.io was not asked yet.",
    });
    assert.equal(await client.hover(uri, "FROM"), null);
  });
});

describe("language server: code actions", () => {
  const text = 'ARG TAG=edge\r\nFROM alpine:${TAG}\r\nFROM "node" AS web\r\nFROM debian:${SUITE:-sid}\r\n';
  const answers = { "alpine:edge": "a", node: "b", "debian:sid": "c" };

  it("offers a pin at once, and resolves it to a versioned edit of the origin", async () => {
    const { client, registry } = await startServer({ answers });
    await client.open(uri, text);
    const diagnostics = await client.pullDiagnostics(uri);
    const actions = await client.codeActions(uri, "alpine", { diagnostics });
    const pin = titled(actions, "Pin the default of TAG");
    assert.deepEqual(registry.asked, []);
    assert.equal(pin.kind, "quickfix");
    assert.equal(pin.isPreferred, true);
    assert.equal(pin.edit, undefined);
    assert.deepEqual(
      pin.diagnostics?.map(({ code }) => code),
      ["mutable-tag"],
    );
    assert.match(pin.title, /registry digest, signature not checked/);

    const { edit } = await client.resolve(pin);
    assert.ok(edit);
    assert.equal(edit.changes, undefined);
    assert.deepEqual(
      edit.documentChanges?.map((change) => "textDocument" in change && change.textDocument),
      [{ uri, version: 1 }],
    );
    assert.equal(client.applied(uri, edit), text.replace("TAG=edge", `TAG=edge@${digestOf("a")}`));
  });

  it("offers to append by hand, unpreferred, where a default can't take the digest, and says why", async () => {
    const { client } = await startServer({ answers });
    await client.open(uri, text);
    const actions = await client.codeActions(uri, "debian");
    assert.match(titled(actions, "Pin debian:sid").disabled?.reason ?? "", /variable/);
    const append = titled(actions, "Append");
    assert.equal(append.isPreferred, undefined);
    assert.match(append.title, /override of the tag has no effect/);
    const { edit } = await client.resolve(append);
    assert.equal(edit && client.applied(uri, edit), text.replace(":-sid}", `:-sid}@${digestOf("c")}`));
  });

  it("fixes all that can be pinned, and tells why the rest stays", async () => {
    const { client } = await startServer({ answers: { "alpine:edge": "a", "debian:sid": "c" } });
    await client.open(uri, text);
    const [fixAll] = await client.codeActions(uri, "FROM", { only: ["source.fixAll"] });
    assert.equal(fixAll?.kind, "source.fixAll.digestPin");
    const { edit } = await client.resolve(fixAll);
    assert.equal(edit && client.applied(uri, edit), text.replace("TAG=edge", `TAG=edge@${digestOf("a")}`));
    const { message } = await client.next<{ message: string }>("window/showMessage");
    assert.match(message, /^Not pinned: /);
  });

  it("fixes on save from what is known already, and asks nobody", async () => {
    const { client, registry } = await startServer({ answers });
    await client.open(uri, text);
    const [fixAll] = await client.codeActions(uri, "FROM", { only: ["source.fixAll"], triggerKind: 2 });
    assert.ok(fixAll);
    assert.equal((await client.resolve(fixAll)).edit, undefined);
    assert.deepEqual(registry.asked, []);
  });

  it("refuses to resolve an action that an edit has overtaken", async () => {
    const { client } = await startServer({ answers });
    await client.open(uri, text);
    const pin = titled(await client.codeActions(uri, "node"), "Pin node");
    await client.edit(uri, client.rangeOf(uri, "ARG"), "#ARG");
    await assert.rejects(client.resolve(pin), { code: -32801 });
  });

  it("runs the change as a command for a client that can't resolve", async () => {
    const { client } = await startServer({ capabilities: oldClient, answers });
    await client.open(uri, text);
    const actions = await client.codeActions(uri, "node");
    const pin = titled(actions, "Pin node");
    assert.equal(pin.isPreferred, undefined);
    assert.ok(actions.every(({ disabled }) => disabled === undefined));
    assert.equal(pin.command?.command, serverCommands.applyAction);
    await client.execute(serverCommands.applyAction, pin.command?.arguments?.[0]);
    const { edit } = await client.next<{ edit: object }>("workspace/applyEdit");
    assert.equal(client.applied(uri, edit), text.replace('"node"', `"node:latest@${digestOf("b")}"`));
  });

  it("keeps digest-only where the user wants it", async () => {
    const { client } = await startServer({ answers, settings: () => ({ pinStyle: "digest-only" }) });
    await client.open(uri, "FROM alpine:edge\n");
    const { edit } = await client.resolve(titled(await client.codeActions(uri, "alpine"), "Pin alpine:edge"));
    assert.equal(edit && client.applied(uri, edit), `FROM alpine@${digestOf("a")}\n`);
  });

  it("gives the reason of a failure with the next offer", async () => {
    const { client } = await startServer({ answers: { "alpine:edge": "forbidden" } });
    await client.open(uri, "FROM alpine:edge\n");
    const pin = titled(await client.codeActions(uri, "alpine"), "Pin alpine:edge");
    assert.equal((await client.resolve(pin)).edit, undefined);
    assert.match((await client.next<{ message: string }>("window/showMessage")).message, /forbidden/);
    const again = titled(await client.codeActions(uri, "alpine"), "Pin alpine:edge");
    assert.equal(again.disabled?.reason, "docker.io: forbidden.");
    assert.ok(titled(await client.codeActions(uri, "alpine"), "Ask the registry now").command);
  });

  it("says nothing of an image that is pinned, and takes no foreign data", async () => {
    const { client } = await startServer({ answers });
    await client.open(uri, `FROM alpine@${digestOf("a")}\n`);
    assert.deepEqual(await client.codeActions(uri, "alpine"), []);
    for (const data of [null, 7, {}, { uri, version: "1", change: "pin", start: 0 }]) {
      assert.equal((await client.resolve({ title: "", data })).edit, undefined);
    }
  });
});
