/** What the editor shows of signatures: findings, hover and actions, and what it asks for by itself. */
import assert from "node:assert/strict";
import type { CodeAction, Diagnostic } from "vscode-languageserver/node";
import { serverCommands } from "../../server/src/lsp/wire";
import { EMPTY_POLICY, type TrustPolicy } from "../../server/src/trust/policy/trustRule";
import type { SchemeAnswer } from "../../server/src/trust/scheme";
import type { Requirement } from "../../server/src/trust/verdict";
import { signature } from "../support/schemes";
import { digestOf, startServer, type TestServerOptions } from "../support/server";
import { hoverText, oldClient, titled, trusted, uri } from "./editing";

const text = "FROM alpine:edge\n";
const answers = { "alpine:edge": "a", [`alpine:edge@${digestOf("a")}`]: "a", [`alpine:edge@${digestOf("b")}`]: "b" };

/** Covers every image with Notary. */
function policy(requirement: Requirement = "none"): TrustPolicy {
  const terms = { scheme: "notary", server: null, ca: null, pins: null } as const;
  const rule = { images: ["**"], require: requirement === "user", terms, vouchedBy: "user", key: "1" } as const;
  return { ...EMPTY_POLICY, rules: [rule] };
}

function signed(digit: string, isNamed = true): SchemeAnswer {
  return {
    kind: "signed",
    isNamed,
    ...signature("notary", { digest: digestOf(digit), notes: ["A note."], signedTags: ["3.22"] }),
  };
}

function failed(kind: "invalid" | "untrusted" | "unavailable", code = "rollback"): SchemeAnswer {
  return { kind, failure: { step: "root", code: code as "rollback", message: "What was wrong." } };
}

const absent: SchemeAnswer = {
  kind: "unsigned",
  scheme: "notary",
  message: "It has no signature.",
  signedDigest: digestOf("c"),
  signedTags: ["3.21", "3.22"],
  validUntil: null,
};

async function open(options: TestServerOptions, content = text) {
  const server = await startServer({ answers, initializationOptions: trusted, ...options });
  await server.client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
  await server.client.open(uri, content);
  return server;
}

/** The findings about signatures, once the server has said that there is something new. */
async function judgedFindings({ client }: Awaited<ReturnType<typeof open>>): Promise<(string | undefined)[]> {
  // The first refresh comes with the settings.
  await client.next("workspace/diagnostic/refresh");
  await client.next("workspace/diagnostic/refresh");
  const found = await client.pullDiagnostics(uri);
  return found.filter(({ severity }) => severity === 1).map(({ code }) => String(code));
}

describe("language server: signatures", () => {
  const findings: readonly (readonly [answer: SchemeAnswer, requirement: Requirement, code: string])[] = [
    [absent, "user", "signature-required"],
    [signed("a", false), "user", "signature-required"],
    [failed("unavailable", "timed-out"), "user", "signature-required"],
    [failed("untrusted", "root-not-pinned"), "none", "untrusted-signer"],
    [failed("invalid"), "none", "invalid-signature"],
    [failed("invalid", "root-changed"), "none", "signer-changed"],
  ];
  for (const [answer, requirement, code] of findings) {
    it(`finds ${code} where the policy covers the image, without being asked`, async () => {
      const server = await open({ signatures: { "alpine:edge": answer }, policy: policy(requirement) });
      assert.deepEqual(await judgedFindings(server), [code]);
    });
  }

  it("finds what is wrong with a pinned image too", async () => {
    const pinned = `alpine:edge@${digestOf("a")}`;
    const server = await open({ signatures: { [pinned]: failed("invalid") }, policy: policy() }, `FROM ${pinned}\n`);
    assert.deepEqual(await judgedFindings(server), ["invalid-signature"]);
  });

  it("pushes them to a client that does not pull", async () => {
    const { client } = await startServer({
      answers,
      signatures: { "alpine:edge": failed("invalid") },
      policy: policy(),
      capabilities: { ...oldClient, workspace: {} },
      initializationOptions: { workspaceTrust: true },
    });
    await client.open(uri, text);
    await client.next<{ diagnostics: Diagnostic[] }>("textDocument/publishDiagnostics", ({ diagnostics }) =>
      diagnostics.some(({ code }) => code === "invalid-signature"),
    );
  });

  it("keeps what it found while the document is edited", async () => {
    const server = await open({ signatures: { "alpine:edge": failed("invalid") }, policy: policy() });
    assert.deepEqual(await judgedFindings(server), ["invalid-signature"]);
    const { client } = server;
    await client.edit(uri, { start: { line: 1, character: 0 }, end: { line: 1, character: 0 } }, "# more\n");
    const codes = (await client.pullDiagnostics(uri)).map(({ code }) => code);
    assert.ok(codes.includes("invalid-signature"));
  });

  it("looks nothing up by itself where the user has said nothing of the image", async () => {
    const { client, notary } = await open({ signatures: { "alpine:edge": signed("a") } });
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "asking");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    assert.deepEqual(notary.asked, []);
    await client.hover(uri, "alpine");
    assert.deepEqual(notary.asked, ["alpine:edge"]);
  });

  it("asks nobody in a workspace that is not trusted, whatever the policy says", async () => {
    const { client, notary, registry } = await startServer({
      answers,
      policy: policy("user"),
      initializationOptions: { ...trusted, workspaceTrust: false },
    });
    await client.open(uri, text);
    await client.hover(uri, "alpine");
    await client.pullDiagnostics(uri);
    assert.deepEqual([notary.asked, registry.asked], [[], []]);
  });

  it("reads rules from the user's settings, and says what is wrong with them", async () => {
    const trust = [{ images: ["docker.io/library/*"], require: true }];
    const server = await open({ signatures: { "alpine:edge": absent }, settings: () => ({ trust }) });
    assert.deepEqual(await judgedFindings(server), ["signature-required"]);

    const { client } = await startServer({ settings: () => ({ trust: [{ images: ["x"] }] }) });
    const { message } = await client.next<{ message: string }>("window/showMessage");
    assert.match(message, /digestPin\.trust.*no repository/);
  });

  it("takes the setting that requires signatures of all images", async () => {
    const server = await open({ signatures: { "alpine:edge": absent }, settings: () => ({ requireSignature: true }) });
    assert.deepEqual(await judgedFindings(server), ["signature-required"]);
  });
});

describe("language server: what no repository may decide", () => {
  it("are the rules about signatures: a setting of a resource does not quiet them", async () => {
    const quiet = { rules: { "signature-required": "off", "mutable-tag": "off" } };
    const settings = (scopeUri: string | undefined) =>
      scopeUri === undefined ? { requireSignature: true } : { ...quiet, requireSignature: false };
    const server = await open({ signatures: { "alpine:edge": absent }, settings });
    assert.deepEqual(await judgedFindings(server), ["signature-required"]);
    const codes = (await server.client.pullDiagnostics(uri)).map(({ code }) => code);
    assert.deepEqual(codes, ["signature-required"]);
  });

  it("but the user may", async () => {
    const settings = () => ({ requireSignature: true, rules: { "signature-required": "off" } });
    const { client } = await open({ signatures: { "alpine:edge": absent }, settings });
    await client.hover(uri, "alpine");
    const codes = (await client.pullDiagnostics(uri)).map(({ code }) => code);
    assert.deepEqual(codes, ["mutable-tag"]);
  });

  for (const value of ["true", 1, {}]) {
    it(`is a requirement that is written wrong: ${JSON.stringify(value)} is one all the same`, async () => {
      const server = await open({
        signatures: { "alpine:edge": absent },
        settings: () => ({ requireSignature: value }),
      });
      assert.deepEqual(await judgedFindings(server), ["signature-required"]);
    });
  }

  it("is whether a signature is required, where the client fails to tell its settings again", async () => {
    let fails = false;
    const settings = () => {
      if (fails) throw new Error("no settings");
      return { requireSignature: true };
    };
    const server = await open({ signatures: { "alpine:edge": absent }, settings });
    assert.deepEqual(await judgedFindings(server), ["signature-required"]);
    fails = true;
    await server.client.connection.sendNotification("workspace/didChangeConfiguration", { settings: null });
    await server.client.next("workspace/diagnostic/refresh");
    const pin = titled(await server.client.codeActions(uri, "alpine"), "Pin alpine:edge");
    assert.match(pin.disabled?.reason ?? "", /signature is required/);
  });
});

describe("language server: a required signature that nobody may look up", () => {
  for (const [what, options] of [
    ["the network is off", { settings: () => ({ network: "off", requireSignature: true }) }],
    [
      "the workspace is not trusted",
      { settings: () => ({ requireSignature: true }), initializationOptions: { ...trusted, workspaceTrust: false } },
    ],
  ] as const) {
    it(`is missed where ${what}`, async () => {
      const { client, notary, registry } = await startServer({ answers, initializationOptions: trusted, ...options });
      await client.open(uri, text);
      await client.next<{ state: string }>(
        "digestPin/status",
        ({ state }) => state === "off" || state === "restricted",
      );
      const codes = (await client.pullDiagnostics(uri)).map(({ code }) => code);
      assert.deepEqual(codes, ["mutable-tag", "signature-required"]);
      assert.deepEqual([notary.asked, registry.asked], [[], []]);
    });
  }

  it("is missed before somebody asks for it, where nobody is asked without an action", async () => {
    const settings = () => ({ network: "on-request", requireSignature: true });
    const { client, notary, registry } = await startServer({ answers, initializationOptions: trusted, settings });
    await client.open(uri, text);
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "on-request");
    const found = (await client.pullDiagnostics(uri)).find(({ code }) => code === "signature-required");
    assert.match(String(found?.message), /Check now/);
    assert.deepEqual([notary.asked, registry.asked], [[], []]);
  });

  it("is not missed yet as long as nobody knows who is asked without an action", async () => {
    let tell: (settings: unknown) => void = () => {};
    const late = new Promise((resolve) => {
      tell = resolve;
    });
    const { client } = await startServer({
      answers,
      initializationOptions: trusted,
      policy: policy("user"),
      settings: (scopeUri) => (scopeUri === undefined ? late : {}),
    });
    await client.open(uri, text);
    const codes = async () => (await client.pullDiagnostics(uri)).map(({ code }) => code);
    assert.deepEqual(await codes(), ["mutable-tag"]);
    tell({ network: "on-request" });
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "on-request");
    assert.deepEqual(await codes(), ["mutable-tag", "signature-required"]);
  });

  it("is missed of a registry that is not asked by itself", async () => {
    const server = await open({ settings: () => ({ requireSignature: true }) }, "FROM registry.acme.example/app:1\n");
    assert.deepEqual(await judgedFindings(server), ["signature-required"]);
    assert.deepEqual([server.notary.asked, server.registry.asked], [[], []]);
  });

  it("is missed where the image's name is not known", async () => {
    const server = await open({ settings: () => ({ requireSignature: true }) }, "ARG IMAGE\nFROM $IMAGE\n");
    const codes = (await server.client.pullDiagnostics(uri)).map(({ code }) => code);
    assert.deepEqual(codes, ["unresolved-variable", "signature-required"]);
  });
});

describe("language server: settings that change", () => {
  it("keep what is wrong in sight where nobody is asked again without an action", async () => {
    const { client } = await startServer({
      answers,
      initializationOptions: trusted,
      signatures: { "alpine:edge": failed("invalid") },
      policy: policy(),
      settings: () => ({ network: "on-request" }),
    });
    await client.open(uri, text);
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "on-request");
    await client.execute(serverCommands.checkNow, uri);
    const codes = async () => (await client.pullDiagnostics(uri)).map(({ code }) => code);
    assert.deepEqual(await codes(), ["mutable-tag", "invalid-signature"]);
    await client.connection.sendNotification("workspace/didChangeConfiguration", { settings: null });
    await client.next("workspace/diagnostic/refresh");
    await client.next("workspace/diagnostic/refresh");
    assert.deepEqual(await codes(), ["mutable-tag", "invalid-signature"]);
  });
});

describe("language server: a policy that changes", () => {
  it("counts before anything is written", async () => {
    const policy = { ...EMPTY_POLICY };
    const { client } = await open({ signatures: { "alpine:edge": absent }, policy });
    const pin = titled(await client.codeActions(uri, "alpine"), "Pin alpine:edge");
    Object.assign(policy, { requireSignature: true });
    assert.equal((await client.resolve(pin)).edit, undefined);
    assert.match((await client.next<{ message: string }>("window/showMessage")).message, /signature is required/);
  });

  it("counts for an edit that was under way", async () => {
    const current = { ...EMPTY_POLICY };
    const server = await open({ signatures: { "alpine:edge": absent }, policy: current });
    const { client, registry } = server;
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "asking");
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    let release: () => void = () => {};
    server.notary.gate = new Promise((resolve) => {
      release = resolve;
    });
    const resolved = client.resolve(titled(await client.codeActions(uri, "alpine"), "Pin alpine:edge"));
    await server.notary.nextQuestion();
    Object.assign(current, { requireSignature: true });
    release();
    assert.equal((await resolved).edit, undefined);
    assert.ok(registry.asked.length > 0);
  });

  it("takes what was said under the last one back", async () => {
    const settings = { requireSignature: true };
    const server = await open({ signatures: { "alpine:edge": absent }, settings: () => settings });
    assert.deepEqual(await judgedFindings(server), ["signature-required"]);
    settings.requireSignature = false;
    await server.client.connection.sendNotification("workspace/didChangeConfiguration", { settings: null });
    await server.client.next("workspace/diagnostic/refresh");
    const codes = (await server.client.pullDiagnostics(uri)).map(({ code }) => code);
    assert.deepEqual(codes, ["mutable-tag"]);
  });
});

describe("language server: a look-up that is cancelled", () => {
  it("says nothing of the image, and leaves what was said", async () => {
    const server = await open({ signatures: { "alpine:edge": absent }, policy: policy("user") });
    assert.deepEqual(await judgedFindings(server), ["signature-required"]);
    server.notary.answers["alpine:edge"] = failed("unavailable", "cancelled");
    await server.client.execute("digestPin.server.checkNow", uri);
    const [finding] = (await server.client.pullDiagnostics(uri)).filter(({ severity }) => severity === 1);
    assert.match(String(finding?.message), /It has no signature/);
  });
});

describe("language server: the hover of a signature", () => {
  const hovers: readonly (readonly [what: string, answer: SchemeAnswer, parts: readonly string[]])[] = [
    [
      "verified",
      signed("a"),
      [
        digestOf("a"),
        "**Verified** by `targets/releases` (key `abababababab…`) with Docker Content Trust · vouched for by your policy",
        "Root key `cdcdcdcdcdcd…`, trusted on first use, first seen 2026-11-01",
        "Good until 2026-12-08 · binds the tag to the digest",
        "Signed tags nearby: `3.22`",
        "A note\\.",
      ],
    ],
    ["signed by somebody", signed("a", false), ["**Signed** by `targets/releases`", "named by no policy"]],
    [
      "signed with another digest than the registry serves",
      signed("b"),
      [digestOf("b"), `The registry serves another digest: \`${digestOf("a")}\``],
    ],
    [
      "not signed",
      absent,
      [
        "**Unsigned** · It has no signature",
        `The tag is signed with \`${digestOf("c")}\``,
        "Signed tags: `3.21` `3.22`",
      ],
    ],
    ["invalid", failed("invalid"), ["**Invalid signature** · What was wrong", "Failed at root (rollback)"]],
    ["of a foreign signer", failed("untrusted", "root-not-pinned"), ["**Untrusted signer** · What was wrong"]],
    ["not to be checked", failed("unavailable", "timed-out"), ["**Signature could not be checked** · What was wrong"]],
  ];
  for (const [what, answer, parts] of hovers) {
    it(`of an image that is ${what}`, async () => {
      const { client } = await open({ signatures: { "alpine:edge": answer }, policy: policy() });
      const shown = hoverText(await client.hover(uri, "alpine"));
      for (const part of parts) assert.ok(shown.includes(part), `${part} is not in: ${shown}`);
    });
  }
});

describe("language server: the actions of a signature", () => {
  async function actionsFor(answer: SchemeAnswer, requirement: Requirement = "none", content = text) {
    const server = await open({ signatures: { "alpine:edge": answer }, policy: policy(requirement) }, content);
    await server.client.hover(uri, "alpine");
    return { ...server, actions: await server.client.codeActions(uri, "alpine") };
  }

  const offered: readonly (readonly [answer: SchemeAnswer, title: string, digit: string, isPreferred: boolean])[] = [
    [signed("a"), "(signed by targets/releases)", "a", true],
    [signed("b"), "(signed by targets/releases)", "b", true],
    [signed("a", false), "(signed by targets/releases, whom no policy names)", "a", true],
    [absent, "(registry digest, unsigned)", "a", true],
    [failed("unavailable", "timed-out"), "(registry digest, signature could not be checked)", "a", false],
  ];
  for (const [answer, title, digit, isPreferred] of offered) {
    it(`pin to ${digit} ${title}${isPreferred ? ", preferred" : ""}`, async () => {
      const { client, actions } = await actionsFor(answer);
      const pin = titled(actions, "Pin alpine:edge");
      assert.ok(pin.title.endsWith(title), pin.title);
      assert.equal(pin.isPreferred === true, isPreferred);
      const { edit } = await client.resolve(pin);
      assert.equal(edit && client.applied(uri, edit), `FROM alpine:edge@${digestOf(digit)}\n`);
    });
  }

  const refused: readonly (readonly [answer: SchemeAnswer, requirement: Requirement, reason: RegExp])[] = [
    [failed("invalid"), "none", /What was wrong/],
    [failed("untrusted", "root-not-pinned"), "none", /What was wrong/],
    [absent, "user", /signature is required.*no signature/],
    [signed("a", false), "user", /signature is required.*no policy names/],
    [failed("unavailable", "timed-out"), "user", /signature is required.*What was wrong/],
    // The registry has never heard of the signed digest.
    [signed("f"), "none", /did not answer for the signed digest/],
  ];
  for (const [answer, requirement, reason] of refused) {
    it(`are disabled, with the reason ${reason}`, async () => {
      const { actions } = await actionsFor(answer, requirement);
      assert.match(titled(actions, "Pin alpine:edge").disabled?.reason ?? "", reason);
      const fixAll = await actionsFor(answer, requirement);
      const [action] = await fixAll.client.codeActions(uri, "FROM", { only: ["source.fixAll"] });
      assert.equal((await fixAll.client.resolve(action as CodeAction)).edit, undefined);
      assert.match((await fixAll.client.next<{ message: string }>("window/showMessage")).message, /^Not pinned: /);
    });
  }

  it("that fix all leave out what could not be checked", async () => {
    const { client } = await actionsFor(failed("unavailable", "timed-out"));
    const [fixAll] = await client.codeActions(uri, "FROM", { only: ["source.fixAll"] });
    assert.equal((await client.resolve(fixAll as CodeAction)).edit, undefined);
    assert.match((await client.next<{ message: string }>("window/showMessage")).message, /could not be checked/);
  });

  for (const code of ["root-changed", "trust-data-removed"]) {
    it(`offer to forget the root after ${code}, ask first, and judge anew`, async () => {
      const server = await open({
        signatures: { "alpine:edge": failed("invalid", code) },
        policy: policy(),
        answersMessageRequest: "Forget",
      });
      const { client, forgotten, notary } = server;
      await client.hover(uri, "alpine");
      const { command } = titled(await client.codeActions(uri, "alpine"), "Forget the stored root of alpine");
      notary.answers["alpine:edge"] = signed("a", false);
      await client.connection.sendRequest("workspace/executeCommand", {
        command: command?.command,
        arguments: command?.arguments,
      });
      assert.deepEqual(forgotten, ["alpine:edge"]);
      assert.ok(titled(await client.codeActions(uri, "alpine"), "Pin alpine:edge").data);
    });
  }

  it("forget nothing that the user does not confirm", async () => {
    const { client, forgotten } = await open({
      signatures: { "alpine:edge": failed("invalid", "root-changed") },
      policy: policy(),
      answersMessageRequest: "Cancel",
    });
    await client.hover(uri, "alpine");
    const { command } = titled(await client.codeActions(uri, "alpine"), "Forget the stored root of alpine");
    await client.connection.sendRequest("workspace/executeCommand", {
      command: command?.command,
      arguments: command?.arguments,
    });
    assert.deepEqual(forgotten, []);
  });

  it("forget a root, and ask nobody, once the network is off", async () => {
    const settings = { network: "automatic" };
    const { client, forgotten, notary, registry } = await open({
      signatures: { "alpine:edge": failed("invalid", "root-changed") },
      policy: policy(),
      answersMessageRequest: "Forget",
      settings: () => settings,
    });
    await client.hover(uri, "alpine");
    const { command } = titled(await client.codeActions(uri, "alpine"), "Forget the stored root of alpine");
    settings.network = "off";
    await client.connection.sendNotification("workspace/didChangeConfiguration", { settings: null });
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "off");
    const asked = [notary.asked.length, registry.asked.length];
    await client.connection.sendRequest("workspace/executeCommand", {
      command: command?.command,
      arguments: command?.arguments,
    });
    assert.deepEqual(forgotten, ["alpine:edge"]);
    assert.deepEqual([notary.asked.length, registry.asked.length], asked);
  });

  it("offer nothing of the kind for what is merely broken", async () => {
    const { actions } = await actionsFor(failed("invalid"));
    assert.ok(!actions.some(({ title }) => title.startsWith("Forget")));
  });
});
