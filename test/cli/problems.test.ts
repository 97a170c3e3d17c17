import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { statSync, truncateSync } from "node:fs";
import { basename } from "node:path";
import { type Files, localFiles } from "../../server/src/cli/files";
import { digestOf, Registries, type RunOptions, Workspace } from "./workspace";

interface Entry {
  readonly path: string;
  readonly uses?: readonly { readonly raw: string }[];
  readonly findings?: readonly { readonly rule: string }[];
  readonly written?: boolean;
  readonly problem?: { readonly code: string; readonly message: string };
}

/** Nine levels of nine aliases each, above an image. */
const aliasBomb = `services:\n  a: {image: alpine}\nx0: &x0 [lol]\n${Array.from({ length: 9 }, (_, level) => `x${level + 1}: &x${level + 1} [${Array(9).fill(`*x${level}`).join(", ")}]\n`).join("")}`;

function failing(name: string, method: "stat" | "read", code: string): Partial<Files> {
  return {
    [method]: (path: string) =>
      basename(path) === name ? Promise.reject(Object.assign(new Error(code), { code })) : localFiles[method](path),
  };
}

/** One bad file beside `Dockerfile`. */
const cases: readonly {
  readonly title: string;
  readonly name: string;
  readonly content: string | Buffer | null;
  readonly options?: RunOptions;
  readonly code: string;
  readonly message: RegExp;
  readonly uses?: readonly string[];
}[] = [
  { title: "a folder that is not there", name: "gone/", content: null, code: "not-found", message: /no such file/ },
  {
    title: "a glob that matches nothing",
    name: "gone/*",
    content: null,
    code: "no-match",
    message: /check the pattern/,
  },
  {
    title: "a binary file",
    name: "compose.yaml",
    content: Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]),
    code: "binary-file",
    message: /binary/,
  },
  {
    title: "text in Latin-1",
    name: "compose.yaml",
    content: Buffer.from("services: {a: {image: caf\u00e9}}", "latin1"),
    code: "not-utf-8",
    message: /save it as UTF-8/,
  },
  {
    title: "text in UTF-16",
    name: "prod.Dockerfile",
    content: Buffer.from("\ufeffFROM alpine\n", "utf16le"),
    code: "not-utf-8",
    message: /UTF-16/,
  },
  { title: "an alias bomb", name: "compose.yaml", content: aliasBomb, code: "too-many-aliases", message: /^line 1, / },
  {
    title: "YAML that breaks off",
    name: "compose.yaml",
    content: "services:\n  a: {image: alpine}\n  b: {image: busybox\n",
    code: "yaml-syntax",
    message: /^line \d+, column \d+: .*correct it/,
    uses: ["alpine", "busybox"],
  },
  {
    title: "a file that may not be read",
    name: "closed.Dockerfile",
    content: "FROM alpine\n",
    options: { files: failing("closed.Dockerfile", "read", "EACCES") },
    code: "unreadable",
    message: /EACCES.*permissions/,
  },
  {
    title: "a file that went away after it was found",
    name: "removed.Dockerfile",
    content: "FROM alpine\n",
    options: { files: failing("removed.Dockerfile", "read", "ENOENT") },
    code: "not-found",
    message: /no longer there/,
  },
];

describe("bad input", () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = new Workspace();
    workspace.write({ Dockerfile: "FROM alpine\n" });
  });
  afterEach(() => workspace.remove());

  async function expectProblem(
    name: string,
    options: RunOptions,
    code: string,
    message: RegExp,
    uses: readonly string[],
  ) {
    const path = name.replace(/\/$/, "");
    const { status, stdout, stderr } = await workspace.run(["check", ".", name], options);
    assert.equal(status, 2);
    assert.match(stdout, /^Dockerfile:1:6: warning/m, "the other file goes on");
    assert.match(stderr, /^digest-pin: [^\n]+\n$/, "one line");
    assert.ok(stderr.includes(path));

    const { files } = await workspace.json<Entry>(["check", ".", name], options);
    const entry = files.find((file) => file.path === path || file.path === name);
    assert.equal(entry?.problem?.code, code);
    assert.match(entry?.problem?.message ?? "", message);
    assert.deepEqual(
      entry?.uses?.map(({ raw }) => raw),
      uses,
    );
    assert.equal(entry?.findings?.length, uses.length);
    assert.equal(files.find((file) => file.path === "Dockerfile")?.problem, undefined);
  }

  for (const { title, name, content, options, code, message, uses } of cases) {
    it(`tells of ${title}`, async () => {
      if (content !== null) workspace.write({ [name]: content });
      await expectProblem(name, options ?? {}, code, message, uses ?? []);
    });

    it(`pins the other file beside ${title}`, async () => {
      if (content !== null) workspace.write({ [name]: content });
      const questions = new Registries({ "docker.io/library/alpine": digestOf("a") });
      const { status, stderr } = await workspace.run(["pin", "--write", ".", name], { ...options, questions });
      assert.equal(status, 2);
      assert.match(stderr, /^digest-pin: [^\n]+\n$/);
      assert.equal(workspace.read("Dockerfile"), `FROM alpine:latest@${digestOf("a")}\n`);
      if (content !== null) assert.equal(workspace.read(name), content.toString("utf8"));
    });
  }

  it("tells of 20 MB of YAML without reading them", async () => {
    workspace.write({ "compose.yaml": "services: {a: {image: alpine}}\n" });
    truncateSync(workspace.at("compose.yaml"), 20_000_000);
    assert.equal(statSync(workspace.at("compose.yaml")).size, 20_000_000);
    const read = (path: string) => {
      assert.notEqual(basename(path), "compose.yaml");
      return localFiles.read(path);
    };
    await expectProblem("compose.yaml", { files: { read } }, "too-large", /larger than 10 MB/, []);
  });

  it("tells of a pipe without waiting for it", async function () {
    if (spawnSync("mkfifo", [workspace.at("Dockerfile.pipe")]).status !== 0) this.skip();
    await expectProblem("Dockerfile.pipe", {}, "not-a-file", /regular file/, []);
  });

  it("passes over a folder that has a Dockerfile's name", async () => {
    workspace.write({ "sub/Dockerfile/x.txt": "" });
    assert.equal((await workspace.run(["images"])).status, 0);
  });
});
