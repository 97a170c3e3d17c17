/** What registries say of pins: findings, actions and hovers. */
import assert from "node:assert/strict";
import type { Diagnostic } from "vscode-languageserver";
import type { RegistrySettings } from "../../server/src/localRegistry";
import { serverCommands } from "../../server/src/lsp/wire";
import { EMPTY_POLICY } from "../../server/src/trust/policy/trustRule";
import type { SchemeAnswer } from "../../server/src/trust/scheme";
import { answerOf, signature } from "../support/schemes";
import { type Answers, digestOf, startServer } from "../support/server";
import { hoverText, titled, trusted, uri } from "./editing";

const [old, current] = [digestOf("a"), digestOf("b")];
const pinned = `alpine:edge@${old}`;
const text = `FROM ${pinned} AS base\r\n`;
const moved: Answers = { "alpine:edge": "b", [pinned]: "a" };

describe("language server: pins", () => {
  async function open(answers: Answers, settings: Record<string, unknown> = {}) {
    const server = await startServer({ answers, initializationOptions: trusted, settings: () => settings });
    const { client } = server;
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state !== "asking");
    await client.open(uri, text);
    const rulesNow = async () => (await client.pullDiagnostics(uri)).map(({ code }: Diagnostic) => code);
    const idle = async () => {
      await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "asking");
      await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    };
    return { ...server, rulesNow, idle };
  }

  it("are looked up by tag and by digest, as questions of nobody's own, and tell when the tag has moved", async () => {
    const { registry, rulesNow, idle } = await open(moved);
    await idle();
    assert.deepEqual([...registry.asked].sort(), ["alpine:edge", pinned]);
    assert.ok(registry.options.every(({ isUnasked }) => isUnasked === true));
    assert.deepEqual(await rulesNow(), ["stale-pin"]);
  });

  it("tell when the digest is gone", async () => {
    const { rulesNow, idle } = await open({ "alpine:edge": "a", [pinned]: "not-found" });
    await idle();
    assert.deepEqual(await rulesNow(), ["digest-not-found"]);
  });

  it("say nothing where the registry shows its images only to those who log in", async () => {
    const { rulesNow, idle } = await open({ "alpine:edge": "unauthorized", [pinned]: "unauthorized" });
    await idle();
    assert.deepEqual(await rulesNow(), []);
  });

  it("ask nobody where the network is off", async () => {
    const { registry, rulesNow } = await open(moved, { network: "off" });
    assert.deepEqual(await rulesNow(), []);
    assert.deepEqual(registry.asked, []);
  });

  it("are updated by an action that changes the digest alone, and has the finding", async () => {
    const { client, idle } = await open(moved);
    await idle();
    const diagnostics = await client.pullDiagnostics(uri);
    const update = titled(await client.codeActions(uri, "alpine", { diagnostics }), "Update the pin of alpine:edge");
    assert.deepEqual(
      update.diagnostics?.map(({ code }) => code),
      ["stale-pin"],
    );
    const { edit } = await client.resolve(update);
    assert.equal(edit && client.applied(uri, edit), text.replace(old, current));
  });

  it("have no such action where nothing is known, and where the tag has not moved", async () => {
    const right = await open({ "alpine:edge": "a", [pinned]: "a" });
    await right.idle();
    assert.deepEqual(await right.client.codeActions(uri, "alpine"), []);
    const off = await open(moved, { network: "off" });
    assert.deepEqual(await off.client.codeActions(uri, "alpine"), []);
  });

  it("tell in the hover what became of the tag", async () => {
    const { client } = await open(moved);
    assert.match(hoverText(await client.hover(uri, "alpine")), /The tag has moved\\: it stands for `sha256:b+`/);
    const same = await open({ "alpine:edge": "a", [pinned]: "a" });
    assert.match(hoverText(await same.client.hover(uri, "alpine")), /The tag still stands for it/);
  });

  it("ask a registry itself by Check now, anew", async () => {
    const { client, registry, idle } = await open(moved);
    await idle();
    registry.asked.length = 0;
    registry.options.length = 0;
    await client.execute(serverCommands.checkNow, uri);
    assert.deepEqual([...registry.asked].sort(), ["alpine:edge", pinned]);
    assert.ok(registry.options.every(({ isUnasked, refresh }) => isUnasked !== true && refresh === true));
  });

  it("tell in the hover when the image was built, where the image tells", async () => {
    const { client, registry } = await open(moved);
    registry.created = "2026-10-14T12:00:00Z";
    assert.match(hoverText(await client.hover(uri, "alpine")), /Image built 41 days ago/);
    const silent = await open(moved);
    silent.registry.created = "1970-01-01T00:00:00Z";
    assert.doesNotMatch(hoverText(await silent.client.hover(uri, "alpine")), /Image built/);
  });

  it("tell it from the configuration too, and wait for that no longer than a person would", async () => {
    const { client, registry } = await open(moved);
    registry.onePlatform = new Set([pinned]);
    registry.configuration = Promise.resolve({ created: "2026-10-14T12:00:00Z" });
    assert.match(hoverText(await client.hover(uri, "alpine")), /Image built 41 days ago/);
    const slow = await open(moved);
    slow.registry.onePlatform = new Set([pinned]);
    slow.registry.configuration = new Promise(() => {});
    const shown = hoverText(await slow.client.hover(uri, "alpine"));
    assert.match(shown, /The tag has moved/);
    assert.doesNotMatch(shown, /Image built/);
  });

  it("that a mirror alone vouches for are said to be not confirmed, until the registry itself was asked", async () => {
    const { client, registry, idle } = await open(moved);
    registry.mirror = "mirror.corp";
    await idle();
    await client.execute(serverCommands.checkNow, uri);
    assert.ok(registry.options.some(({ fromOrigin }) => fromOrigin === true));
    const unpinned = await startServer({ answers: { "node:22": "c" }, initializationOptions: trusted });
    unpinned.registry.mirror = "mirror.corp";
    await unpinned.client.open(uri, "FROM node:22\n");
    assert.match(hoverText(await unpinned.client.hover(uri, "node")), /from mirror `mirror\.corp`\\, not confirmed/);
    const pin = titled(await unpinned.client.codeActions(uri, "node"), "Pin node:22");
    assert.match(pin.title, /from mirror mirror\.corp, not confirmed/);
    await unpinned.client.resolve(pin);
    assert.ok(unpinned.registry.options.some(({ fromOrigin }) => fromOrigin === true));
    const confirmed = titled(await unpinned.client.codeActions(uri, "node"), "Pin node:22");
    assert.doesNotMatch(confirmed.title, /mirror/);
  });
});

describe("language server: how registries are asked", () => {
  it("is told by the user's settings, of any form, before anybody is asked", async () => {
    const told: RegistrySettings[] = [];
    const proxy = { proxy: "http://proxy.corp:3128", noProxy: ["corp", 5], support: "on", authorization: "" };
    const { client } = await startServer({
      initializationOptions: trusted,
      settings: () => ({ mirrors: { "docker.io": ["mirror.corp"] }, insecureRegistries: ["10.0.0.0/8"], proxy }),
      onRegistrySettings: (settings) => told.push(settings),
    });
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    assert.deepEqual(told, [
      {
        mirrors: { "docker.io": ["mirror.corp"] },
        insecureRegistries: ["10.0.0.0/8"],
        proxy: { proxy: "http://proxy.corp:3128", noProxy: ["corp"], support: "on", authorization: null },
      },
    ]);
  });

  it("stands in the status, with how many requests registries still allow", async () => {
    const quotas = [{ host: "docker.io", remaining: 37, limit: 100 }];
    const { client } = await startServer({ initializationOptions: trusted, quotas });
    const status = await client.next<{ state: string; quotas: unknown }>(
      "digestPin/status",
      ({ state }) => state === "idle",
    );
    assert.deepEqual(status.quotas, quotas);
  });
});

describe("language server: pins that a person must look at", () => {
  const signed = (digit: string): SchemeAnswer => {
    return { kind: "signed", isNamed: true, ...signature("notary", { digest: digestOf(digit) }) };
  };
  const unsigned = answerOf("unsigned", "notary");
  /** Covers every image with Notary. */
  const terms = { scheme: "notary", server: null, ca: null, pins: null } as const;
  const rule = { images: ["**"], require: false, terms, vouchedBy: "user", key: "1" } as const;
  const policy = { ...EMPTY_POLICY, rules: [rule] };

  async function openSigned(signatures: Record<string, SchemeAnswer>) {
    const server = await startServer({ answers: moved, signatures, policy, initializationOptions: trusted });
    await server.client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    await server.client.open(uri, text);
    await server.client.next<{ state: string }>("digestPin/status", ({ state }) => state === "asking");
    await server.client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    return server;
  }

  it("lose no signer unless the title says so, and are never preferred then", async () => {
    const { client } = await openSigned({ [pinned]: signed("a"), "alpine:edge": unsigned });
    const update = titled(await client.codeActions(uri, "alpine"), "Update the pin of alpine:edge");
    assert.match(update.title, /not signed as the current one is/);
    assert.equal(update.isPreferred, undefined);
    const { edit } = await client.resolve(update);
    assert.equal(edit && client.applied(uri, edit), text.replace(old, current));
    // An action of a moment when that was not known yet.
    const data = { ...(update.data as object), saysWeaker: false };
    assert.equal((await client.resolve({ ...update, data })).edit, undefined);
    const { message } = await client.next<{ message: string }>("window/showMessage");
    assert.match(message, /not signed as the current digest is/);
  });

  it("keep their signer, and may be preferred then", async () => {
    const { client } = await openSigned({ [pinned]: signed("a"), "alpine:edge": signed("b") });
    await client.hover(uri, "alpine");
    const first = titled(await client.codeActions(uri, "alpine"), "Update the pin of alpine:edge");
    assert.ok((await client.resolve(first)).edit);
    const second = titled(await client.codeActions(uri, "alpine"), "Update the pin of alpine:edge");
    assert.equal(second.isPreferred, true);
    assert.match(second.title, /signed by/);
  });

  it("of one platform get the index instead", async () => {
    const server = await startServer({ answers: moved, initializationOptions: trusted });
    server.registry.onePlatform = new Set([pinned]);
    const { client } = server;
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    await client.open(uri, text);
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "asking");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    const diagnostics = await client.pullDiagnostics(uri);
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ["platform-digest"],
    );
    const action = titled(
      await client.codeActions(uri, "alpine", { diagnostics }),
      "Pin the index instead of one platform",
    );
    assert.equal(action.diagnostics?.length, 1);
    const { edit } = await client.resolve(action);
    assert.equal(edit && client.applied(uri, edit), text.replace(old, current));
  });

  it("are not kept from a person by what was held back when nobody had asked", async () => {
    const { client, registry } = await startServer({
      answers: { "alpine:edge": "b" },
      policy,
      initializationOptions: trusted,
    });
    registry.holdsBack = true;
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    await client.open(uri, "FROM alpine:edge\n");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "asking");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    const pin = titled(await client.codeActions(uri, "alpine"), "Pin alpine:edge");
    assert.equal(pin.disabled, undefined);
    const { edit } = await client.resolve(pin);
    assert.equal(edit && client.applied(uri, edit), `FROM alpine:edge@${current}\n`);
  });
});
