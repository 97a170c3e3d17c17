import assert from "node:assert/strict";
import { Workspace } from "./workspace";

interface Entry {
  readonly path: string;
  readonly findings: readonly { readonly rule: string; readonly severity: string }[];
}

describe("digest-pin check", () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = new Workspace();
  });
  afterEach(() => workspace.remove());

  it("prints uses and findings as JSON, in the order of the documented keys", async () => {
    workspace.write({ Dockerfile: "FROM alpine:edge\n" });
    const { stdout, stderr } = await workspace.run(["check", "--format", "json"]);
    assert.equal(stderr, "");
    assert.equal(
      stdout,
      `{
  "version": 1,
  "files": [
    {
      "path": "Dockerfile",
      "uses": [
        {
          "kind": "from",
          "line": 1,
          "column": 6,
          "endLine": 1,
          "endColumn": 17,
          "raw": "alpine:edge",
          "resolved": "alpine:edge",
          "normalized": "docker.io/library/alpine:edge",
          "platform": null
        }
      ],
      "findings": [
        {
          "rule": "mutable-tag",
          "severity": "information",
          "line": 1,
          "column": 6,
          "endLine": 1,
          "endColumn": 17,
          "message": "alpine:edge moves: its tag is made to be pointed at new images."
        }
      ]
    }
  ]
}
`,
    );
  });

  it("prints findings as text, by file and place, with a summary", async () => {
    workspace.write({ "b/Dockerfile": "FROM alpine\nFROM acme/app:1.2.3\n", "a.Dockerfile": "FROM node@\n" });
    const { stdout, status } = await workspace.run(["check", "b", "."]);
    assert.equal(status, 1);
    assert.deepEqual(stdout.split("\n"), [
      'a.Dockerfile:1:6: error: There is no digest behind "@". (invalid-reference)',
      'b/Dockerfile:1:6: warning: alpine has no tag: it stands for "latest", which moves. (implicit-latest)',
      "b/Dockerfile:2:6: hint: acme/app:1.2.3 has no digest: its publisher can still move the tag. (unpinned-image)",
      "b/Dockerfile:2:6: information: acme/app is a community image on Docker Hub, not an official one. (non-official-image)",
      "4 findings (1 error, 1 warning, 1 information, 1 hint) for 3 image uses in 2 files.",
      "",
    ]);
  });

  const severityOf = {
    error: "FROM alpine@\n",
    warning: "FROM alpine\n",
    information: "FROM alpine:edge\n",
    hint: "FROM alpine:3.20.1\n",
    clean: `FROM alpine@sha256:${"0".repeat(64)}\n`,
  };
  const statuses: readonly [keyof typeof severityOf, string | null, number][] = [
    ["clean", null, 0],
    ["clean", "hint", 0],
    ["hint", null, 0],
    ["hint", "information", 0],
    ["hint", "hint", 1],
    ["information", null, 0],
    ["information", "information", 1],
    ["warning", "error", 0],
    ["warning", null, 1],
    ["warning", "hint", 1],
    ["error", "error", 1],
    ["error", null, 1],
  ];
  for (const [worst, failOn, expected] of statuses) {
    it(`ends with ${expected} for ${worst} and --fail-on ${failOn ?? "left out"}`, async () => {
      workspace.write({ Dockerfile: severityOf[worst] });
      const { status } = await workspace.run(["check", ...(failOn === null ? [] : ["--fail-on", failOn])]);
      assert.equal(status, expected);
    });
  }

  it("ends with 2 where a file could not be read, whatever was found in others", async () => {
    workspace.write({ Dockerfile: "FROM alpine\n" });
    const { status, stdout, stderr } = await workspace.run(["check", ".", "gone"]);
    assert.equal(status, 2);
    assert.match(stdout, /implicit-latest/);
    assert.equal(stderr, "digest-pin: gone: there is no such file or folder: check the path\n");
  });

  it("gives names and texts of files no effect on the terminal or on the runner of a workflow", async () => {
    workspace.write({
      "::error::x/Dockerfile": "FROM alpine\n",
      "\u001b[31mred/Dockerfile": "FROM \u001b[2Jalpine\u202e\n",
      "##[warning]x.Dockerfile": "FROM ::error::y\n",
    });
    const { stdout, stderr } = await workspace.run(["check", ".", "::gone", "a\u001b\nb"]);
    assert.doesNotMatch(stdout + stderr, /[\p{Bidi_Control}]|^\s*::|##\[/mu);
    assert.ok(!(stdout + stderr).includes("\u001b"));
    assert.match(stdout, /^\.\/::error::x\/Dockerfile:1:6: warning/m);
    assert.match(stdout, /^\\u001b\[31mred\/Dockerfile:1:6: /m);
    assert.match(stderr, /^digest-pin: a\\u001b\\u000ab: there is no/m);
    const { files } = await workspace.json<Entry>(["check"]);
    assert.deepEqual(
      files.map(({ path }) => path),
      ["\u001b[31mred/Dockerfile", "##[warning]x.Dockerfile", "::error::x/Dockerfile"],
    );
  });

  it("asks no registry, offline or not", async () => {
    workspace.write({ Dockerfile: "FROM alpine:3.20.1\n" });
    for (const args of [["check"], ["check", "--offline"], ["images"], ["images", "--offline"]]) {
      assert.equal((await workspace.run(args)).status, 0);
    }
  });
});
