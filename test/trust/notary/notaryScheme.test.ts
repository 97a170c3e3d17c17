/** What the scheme answers for one reference: by the tag, by the digest, and where it is kept from an answer. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Digest } from "../../../server/src/reference/digest";
import { NotaryError } from "../../../server/src/trust/notary/notaryError";
import type { RootPins } from "../../../server/src/trust/notary/rootVerifier";
import type { SchemeAnswer } from "../../../server/src/trust/scheme";
import { FileTransport } from "../../support/notary/fileTransport";
import { createKey } from "../../support/notary/keys";
import { fileMetaOf, targetOf } from "../../support/notary/repository";
import { daysFrom, GUN, hexOf, NOW, Scene } from "../../support/notary/scene";
import {
  messageOf,
  outcomeOf,
  type SchemeOptions,
  SchemeUnderTest,
  signedAnswer,
} from "../../support/notary/schemeUnderTest";

const digestOf = (digit: string) => `sha256:${hexOf(digit)}` as Digest;

describe("the Notary scheme", () => {
  let scene: Scene;
  let transport: FileTransport;
  let directory: string;
  let scheme: SchemeUnderTest;
  beforeEach(async () => {
    scene = new Scene();
    const releases = scene.repository.delegate("targets/releases", createKey("ecdsa"));
    Object.assign(releases.targets, { "2": targetOf(hexOf("2"), 2), "2.0": targetOf(hexOf("2"), 2) });
    Object.assign(scene.repository.targets.targets, { latest: targetOf(hexOf("f"), 1) });
    transport = new FileTransport(new Map());
    publish();
    directory = await mkdtemp(join(tmpdir(), "notary-scheme-"));
    scheme = newScheme();
  });
  afterEach(() => rm(directory, { recursive: true }));

  function newScheme(pins: RootPins | null = null, options: Partial<SchemeOptions> = {}): SchemeUnderTest {
    const common = { server: "https://trust.example", ca: "", directory, pins, transport };
    const made = new SchemeUnderTest({ ...common, ...options });
    made.now = NOW;
    return made;
  }

  function publish(): void {
    scene.publish();
    transport.files = scene.source.files;
  }

  const rows: readonly (readonly [reference: string, outcome: string])[] = [
    [":1", digestOf("1")],
    [":2", digestOf("2")],
    ["", digestOf("f")],
    [":latest", digestOf("f")],
    [":3", "unsigned"],
    [`:1@${digestOf("1")}`, digestOf("1")],
    [`@${digestOf("1")}`, digestOf("1")],
    [`@${digestOf("2")}`, digestOf("2")],
    [`:1@${digestOf("2")}`, digestOf("2")],
    [`:3@${digestOf("2")}`, digestOf("2")],
    [`:1@${digestOf("9")}`, "unsigned"],
    [`@${digestOf("9")}`, "unsigned"],
  ];
  for (const [reference, outcome] of rows) {
    it(`answers for app${reference.replace(/[0-9a-f]{64}/, (hex) => `${hex[0]}…`)}`, async () => {
      for (const served of [null, digestOf("9"), digestOf("1")]) {
        const answer = await scheme.check(`${GUN}${reference}`, served);
        assert.equal(outcomeOf(answer), outcome);
      }
    });
  }

  const otherTags: readonly (readonly [reference: string, tags: readonly string[]])[] = [
    [":1", []],
    [`:1@${digestOf("1")}`, []],
    [`:1@${digestOf("2")}`, ["2", "2.0"]],
    [`@${digestOf("2")}`, []],
  ];
  for (const [reference, tags] of otherTags) {
    it(`says for which tags the digest is signed instead: ${tags.join(", ") || "none"}`, async () => {
      assert.deepEqual(signedAnswer(await scheme.check(`${GUN}${reference}`)).otherTags, tags);
    });
  }

  it("says what the tag is signed with, where that is another digest", async () => {
    const answer = await scheme.check(`${GUN}:1@${digestOf("9")}`);
    assert.ok(answer.kind === "unsigned");
    assert.equal(answer.signedDigest, digestOf("1"));
    const other = await scheme.check(`${GUN}:3@${digestOf("9")}`);
    assert.ok(other.kind === "unsigned");
    assert.deepEqual([other.signedDigest, other.signedTags.length], [null, 4]);
  });

  it("tells the digest in the algorithm of the reference", async () => {
    const content = Buffer.from("content");
    scene.repository.targets.targets["1"] = fileMetaOf(content);
    publish();
    const sha512 = `sha512:${createHash("sha512").update(content).digest("hex")}`;
    assert.equal(await scheme.outcome(`${GUN}:1@${sha512}`), sha512);
    assert.equal(await scheme.outcome(`${GUN}:1@sha512:${hexOf("9").repeat(2)}`), "unsigned");
  });

  const isNamed = (answer: SchemeAnswer) => signedAnswer(answer).isNamed;
  const trustOf = (answer: SchemeAnswer) => signedAnswer(answer).root?.trust;

  it("names a signer that is pinned, and no other", async () => {
    const [key = assert.fail()] = scene.repository.root.keys;
    assert.equal(isNamed(await scheme.check(`${GUN}:1`)), false);
    const pinned = await newScheme({ kind: "keys", ids: [key.id] }).check(`${GUN}:1`);
    assert.deepEqual([isNamed(pinned), trustOf(pinned)], [true, "pinned"]);
    // Pins that are no longer there vouch for nothing.
    const later = await newScheme().check(`${GUN}:1`);
    assert.deepEqual([isNamed(later), trustOf(later)], [false, "first-use"]);
    const other = newScheme({ kind: "keys", ids: [hexOf("a")] });
    assert.equal(await other.outcome(`${GUN}:1`), "untrusted: root root-not-pinned");
  });

  it("takes docker's own root for the first pin", async () => {
    await writeDockerRoot(scene.source.files.get("root.json"));
    assert.equal(trustOf(await scheme.check(`${GUN}:1`)), "docker");
    assert.equal(trustOf(await scheme.check(`${GUN}:1`)), "docker");
  });

  it("holds a server to docker's own root", async () => {
    await writeDockerRoot(new Scene().source.files.get("root.json"));
    assert.equal(await scheme.outcome(`${GUN}:1`), "invalid: root root-changed");
    await scheme.forget(GUN);
    assert.equal(trustOf(await scheme.check(`${GUN}:1`)), "first-use");
  });

  it("does not begin anew where docker's root can't be read", async () => {
    await writeDockerRoot(Buffer.from("{}"));
    assert.equal(await scheme.outcome(`${GUN}:1`), "unavailable: store store-unusable");
  });

  async function writeDockerRoot(root: Buffer | undefined): Promise<void> {
    const path = join(scheme.dockerDirectory, "trust", "tuf", GUN, "metadata", "root.json");
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, root ?? assert.fail());
  }

  it("says from when its answer is where the server does not answer", async () => {
    await scheme.check(`${GUN}:1`);
    transport.failure = "unreachable";
    const answer = signedAnswer(await scheme.advance(2).check(`${GUN}:1`));
    assert.deepEqual([answer.checkedAt, answer.notes.length], [NOW, 1]);
    assert.equal(await scheme.advance(20).outcome(`${GUN}:1`), "unavailable: server unreachable");
    transport.failure = null;
  });

  it("remembers when the server last said so", async () => {
    await scheme.check(`${GUN}:1`);
    const { now } = scheme.advance(1);
    await scheme.check(`${GUN}:1`);
    transport.failure = "unreachable";
    const answer = signedAnswer(await scheme.advance(1).check(`${GUN}:1`));
    assert.equal(answer.checkedAt.getTime(), now.getTime());
    assert.deepEqual(answer.root?.firstSeen, NOW);
  });

  it("stores nothing of what it does not believe", async () => {
    scene.repository.timestamp.signers = [];
    publish();
    assert.equal(await scheme.outcome(`${GUN}:1`), "invalid: timestamp threshold-not-met");
    assert.equal(await scheme.store.read(GUN as never), null);
  });

  it("holds what was verified where it can't be stored, and says so", async () => {
    scheme.store.write = () => Promise.reject(new NotaryError("store-unusable", "store", "The disk is full."));
    const answer = signedAnswer(await scheme.check(`${GUN}:1`));
    assert.deepEqual([answer.digest, answer.notes.length], [digestOf("1"), 1]);
    scheme.store.write = () => Promise.reject(new TypeError("a mistake"));
    await assert.rejects(scheme.check(`${GUN}:1`), TypeError);
  });

  it("tells what the network did apart from what the trust data is", async () => {
    for (const [status, outcome] of [
      [401, "unavailable: server unauthorized"],
      [403, "unavailable: server forbidden"],
      [404, "unsigned"],
      [500, "unavailable: server server-error"],
    ] as const) {
      transport.status = status;
      assert.equal(await scheme.outcome(`${GUN}:1`), outcome);
    }
  });

  it("is not silent where releases was left out", async () => {
    Object.assign(scene.repository.delegations.get("targets/releases") ?? {}, { signers: [] });
    publish();
    assert.equal(await scheme.outcome(`${GUN}:2`), "invalid: targets/releases threshold-not-met");
    for (const tag of ["1", "3"]) {
      assert.match(messageOf(await scheme.check(`${GUN}:${tag}`)), /targets\/releases was left out/);
    }
    assert.equal(await scheme.outcome(`${GUN}:1`), digestOf("1"));
    assert.equal(await scheme.outcome(`${GUN}:3`), "unsigned");
  });

  for (const [what, how, outcome] of [
    ["another digest", "9", "invalid: targets/releases threshold-not-met"],
    ["the same digest", "1", digestOf("1")],
  ] as const) {
    it(`does not fall through to targets where releases was left out and has ${what} for the tag`, async () => {
      const releases = scene.repository.delegations.get("targets/releases") ?? assert.fail();
      Object.assign(releases.targets, { "1": targetOf(hexOf(how), 1) });
      releases.signers = [];
      publish();
      assert.equal(await scheme.outcome(`${GUN}:1`), outcome);
      assert.equal(await scheme.outcome(`${GUN}:1@${digestOf("1")}`), outcome);
    });
  }

  it("finds no digest for another tag that releases would give another digest", async () => {
    const releases = scene.repository.delegations.get("targets/releases") ?? assert.fail();
    Object.assign(releases.targets, { "1": targetOf(hexOf("9"), 1) });
    releases.signers = [];
    publish();
    assert.equal(await scheme.outcome(`${GUN}:3@${digestOf("1")}`), "unsigned");
  });

  it("tells a fresh client that releases may be hidden", async () => {
    const releases = scene.repository.delegations.get("targets/releases") ?? assert.fail();
    releases.isListed = false;
    publish();
    const { digest, notes } = signedAnswer(await scheme.check(`${GUN}:1`));
    assert.equal(digest, digestOf("1"));
    assert.match(notes.join(" "), /targets\/releases was left out.*or is being hidden/);
  });

  it("ends when all of it takes too long, although each answer comes in time", async () => {
    scheme = newScheme(null, { updateTimeLimit: 20 });
    // Ends with the signal of the request alone.
    transport.hangsAt = /./;
    assert.equal(await scheme.outcome(`${GUN}:1`), "unavailable: server timed-out");
  });

  it("calls wrong what it saw to be wrong, however slow the rest is", async () => {
    assert.equal(await scheme.outcome(`${GUN}:1`), digestOf("1"));
    Object.assign(scene.repository.timestamp, { signers: [], version: 2 });
    publish();
    transport.hangsAt = /root\.json$/;
    const slow = newScheme(null, { updateTimeLimit: 20 });
    assert.equal(await slow.outcome(`${GUN}:1`), "invalid: timestamp threshold-not-met");
  });

  it("takes a web server that was guessed for none that knows of trust data", async () => {
    const html = Buffer.from("<html>");
    transport.files = new Map([["root.json", html]]);
    const guessed = newScheme(null, { rule: null });
    assert.equal(await guessed.outcome(`${GUN}:1`), "unavailable: server malformed-answer");
    // One that the user named is held to what it says.
    assert.equal(await scheme.outcome(`${GUN}:1`), "invalid: root malformed-metadata");
    publish();
    assert.equal(await guessed.outcome(`${GUN}:1`), digestOf("1"));
    transport.files = new Map([
      ["timestamp.json", html],
      ["root.json", html],
    ]);
    assert.match(await guessed.outcome(`${GUN}:1`), /^invalid: /);
  });

  it("holds as long as the metadata does", async () => {
    const ends = daysFrom(NOW, 3);
    scene.repository.targets.expires = ends.toISOString();
    publish();
    for (const tag of ["1", "3"]) {
      const answer = await scheme.check(`${GUN}:${tag}`);
      assert.ok("validUntil" in answer);
      assert.deepEqual(answer.validUntil, ends);
    }
  });
});
