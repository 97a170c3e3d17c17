/** The built command, as many processes at once, shares what it is told. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type EmbeddedRegistry, startEmbeddedRegistry } from "../support/embeddedRegistry";
import { sampleImage } from "../support/sampleImages";

const PROCESSES = 50;
const command = resolve("server/dist/cli.js");

describe("the command, in many processes", function () {
  this.timeout(120_000);
  let home: string;
  let registry: EmbeddedRegistry;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), "registry-shared-"));
    registry = await startEmbeddedRegistry({ images: [sampleImage("acme/app", ["1"])] });
    await writeFile(join(home, "Dockerfile"), `FROM ${registry.host}/acme/app:1\n`);
  });
  after(async () => {
    await registry?.close();
    if (home) await rm(home, { recursive: true, force: true });
  });

  /** What one process found, as JSON. */
  function check(...args: string[]): Promise<string> {
    const env = { PATH: process.env.PATH, HOME: home };
    return new Promise((done, fail) => {
      const parameters = [command, "check", "--format", "json", ...args, join(home, "Dockerfile")];
      execFile(process.execPath, parameters, { env }, (error, stdout, stderr) => {
        if (error !== null && error.code !== 1) fail(new Error(`it failed: ${stderr}`));
        else done(stdout);
      });
    });
  }

  it(`asks once where ${PROCESSES} want to know the same at the same time, and not again`, async () => {
    const outputs = await Promise.all(Array.from({ length: PROCESSES }, () => check()));
    assert.equal(registry.requests.length, 1);
    assert.equal(new Set(outputs).size, 1);
    assert.ok(!outputs[0]?.includes("unchecked"));
    await check();
    assert.equal(await check("--offline"), outputs[0]);
    assert.equal(registry.requests.length, 1);
    await check("--refresh");
    assert.equal(registry.requests.length, 2);
  });
});
