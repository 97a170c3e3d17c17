/** `digest-pin check` where registries are asked. */
import assert from "node:assert/strict";
import { digestOf, INDEX, MANIFEST, Registries, Workspace } from "./workspace";

const [old, current] = [digestOf("1"), digestOf("2")];
const name = "ghcr.io/acme/app";

interface CheckedFile {
  readonly path: string;
  readonly findings: readonly { readonly rule: string; readonly line: number }[];
  readonly unchecked?: readonly { readonly reference: string; readonly code: string; readonly message: string }[];
}

describe("digest-pin check, online", () => {
  const workspace = new Workspace();
  after(() => workspace.remove());

  const check = (questions: Registries, ...args: string[]) =>
    workspace.run(["check", "Dockerfile", ...args], { questions });
  async function rulesOf(questions: Registries): Promise<string[]> {
    const { files } = await workspace.json<CheckedFile>(["check", "Dockerfile"], { questions });
    return (files[0]?.findings ?? []).map(({ rule }) => rule);
  }

  it("tells a pin whose tag has moved, and whose digest is gone", async () => {
    workspace.write({ Dockerfile: `FROM ${name}:1@${old}\n` });
    const known = { [`${name}:1`]: current, [`${name}:1@${old}`]: old };
    assert.deepEqual(await rulesOf(new Registries(known)), ["stale-pin"]);
    assert.equal((await check(new Registries(known))).status, 0);
    const gone = new Registries({ [`${name}:1`]: current });
    assert.ok((await rulesOf(gone)).includes("digest-not-found"));
    assert.equal((await check(gone)).status, 1);
  });

  it("says nothing of a pin that is right", async () => {
    workspace.write({ Dockerfile: `FROM ${name}:1@${old}\n` });
    const { status, stdout, stderr } = await check(new Registries({ [`${name}:1`]: old, [`${name}:1@${old}`]: old }));
    assert.deepEqual([status, stdout, stderr], [0, "No findings for 1 image use in 1 file.\n", ""]);
  });

  it("tells a tag that is not there", async () => {
    workspace.write({ Dockerfile: `FROM ${name}:gone\n` });
    const { status, stdout } = await check(new Registries({}));
    assert.equal(status, 1);
    assert.match(stdout, /Dockerfile:1:6: warning: .*\(tag-not-found\)/);
  });

  it("tells a digest of one platform, and a platform that is missing", async () => {
    workspace.write({ Dockerfile: `FROM ${name}:1@${old}\n` });
    const one = {
      [`${name}:1`]: { digest: current, mediaType: INDEX },
      [`${name}:1@${old}`]: { digest: old, mediaType: MANIFEST },
    };
    assert.deepEqual(await rulesOf(new Registries(one)), ["platform-digest"]);
    workspace.write({ Dockerfile: `FROM --platform=linux/s390x ${name}:1\n` });
    assert.ok(
      (await rulesOf(new Registries({ [`${name}:1`]: { digest: current, mediaType: INDEX } }))).includes(
        "platform-missing",
      ),
    );
  });

  it("asks about each image once, as one that nobody pointed at, and of local names nothing", async () => {
    workspace.write({ Dockerfile: `FROM ${name}:1\nFROM ${name}:1\nFROM myimage:1\n` });
    const questions = new Registries({ [`${name}:1`]: current });
    await check(questions);
    assert.deepEqual(
      questions.learnt.map((each) => [each.name, each.options.isUnasked, each.options.refresh]),
      [[`${name}:1`, true, false]],
    );
  });

  it("asks anew with --refresh, and not both anew and nobody", async () => {
    workspace.write({ Dockerfile: `FROM ${name}:1\n` });
    const questions = new Registries({ [`${name}:1`]: current });
    await check(questions, "--refresh");
    assert.equal(questions.learnt[0]?.options.refresh, true);
    const { status, stderr } = await check(questions, "--refresh", "--offline");
    assert.equal(status, 2);
    assert.match(stderr, /--refresh.*--offline|--offline.*--refresh/);
  });

  it("tells in a line for each registry and reason what could not be looked up, and finds nothing in that", async () => {
    workspace.write({ Dockerfile: `FROM ${name}:1\nFROM ${name}:2\nFROM quay.io/acme/app:1\n` });
    const known = {
      [`${name}:1`]: "unauthorized",
      [`${name}:2`]: "unauthorized",
      "quay.io/acme/app:1": "unreachable",
    } as const;
    const { stderr, status } = await check(new Registries(known), "--fail-on", "error");
    assert.deepEqual(stderr.split("\n"), [
      `digest-pin: 2 images, ${name}:1 among them, could not be looked up: The registry said unauthorized.`,
      "digest-pin: quay.io/acme/app:1 could not be looked up: The registry said unreachable.",
      "",
    ]);
    assert.equal(status, 0);
    const { files } = await workspace.json<CheckedFile>(["check", "Dockerfile"], { questions: new Registries(known) });
    assert.deepEqual(
      files[0]?.unchecked?.map(({ reference, code }) => [reference, code]),
      [
        [`${name}:1`, "unauthorized"],
        [`${name}:2`, "unauthorized"],
        ["quay.io/acme/app:1", "unreachable"],
      ],
    );
  });

  it("says nothing of what nobody was asked with --offline, and counts what is still known", async () => {
    workspace.write({ Dockerfile: `FROM ${name}:1@${old}\nFROM ${name}:2\n` });
    const known = { [`${name}:1`]: current, [`${name}:1@${old}`]: old, [`${name}:2`]: "offline" } as const;
    const { stderr, stdout } = await check(new Registries(known), "--offline");
    assert.equal(stderr, "");
    assert.match(stdout, /stale-pin/);
    const { files } = await workspace.json<CheckedFile>(["check", "Dockerfile", "--offline"], {
      questions: new Registries(known),
    });
    assert.equal(files[0]?.unchecked, undefined);
  });
});
