/**
 * What a user sees of signatures in the installed package: who signed an image, the preferred action that pins it to
 * the signed digest, and the error of an image whose trust data was tampered with. Registry and trust server are real.
 * With UPDATE_IMAGES=1 it renews the pictures of the documentation.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser } from "playwright-core";
import { type DockerRegistry, startDockerRegistry } from "../support/dockerRegistry";
import { NotaryClient } from "../support/notary/notaryClient";
import { type NotaryServer, skipUnlessNotaryIsInstalled, startNotaryServer } from "../support/notary/notaryServer";
import { startTamperingProxy, type TamperingProxy } from "../support/notary/tamperingProxy";
import { type SampleImage, sampleImage } from "../support/sampleImages";
import { skipUnlessInstalled } from "../support/system";
import { EditorWindow, quietSettings, startBrowser } from "./browser";
import { type CodeServer, startCodeServer } from "./codeServer";
import { packageFile, repository, skipUnlessBrowser, skipUnlessBuilt, skipUnlessHostInstalled } from "./needs";
import { stepByStep } from "./steps";

const pictures = path.join(repository, process.env.UPDATE_IMAGES === "1" ? "docs/images" : ".cache/editor");

describe("signatures in the installed package", function () {
  this.timeout(90_000);
  const cleanups: (() => unknown)[] = [];
  const api = sampleImage("acme/api", ["1.4"]);
  const gateway = sampleImage("acme/gateway", ["2.0.1"]);
  let host: string;
  let notary: NotaryServer;
  let proxy: TamperingProxy;
  let server: CodeServer;
  let browser: Browser;
  let window: EditorWindow;
  let file: string;
  let rootKeys: string[];

  const text = (inserted: string): string =>
    [
      "# What the publisher signed.",
      `FROM ${host}/acme/api:1.4${inserted} AS api`,
      "",
      `FROM ${host}/acme/gateway:2.0.1`,
      "COPY --from=api /app /app",
      "",
    ].join("\r\n");

  /** Published as `docker trust` does it: the tag stands in a delegation, signed by the key of a person. */
  async function publish(image: SampleImage, folder: string): Promise<void> {
    const client = new NotaryClient({ server: notary.url, caPath: notary.caPath, directory: folder });
    const gun = `${host}/${image.repository}`;
    await client.init(gun);
    const signer = await notary.authority.selfSigned({ name: image.repository.replace("/", "-"), commonName: "Ana" });
    await client.importKey(signer.keyPath, "user");
    await client.addDelegation(gun, "targets/releases", signer.certificatePath);
    const sha256 = image.root.digest.slice("sha256:".length);
    for (const tag of image.tags) await client.addHash(gun, tag, image.root.body.length, sha256, ["targets/releases"]);
    rootKeys = (await client.listKeys()).flatMap(({ role, keyId }) => (role === "root" ? keyId : []));
  }

  before(async function () {
    skipUnlessHostInstalled(this);
    skipUnlessBuilt(this, packageFile, "npm run package");
    const chromium = skipUnlessBrowser(this);
    skipUnlessNotaryIsInstalled(this);
    const dockerRegistry = skipUnlessInstalled(this, "docker-registry");

    const folder = mkdtempSync(path.join(tmpdir(), "digest-pin-signed-"));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const registry: DockerRegistry = await startDockerRegistry(dockerRegistry);
    cleanups.push(() => registry.stop());
    host = registry.host.replace("127.0.0.1", "localhost");
    for (const image of [api, gateway]) await registry.push(image);
    notary = await startNotaryServer({ signer: "local" });
    cleanups.push(() => notary.stop());
    proxy = await startTamperingProxy(notary.authority, notary.url);
    cleanups.push(() => proxy.close());
    for (const image of [api, gateway]) await publish(image, path.join(folder, "notary"));
    proxy.tamper(({ path: requested }, answer) => {
      if (!/gateway.*targets\/releases\./.test(requested)) return answer;
      const digest = Buffer.alloc(32, 0xff).toString("base64");
      const body = answer.body.toString("utf8").replace(/("sha256":")[^"]+/, `$1${digest}`);
      return { ...answer, body: Buffer.from(body) };
    });

    const configuration = path.join(folder, "config", "digest-pin");
    mkdirSync(configuration, { recursive: true });
    writeFileSync(
      path.join(configuration, "policy.yaml"),
      `version: 1
trust:
  - images: ["${host}/acme/*"]
    notary: { server: "${proxy.url}", ca: "${notary.caPath}", roots: [${rootKeys.join(", ")}] }
`,
    );
    const workspace = path.join(folder, "workspace");
    mkdirSync(workspace);
    file = path.join(workspace, "Dockerfile");
    writeFileSync(file, text(""));
    server = await startCodeServer({
      vsix: packageFile,
      settings: quietSettings,
      env: { XDG_CONFIG_HOME: path.join(folder, "config"), XDG_DATA_HOME: path.join(folder, "data") },
    });
    cleanups.push(() => server.stop());
    browser = await startBrowser(chromium);
    cleanups.push(() => browser.close());
    window = await EditorWindow.open(browser, server, workspace, file);
  });

  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  stepByStep(() => ({ window, server }));

  it("are looked up by themselves where the policy covers the image: the tampered one is an error", async () => {
    const hover = await window.hover("error", "Invalid signature");
    assert.match(hover, /hash-mismatch/);
    await window.picture(path.join(pictures, "tampered.png"));
  });

  it("stand in the hover with the signer, the root key and the policy's word", async () => {
    const hover = await window.hover("info", "Verified");
    assert.ok(hover.includes("targets/releases"), hover);
    assert.match(hover, /Root key [0-9a-f]{12}…, pinned by policy, first seen \d{4}-\d{2}-\d{2}/);
    assert.ok(hover.includes(api.root.digest), hover);
    await window.picture(path.join(pictures, "verified.png"));
  });

  it("give no pin for the tampered image, and the reason", async () => {
    const titles = await window.openQuickFixes("error");
    assert.ok(!titles.some((title) => title.startsWith("Pin ") && title.includes("sha256:")), titles.join("\n"));
    await window.closeHover();
  });

  it("make the signed digest the preferred action, which changes no other byte", async () => {
    const titles = await window.openQuickFixes("info");
    assert.match(titles[0] ?? "", /^Pin .* to the signed digest sha256:.* \(signed by targets\/releases\)$/);
    await window.picture(path.join(pictures, "signed-action.png"));
    await window.takeQuickFix(/^Pin .* to the signed digest/);
    await window.showsText(`@${api.root.digest.slice(0, 20)}`);
    await window.save();
    assert.equal(readFileSync(file, "utf8"), text(`@${api.root.digest}`));
  });
});
