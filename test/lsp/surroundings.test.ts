import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { ClientCapabilities, Diagnostic } from "vscode-languageserver";
import { type LspClient, modernClient } from "../support/lspClient";
import { digestOf, startServer } from "../support/server";
import { brief, hoverText, titled, trusted } from "./editing";

const folder = "file:///project";
const compose = `${folder}/compose.yaml`;
const environment = `${folder}/.env`;
const watching = {
  ...modernClient,
  workspace: {
    ...modernClient.workspace,
    didChangeWatchedFiles: { dynamicRegistration: true },
    workspaceEdit: { documentChanges: true, changeAnnotationSupport: {} },
  },
};

/** The document's findings, once they are these: the server asks for them anew whenever it has read something. */
async function settled(client: LspClient, uri: string, ...expected: readonly string[]): Promise<Diagnostic[]> {
  for (;;) {
    const diagnostics = await client.pullDiagnostics(uri);
    if (isDeepStrictEqual(diagnostics.map(brief), expected)) return diagnostics;
    await client.next("workspace/diagnostic/refresh");
  }
}

describe("language server: the files around a document", () => {
  const text = "services:\n  web:\n    image: alpine:${TAG}\n";

  async function startWith(files: Record<string, string>, capabilities: ClientCapabilities = watching) {
    const disk = new Map(Object.entries(files));
    const answers = { "alpine:edge": "a", "alpine:3.22": "b", "alpine:3.21.0": "c" };
    return { disk, ...(await startServer({ disk, capabilities, answers, initializationOptions: trusted })) };
  }

  it("reads them in the background, and says its findings anew", async () => {
    const { client } = await startWith({ "/project/.env": "TAG=edge\n" });
    await client.open(compose, text, "dockercompose");
    const [finding] = await settled(client, compose, "mutable-tag 3 2:11-2:24");
    assert.deepEqual(finding?.relatedInformation, [
      {
        location: { uri: environment, range: { start: { line: 0, character: 4 }, end: { line: 0, character: 8 } } },
        message: "The value of TAG.",
      },
    ]);
  });

  it("reads a file again that changed on the disk", async () => {
    const { client, disk } = await startWith({ "/project/.env": "TAG=edge\n" });
    await client.open(compose, text, "dockercompose");
    await settled(client, compose, "mutable-tag 3 2:11-2:24");
    disk.set("/project/.env", "TAG=3.21.0\n");
    await client.connection.sendNotification("workspace/didChangeWatchedFiles", {
      changes: [{ uri: environment, type: 2 }],
    });
    await settled(client, compose, "unpinned-image 4 2:11-2:24");
  });

  it("reads them again with each save where the client watches none", async () => {
    const { client, disk } = await startWith({ "/project/.env": "TAG=edge\n" }, modernClient);
    await client.open(compose, text, "dockercompose");
    await settled(client, compose, "mutable-tag 3 2:11-2:24");
    disk.set("/project/.env", "TAG=3.21.0\n");
    await client.connection.sendNotification("textDocument/didSave", { textDocument: { uri: compose } });
    await settled(client, compose, "unpinned-image 4 2:11-2:24");
  });

  it("takes a file from the editor where it is open", async () => {
    const override = `${folder}/compose.override.yaml`;
    const { client } = await startWith({ "/project/compose.override.yaml": "" });
    await client.open(compose, "services:\n  web:\n    image: alpine:edge\n", "dockercompose");
    await client.open(override, "services:\n  web:\n    image: alpine:edge\n", "dockercompose");
    await settled(client, compose, "mutable-tag 3 2:11-2:22");
    await client.edit(override, client.rangeOf(override, "image: alpine:edge"), "build: .");
    await settled(client, compose);
    assert.match(hoverText(await client.hover(compose, "alpine")), /built by the service `web`.*pull.*policy.*build/s);
  });

  it("pins in another file after a confirmation only", async () => {
    const { client } = await startWith({ "/project/.env": "X=1\nTAG=edge\n" });
    await client.open(compose, text, "dockercompose");
    await settled(client, compose, "mutable-tag 3 2:11-2:24");
    const pin = titled(await client.codeActions(compose, "alpine"), "Pin TAG in .env");
    assert.match(pin.title, /an override is not pinned/);
    const { edit } = await client.resolve(pin);
    const end = { line: 1, character: 8 };
    assert.deepEqual(edit, {
      documentChanges: [
        {
          textDocument: { uri: environment, version: null },
          edits: [{ range: { start: end, end }, newText: `@${digestOf("a")}`, annotationId: "other-file" }],
        },
      ],
      changeAnnotations: { "other-file": { label: "Pin in another file", needsConfirmation: true } },
    });
  });

  it("never changes another file by a fix of all", async () => {
    const { client } = await startWith({ "/project/.env": "TAG=edge\n" });
    await client.open(compose, text, "dockercompose");
    await settled(client, compose, "mutable-tag 3 2:11-2:24");
    const [fixAll] = await client.codeActions(compose, "alpine", { only: ["source.fixAll"] });
    assert.ok(fixAll);
    assert.equal((await client.resolve(fixAll)).edit, undefined);
    const { message } = await client.next<{ message: string }>("window/showMessage");
    assert.match(message, /^Not pinned: alpine:edge is set in another file/);
  });

  it("refuses an edit of a file that has changed since it was read", async () => {
    const { client, disk } = await startWith({ "/project/.env": "TAG=edge\n" });
    await client.open(compose, text, "dockercompose");
    await settled(client, compose, "mutable-tag 3 2:11-2:24");
    const pin = titled(await client.codeActions(compose, "alpine"), "Pin TAG in .env");
    disk.set("/project/.env", "# new\nTAG=edge\n");
    await assert.rejects(client.resolve(pin), { code: -32801 });
  });

  it("gives a client without versioned edits plain ones", async () => {
    const workspace = { ...modernClient.workspace, workspaceEdit: {} };
    const { client } = await startWith({ "/project/.env": "TAG=edge\n" }, { ...modernClient, workspace });
    await client.open(compose, text, "dockercompose");
    await settled(client, compose, "mutable-tag 3 2:11-2:24");
    const pin = titled(await client.codeActions(compose, "alpine"), "Pin TAG in .env");
    const { edit } = await client.resolve(pin);
    assert.deepEqual(Object.keys(edit?.changes ?? {}), [environment]);
  });

  it("tells a Dockerfile's finding which service sets its variable", async () => {
    const dockerfile = `${folder}/web/Dockerfile`;
    const services = "services:\n  web:\n    build:\n      context: web\n      args: { TAG: 3.22 }\n";
    const { client } = await startWith({ "/project/compose.yaml": services });
    await client.open(dockerfile, "ARG TAG=edge\nFROM alpine:$TAG\n");
    for (;;) {
      const [finding] = await client.pullDiagnostics(dockerfile);
      if (/ TAG is set by the service web of compose\.yaml\.$/.test(String(finding?.message))) return;
      await client.next("workspace/diagnostic/refresh");
    }
  });
});
