import assert from "node:assert/strict";
import { serverCommands } from "../../server/src/lsp/wire";
import { digestOf, startServer } from "../support/server";
import { hoverText, oldClient, titled, trusted, uri } from "./editing";

describe("language server: code actions", () => {
  const text = 'ARG TAG=edge\r\nFROM alpine:${TAG}\r\nFROM "node" AS web\r\nFROM debian:${SUITE:-sid}-slim\r\n';
  const answers = { "alpine:edge": "a", node: "b", "debian:sid-slim": "c" };

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
    assert.match(pin.title, /its signature is looked up first/);

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
    assert.match(titled(actions, "Pin debian:sid-slim").disabled?.reason ?? "", /variable/);
    const append = titled(actions, "Append");
    assert.equal(append.isPreferred, undefined);
    assert.match(append.title, /override of the tag has no effect/);
    const { edit } = await client.resolve(append);
    assert.equal(edit && client.applied(uri, edit), text.replace("-slim", `-slim@${digestOf("c")}`));
  });

  it("fixes all that can be pinned, and tells why the rest stays", async () => {
    const { client } = await startServer({ answers: { "alpine:edge": "a", "debian:sid-slim": "c" } });
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
    assert.ok(titled(await client.codeActions(uri, "alpine"), "Ask registry and signer now").command);
  });

  it("says nothing of an image that is pinned, and takes no foreign data", async () => {
    const { client } = await startServer({ answers });
    await client.open(uri, `FROM alpine@${digestOf("a")}\n`);
    assert.deepEqual(await client.codeActions(uri, "alpine"), []);
    for (const data of [null, 7, {}, { uri, version: "1", change: "pin", start: 0 }]) {
      assert.equal((await client.resolve({ title: "", data })).edit, undefined);
    }
  });

  it("asks nobody about what may be a build context, and pins it to nothing", async () => {
    const { client, registry } = await startServer({ answers: { assets: "a" }, initializationOptions: trusted });
    await client.open(uri, "FROM scratch\nCOPY --from=assets a b\n");
    const pin = titled(await client.codeActions(uri, "assets"), "Pin assets");
    assert.match(pin.disabled?.reason ?? "", /build context/);
    assert.match(hoverText(await client.hover(uri, "assets")), /build context/);
    await client.execute(serverCommands.checkNow, uri);
    const [fixAll] = await client.codeActions(uri, "FROM", { only: ["source.fixAll"] });
    assert.equal(fixAll && (await client.resolve(fixAll)).edit, undefined);
    assert.deepEqual(registry.asked, []);
  });
});
