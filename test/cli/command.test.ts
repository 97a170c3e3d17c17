import assert from "node:assert/strict";
import { mapConcurrently } from "../../server/src/cli/concurrency";
import { repositoryRoots } from "../../server/src/repositoryRoots";
import { Registries, Workspace } from "./workspace";

describe("digest-pin", () => {
  const workspace = new Workspace();
  before(() => workspace.write({ Dockerfile: "FROM scratch\n" }));
  after(() => workspace.remove());

  const misuses: readonly [readonly string[], RegExp][] = [
    [[], /^Usage: digest-pin /],
    [["frobnicate"], /unknown command 'frobnicate'/],
    [["check", "--frobnicate"], /unknown option '--frobnicate'/],
    [["check", "--fail-on", "fatal"], /'fatal' is invalid\. Allowed choices are error, warning, information, hint/],
    [["images", "--format", "xml"], /Allowed choices are text, json/],
    [["pin", "--style", "tag"], /Allowed choices are tag-and-digest, digest-only/],
    [["check", "--format"], /argument missing/],
    [["lsp"], /'--stdio' not specified/],
    [["check", "--\u001b[2J"], /unknown option '--\\u001b/],
  ];
  for (const [args, message] of misuses) {
    it(`ends with 2 and says why: ${JSON.stringify(args)}`, async () => {
      const { status, stdout, stderr } = await workspace.run(args);
      assert.equal(status, 2);
      assert.equal(stdout, "");
      assert.match(stderr, message);
    });
  }

  it("prints its version and its help, with examples", async () => {
    assert.deepEqual(await workspace.run(["--version"]), { status: 0, stdout: "1.2.3\n", stderr: "" });
    const { status, stdout } = await workspace.run(["--help"]);
    assert.equal(status, 0);
    assert.match(stdout, /\$ digest-pin pin --write compose\.yaml/);
    assert.equal((await workspace.run(["check", "--help"])).status, 0);
  });

  it("works on the working folder where no path is given", async () => {
    const { status, stdout } = await workspace.run(["check"]);
    assert.equal(status, 0);
    assert.equal(stdout, "No findings for 0 image uses in 1 file.\n");
  });

  it("starts the language server, whatever else the editor says", async () => {
    let starts = 0;
    const startLanguageServer = async () => {
      starts += 1;
    };
    const { status, stdout } = await workspace.run(["lsp", "--stdio", "--clientProcessId=7"], { startLanguageServer });
    assert.deepEqual([status, stdout, starts], [0, "", 1]);
  });

  it("ends with 130 when it was interrupted", async () => {
    assert.equal((await workspace.run(["check"], { signal: AbortSignal.abort() })).status, 130);
  });

  it("tells of a mistake of its own in one line", async () => {
    const questions = new Registries({});
    questions.ask = () => Promise.reject(new TypeError("x\u001b is not\na function"));
    workspace.write({ "own/Dockerfile": "FROM alpine\n" });
    const { status, stderr } = await workspace.run(["pin", "own"], { questions });
    assert.equal(status, 2);
    assert.match(stderr, /^digest-pin: [^\n]+ x\\u001b is not\\u000aa function\n$/);
  });

  it("finds the repositories whose programs are never run", () => {
    workspace.write({ "top/.git": "gitdir: elsewhere", "top/a/x": "", "top/b/c/x": "", "lone/x": "" });
    const folders = ["top/a", "top/b/c", "lone", "gone"].map((path) => workspace.at(path));
    assert.deepEqual(repositoryRoots(folders), [workspace.at("top"), workspace.at("lone")]);
  });

  it("works on no more than the limit at once, and keeps the order", async () => {
    let [running, most] = [0, 0];
    const results = await mapConcurrently([5, 1, 4, 2, 3], 2, async (item) => {
      running += 1;
      most = Math.max(most, running);
      for (let turn = 0; turn < item; turn += 1) await Promise.resolve();
      running -= 1;
      return item * 10;
    });
    assert.deepEqual([results, most], [[50, 10, 40, 20, 30], 2]);
  });
});
