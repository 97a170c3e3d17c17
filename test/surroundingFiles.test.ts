import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import type { DocumentReader } from "../server/src/documents/reader";
import { readSettled, readSurroundingFile, rootOf } from "../server/src/surroundingFiles";
import { Workspace } from "./cli/workspace";

describe("readSurroundingFile", () => {
  let workspace: Workspace;
  let root: string;
  beforeEach(() => {
    workspace = new Workspace();
    root = workspace.at("root");
    workspace.write({
      "root/.env": "\ufeffA=1\n",
      "root/sub/compose.yaml": "a: 1\n",
      "root-2/secret": "x",
      secret: "x",
    });
  });
  afterEach(() => workspace.remove());

  const kindOf = async (path: string) => (await readSurroundingFile(`${root}/${path}`, root)).kind;

  it("gives the text, counted from behind a byte order mark", async () => {
    assert.deepEqual(await readSurroundingFile(`${root}/.env`, root), {
      kind: "text",
      text: "A=1\n",
      isIgnored: false,
    });
  });

  it("reads nothing outside of the root", async () => {
    workspace.link("root/link", workspace.at("secret"));
    workspace.link("root/folder", workspace.path);
    workspace.link("root/sub/up", "../..");
    workspace.link("root/inside", ".env");
    const paths = ["../secret", "sub/../../secret", "link", "folder/secret", "sub/up/secret", "../root-2/secret"];
    for (const path of paths) assert.equal(await kindOf(path), "outside", path);
    assert.equal(await kindOf("inside"), "text");
    assert.equal(await kindOf("folder/root/.env"), "text");
  });

  it("has no text of what is no readable text", async () => {
    workspace.write({
      "root/binary": Buffer.from([0, 1]),
      "root/latin": Buffer.from([0xe9]),
      "root/large": Buffer.alloc(10_000_001, "a"),
    });
    mkdirSync(`${root}/folder`);
    workspace.link("root/dangling", "nowhere");
    workspace.link("root/loop", "loop");
    const paths = ["none", "binary", "latin", "large", "folder", "dangling", "loop", ".env/x"];
    for (const path of paths) assert.equal(await kindOf(path), "absent", path);
  });

  it("waits for no pipe", async function () {
    if (process.platform === "win32") this.skip();
    execFileSync("mkfifo", [`${root}/pipe`]);
    assert.equal(await kindOf("pipe"), "absent");
  });

  it("knows what git ignores, the nearest file that says something counting", async () => {
    const ignored = async (path: string) => {
      const file = await readSurroundingFile(`${root}/${path}`, root);
      assert.ok(file.kind === "text", path);
      return file.isIgnored;
    };
    workspace.write({
      "root/.gitignore": ".env\nbuild/\n*.local\n",
      "root/sub/.gitignore": "!.env\n",
      "root/sub/.env": "",
      "root/sub/x.local": "",
      "root/build/y": "",
      "root/other/.env": "",
      "root/shown": "",
    });
    assert.deepEqual(
      await Promise.all([".env", "sub/.env", "sub/x.local", "build/y", "other/.env", "shown"].map(ignored)),
      [true, false, true, true, true, false],
    );
  });
});

describe("readSettled", () => {
  const nothing = { uses: [], undeclaredStages: [], outputs: [], problems: [], parts: [] };
  const around = { path: null, root: null, projects: [], environment: new Map() };

  it("loads each file once that a reading asks for, until none is missing", async () => {
    const loaded: string[] = [];
    const read: DocumentReader = (_text, surroundings) => {
      const isThere = surroundings?.file("/a")?.kind === "absent";
      return { ...nothing, surroundings: isThere ? ["/a", "/b"] : ["/a"] };
    };
    const document = await readSettled(read, "", around, async (path) => {
      loaded.push(path);
      return { kind: "absent" };
    });
    assert.deepEqual(document.surroundings, ["/a", "/b"]);
    assert.deepEqual(loaded, ["/a", "/b"]);
  });

  it("ends where each file names another one", async () => {
    let readings = 0;
    const read: DocumentReader = () => {
      readings += 1;
      return { ...nothing, surroundings: [`/${readings}`] };
    };
    await readSettled(read, "", around, async () => ({ kind: "absent" }));
    assert.ok(readings < 100, `${readings} readings`);
  });
});

describe("rootOf", () => {
  const realRootOf = (...parameters: Parameters<typeof rootOf>) => rootOf(...parameters)?.real;

  let workspace: Workspace;
  beforeEach(() => {
    workspace = new Workspace();
    workspace.write({ "git/.git/HEAD": "", "git/a/b/c": "", "plain/a/b": "" });
  });
  afterEach(() => workspace.remove());

  it("is the nearest workspace folder that holds the file", () => {
    const folders = [workspace.path, workspace.at("git/a"), workspace.at("plain"), workspace.at("gone")];
    assert.equal(realRootOf(workspace.at("git/a/b/c"), folders), workspace.at("git/a"));
    assert.equal(realRootOf(workspace.at("git/x"), folders), workspace.path);
    // A name that only begins alike is no folder above.
    assert.equal(realRootOf(workspace.at("plain/a/b"), [workspace.at("plain/a")]), workspace.at("plain/a"));
  });

  it("else the git top level, else the fallback, else the file's folder", () => {
    assert.equal(realRootOf(workspace.at("git/a/b/c"), []), workspace.at("git"));
    assert.equal(realRootOf(workspace.at("git/a/b/c"), [], workspace.path), workspace.at("git"));
    assert.equal(realRootOf(workspace.at("plain/a/b"), [], workspace.at("plain")), workspace.at("plain"));
    assert.equal(realRootOf(workspace.at("plain/a/b"), [], workspace.at("git")), workspace.at("plain/a"));
    assert.equal(realRootOf(workspace.at("plain/a/b"), []), workspace.at("plain/a"));
  });

  it("is a real path, and none for a folder that is not there", () => {
    workspace.link("linked", workspace.at("git/a"));
    assert.equal(realRootOf(workspace.at("linked/b/c"), []), workspace.at("git"));
    assert.equal(rootOf(workspace.at("none/x"), []), null);
  });

  it("is shown by the way that leads to the file", () => {
    workspace.link("linked", workspace.at("git"));
    workspace.link("inner", workspace.at("git/a"));
    assert.equal(rootOf(workspace.at("git/a/b/c"), [])?.shown, workspace.at("git"));
    assert.equal(rootOf(workspace.at("linked/a/b/c"), [])?.shown, workspace.at("linked"));
    // From here no way leads up to it.
    assert.equal(rootOf(workspace.at("inner/b/c"), [])?.shown, workspace.at("inner/b"));
  });
});
