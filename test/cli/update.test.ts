import assert from "node:assert/strict";
import type { Verdict } from "../../server/src/facts/types";
import { digestOf, INDEX, MANIFEST, Registries, Workspace } from "./workspace";

const [old, current] = [digestOf("1"), digestOf("2")];
const name = "ghcr.io/acme/app";
const moved = { [`${name}:1`]: current, [`${name}:1@${old}`]: old };

function verified(digest: typeof old): Verdict {
  const signer = { name: "targets/releases" };
  return { kind: "verified", digest, scheme: "notary", signers: [signer], vouchedBy: "user" } as unknown as Verdict;
}

interface UpdatedFile {
  readonly updated: readonly Readonly<Record<string, unknown>>[];
  readonly notUpdated: readonly { readonly reason: { readonly code: string } }[];
  readonly written: boolean;
}

describe("digest-pin update", () => {
  const workspace = new Workspace();
  after(() => workspace.remove());

  const update = (questions: Registries, ...args: string[]) => workspace.run(["update", ...args], { questions });
  async function reasonsOf(questions: Registries, ...args: string[]): Promise<string[]> {
    const { files } = await workspace.json<UpdatedFile>(["update", "Dockerfile", ...args], { questions });
    return files.flatMap(({ notUpdated }) => notUpdated.map(({ reason }) => reason.code));
  }

  it("replaces the digest alone, to the byte, and has nothing to do a second time", async () => {
    const before = `\uFEFF# syntax=docker/dockerfile:1\r\nFROM  --platform=$BUILDPLATFORM "${name}:1@${old}" AS build\r\nRUN x`;
    workspace.write({ Dockerfile: before });
    const { status, stdout } = await update(new Registries(moved), "--write", "Dockerfile");
    assert.equal(status, 0);
    assert.match(stdout, /ghcr\.io\/acme\/app:1@sha256:1+ -> sha256:2+ \(registry digest, signature not checked\)/);
    assert.match(stdout, /Updated 1 image use in 1 file\.\n$/);
    assert.equal(workspace.read("Dockerfile"), before.replace(old, current));
    const again = new Registries({ [`${name}:1`]: current, [`${name}:1@${current}`]: current });
    assert.equal((await update(again, "--write", "Dockerfile")).stdout, "Nothing to update.\n");
  });

  it("replaces it where it stands: in a default, an environment file, a Compose file", async () => {
    workspace.write({
      Dockerfile: `ARG IMAGE=${name}:1@${old}\nFROM $IMAGE\n`,
      "compose.yaml": `services:\n  a:\n    image: '${name}:1@${old}'\n  b:\n    image: $OTHER\n`,
      ".env": `OTHER=${name}:1@${old}\n`,
    });
    const { status } = await update(new Registries(moved), "--write");
    assert.equal(status, 0);
    for (const file of ["Dockerfile", "compose.yaml", ".env"]) {
      const text = workspace.read(file);
      assert.ok(text.includes(current) && !text.includes(old), `${file}: ${text}`);
    }
    workspace.remove();
    workspace.write({});
  });

  it("writes nothing without --write, and shows a patch with --diff", async () => {
    const text = `FROM ${name}:1@${old}\n`;
    workspace.write({ Dockerfile: text });
    assert.match((await update(new Registries(moved), "Dockerfile")).stdout, /Would update 1 image use in 1 file\./);
    assert.match(
      (await update(new Registries(moved), "--diff", "Dockerfile")).stdout,
      /^-FROM .*1111\n\+FROM .*2222$/m,
    );
    assert.equal(workspace.read("Dockerfile"), text);
  });

  it("tells the old digest and the mirror in JSON", async () => {
    workspace.write({ Dockerfile: `FROM ${name}:1@${old}\n` });
    const mirror = { ...moved, [`${name}:1`]: { digest: current, mediaType: "", mirror: "mirror.corp" } };
    const { files } = await workspace.json<UpdatedFile>(["update", "Dockerfile"], {
      questions: new Registries(mirror),
    });
    const [entry] = files[0]?.updated ?? [];
    assert.deepEqual(
      [entry?.from, entry?.digest, entry?.mirror, entry?.verdict],
      [old, current, "mirror.corp", "not-checked"],
    );
  });

  it("takes the index instead of one platform, except where the platform is named", async () => {
    const known = {
      [`${name}:1`]: { digest: current, mediaType: INDEX },
      [`${name}:1@${old}`]: { digest: old, mediaType: MANIFEST },
    };
    workspace.write({ Dockerfile: `FROM ${name}:1@${old}\nFROM --platform=linux/amd64 ${name}:1@${old}\n` });
    assert.equal((await update(new Registries(known), "--write", "Dockerfile")).status, 0);
    assert.equal(
      workspace.read("Dockerfile"),
      `FROM ${name}:1@${current}\nFROM --platform=linux/amd64 ${name}:1@${old}\n`,
    );
  });

  it("takes no digest that is signed less well than the one that is there", async () => {
    const text = `FROM ${name}:1@${old}\n`;
    workspace.write({ Dockerfile: text });
    const weaker = new Registries(moved, { verdicts: { [`${name}:1@${old}`]: verified(old) } });
    const { status, stderr } = await update(weaker, "--write", "Dockerfile");
    assert.equal(status, 1);
    assert.match(stderr, /stays as it is: .*not signed as the digest is.*\(weaker\)/);
    assert.equal(workspace.read("Dockerfile"), text);
    assert.deepEqual(await reasonsOf(weaker), ["weaker"]);
  });

  it("leaves with the reason what can't be asked or judged, and silently what has no tag", async () => {
    workspace.write({ Dockerfile: `FROM ${name}:1@${old}\nFROM ${name}@${old}\nFROM ${name}:1\n` });
    for (const code of ["unreachable", "unauthorized", "not-found", "rate-limited"] as const) {
      const known = { [`${name}:1`]: code, [`${name}:1@${old}`]: old };
      assert.deepEqual(await reasonsOf(new Registries(known)), [code]);
      assert.equal((await update(new Registries(known), "Dockerfile")).status, 1);
    }
  });

  it("asks to have a mirror's word confirmed", async () => {
    workspace.write({ Dockerfile: `FROM ${name}:1@${old}\n` });
    const questions = new Registries(moved);
    const options: unknown[] = [];
    const asked = Object.assign(Object.create(questions) as Registries, {
      ask: (reference: Parameters<Registries["ask"]>[0], asking: unknown) => {
        options.push((asking as { confirm?: boolean }).confirm);
        return questions.ask(reference);
      },
    });
    await update(asked, "Dockerfile");
    assert.deepEqual(options, [true, true]);
  });
});
