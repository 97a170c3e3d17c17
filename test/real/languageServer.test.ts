/** The language server as it is shipped: its bundles alone in an empty folder, over a pipe. */
import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type EmbeddedRegistry, startEmbeddedRegistry } from "../support/embeddedRegistry";
import { LspClient } from "../support/lspClient";
import { sampleImage } from "../support/sampleImages";

const bundles = resolve(__dirname, "../../server/dist");
const uri = "file:///project/Dockerfile";

describe("bundled language server on a pipe", () => {
  let folder: string;
  let server: ChildProcessWithoutNullStreams;
  let client: LspClient;
  let registry: EmbeddedRegistry;
  const image = sampleImage("library/alpine", ["edge"]);

  before(async () => {
    registry = await startEmbeddedRegistry({ images: [image] });
    folder = mkdtempSync(join(tmpdir(), "digest-pin-server-"));
    cpSync(bundles, folder, { recursive: true, filter: (source) => !/cli\.js|\.map$/.test(source) });
    server = spawn(process.execPath, [join(folder, "main.js"), "--stdio"], {
      cwd: folder,
      env: { PATH: process.env.PATH, DOCKER_CONFIG: folder },
    });
    server.stderr.pipe(process.stderr);
    client = new LspClient(server.stdout, server.stdin);
    const { serverInfo, capabilities } = await client.start();
    assert.equal(serverInfo?.name, "digest-pin");
    assert.ok(capabilities.hoverProvider && capabilities.codeActionProvider && capabilities.diagnosticProvider);
  });

  after(async () => {
    await registry.close();
    await client.stop();
    await new Promise((ended) => server.on("exit", ended));
    assert.equal(server.exitCode, 0);
    rmSync(folder, { recursive: true });
  });

  it("gives the findings of a Dockerfile and of a Compose file", async () => {
    await client.open("file:///project/1/Dockerfile", "FROM node\nFROM alpine:3.18.4\nFROM Alpine\n");
    const codes = (await client.pullDiagnostics("file:///project/1/Dockerfile")).map(({ code }) => code);
    assert.deepEqual(codes, ["implicit-latest", "unpinned-image", "invalid-reference"]);
    await client.open("file:///project/compose.yaml", "services: { web: { image: nginx:stable } }\n", "yaml");
    const [finding] = await client.pullDiagnostics("file:///project/compose.yaml");
    assert.equal(finding?.code, "mutable-tag");
    assert.deepEqual(finding?.range, client.rangeOf("file:///project/compose.yaml", "nginx:stable"));
  });

  it("starts and judges a Dockerfile without axios and the YAML reader", async () => {
    const alone = mkdtempSync(join(tmpdir(), "digest-pin-main-"));
    cpSync(join(bundles, "main.js"), join(alone, "main.js"));
    const child = spawn(process.execPath, [join(alone, "main.js"), "--stdio"], { cwd: alone });
    // A root that is no folder of this machine is no reason to fail either.
    const other = new LspClient(child.stdout, child.stdin, { rootUri: "file:///a%2Fb" });
    await other.start();
    await other.open(uri, "FROM alpine:edge\n");
    assert.equal((await other.pullDiagnostics(uri))[0]?.code, "mutable-tag");
    await other.stop();
    rmSync(alone, { recursive: true });
  });

  it("pins to what a registry serves, and words a failure", async () => {
    const name = `${registry.host}/library/alpine`;
    const text = `FROM ${name}:edge\nFROM ${name}:gone\n`;
    await client.open(uri, text);
    const pins = await client.codeActions(uri, text.trimEnd());
    const [edge, gone] = await Promise.all(
      pins.filter(({ title }) => title.startsWith("Pin ")).map((pin) => client.resolve(pin)),
    );
    assert.ok(edge?.edit && gone);
    assert.equal(client.applied(uri, edge.edit), text.replace(":edge", `:edge@${image.root.digest}`));
    assert.equal(gone.edit, undefined);
    assert.match((await client.next<{ message: string }>("window/showMessage")).message, /^Not pinned: .*404/);
  });
});
