import assert from "node:assert/strict";
import type { Verdict } from "../../server/src/facts/types";
import { signature, signedDigest } from "../support/schemes";
import { digestOf, Registries, type Trusting, Workspace } from "./workspace";

const name = "registry.example/acme/app:1";
const served = digestOf("6");

const verified: Verdict = { kind: "verified", vouchedBy: "user", ...signature() };
const unknown: Verdict = { kind: "signed-by-unknown", ...signature() };
const unsigned: Verdict = {
  kind: "unsigned",
  scheme: "notary",
  message: "n.example has no trust data for it.",
  signedDigest: null,
  signedTags: ["1.1", "1.2"],
  validUntil: null,
};
const failure = { step: "timestamp", code: "rollback", message: "The timestamp went back." } as const;
const invalid: Verdict = { kind: "invalid", scheme: "notary", failure };
const untrusted: Verdict = { kind: "untrusted", scheme: "notary", failure: { ...failure, code: "root-not-pinned" } };
const unavailable: Verdict = { kind: "unavailable", scheme: "notary", failure: { ...failure, code: "timed-out" } };

/** DESIGN.md, "Command". */
const statuses: readonly (readonly [verdict: Verdict, requirement: Trusting["requirement"], status: number])[] = [
  [verified, "none", 0],
  [verified, "user", 0],
  [unknown, "none", 0],
  [unknown, "docker", 0],
  [unknown, "user", 1],
  [unsigned, "none", 0],
  [unsigned, "docker", 1],
  [unsigned, "user", 1],
  [untrusted, "none", 1],
  [untrusted, "user", 1],
  [invalid, "none", 1],
  [invalid, "docker", 1],
  [unavailable, "none", 0],
  [unavailable, "docker", 3],
  [unavailable, "user", 3],
];

interface Entry {
  readonly reference: string;
  readonly digest: string | null;
  readonly [key: string]: unknown;
}

describe("digest-pin verify", () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = new Workspace();
  });
  afterEach(() => workspace.remove());

  async function entry(verdict: Verdict, known: Readonly<Record<string, typeof served>> = { [name]: served }) {
    const questions = new Registries(known, { verdicts: { [name]: verdict }, requirement: "none" });
    const { stdout } = await workspace.run(["verify", name, "--format", "json"], { questions });
    const { version, images } = JSON.parse(stdout) as { version: number; images: Entry[] };
    assert.equal(version, 1);
    assert.equal(images.length, 1);
    return images[0] as Entry;
  }

  for (const [verdict, requirement, status] of statuses) {
    it(`ends with ${status} for ${verdict.kind}, required by ${requirement}`, async () => {
      const questions = new Registries({ [name]: served }, { verdicts: { [name]: verdict }, requirement });
      for (const format of ["text", "json"]) {
        assert.equal((await workspace.run(["verify", name, "--format", format], { questions })).status, status);
      }
    });
  }

  it("ends with what is wrong rather than with what could not be checked", async () => {
    const verdicts = { "docker.io/library/a:1": unavailable, "docker.io/library/b:1": invalid };
    const questions = new Registries({}, { verdicts, requirement: "user" });
    assert.equal((await workspace.run(["verify", "a:1", "b:1"], { questions })).status, 1);
    assert.equal((await workspace.run(["verify", "a:1"], { questions })).status, 3);
  });

  it("prints a signature as the interface has it, with what the registry serves instead", async () => {
    assert.deepEqual(await entry(verified), {
      reference: name,
      digest: signedDigest,
      verdict: "verified",
      vouchedBy: "user",
      scheme: "notary",
      binds: "tag",
      signers: [{ name: "targets/releases", key: "ab".repeat(32) }],
      failure: null,
      required: false,
      registryDigest: served,
      root: { keys: ["cd".repeat(32)], firstSeen: "2026-11-01T00:00:00.000Z", trust: "first-use" },
      steps: [{ step: "timestamp", version: 3, expires: "2026-12-08T00:00:00.000Z" }],
      checkedAt: "2026-11-24T00:00:00.000Z",
      validUntil: "2026-12-08T00:00:00.000Z",
    });
  });

  it("says nothing beside a digest that the registry serves too", async () => {
    const { registryDigest, registry } = await entry(verified, { [name]: signedDigest });
    assert.deepEqual([registryDigest, registry], [undefined, undefined]);
  });

  it("tells of a registry that is not there, which changes no verdict", async () => {
    const questions = new Registries({ [name]: "timed-out" }, { verdicts: { [name]: verified } });
    const { stdout, status } = await workspace.run(["verify", name, "--format", "json"], { questions });
    const { registry, verdict, digest } = JSON.parse(stdout).images[0];
    assert.deepEqual([registry, verdict, digest, status], ["unreachable", "verified", signedDigest, 0]);
  });

  it("gives the registry's digest for what nobody signed, with the tags that are signed", async () => {
    const { verdict, digest, scheme, binds, signers, signedTags, message, failure: none } = await entry(unsigned);
    assert.deepEqual([verdict, digest, scheme, binds, signers], ["unsigned", served, "notary", null, []]);
    assert.deepEqual([signedTags, none], [["1.1", "1.2"], null]);
    assert.equal(message, "n.example has no trust data for it.");
  });

  it("gives no digest of what is wrong, and the step that failed", async () => {
    const { digest, registryDigest, failure: told, vouchedBy } = await entry(invalid);
    assert.deepEqual([digest, registryDigest, vouchedBy], [null, served, null]);
    assert.deepEqual(told, failure);
  });

  it("names untagged images by the tag that they stand for", async () => {
    const questions = new Registries({});
    const { stdout } = await workspace.run(["verify", "alpine", "--format", "json"], { questions });
    assert.equal(JSON.parse(stdout).images[0].reference, "docker.io/library/alpine:latest");
  });

  it("prints a paragraph for people", async () => {
    const questions = new Registries(
      { [name]: served },
      { verdicts: { [name]: verified, "docker.io/library/b:1": invalid } },
    );
    const { stdout, stderr } = await workspace.run(["verify", name, "b:1"], { questions });
    assert.equal(stderr, "");
    assert.equal(
      stdout,
      [
        `${name}: verified`,
        `  digest    ${signedDigest}`,
        `  signed by targets/releases, key ${"ab".repeat(32)}`,
        "  scheme    notary, which binds the tag to the digest",
        "  vouched   by the policy of the user",
        `  root      ${"cd".repeat(32)}, trusted on first use, first seen 2026-11-01`,
        "  checked   timestamp, version 3, which expires on 2026-12-08",
        "  until     2026-12-08",
        `  registry  serves ${served} instead`,
        "",
        "docker.io/library/b:1: invalid",
        "  failed    at timestamp: The timestamp went back. (rollback)",
        "  registry  not-found",
        "",
      ].join("\n"),
    );
  });

  it("hands on what it was told of trust, and forgets roots before it asks", async () => {
    const questions = new Registries({});
    const told: unknown[] = [];
    const options = { questions, onOptions: (given: unknown) => told.push(given) };
    await workspace.run(["verify", "a:1", "--policy", "p.yaml", "--ca", "ca.pem", "--require-signature"], options);
    const [{ policy, ca, requireSignature }] = told as [Record<string, unknown>];
    assert.deepEqual([policy, ca, requireSignature], ["p.yaml", "ca.pem", true]);
    assert.deepEqual(questions.forgotten, []);
    await workspace.run(["verify", "a:1", "--forget-root"], { questions });
    assert.deepEqual(questions.forgotten, ["docker.io/library/a:1"]);
  });

  it("refuses what is no reference, and asks nobody then", async () => {
    const questions = new Registries({});
    const { status, stderr, stdout } = await workspace.run(["verify", "a:1", "Not/A:ref:x", "\u001b[31m"], {
      questions,
    });
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.equal(stderr.split("\n").length, 3);
    assert.ok(!stderr.includes("\u001b"));
    assert.deepEqual(questions.asked, []);
    assert.equal((await workspace.run(["verify"], { questions })).status, 2);
  });
});

describe("digest-pin check and pin", () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = new Workspace();
    workspace.write({ Dockerfile: `FROM ${name}\n` });
  });
  afterEach(() => workspace.remove());

  const rows: readonly (readonly [
    verdict: Verdict,
    requirement: Trusting["requirement"],
    check: number,
    pin: number,
  ])[] = [
    [verified, "user", 0, 0],
    [unknown, "none", 0, 0],
    [unknown, "user", 1, 1],
    [unsigned, "none", 0, 0],
    [unsigned, "user", 1, 1],
    [untrusted, "none", 1, 1],
    [invalid, "user", 1, 1],
    // Not pinned by many, and nothing is known to be wrong.
    [unavailable, "none", 0, 1],
    [unavailable, "user", 3, 3],
  ];
  for (const [verdict, requirement, check, pin] of rows) {
    it(`end with ${check} and ${pin} for ${verdict.kind}, required by ${requirement}`, async () => {
      const known = { [name]: signedDigest };
      const questions = new Registries(known, { verdicts: { [name]: verdict }, requirement });
      assert.equal((await workspace.run(["check"], { questions })).status, check);
      for (const how of [["pin"], ["pin", "--diff"], ["pin", "--write"]]) {
        const { status, stderr } = await workspace.run(how, { questions });
        assert.equal(status, pin, `${how.join(" ")}: ${stderr}`);
      }
      const isPinned = workspace.read("Dockerfile").includes("@");
      assert.equal(isPinned, pin === 0);
    });
  }

  it("write the signed digest and say who signed it", async () => {
    const questions = new Registries({ [name]: signedDigest }, { verdicts: { [name]: verified } });
    const { stdout } = await workspace.run(["pin", "--write"], { questions });
    assert.match(stdout, /\(signed by targets\/releases\)$/m);
    assert.equal(workspace.read("Dockerfile"), `FROM ${name}@${signedDigest}\n`);
  });

  it("tell a required signature that nobody may ask for from one that is not there", async () => {
    const questions = new Registries({ [name]: "offline" }, { requirement: "user" });
    const { status, stdout } = await workspace.run(["check", "--offline"], { questions });
    assert.equal(status, 3);
    assert.match(stdout, /error: A signature is required\. .*\(signature-required\)/);
    assert.deepEqual(questions.asked, []);
  });

  it("leave no pin unmentioned that nobody may check where a signature is required", async () => {
    workspace.write({ Dockerfile: `FROM ${name}@${signedDigest}\n` });
    for (const [requirement, status] of [
      ["user", 3],
      ["none", 0],
    ] as const) {
      const questions = new Registries({}, { requirement });
      assert.equal((await workspace.run(["pin", "--offline"], { questions })).status, status);
      assert.deepEqual(questions.asked, []);
    }
  });

  it("know that a name without a value may be any image, where every signature is required", async () => {
    workspace.write({ Dockerfile: "ARG IMAGE\nFROM ${IMAGE}\n" });
    const questions = new Registries({}, { requirement: "user" });
    for (const args of [["check"], ["check", "--offline"]]) {
      const { status, stdout } = await workspace.run(args, { questions });
      assert.equal(status, 3);
      assert.match(stdout, /:2:6: error: A signature is required\./);
    }
    assert.equal((await workspace.run(["check"], { questions: new Registries({}) })).status, 0);
  });

  it("judge what is pinned already where a signature is required, and change nothing of it", async () => {
    const pinned = `${name}@${signedDigest}`;
    workspace.write({ Dockerfile: `FROM ${pinned}\n` });
    for (const [verdict, requirement, status] of [
      [verified, "user", 0],
      [unsigned, "user", 1],
      [unavailable, "user", 3],
      [unsigned, "none", 0],
      [unavailable, "none", 0],
      [invalid, "none", 1],
      [untrusted, "none", 1],
    ] as const) {
      const questions = new Registries({ [pinned]: signedDigest }, { verdicts: { [pinned]: verdict }, requirement });
      const ended = await workspace.run(["pin", "--write"], { questions });
      assert.equal(ended.status, status, `${verdict.kind}: ${ended.stderr}`);
      if (status !== 0)
        assert.match(ended.stderr, /is pinned already: (A signature is required|The timestamp went back)/);
      assert.equal(workspace.read("Dockerfile"), `FROM ${pinned}\n`);
    }
  });

  it("ask no signer about images of which nothing is said", async () => {
    const questions = new Registries({ [name]: "offline" });
    assert.equal((await workspace.run(["check"], { questions })).status, 0);
    assert.deepEqual(questions.asked, []);
  });
});
