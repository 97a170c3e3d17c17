import assert from "node:assert/strict";
import { localFiles } from "../../server/src/cli/files";
import { digestOf, Registries, Workspace } from "./workspace";

interface Entry {
  readonly path: string;
  readonly uses: readonly { readonly kind: string; readonly resolved: string | null }[];
  readonly findings?: readonly { readonly rule: string; readonly message: string }[];
}

interface PinEntry {
  readonly path: string;
  readonly pinned: readonly {
    readonly edit: { readonly path?: string; readonly line: number; readonly newText: string };
  }[];
  readonly written: boolean;
  readonly problem?: { readonly code: string };
}

const edge = digestOf("b");
const registries = () => new Registries({ "docker.io/library/alpine:edge": edge });
const compose = "services:\n  web:\n    image: alpine:${TAG}\n";

describe("digest-pin and the files around a file", () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = new Workspace();
  });
  afterEach(() => workspace.remove());

  const uses = async (args: readonly string[], options = {}) => {
    const { files } = await workspace.json<Entry>(["images", ...args], options);
    return files.map((file) => [file.path, ...file.uses.map(({ kind, resolved }) => `${kind} ${resolved}`)]);
  };

  it("reads variables from the environment file beside the project", async () => {
    workspace.write({ "compose.yaml": compose, ".env": "TAG=edge\n" });
    assert.deepEqual(await uses(["compose.yaml"]), [["compose.yaml", "compose-image alpine:edge"]]);
  });

  it("reads the process's variables only where the user says so", async () => {
    workspace.write({ "compose.yaml": compose });
    const options = { environment: { TAG: "3.18" } };
    assert.deepEqual(await uses(["compose.yaml"], options), [["compose.yaml", "compose-image null"]]);
    const read = await uses(["compose.yaml", "--env-from-process"], options);
    assert.deepEqual(read, [["compose.yaml", "compose-image alpine:3.18"]]);
  });

  it("pins in the environment file, once for all that it feeds", async () => {
    const environment = "# tags\r\nTAG=edge # it moves\r\n";
    workspace.write({ "compose.yaml": `${compose}  job:\n    image: alpine:\${TAG}\n`, ".env": environment });
    const { files } = await workspace.json<PinEntry>(["pin", "--write"], { questions: registries() });
    assert.deepEqual(
      files.map(({ path, pinned, written }) => [path, pinned.length, written]),
      [
        [".env", 0, true],
        ["compose.yaml", 2, false],
      ],
    );
    const edits = files.flatMap(({ pinned }) => pinned.map(({ edit }) => edit));
    for (const { path, line, newText } of edits) assert.deepEqual([path, line, newText], [".env", 2, `@${edge}`]);
    assert.equal(workspace.read(".env"), environment.replace("edge", `edge@${edge}`));
    assert.equal((await workspace.run(["pin"], { questions: registries() })).stdout, "Nothing to pin.\n");
  });

  it("tells it, and shows it as a patch of that file", async () => {
    workspace.write({ "compose.yaml": compose, ".env": "TAG=edge\n" });
    const told = await workspace.run(["pin"], { questions: registries() });
    assert.match(told.stdout, /TAG in \.env in line 1, an override is not pinned/);
    assert.match(told.stdout, /Would pin 1 image use in 1 file\./);
    const { stdout } = await workspace.run(["pin", "--diff"], { questions: registries() });
    assert.match(stdout, /^diff --git a\/\.env b\/\.env\n/);
    assert.ok(stdout.includes(`\n-TAG=edge\n+TAG=edge@${edge}\n`), stdout);
  });

  it("changes no environment file that has changed meanwhile", async () => {
    workspace.write({ "compose.yaml": compose, ".env": "TAG=edge\n" });
    const files = {
      read: async (path: string) => {
        if (path.endsWith(".env")) workspace.write({ ".env": "TAG=other\n" });
        return localFiles.read(path);
      },
    };
    const { status, stderr } = await workspace.run(["pin", "--write"], { questions: registries(), files });
    assert.equal(status, 2);
    assert.match(stderr, /\.env: it changed while registries were asked/);
    assert.equal(workspace.read(".env"), "TAG=other\n");
  });

  it("edits no environment file that git ignores", async () => {
    workspace.write({ "compose.yaml": compose, ".env": "TAG=edge\n", ".gitignore": "*\n!compose.yaml\n" });
    const { status, stderr } = await workspace.run(["pin", "--write", "compose.yaml"], { questions: registries() });
    assert.equal(status, 1);
    assert.match(stderr, /environment-file-ignored/);
    assert.equal(workspace.read(".env"), "TAG=edge\n");
  });

  it("reads what a project includes and extends as files of their own", async () => {
    workspace.write({
      "compose.yaml": "include: [parts/db.yaml]\nservices:\n  web:\n    extends: {file: base.yaml, service: web}\n",
      "base.yaml": "services:\n  web:\n    image: nginx:1.25\n",
      "parts/db.yaml": "services:\n  db:\n    image: postgres:${V}\n",
      "parts/.env": "V=16\n",
    });
    assert.deepEqual(await uses(["compose.yaml"]), [
      ["base.yaml", "compose-image nginx:1.25"],
      ["compose.yaml"],
      ["parts/db.yaml", "compose-image postgres:16"],
    ]);
  });

  it("takes for no image what another file of the project builds", async () => {
    workspace.write({
      "compose.yaml": "services:\n  web:\n    image: acme/web:1\n  job:\n    image: acme/web:1\n",
      "compose.override.yaml": "services:\n  web:\n    build: .\n",
    });
    assert.deepEqual(await uses(["compose.yaml"]), [["compose.yaml"]]);
  });

  it("says which service sets a Dockerfile's variable", async () => {
    workspace.write({
      "compose.yaml": "services:\n  web:\n    build: {context: web, args: [TAG=3.18]}\n",
      "web/Dockerfile": "ARG TAG=edge\nFROM alpine:$TAG\n",
    });
    const { files } = await workspace.json<Entry>(["check", "web/Dockerfile"]);
    const [finding] = files[0]?.findings ?? [];
    assert.match(finding?.message ?? "", / TAG is set by the service web of compose\.yaml\.$/);
  });

  describe("stays below the root", () => {
    let outside: Workspace;
    beforeEach(() => {
      outside = new Workspace();
      outside.write({ "secret.yaml": "services: {a: {image: 'secret:1'}}\n", ".env": "TAG=secret\n" });
    });
    afterEach(() => outside.remove());

    const secrets = async () => {
      const { stdout, stderr } = await workspace.run(["images", ".", "--format", "json"]);
      assert.equal(stderr, "");
      assert.ok(!stdout.includes("secret:1") && !stdout.includes("alpine:secret"), stdout);
    };

    it("whatever absolute path a file names", async () => {
      workspace.write({
        "compose.yaml": `include: ["${outside.at("secret.yaml")}"]\nservices:\n  a: {extends: {file: "${outside.at("secret.yaml")}", service: a}}\n`,
      });
      await secrets();
    });

    it("whatever way up a file names", async () => {
      const up = "../".repeat(30);
      workspace.write({
        "compose.yaml": `include:\n  - path: "${up}${outside.at("secret.yaml")}"\n  - {path: db.yaml, env_file: "${up}${outside.at(".env")}"}\n`,
        "db.yaml": compose,
      });
      await secrets();
    });

    it("whatever a link leads to", async () => {
      workspace.write({ "compose.yaml": `include: [linked.yaml, folder/secret.yaml]\n${compose}` });
      workspace.link("linked.yaml", outside.at("secret.yaml"));
      workspace.link("folder", outside.path);
      workspace.link(".env", outside.at(".env"));
      await secrets();
    });

    it("and reads a link that stays there", async () => {
      workspace.write({ "compose.yaml": compose, "common.env": "TAG=edge\n" });
      workspace.link(".env", "common.env");
      assert.deepEqual(await uses(["compose.yaml"]), [["compose.yaml", "compose-image alpine:edge"]]);
    });
  });
});
