/**
 * The extension inside VS Code's extension host, in a folder that is trusted and in one that is not. Each suite of
 * `suite/` runs in a window of its own; its tests are told here one by one, as if they had run here. The registries'
 * side is asserted here as well: who was asked, and who must never be.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Test } from "mocha";
import type { Browser } from "playwright-core";
import { skipUnlessInstalled } from "../support/system";
import { quietSettings, startBrowser } from "./browser";
import { startCodeServer } from "./codeServer";
import { runInExtensionHost } from "./extensionHost";
import { extensionFolder, repository, skipUnlessBrowser, skipUnlessBuilt, skipUnlessHostInstalled } from "./needs";
import { type CountingServer, startCountingServer, startDemoRegistry } from "./registries";
import type { InnerResult } from "./suite/mochaRun";

interface InnerRun {
  readonly suite: "trusted" | "restricted";
  /** The registry that the user's own settings name. */
  readonly named: string;
  /** A registry that only the workspace's settings name. */
  readonly foreign: string;
  readonly env: Readonly<Record<string, string>>;
}

describe("the extension in its host", function () {
  this.timeout(120_000);
  let browser: Browser;

  before(async function () {
    skipUnlessHostInstalled(this);
    skipUnlessBuilt(this, path.join(extensionFolder, "package.json"), "npm run build");
    browser = await startBrowser(skipUnlessBrowser(this));
  });

  after(() => browser?.close());

  describe("trusted", () => {
    let foreign: CountingServer;

    before(async function () {
      const registry = await startDemoRegistry(skipUnlessInstalled(this, "docker-registry"));
      foreign = await startCountingServer();
      try {
        const env = { DIGEST_PIN_DIGEST: registry.digest };
        addTests(this, await runSuite(browser, { suite: "trusted", named: registry.host, foreign: foreign.host, env }));
      } finally {
        await Promise.all([registry.stop(), foreign.stop()]);
      }
    });

    it("asked no registry that only the workspace names", () => {
      assert.equal(foreign.connections(), 0);
    });
  });

  describe("restricted", () => {
    let named: CountingServer;
    let foreign: CountingServer;

    before(async function () {
      named = await startCountingServer();
      foreign = await startCountingServer();
      try {
        const hosts = { named: named.host, foreign: foreign.host };
        addTests(this, await runSuite(browser, { suite: "restricted", ...hosts, env: {} }));
      } finally {
        await Promise.all([named.stop(), foreign.stop()]);
      }
    });

    it("asked no registry at all", () => {
      assert.equal(named.connections(), 0);
      assert.equal(foreign.connections(), 0);
    });
  });
});

/** Runs a suite in a window and on a server of its own. Rejects where it did not run at all. */
async function runSuite(browser: Browser, inner: InnerRun): Promise<InnerResult[]> {
  const home = mkdtempSync(path.join(tmpdir(), "digest-pin-suite-"));
  const folder = path.join(home, "workspace");
  const results = path.join(home, "results.json");
  mkdirSync(path.join(folder, ".vscode"), { recursive: true });
  // What a repository might try: to have a host of its own asked, or to change when anything is asked.
  const workspaceSettings = { "digestPin.registries": [inner.foreign], "digestPin.network": "off" };
  writeFileSync(path.join(folder, ".vscode/settings.json"), JSON.stringify(workspaceSettings));
  const server = await startCodeServer({
    settings: { ...quietSettings, "digestPin.registries": [inner.named] },
    restricted: inner.suite === "restricted",
    testDriver: true,
  });
  try {
    const { exitCode, output } = await runInExtensionHost({
      suite: inner.suite,
      browser,
      server,
      extension: extensionFolder,
      folder,
      env: {
        ...inner.env,
        DIGEST_PIN_REGISTRY: inner.named,
        DIGEST_PIN_FOREIGN_REGISTRY: inner.foreign,
        DIGEST_PIN_RESULTS: results,
      },
      timeoutMs: 100_000,
    });
    const told = existsSync(results) ? (JSON.parse(readFileSync(results, "utf8")) as InnerResult[]) : [];
    const failed = told.length === 0 || told.some(({ failure }) => failure !== undefined);
    if (failed || exitCode !== 0) {
      const logs = path.join(repository, ".cache/editor", `${inner.suite}-logs`);
      server.keepLogs(logs);
      writeFileSync(path.join(logs, "window.log"), output);
      console.error(`      The logs are in ${path.relative(repository, logs)}.`);
    }
    assert.equal(exitCode !== 0, failed, `the suite ended with ${exitCode} and told of ${told.length} tests`);
    return told;
  } finally {
    await server.stop();
    rmSync(home, { recursive: true });
  }
}

/** Adds what ran inside to the tests of the suite whose hook this is; mocha runs them after the hook. */
function addTests(hook: Mocha.Context, results: readonly InnerResult[]): void {
  for (const { title, milliseconds, failure } of results) {
    const test = new Test(`${title} (${milliseconds} ms)`, () => {
      if (failure !== undefined) throw new Error(failure);
    });
    hook.test?.parent?.addTest(test);
  }
}
