import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { challengesOn } from "../../../server/src/registry/cache/challengesOnDisk";
import { createDiskCache } from "../../../server/src/registry/cache/diskCache";
import {
  printedBlob,
  printedDescriptor,
  printedManifest,
  printedReferrers,
  printedTags,
} from "../../../server/src/registry/cache/printedAnswers";
import { digestOfBytes, OCI_INDEX } from "../../support/sampleImages";

const bytes = Buffer.from("{}\n with a line end");
const digest = digestOfBytes(bytes);
const referrer = { artifactType: "application/x", digest, mediaType: "" };

describe("answers for the cache", () => {
  it("are read as they were printed", () => {
    for (const mirror of [null, "mirror.corp"]) {
      for (const size of [null, 7]) {
        const descriptor = { digest, mediaType: OCI_INDEX, size, mirror };
        assert.deepEqual(printedDescriptor.parse(printedDescriptor.print(descriptor)), descriptor);
      }
    }
    const manifest = { digest, mediaType: OCI_INDEX, body: bytes };
    assert.deepEqual(printedManifest(digest).parse(printedManifest(digest).print(manifest)), manifest);
    assert.deepEqual(printedBlob(digest).parse(printedBlob(digest).print(bytes)), bytes);
    const tags = { tags: ["1", "2"], isComplete: false };
    assert.deepEqual(printedTags.parse(printedTags.print(tags)), tags);
    assert.deepEqual(printedReferrers.parse(printedReferrers.print([referrer])), [referrer]);
  });

  const broken: [string, { parse(body: Buffer): unknown }, unknown][] = [
    ["a digest that is none", printedDescriptor, { digest: "sha256:short", mediaType: "", size: null, mirror: null }],
    ["no media type", printedDescriptor, { digest, size: null, mirror: null }],
    ["a size that is no whole number", printedDescriptor, { digest, mediaType: "", size: 1.5, mirror: null }],
    ["a size that is text", printedDescriptor, { digest, mediaType: "", size: "7", mirror: null }],
    ["a mirror that is no text", printedDescriptor, { digest, mediaType: "", size: null, mirror: 5 }],
    ["tags that are no list", printedTags, { tags: "1", isComplete: true }],
    ["a tag that is no text", printedTags, { tags: [1], isComplete: true }],
    ["no word of whether the list is whole", printedTags, { tags: [] }],
    ["referrers that are no list", printedReferrers, { referrers: {} }],
    ["a referrer without a digest", printedReferrers, { referrers: [referrer, {}] }],
    ["no object", printedReferrers, []],
  ];
  for (const [name, { parse }, value] of broken) {
    it(`are not believed with ${name}`, () => assert.equal(parse(Buffer.from(JSON.stringify(value))), null));
  }

  it("are not believed where a digest covers other bytes", () => {
    assert.equal(printedBlob(digest).parse(Buffer.from("other")), null);
    assert.equal(printedManifest(digest).parse(Buffer.from(`${OCI_INDEX}\nother`)), null);
    assert.equal(printedManifest(digest).parse(Buffer.from("no line end")), null);
  });

  it("may be any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (array) => {
        for (const each of [
          printedDescriptor,
          printedTags,
          printedReferrers,
          printedManifest(digest),
          printedBlob(digest),
        ]) {
          each.parse(Buffer.from(array));
        }
      }),
    );
  });
});

describe("challenges on disk", () => {
  const origin = "https://registry.example";
  const challenge = { field: 'Bearer realm="https://auth.example/"', address: "10.0.0.5" };
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "digest-pin-challenges-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));

  it("are known to other processes for a day", async () => {
    let time = Date.UTC(2026, 0, 1);
    const disk = createDiskCache({ directory, now: () => time, maxBytes: 1e6 });
    const challenges = challengesOn(disk, () => new Date(time));
    assert.equal(await challenges.read(origin), null);
    challenges.keep(origin, challenge);
    let known = await challenges.read(origin);
    while (known === null) known = await challenges.read(origin);
    assert.deepEqual(known, challenge);
    assert.equal(await challenges.read("https://other.example"), null);
    time += 24 * 60 * 60_000 - 1;
    assert.deepEqual(await challenges.read(origin), challenge);
    time += 1;
    assert.equal(await challenges.read(origin), null);
  });

  it("are not believed in another form", async () => {
    const disk = createDiskCache({ directory, now: () => 1, maxBytes: 1e6 });
    const challenges = challengesOn(disk, () => new Date(1));
    for (const wrong of ["none", "[]", '{"address":null}', '{"field":5,"address":null}', '{"field":"x","address":5}']) {
      await disk.write(`challenge ${origin}`, Buffer.from(wrong));
      assert.equal(await challenges.read(origin), null, wrong);
    }
  });
});
