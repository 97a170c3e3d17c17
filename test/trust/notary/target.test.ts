/** Which digest a tag is signed with, by whom, and which tags are near. */
import assert from "node:assert/strict";
import type { Digest } from "../../../server/src/reference/digest";
import { parseTargets } from "../../../server/src/trust/notary/metadata/targets";
import {
  isContentOf,
  nearbyTags,
  releasesNote,
  signedTag,
  signedTags,
  signersOfTag,
} from "../../../server/src/trust/notary/target";
import type { TrustedRepository } from "../../../server/src/trust/notary/trustedRepository";
import { createKey } from "../../support/notary/keys";
import { fileMetaOf, targetOf } from "../../support/notary/repository";
import { hexOf, Scene } from "../../support/notary/scene";

type Tags = Readonly<Record<string, string>>;

/** @param roles tags with the digit of their digests, by role */
async function trusted(roles: Readonly<Record<string, Tags>>): Promise<TrustedRepository> {
  const scene = new Scene();
  scene.repository.targets.targets = {};
  for (const [role, tags] of Object.entries(roles)) {
    const draft = role === "targets" ? scene.repository.targets : scene.repository.delegate(role, createKey("ecdsa"));
    for (const [tag, digit] of Object.entries(tags)) draft.targets[tag] = targetOf(hexOf(digit), 1);
  }
  scene.publish();
  return scene.update();
}

describe("a tag", () => {
  const rows: readonly (readonly [name: string, roles: Readonly<Record<string, Tags>>, digit: string | null])[] = [
    ["in targets", { targets: { "1": "a" } }, "a"],
    ["in releases", { "targets/releases": { "1": "b" } }, "b"],
    ["in both: releases", { targets: { "1": "a" }, "targets/releases": { "1": "b" } }, "b"],
    ["in targets, while releases has others", { targets: { "1": "a" }, "targets/releases": { "2": "b" } }, "a"],
    ["in another delegation", { "targets/ann": { "1": "c" } }, null],
    ["below releases", { "targets/releases": {}, "targets/releases/deep": { "1": "c" } }, null],
    ["in one that only begins like releases", { "targets/releases2": { "1": "c" } }, null],
    ["nowhere", { targets: { "2": "a" } }, null],
    ["in other letters", { targets: { latest: "a", Latest: "b" } }, null],
  ];
  for (const [name, roles, digit] of rows) {
    it(`${name} has ${digit === null ? "no digest" : `digest ${digit}`}`, async () => {
      const repository = await trusted(roles);
      const expected = digit === null ? null : `sha256:${hexOf(digit)}`;
      assert.equal(signedTag(repository, "1")?.digest ?? null, expected);
      assert.equal(signedTags(repository).get("1")?.digest ?? null, expected);
    });
  }

  it("that is signed with a sha512 alone has no digest, and leaves the others theirs", async () => {
    const scene = new Scene();
    const releases = scene.repository.delegate("targets/releases", createKey("ecdsa"));
    releases.targets["1"] = fileMetaOf(Buffer.from("content"), ["sha512"]);
    releases.targets["2"] = targetOf(hexOf("b"), 1);
    scene.publish();
    const repository = await scene.update();
    // `targets` has the tag 1 too: releases comes first all the same.
    assert.deepEqual([signedTag(repository, "1"), signedTag(repository, "2")?.digest], [null, `sha256:${hexOf("b")}`]);
    assert.deepEqual([...signedTags(repository).keys()], ["2"]);
  });

  it("is one of no more than can be looked at", () => {
    const target = `{"hashes":{"sha256":"${Buffer.alloc(32).toString("base64")}"},"length":1}`;
    const withTargets = (count: number) => {
      const targets = Array.from({ length: count }, (_, index) => `"${index}":${target}`).join();
      const common = '"_type":"Targets","expires":"2030-01-01T00:00:00Z","version":1';
      return Buffer.from(`{"signed":{${common},"targets":{${targets}}},"signatures":[]}`);
    };
    assert.equal(parseTargets(withTargets(50_000), "targets").targets.size, 50_000);
    assert.throws(() => parseTargets(withTargets(50_001), "targets"), { code: "malformed-metadata" });
  });

  it("that is a member of every object is one of none here", async () => {
    const repository = await trusted({ targets: { "1": "a" } });
    for (const tag of ["__proto__", "constructor", "toString"]) assert.equal(signedTag(repository, tag), null);
  });

  it("is listed where its name is that of a tag", async () => {
    const odd = ["", " ", "a b", "](x)", "\u001b[2J", "-a", ".a", "a/b", "ä", "a\n", "a".repeat(129), "a:b"];
    const good = ["1", "_", "a.b-c_d", "A", "a".repeat(128)];
    const scene = new Scene();
    scene.repository.targets.targets = Object.fromEntries(
      [...odd, ...good].map((tag) => [tag, targetOf(hexOf("a"), 1)]),
    );
    // Canonical JSON has control characters as they are, and JSON has none of them.
    scene.repository.targets.editBytes = (bytes) =>
      Buffer.from(String(bytes).replaceAll("\u001b", "\\u001b").replaceAll("\n", "\\n"));
    scene.publish();
    const repository = await scene.update();
    assert.deepEqual([...signedTags(repository).keys()].sort(), [...good].sort());
  });

  it("has those signers that agree with the one that decided", async () => {
    const repository = await trusted({
      targets: { "1": "a" },
      "targets/releases": { "1": "b" },
      "targets/ann": { "1": "b" },
      "targets/bob": { "1": "c" },
      "targets/cid": {},
    });
    const target = signedTag(repository, "1") ?? assert.fail();
    const signers = signersOfTag(repository, target);
    assert.deepEqual(
      signers.map(({ name }) => name),
      ["targets/releases", "targets/ann"],
    );
    const ann = repository.roles.find(({ name }) => name === "targets/ann");
    assert.deepEqual(signers[1]?.key, ann?.signers[0]);
  });

  it("has one role that decided, although the other one would have said the same", async () => {
    const repository = await trusted({ targets: { "1": "a" }, "targets/releases": { "1": "a" } });
    const signers = signersOfTag(repository, signedTag(repository, "1") ?? assert.fail());
    assert.deepEqual(
      signers.map(({ name }) => name),
      ["targets/releases"],
    );
  });

  it("has no signer that may not sign it", async () => {
    const scene = new Scene();
    const ann = scene.repository.delegate("targets/ann", createKey("ecdsa"));
    ann.targets["1"] = targetOf(hexOf("1"), 1);
    ann.paths = ["2"];
    scene.publish();
    const repository = await scene.update();
    const signers = signersOfTag(repository, signedTag(repository, "1") ?? assert.fail());
    assert.deepEqual(
      signers.map(({ name }) => name),
      ["targets"],
    );
  });

  it("has content by sha256, and by sha512 where that is signed too", async () => {
    const scene = new Scene();
    const content = Buffer.from("content");
    Object.assign(scene.repository.targets.targets, {
      both: fileMetaOf(content),
      one: fileMetaOf(content, ["sha256"]),
    });
    scene.publish();
    const repository = await scene.update();
    const { hashes } = fileMetaOf(content);
    const digest = (name: string) => `${name}:${Buffer.from(hashes[name] ?? "", "base64").toString("hex")}` as Digest;
    const [both, one] = ["both", "one"].map((tag) => signedTag(repository, tag) ?? assert.fail());
    assert.ok(both && one);
    assert.deepEqual([isContentOf(both, digest("sha256")), isContentOf(both, digest("sha512"))], [true, true]);
    assert.deepEqual([isContentOf(one, digest("sha256")), isContentOf(one, digest("sha512"))], [true, false]);
    assert.equal(isContentOf(both, `sha512:${"0".repeat(128)}` as Digest), false);
  });
});

describe("tags nearby", () => {
  const tags = ["1", "1.9", "1.10", "1.10-alpine", "2", "latest"];
  for (const [wanted, nearest] of [
    ["1.10", ["1.10-alpine", "1.9", "1"]],
    ["2.1", ["2"]],
    ["edge", ["latest"]],
  ] as const) {
    it(`of ${wanted} begin with ${nearest[0]}`, () => {
      assert.deepEqual(nearbyTags(tags, wanted).slice(0, nearest.length), nearest);
    });
  }
  it("are five at most", () => {
    const many = Array.from({ length: 100 }, (_, index) => `1.${index}`);
    assert.deepEqual(nearbyTags(many, "1.42-x"), ["1.42", "1.49", "1.48", "1.47", "1.46"]);
    assert.equal(nearbyTags(tags, null).length, 5);
  });
});

describe("the note about releases", () => {
  it("is there where they were left out", async () => {
    const scene = new Scene();
    const releases = scene.repository.delegate("targets/releases", createKey("ecdsa"));
    scene.repository.delegate("targets/ann", createKey("ecdsa")).signers = [];
    scene.publish();
    assert.equal(releasesNote(await scene.update()), null);
    releases.signers = [];
    scene.publish();
    assert.match(releasesNote(await scene.update()) ?? "", /^targets\/releases was left out/);
  });
});
