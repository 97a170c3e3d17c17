/**
 * What a user sees who installs the package: a squiggle, a hover with the digest of a real registry, a quick fix, and
 * a file on disk that changed by the digest alone. It drives a browser on the installed .vsix, so a file that the
 * package misses fails here. With UPDATE_IMAGES=1 it renews the pictures of the documentation.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser } from "playwright-core";
import { skipUnlessInstalled } from "../support/system";
import { EditorWindow, quietSettings, startBrowser } from "./browser";
import { type CodeServer, startCodeServer } from "./codeServer";
import { packageFile, repository, skipUnlessBrowser, skipUnlessBuilt, skipUnlessHostInstalled } from "./needs";
import { type DemoRegistry, startDemoRegistry } from "./registries";
import { stepByStep } from "./steps";

const pictures = path.join(repository, process.env.UPDATE_IMAGES === "1" ? "docs/images" : ".cache/editor");

/** "Pin to …" as well as "Pin alpine:edge to …". */
const pinTitle = /^Pin (.+ )?to /m;

describe("the installed package in a browser", function () {
  this.timeout(90_000);
  const cleanups: (() => unknown)[] = [];
  let registry: DemoRegistry;
  let server: CodeServer;
  let browser: Browser;
  let window: EditorWindow;
  let file: string;

  /** The document with what is inserted behind the first image; every odd space in it is there to stay. */
  const text = (inserted: string): string =>
    [
      "# The base of every image here.",
      `FROM  --platform=linux/amd64 ${registry.host}/library/alpine:edge${inserted} AS base`,
      "RUN apk add --no-cache curl\t",
      "",
      `from ${registry.host}/library/alpine:3.20.3`,
      "COPY --from=base /usr/bin/curl /usr/bin/curl",
    ].join("\r\n");

  before(async function () {
    skipUnlessHostInstalled(this);
    skipUnlessBuilt(this, packageFile, "npm run package");
    const chromium = skipUnlessBrowser(this);
    const dockerRegistry = skipUnlessInstalled(this, "docker-registry");

    registry = await startDemoRegistry(dockerRegistry);
    cleanups.push(() => registry.stop());
    const folder = mkdtempSync(path.join(tmpdir(), "digest-pin-workspace-"));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    file = path.join(folder, "Dockerfile");
    writeFileSync(file, text(""));
    const settings = { ...quietSettings, "digestPin.registries": [registry.host] };
    server = await startCodeServer({ vsix: packageFile, settings });
    cleanups.push(() => server.stop());
    browser = await startBrowser(chromium);
    cleanups.push(() => browser.close());
    window = await EditorWindow.open(browser, server, folder, file);
  });

  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  stepByStep(() => ({ window, server }));

  it("draws a squiggle below a tag that can move", async () => {
    await window.squiggle("info");
    await window.picture(path.join(pictures, "squiggle.png"));
  });

  it("says in a hover where the tag stands", async () => {
    const hover = await window.hover("info", registry.digest);
    assert.ok(hover.includes(`${registry.host}/library/alpine:edge`), hover);
    await window.picture(path.join(pictures, "hover.png"));
  });

  it("offers to pin as a quick fix", async () => {
    const titles = await window.openQuickFixes("info");
    assert.match(titles.join("\n"), pinTitle);
    await window.picture(path.join(pictures, "quick-fix.png"));
  });

  it("writes the digest into the file, and changes no other byte", async () => {
    await window.takeQuickFix(pinTitle);
    await window.showsText(`@${registry.digest.slice(0, 20)}`);
    await window.save();
    await window.picture(path.join(pictures, "pinned.png"));
    assert.equal(readFileSync(file, "utf8"), text(`@${registry.digest}`));
  });
});
