import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { unifiedDiff } from "../../server/src/cli/unifiedDiff";
import { digestOf, Registries, Workspace } from "./workspace";

const registries = () =>
  new Registries({
    "docker.io/library/alpine": digestOf("a"),
    "docker.io/library/alpine:edge": digestOf("b"),
    "docker.io/library/node:20": digestOf("c"),
  });

const filler = (count: number) => Array.from({ length: count }, (_, index) => `RUN step ${index}\n`).join("");

const documents: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "one line": { Dockerfile: "FROM alpine\n" },
  "no final newline": { Dockerfile: "# x\nFROM alpine" },
  "no final newline after the change": { Dockerfile: "FROM alpine\nRUN x" },
  CRLF: { Dockerfile: "FROM alpine\r\nRUN x\r\nFROM alpine:edge\r\n" },
  "CRLF without final newline": { Dockerfile: "RUN x\r\nFROM alpine" },
  "mixed line ends, and a lone carriage return": { Dockerfile: "# a\rb\r\nFROM alpine\nRUN x\r\n" },
  "a byte order mark": { Dockerfile: "\ufeffFROM alpine\r\nRUN x\r\n" },
  "several hunks": {
    Dockerfile: `FROM alpine\n${filler(20)}FROM node:20\n${filler(7)}FROM alpine:edge\n${filler(6)}FROM alpine\n`,
  },
  "hunks that touch": { Dockerfile: `FROM alpine\n${filler(6)}FROM node:20\n${filler(7)}FROM alpine\n` },
  "several uses in one line": { "compose.json": '{"services": {"a": {"image": "alpine"}, "b": {"image": "node:20"}}}' },
  "one default for two uses": { Dockerfile: `ARG TAG=edge\nFROM alpine:\${TAG}\nRUN x\nFROM alpine:\${TAG}\n` },
  "several files": {
    "b/Dockerfile": "FROM alpine\n",
    "a/compose.yaml": "services:\n  a:\n    image: 'node:20' # 日本\n",
  },
  "odd names": {
    "a b/Dockerfile": "FROM alpine\n",
    'é\t"q\\/Dockerfile': "FROM alpine\n",
    "::error::x/Dockerfile": "FROM alpine\n",
    "-x/Dockerfile": "FROM alpine\n",
  },
};

describe("digest-pin pin --diff", () => {
  let [written, patched]: [Workspace, Workspace] = [new Workspace(), new Workspace()];
  beforeEach(() => {
    [written, patched] = [new Workspace(), new Workspace()];
  });
  afterEach(() => {
    written.remove();
    patched.remove();
  });

  for (const [title, files] of Object.entries(documents)) {
    it(`prints what git applies to the same bytes as --write: ${title}`, async () => {
      written.write(files);
      patched.write(files);
      const { status, stdout, stderr } = await patched.run(["pin", "--diff"], { questions: registries() });
      assert.equal(status, 0);
      assert.match(stderr, /^Would pin \d+ image uses? in \d+ files?\.\n$/);
      assert.equal((await written.run(["pin", "--write"], { questions: registries() })).status, 0);
      for (const path of Object.keys(files)) assert.equal(patched.read(path), files[path]);

      const git = spawnSync("git", ["apply", "--whitespace=nowarn", "-"], { cwd: patched.path, input: stdout });
      assert.equal(git.stderr.toString(), "");
      for (const path of Object.keys(files)) {
        assert.equal(patched.read(path), written.read(path));
        assert.notEqual(patched.read(path), files[path]);
      }
    });
  }

  it("prints what GNU patch takes too, names with spaces included", async function () {
    const names = ["a b/Dockerfile", "compose.yaml"];
    const texts = { "a b/Dockerfile": "FROM alpine\r\nRUN x", "compose.yaml": "services: {a: {image: alpine}}\n" };
    patched.write(texts);
    written.write(texts);
    const { stdout } = await patched.run(["pin", "--diff"], { questions: registries() });
    const patch = spawnSync("patch", ["-p1", "--binary"], { cwd: patched.path, input: stdout });
    if (patch.error) this.skip();
    assert.equal(patch.status, 0, patch.stdout.toString());
    await written.run(["pin", "--write"], { questions: registries() });
    for (const name of names) assert.equal(patched.read(name), written.read(name));
  });

  it("writes too where both are asked for, with the patch alone on standard output", async () => {
    written.write({ Dockerfile: "FROM alpine\nFROM gone\n" });
    const { status, stdout, stderr } = await written.run(["pin", "--diff", "--write"], { questions: registries() });
    assert.equal(status, 1);
    assert.match(stdout, /^diff --git .*\n FROM gone\n$/s);
    assert.match(
      stderr,
      /^Dockerfile:2:6: gone stays unpinned: .*\nPinned 1 image use in 1 file, 1 stays unpinned\.\n$/,
    );
    assert.match(written.read("Dockerfile"), /^FROM alpine:latest@sha256:a/);
  });

  it("is exact to the byte for a program, and without effect on a terminal", async () => {
    written.write({ Dockerfile: "# \u001b[2J\u202e\r\nFROM alpine\n" });
    const piped = await written.run(["pin", "--diff"], { questions: registries() });
    assert.ok(piped.stdout.includes(" # \u001b[2J\u202e\r\n"));
    const shown = await written.run(["pin", "--diff"], { questions: registries(), isTerminal: true });
    assert.match(shown.stdout, /^ # \\u001b\[2J\\u202e$/m);
  });

  it("takes time in proportion to the changes, however many a file has", async () => {
    const line = "FROM alpine\n";
    const count = 5_000;
    const edits = Array.from({ length: count }, (_, index) => {
      const end = (index + 1) * line.length - 1;
      return { range: { start: end, end }, newText: "@x" };
    });
    const patch = unifiedDiff("Dockerfile", { text: line.repeat(count), hasByteOrderMark: false }, edits);
    assert.equal(patch.match(/^\+FROM alpine@x$/gm)?.length, count);
  });
});
