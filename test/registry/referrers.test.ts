import assert from "node:assert/strict";
import fc from "fast-check";
import type { Digest } from "../../server/src/reference/digest";
import { parseReferrers, referrersTag } from "../../server/src/registry/referrers";
import { OCI_INDEX, OCI_MANIFEST } from "../support/sampleImages";

const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
const digest = `sha256:${"0".repeat(64)}`;
const signature = "application/vnd.cncf.notary.signature";
const entry = { digest, size: 1, mediaType: OCI_MANIFEST, artifactType: signature };
const index = (...manifests: unknown[]) => ({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });

function read(value: unknown, mediaType = OCI_INDEX) {
  return parseReferrers(Buffer.from(typeof value === "string" ? value : JSON.stringify(value)), mediaType);
}

describe("parseReferrers", () => {
  it("reads each descriptor", () => {
    const expected = [{ artifactType: signature, digest, mediaType: OCI_MANIFEST }];
    assert.deepEqual(read(index(entry)), { kind: "index", referrers: expected });
    assert.deepEqual(read(index()), { kind: "index", referrers: [] });
  });

  it("leaves open what a descriptor does not tell, or tells in a wrong shape", () => {
    const unknown = { artifactType: "", digest, mediaType: "" };
    for (const odd of [{ digest }, { digest, artifactType: null, mediaType: 1 }, { digest, artifactType: {} }]) {
      assert.deepEqual(read(index(odd)), { kind: "index", referrers: [unknown] });
    }
  });

  it("takes an index without its own media type, and one under a type that says nothing", () => {
    assert.equal(read({ manifests: [] }).kind, "index");
    for (const silent of ["", "application/json", "application/octet-stream", "text/plain"]) {
      assert.equal(read(index(), silent).kind, "index");
    }
  });

  const others: [string, unknown, string][] = [
    ["a page for people", "<html>", "text/html"],
    ["an image manifest", { config: {}, layers: [] }, OCI_MANIFEST],
    ["a manifest list of Docker's", { mediaType: DOCKER_LIST, manifests: [] }, DOCKER_LIST],
    ["an index under the type of another", index(entry), DOCKER_LIST],
    ["JSON that claims nothing", { manifests: [] }, "application/json"],
    ["a manifest under a type that says nothing", { mediaType: OCI_MANIFEST, layers: [] }, "application/json"],
    ["text under a type that says nothing", "not found", "text/plain"],
  ];
  for (const [name, value, mediaType] of others) {
    it(`takes ${name} for no index`, () => assert.deepEqual(read(value, mediaType), { kind: "other" }));
  }

  const broken: [string, string, unknown][] = [
    ["no JSON", "malformed-answer", "{"],
    ["an array", "malformed-answer", []],
    ["another type of its own", "malformed-answer", { ...index(entry), mediaType: DOCKER_LIST }],
    ["no list", "malformed-answer", { mediaType: OCI_INDEX }],
    ["a list that is none", "malformed-answer", { manifests: { length: 1 } }],
    ["an entry that is no object", "malformed-answer", index(1)],
    ["an entry without digest", "malformed-answer", index({ mediaType: OCI_MANIFEST })],
    ["an entry with a broken digest", "malformed-answer", index({ ...entry, digest: "sha256:0" })],
    ["members of the prototype only", "malformed-answer", '{"__proto__":{"manifests":[]}}'],
    ["too many entries", "too-large", index(...Array.from({ length: 1001 }, () => entry))],
  ];
  for (const [name, code, value] of broken) {
    it(`refuses an index of ${name}`, () => {
      const parsed = read(value);
      assert.equal(parsed.kind === "broken" ? parsed.problem.code : parsed.kind, code);
    });
  }

  it("takes a thousand", () => {
    const parsed = read(index(...Array.from({ length: 1000 }, () => entry)));
    assert.equal(parsed.kind === "index" ? parsed.referrers.length : parsed.kind, 1000);
  });

  it("never throws, whatever a registry sends", () => {
    const members = fc.constantFrom("mediaType", "manifests", "artifactType", "digest", "__proto__");
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom(OCI_INDEX, digest, null, 1),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(members, tie("value")),
      ),
    }));
    fc.assert(fc.property(value, fc.constantFrom(OCI_INDEX, ""), (any, type) => void read(any, type)));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseReferrers(Buffer.from(bytes), OCI_INDEX)));
  });
});

/** The examples of the OCI distribution specification 1.1, "Referrers Tag Schema". */
const tags: [string, string][] = [
  [`sha256:${"a".repeat(64)}`, `sha256-${"a".repeat(64)}`],
  [`sha512:${"a".repeat(128)}`, `sha512-${"a".repeat(64)}`],
  [
    "test+algorithm+using+algorithm+separators+and+lots+of+characters+to+excercise+overall+truncation:alsoSome=InTheEncodedSectionToShowHyphenReplacementAndLotsAndLotsOfCharactersToExcerciseEncodedTruncation",
    "test-algorithm-using-algorithm-s-alsoSome-InTheEncodedSectionToShowHyphenReplacementAndLotsAndLot",
  ],
];

describe("referrersTag", () => {
  for (const [of, tag] of tags) {
    it(`is ${tag}`, () => assert.equal(referrersTag(of as Digest), tag));
  }
});
