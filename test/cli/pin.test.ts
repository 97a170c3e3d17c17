import assert from "node:assert/strict";
import { chmodSync, lstatSync, readdirSync, statSync } from "node:fs";
import { localFiles } from "../../server/src/cli/files";
import { digestOf, Registries, Workspace } from "./workspace";

interface Entry {
  readonly path: string;
  readonly pinned: readonly { readonly raw: string; readonly digest: string }[];
  readonly unpinned: readonly { readonly line: number; readonly column: number; readonly reason: { code: string } }[];
  readonly written: boolean;
  readonly diff?: string;
  readonly problem?: { readonly code: string };
}

const [alpine, edge, app] = [digestOf("a"), digestOf("b"), digestOf("c")];
const registries = () =>
  new Registries({
    "docker.io/library/alpine": alpine,
    "docker.io/library/alpine:edge": edge,
    "ghcr.io/acme/app:1": app,
    "quay.io/acme/down:1": "unreachable",
  });

/** Every reason to stay unpinned, at its line. */
const unpinnable = [
  "ARG REGISTRY=docker.io",
  "ARG READ=edge",
  "ARG EMPTY",
  "FROM alpine@",
  `FROM alpine:\${EMPTY}`,
  `FROM \${REGISTRY}/library/alpine`,
  `FROM --platform=\${READ} alpine:\${READ}`,
  "FROM quay.io/acme/down:1",
  "FROM node:1",
  `FROM alpine:3@${alpine}`,
  "",
].join("\n");

describe("digest-pin pin", () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = new Workspace();
  });
  afterEach(() => workspace.remove());

  it("asks nobody about what may be a build context", async () => {
    workspace.write({ Dockerfile: "FROM scratch\nCOPY --from=assets a b\nRUN --mount=from=assets:1 c\n" });
    const questions = new Registries({ "docker.io/library/assets": alpine });
    const { files } = await workspace.json<Entry>(["pin"], { questions });
    assert.deepEqual(
      files[0]?.unpinned.map(({ reason }) => reason.code),
      ["build-context", "build-context"],
    );
    assert.deepEqual(questions.asked, []);
  });

  it("tells what it would change, and changes nothing", async () => {
    const text = `ARG TAG=edge\nFROM alpine\nFROM alpine:\${TAG}\n`;
    workspace.write({ Dockerfile: text, "compose.yaml": "services: {a: {image: 'ghcr.io/acme/app:1'}}\n" });
    const { status, stdout, stderr } = await workspace.run(["pin"], { questions: registries() });
    assert.equal(status, 0);
    assert.equal(stderr, "");
    assert.deepEqual(stdout.split("\n"), [
      `Dockerfile:2:6: alpine -> ${alpine} (registry digest, signature not checked)`,
      `Dockerfile:3:6: alpine:\${TAG} -> ${edge} (registry digest, signature not checked; the default of TAG in line 1, an override is not pinned)`,
      `compose.yaml:1:24: ghcr.io/acme/app:1 -> ${app} (registry digest, signature not checked)`,
      "Would pin 3 image uses in 2 files. Use --write to change the files.",
      "",
    ]);
    assert.equal(workspace.read("Dockerfile"), text);
  });

  it("writes the bytes that it must and no others, with CRLF and a byte order mark", async () => {
    const text = (pins: readonly [string, string]) =>
      `\ufeff# é 🐳\r\nFROM  "alpine${pins[0]}"  AS x\r\n\r\nFROM alpine:edge${pins[1]}\r\n# no end`;
    workspace.write({ Dockerfile: text(["", ""]) });
    const { status, stdout } = await workspace.run(["pin", "--write"], { questions: registries() });
    assert.equal(status, 0);
    assert.match(stdout, /^Pinned 2 image uses in 1 file\.$/m);
    assert.equal(workspace.read("Dockerfile"), text([`:latest@${alpine}`, `@${edge}`]));
  });

  it("changes nothing the second time, and asks nobody", async () => {
    workspace.write({ Dockerfile: "FROM alpine\nFROM alpine:edge\n" });
    await workspace.run(["pin", "--write"], { questions: registries() });
    const [text, { mtimeMs }] = [workspace.read("Dockerfile"), statSync(workspace.at("Dockerfile"))];
    const questions = registries();
    const { status, stdout } = await workspace.run(["pin", "--write"], { questions });
    assert.equal(status, 0);
    assert.equal(stdout, "Nothing to pin.\n");
    assert.deepEqual(questions.asked, []);
    assert.equal(workspace.read("Dockerfile"), text);
    assert.equal(statSync(workspace.at("Dockerfile")).mtimeMs, mtimeMs);
  });

  it("asks for each reference once, and for none that could not be pinned", async () => {
    workspace.write({
      Dockerfile: unpinnable,
      "a/Dockerfile": "FROM alpine\nFROM docker.io/alpine\n",
      "b/Dockerfile": "FROM alpine\n",
    });
    const questions = registries();
    await workspace.run(["pin"], { questions });
    assert.deepEqual(questions.asked.sort(), [
      "docker.io/library/alpine",
      "docker.io/library/node:1",
      "quay.io/acme/down:1",
    ]);
  });

  it("replaces the tag with --style digest-only", async () => {
    workspace.write({ Dockerfile: "FROM alpine:edge\nFROM alpine\n" });
    await workspace.run(["pin", "--write", "--style", "digest-only"], { questions: registries() });
    assert.equal(workspace.read("Dockerfile"), `FROM alpine@${edge}\nFROM alpine@${alpine}\n`);
  });

  it("tells why each other use stays unpinned, and pins the rest", async () => {
    workspace.write({ Dockerfile: `${unpinnable}FROM alpine\n` });
    const { status, stdout, stderr } = await workspace.run(["pin", "--write"], { questions: registries() });
    assert.equal(status, 1);
    assert.deepEqual(
      stderr.split("\n").map((line) => line.replace(/: .* \(/, " (")),
      [
        "Dockerfile:4:6 (invalid-reference)",
        "Dockerfile:5:6 (unresolved-variable)",
        "Dockerfile:6:6 (variable-not-last)",
        "Dockerfile:7:25 (variable-read-elsewhere)",
        "Dockerfile:8:6 (unreachable)",
        "Dockerfile:9:6 (not-found)",
        "",
      ],
    );
    assert.match(
      stderr,
      /^Dockerfile:8:6: quay\.io\/acme\/down:1 stays unpinned: The registry said unreachable\. \(unreachable\)$/m,
    );
    assert.match(stdout, /^Pinned 1 image use in 1 file, 6 stay unpinned\.$/m);
    assert.equal(workspace.read("Dockerfile"), `${unpinnable}FROM alpine:latest@${alpine}\n`);
  });

  it("prints JSON of what is pinned, what is not, and the change", async () => {
    workspace.write({ Dockerfile: `ARG TAG=edge\nFROM alpine:\${TAG}\nFROM node\n` });
    const place = { line: 2, column: 6, endLine: 2, endColumn: 19 };
    const json = await workspace.json<Entry>(["pin"], { questions: registries() });
    assert.deepEqual(json, {
      version: 1,
      files: [
        {
          path: "Dockerfile",
          pinned: [
            {
              ...place,
              raw: `alpine:\${TAG}`,
              normalized: "docker.io/library/alpine:edge",
              digest: edge,
              verdict: "not-checked",
              signer: null,
              edit: { line: 1, column: 13, endLine: 1, endColumn: 13, newText: `@${edge}` },
            },
          ],
          unpinned: [
            { line: 3, column: 6, raw: "node", reason: { code: "not-found", message: "The registry said not-found." } },
          ],
          written: false,
        },
      ],
    });
    const { files } = await workspace.json<Entry>(["pin", "--write", "--diff"], { questions: registries() });
    assert.equal(files[0]?.written, true);
    assert.match(
      files[0]?.diff ?? "",
      /^diff --git a\/Dockerfile b\/Dockerfile\n--- a\/Dockerfile\n\+\+\+ b\/Dockerfile\n@@ /,
    );
  });

  const statuses: readonly [string, readonly string[], number][] = [
    ["FROM alpine\n", [], 0],
    ["FROM alpine\n", ["--diff"], 0],
    ["FROM alpine\n", ["--write"], 0],
    ["FROM alpine\n", ["--write", "--diff"], 0],
    ["FROM alpine\n", ["--offline"], 1],
    ["FROM node\n", [], 1],
    ["FROM node\n", ["--diff"], 1],
    ["FROM node\n", ["--write"], 1],
    [`FROM node@${alpine}\n`, ["--offline"], 0],
    ["FROM scratch\n", ["--diff"], 0],
    ["FROM node:\n", ["--format", "json"], 1],
  ];
  for (const [text, args, expected] of statuses) {
    it(`ends with ${expected} for ${JSON.stringify(text.slice(0, 12))} and pin ${args.join(" ")}`, async () => {
      workspace.write({ Dockerfile: text });
      assert.equal((await workspace.run(["pin", ...args], { questions: registries() })).status, expected);
    });
  }

  it("asks nobody with --offline, and says so of every use", async () => {
    workspace.write({ Dockerfile: "FROM alpine\nFROM node\n" });
    const questions = registries();
    const { files } = await workspace.json<Entry>(["pin", "--write", "--offline"], { questions });
    assert.deepEqual(
      files[0]?.unpinned.map(({ reason }) => reason.code),
      ["offline", "offline"],
    );
    assert.deepEqual(questions.asked, []);
    assert.equal(workspace.read("Dockerfile"), "FROM alpine\nFROM node\n");
  });

  it("keeps the mode, writes behind a link that was given, and leaves nothing beside the file", async () => {
    workspace.write({ "real/Dockerfile": "FROM alpine\n" });
    chmodSync(workspace.at("real/Dockerfile"), 0o640);
    workspace.link("link/Dockerfile", "../real/Dockerfile");
    const { status } = await workspace.run(["pin", "--write", "link/Dockerfile"], { questions: registries() });
    assert.equal(status, 0);
    assert.equal(workspace.read("real/Dockerfile"), `FROM alpine:latest@${alpine}\n`);
    assert.equal(statSync(workspace.at("real/Dockerfile")).mode & 0o777, 0o640);
    assert.ok(lstatSync(workspace.at("link/Dockerfile")).isSymbolicLink());
    assert.deepEqual(readdirSync(workspace.at("real")), ["Dockerfile"]);
  });

  it("does not write a file that changed while registries were asked", async () => {
    workspace.write({ "a/Dockerfile": "FROM alpine\n", "b/Dockerfile": "FROM alpine\n" });
    const registry = registries();
    const ask = registry.ask.bind(registry);
    const questions = Object.assign(registry, {
      ask: (...asked: Parameters<typeof ask>) => {
        workspace.write({ "a/Dockerfile": "FROM alpine\n# mine\n" });
        return ask(...asked);
      },
    });
    const { status, stdout, stderr } = await workspace.run(["pin", "--write"], { questions });
    assert.equal(status, 2);
    assert.match(
      stderr,
      /^digest-pin: a\/Dockerfile: it changed while registries were asked: run the command again\n$/,
    );
    assert.match(stdout, /^Pinned 1 image use in 1 file\.$/m);
    assert.doesNotMatch(stdout, /^a\//m);
    assert.equal(workspace.read("a/Dockerfile"), "FROM alpine\n# mine\n");
    assert.equal(workspace.read("b/Dockerfile"), `FROM alpine:latest@${alpine}\n`);
  });

  it("tells of a file that can't be written, and writes the others", async () => {
    workspace.write({ "a/Dockerfile": "FROM alpine\n", "b/Dockerfile": "FROM alpine\n" });
    const replace: typeof localFiles.replace = (path, content) =>
      path.includes("/a/")
        ? Promise.reject(Object.assign(new Error(), { code: "EROFS" }))
        : localFiles.replace(path, content);
    const { files } = await workspace.json<Entry>(["pin", "--write"], { questions: registries(), files: { replace } });
    assert.deepEqual(
      files.map(({ path, written, problem }) => [path, written, problem?.code]),
      [
        ["a/Dockerfile", false, "not-written"],
        ["b/Dockerfile", true, undefined],
      ],
    );
  });

  it("ends with 130 when it is interrupted, and writes nothing then", async () => {
    workspace.write({ Dockerfile: "FROM alpine\n" });
    const interruption = new AbortController();
    const registry = registries();
    const ask = registry.ask.bind(registry);
    const questions = Object.assign(registry, {
      ask: (...asked: Parameters<typeof ask>) => {
        interruption.abort();
        return ask(...asked);
      },
    });
    const { status, stdout } = await workspace.run(["pin", "--write"], { questions, signal: interruption.signal });
    assert.equal(status, 130);
    assert.equal(stdout, "");
    assert.equal(workspace.read("Dockerfile"), "FROM alpine\n");
  });

  it("shows how far it is on a terminal, for people, and clears it away", async () => {
    workspace.write({ Dockerfile: "FROM alpine\nFROM alpine:edge\n" });
    const options = { questions: registries(), isTerminal: true };
    const { stderr } = await workspace.run(["pin"], options);
    assert.match(stderr, /Asking registries \[.*\] 0\/2/);
    assert.ok(stderr.includes("\u001b[?25h"), "the cursor is back");
    assert.ok(stderr.endsWith("\u001b[2K"), "the line is empty");
    assert.equal((await workspace.run(["pin", "--format", "json"], options)).stderr, "");
    assert.equal((await workspace.run(["pin"], { questions: registries() })).stderr, "");
  });
});
