/**
 * The language server in an editor that is not VS Code: Debian's Neovim, which is old enough to know no pull
 * diagnostics and to want every capability declared at the start. `lsp.lua` does what a user does; a real registry
 * answers.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text as readText } from "node:stream/consumers";
import { skipUnlessInstalled } from "../support/system";
import { repository, skipUnlessBuilt } from "./needs";
import { type DemoRegistry, startDemoRegistry } from "./registries";

const command = path.join(repository, "server/dist/cli.js");

interface SeenDiagnostic {
  readonly rule: string;
  readonly source: string;
  /** As Neovim counts: 1 error, 2 warning, 3 information, 4 hint. */
  readonly severity: number;
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
}

/** What `lsp.lua` writes. */
interface Seen {
  readonly filetype: string;
  readonly before: readonly SeenDiagnostic[];
  readonly hover: { readonly kind: string; readonly value: string };
  readonly titles: readonly string[];
  readonly after: readonly SeenDiagnostic[];
  readonly stopped: boolean;
  readonly failure?: string;
}

describe("the language server in Neovim", function () {
  this.timeout(60_000);
  let registry: DemoRegistry | undefined;
  let home: string | undefined;
  let host: string;
  let digest: string;
  let file: string;
  let seen: Seen;

  const text = (pin: string): string =>
    `# top\nFROM  ${host}/library/alpine:edge${pin}  AS base\n\nfrom ${host}/library/alpine:3.20.3\n`;

  before(async function () {
    const nvim = skipUnlessInstalled(this, "nvim");
    const dockerRegistry = skipUnlessInstalled(this, "docker-registry");
    skipUnlessBuilt(this, command, "npm run build");

    registry = await startDemoRegistry(dockerRegistry);
    ({ host, digest } = registry);
    home = mkdtempSync(path.join(tmpdir(), "digest-pin-neovim-"));
    const folder = path.join(home, "workspace");
    mkdirSync(folder);
    file = path.join(folder, "Dockerfile");
    writeFileSync(file, text(""));
    seen = await runNeovim(nvim, home, folder, host);
  });

  after(async () => {
    await registry?.stop();
    if (home !== undefined) rmSync(home, { recursive: true });
  });

  it("pushes its diagnostics", () => {
    assert.equal(seen.filetype, "dockerfile");
    const column = 6;
    const edge = {
      rule: "mutable-tag",
      severity: 3,
      line: 1,
      column,
      endColumn: column + `${host}/library/alpine:edge`.length,
    };
    const full = {
      rule: "unpinned-image",
      severity: 4,
      line: 3,
      column: 5,
      endColumn: 5 + `${host}/library/alpine:3.20.3`.length,
    };
    const source = "digest-pin";
    const byLine = [...seen.before].sort((a, b) => a.line - b.line);
    assert.deepEqual(byLine, [
      { ...edge, source },
      { ...full, source },
    ]);
  });

  it("says the tag's digest in a hover", () => {
    assert.ok(seen.hover.value.includes(digest), seen.hover.value);
  });

  it("pins by a code action, and the finding goes away", () => {
    assert.match(seen.titles.join("\n"), /^Pin (.+ )?to /);
    assert.deepEqual(
      seen.after.map(({ rule }) => rule),
      ["unpinned-image"],
    );
    assert.equal(readFileSync(file, "utf8"), text(`@${digest}`));
  });

  it("ends when it is told to", () => {
    assert.equal(seen.stopped, true);
  });
});

/** Resolves with what `lsp.lua` saw; rejects with what Neovim printed where it failed. */
async function runNeovim(nvim: string, home: string, folder: string, host: string): Promise<Seen> {
  const results = path.join(home, "results.json");
  const script = path.join(__dirname, "lsp.lua");
  const child = spawn(nvim, ["--clean", "--headless", "-n", "-c", `luafile ${script}`, "Dockerfile"], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      XDG_CACHE_HOME: path.join(home, "cache"), // the server's log of Neovim, and the cache of the server
      DIGEST_PIN_NODE: process.execPath,
      DIGEST_PIN_SERVER: command,
      DIGEST_PIN_REGISTRY: host,
      DIGEST_PIN_RESULTS: results,
    },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 50_000,
  });
  const [stdout, stderr] = await Promise.all([readText(child.stdout), readText(child.stderr)]);
  if (!existsSync(results)) throw new Error(`Neovim left no results:\n${stdout}${stderr}`);
  const seen = JSON.parse(readFileSync(results, "utf8")) as Seen;
  if (seen.failure !== undefined) throw new Error(`${seen.failure}\n${stdout}${stderr}`);
  return seen;
}
