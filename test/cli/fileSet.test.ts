import assert from "node:assert/strict";
import type { Dirent } from "node:fs";
import { basename } from "node:path";
import { findFiles, splitGlob, withSlashes } from "../../server/src/cli/fileSet";
import { localFiles } from "../../server/src/cli/files";
import { Workspace } from "./workspace";

const from = "FROM alpine\n";

describe("files from arguments", () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = new Workspace();
  });
  afterEach(() => workspace.remove());

  async function pathsOf(args: readonly string[], folder = ""): Promise<string[]> {
    const { found, missed } = await findFiles(args, workspace.at(folder), localFiles);
    return [...found.map(({ path }) => path), ...missed.map(({ path, problem }) => `${path}: ${problem.code}`)];
  }

  it("finds Dockerfiles and Compose files below a folder, hidden folders included", async () => {
    workspace.write({
      Dockerfile: from,
      "api/Dockerfile.dev": from,
      "api/Dockerfile.dev.dockerignore": "",
      "api/prod.Dockerfile": from,
      ".devcontainer/Containerfile": from,
      "compose.yaml": "",
      "stack/docker-compose.prod.yml": "",
      "stack/values.yaml": "",
      "README.md": "",
      ".git/Dockerfile": from,
      "node_modules/p/Dockerfile": from,
    });
    assert.deepEqual(await pathsOf(["."]), [
      ".devcontainer/Containerfile",
      "Dockerfile",
      "api/Dockerfile.dev",
      "api/prod.Dockerfile",
      "compose.yaml",
      "stack/docker-compose.prod.yml",
    ]);
  });

  it("leaves out what nested and parent .gitignore files exclude, up to the git top level", async () => {
    workspace.write({
      ".gitignore": "Dockerfile\n",
      "top/.git/HEAD": "",
      "top/.gitignore": "/built/\n/a/listed/Dockerfile\n",
      "top/built/Dockerfile": from,
      "top/a/Dockerfile": from,
      "top/a/listed/Dockerfile": from,
      "top/a/.gitignore": "*.dev\n!kept.dev/\nout/*\n!out/Dockerfile\n",
      "top/a/Dockerfile.dev": from,
      "top/a/out/Dockerfile": from,
      "top/a/out/Containerfile": from,
    });
    assert.deepEqual(await pathsOf(["."], "top"), ["a/Dockerfile", "a/out/Dockerfile"]);
    assert.deepEqual(await pathsOf(["."], "top/a"), ["Dockerfile", "out/Dockerfile"]);
    assert.deepEqual(await pathsOf(["top/a/**"]), ["top/a/Dockerfile", "top/a/out/Dockerfile"]);
  });

  it("reads a file that is named although git ignores it, and says that a folder gives nothing", async () => {
    workspace.write({ ".git/HEAD": "", ".gitignore": "built\n", "built/Dockerfile": from, "empty/x": "" });
    assert.deepEqual(await pathsOf(["built/Dockerfile"]), ["built/Dockerfile"]);
    assert.deepEqual(await pathsOf(["built", "empty"]), ["built: no-match", "empty: no-match"]);
  });

  it("follows no link on the way, and the one that is given", async () => {
    const outside = new Workspace();
    try {
      outside.write({ Dockerfile: from, "deep/Dockerfile": from });
      workspace.write({ "a/Dockerfile": from });
      workspace.link("a/folder", outside.path);
      workspace.link("a/Dockerfile.link", outside.at("Dockerfile"));
      workspace.link("a/.gitignore", "/dev/zero");
      assert.deepEqual(await pathsOf(["."]), ["a/Dockerfile"]);
      assert.deepEqual(await pathsOf(["a/**/Dockerfile*"]), ["a/Dockerfile"]);
      assert.deepEqual(await pathsOf(["a/Dockerfile.link"]), ["a/Dockerfile.link"]);
      assert.deepEqual(await pathsOf(["a/folder"]), ["a/folder/Dockerfile", "a/folder/deep/Dockerfile"]);
      assert.deepEqual(await pathsOf(["a/folder/deep/"]), ["a/folder/deep/Dockerfile"]);
    } finally {
      outside.remove();
    }
  });

  it("takes each file once, whatever ways lead to it", async () => {
    workspace.write({ "a/Dockerfile": from });
    workspace.link("z/Dockerfile", workspace.at("a/Dockerfile"));
    const ways = [".", "a", "./a/../a/Dockerfile", "*/Dockerfile", workspace.at("a/Dockerfile"), "z/Dockerfile"];
    assert.deepEqual(await pathsOf(ways), ["a/Dockerfile"]);
  });

  it("matches globs against names that tell a format, and a name with brackets as it stands", async () => {
    workspace.write({
      "a/Dockerfile": from,
      "b/compose.yml": "",
      "b/x.yaml": "",
      "c[1]/Dockerfile": from,
      "!d/Dockerfile": from,
    });
    assert.deepEqual(await pathsOf(["{a,b}/*"]), ["a/Dockerfile", "b/compose.yml"]);
    assert.deepEqual(await pathsOf(["!(a)/*"]), ["!d/Dockerfile", "b/compose.yml", "c[1]/Dockerfile"]);
    assert.deepEqual(await pathsOf(["!d/*"]), ["!d/Dockerfile"]);
    assert.deepEqual(await pathsOf(["c[1]/Dockerfile"]), ["c[1]/Dockerfile"]);
    assert.deepEqual(await pathsOf([`${workspace.path}/*/Dockerfile`]), [
      "!d/Dockerfile",
      "a/Dockerfile",
      "c[1]/Dockerfile",
    ]);
    assert.deepEqual(await pathsOf(["b/*.yaml", "gone/*", "a"]), [
      "a/Dockerfile",
      "b/*.yaml: no-match",
      "gone/*: no-match",
    ]);
  });

  it("names what stands outside of the working folder as it was given", async () => {
    workspace.write({ "a/Dockerfile": from, "b/x": "" });
    assert.deepEqual(await pathsOf(["../a"], "b"), ["../a/Dockerfile"]);
    assert.deepEqual(await pathsOf(["../*/Dockerfile"], "b"), ["../a/Dockerfile"]);
    assert.deepEqual(await pathsOf([workspace.at("a/Dockerfile")], "b"), [workspace.at("a/Dockerfile")]);
  });

  it("takes a named file's format from its extension where its name tells none", async () => {
    workspace.write({ "stack.YML": "", "stack.json": "", build: "", "compose.yaml": "", "Dockerfile.json": "" });
    const names = ["stack.YML", "stack.json", "build", "compose.yaml", "Dockerfile.json"];
    const { found } = await findFiles(names, workspace.path, localFiles);
    assert.deepEqual(Object.fromEntries(found.map(({ path, format }) => [path, format])), {
      "Dockerfile.json": "dockerfile",
      build: "dockerfile",
      "compose.yaml": "compose",
      "stack.YML": "compose",
      "stack.json": "compose",
    });
  });

  it("tells what is missing and what can't be listed, and goes on", async () => {
    workspace.write({ "a/Dockerfile": from, "closed/Dockerfile": from, "own/Dockerfile": from });
    const list = (folder: string): Promise<Dirent[]> =>
      ["closed", "own"].includes(basename(folder))
        ? Promise.reject(Object.assign(new Error(), { code: "EACCES" }))
        : localFiles.list(folder);
    const { found, missed } = await findFiles([".", "own", "gone", ""], workspace.path, { ...localFiles, list });
    assert.deepEqual(
      found.map(({ path }) => path),
      ["a/Dockerfile"],
    );
    assert.deepEqual(
      missed.map(({ path, problem }) => [path, problem.code]),
      [
        ["closed", "unreadable"],
        ["own", "unreadable"],
        ["gone", "not-found"],
        ["", "not-found"],
      ],
    );
  });

  it("takes backslashes for separators on Windows, and nowhere else", () => {
    assert.equal(withSlashes("services\\*\\Dockerfile", "\\"), "services/*/Dockerfile");
    assert.equal(withSlashes("a\\b", "/"), "a\\b");
  });

  it("splits a glob where it begins to be one", () => {
    assert.deepEqual(splitGlob("a/b*/c"), { folder: "a/", pattern: "b*/c" });
    assert.deepEqual(splitGlob("{a/b,c}/d"), { folder: "", pattern: "{a/b,c}/d" });
    assert.deepEqual(splitGlob("C:/a/*.yml"), { folder: "C:/a/", pattern: "*.yml" });
    assert.deepEqual(splitGlob("/*.yml"), { folder: "/", pattern: "*.yml" });
  });
});
