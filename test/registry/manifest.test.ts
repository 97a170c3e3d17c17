import assert from "node:assert/strict";
import fc from "fast-check";
import { mediaTypeOf, parseManifest } from "../../server/src/registry/manifest";
import { OCI_INDEX, OCI_MANIFEST, sampleImage, sampleManifest } from "../support/sampleImages";

const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
const digest = `sha256:${"0".repeat(64)}`;
const entry = (platform: unknown) => ({ digest, size: 1, mediaType: OCI_MANIFEST, platform });
const index = (...entries: unknown[]) => ({ schemaVersion: 2, manifests: entries });

function read(value: unknown, mediaType = OCI_INDEX) {
  const isRaw = typeof value === "string" || Buffer.isBuffer(value);
  return parseManifest(Buffer.from(isRaw ? value : JSON.stringify(value)), mediaType);
}

describe("parseManifest", () => {
  it("reads an index and its platforms, without the attestations", () => {
    const { root, children } = sampleImage("acme/app", ["1"]);
    const { content, problem } = parseManifest(root.body, OCI_INDEX);
    assert.equal(problem, null);
    const platforms = [
      { os: "linux", architecture: "amd64", variant: null },
      { os: "linux", architecture: "arm64", variant: "v8" },
    ];
    assert.deepEqual(content, {
      mediaType: OCI_INDEX,
      kind: "index",
      artifactType: "",
      platforms,
      children: children.map(({ digest }, index) => ({ digest, platform: platforms[index] ?? null })),
      configuration: null,
      annotations: new Map(),
    });
  });

  it("reads a single manifest", () => {
    const { manifest, blobs } = sampleManifest("linux", "amd64", "x");
    const { content } = parseManifest(manifest.body, OCI_MANIFEST);
    assert.deepEqual(content, {
      mediaType: OCI_MANIFEST,
      kind: "manifest",
      artifactType: "application/vnd.oci.image.config.v1+json",
      platforms: [],
      children: [],
      configuration: blobs[0]?.digest,
      annotations: new Map(),
    });
  });

  const created = "org.opencontainers.image.created";
  const annotated = (own: unknown, ...ofEntries: unknown[]) =>
    read({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      annotations: own,
      manifests: ofEntries.map((annotations) => ({ ...entry({ os: "linux", architecture: "amd64" }), annotations })),
    }).content?.annotations;

  it("reads the annotations of the specification, and no others", () => {
    const long = "x".repeat(1_001);
    const all = { [created]: "2026-01-01", "org.opencontainers.image.title": 5, other: "x" };
    assert.deepEqual(
      annotated({ ...all, "org.opencontainers.image.source": long }),
      new Map([["created", "2026-01-01"]]),
    );
    assert.deepEqual(annotated("none"), new Map());
  });

  it("takes those of the first image where an index has none", () => {
    const [first, second] = [{ [created]: "1" }, { [created]: "2" }];
    assert.deepEqual(annotated(undefined, first, second), new Map([["created", "1"]]));
    assert.deepEqual(annotated({ [created]: "0" }, first), new Map([["created", "0"]]));
    assert.deepEqual(annotated(undefined, undefined, second), new Map());
  });

  it("reads no configuration that is no digest", () => {
    for (const config of [{ digest: "sha256:short" }, { digest: 5 }, [], null]) {
      const body = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [] };
      assert.equal(read(body, OCI_MANIFEST).content?.configuration, null);
    }
  });

  for (const [what, members, expected] of [
    ["its own", { artifactType: "application/a", config: { mediaType: "application/b" } }, "application/a"],
    ["that of its configuration", { config: { mediaType: "application/b" } }, "application/b"],
    [
      "that of its configuration, for an empty one",
      { artifactType: "", config: { mediaType: "application/b" } },
      "application/b",
    ],
    ["none", { config: {} }, ""],
    ["none that is no text", { artifactType: 1, config: { mediaType: ["application/b"] } }, ""],
  ] as const) {
    it(`reads the type of an artifact: ${what}`, () => {
      const body = { schemaVersion: 2, mediaType: OCI_MANIFEST, layers: [], ...members };
      assert.equal(read(body, OCI_MANIFEST).content?.artifactType, expected);
    });
  }

  it("counts a platform once and passes over entries without one", () => {
    const amd64 = { os: "linux", architecture: "amd64" };
    const windows = { os: "windows", architecture: "amd64" };
    const entries = [
      entry(amd64),
      entry({ ...amd64, variant: "" }),
      entry({ ...windows, "os.version": "10.0.1" }),
      entry({ ...windows, "os.version": "10.0.2" }),
      entry(undefined),
      entry(null),
      entry({ os: "", architecture: "" }),
    ];
    assert.deepEqual(
      read(index(...entries)).content?.platforms.map(({ os }) => os),
      ["linux", "windows"],
    );
  });

  it("believes the body where the answer's type says nothing", () => {
    assert.equal(read({ ...index(), mediaType: DOCKER_LIST }, "application/json").content?.mediaType, DOCKER_LIST);
    assert.equal(read({ ...index(), mediaType: DOCKER_LIST }, "").content?.kind, "index");
  });

  const refused: [string, string, unknown, string?][] = [
    ["schema 1 by its type", "unsupported-manifest", {}, "application/vnd.docker.distribution.manifest.v1+prettyjws"],
    ["signed schema 1 by its type", "unsupported-manifest", {}, "application/vnd.docker.distribution.manifest.v1+json"],
    ["schema 1 by its version", "unsupported-manifest", { schemaVersion: 1, fsLayers: [] }, "application/json"],
    ["another artifact", "unsupported-manifest", {}, "text/html"],
    ["a type that nobody tells", "unsupported-manifest", index(), "application/json"],
    ["types that contradict each other", "malformed-answer", { ...index(), mediaType: DOCKER_LIST }],
    ["an index sent as a manifest", "malformed-answer", index(), OCI_MANIFEST],
    ["a manifest sent as an index", "malformed-answer", { config: {}, layers: [] }],
    ["both kinds in one body", "malformed-answer", { ...index(), layers: [] }],
    ["neither kind", "malformed-answer", { schemaVersion: 2 }],
    ["no JSON", "malformed-answer", "{"],
    ["bytes that are no UTF-8", "malformed-answer", Buffer.from('{"manifests":[],"x":"\xff"}', "latin1")],
    ["an array", "malformed-answer", []],
    ["null", "malformed-answer", null],
    ["deep nesting", "malformed-answer", "[".repeat(100_000)],
    ["a media type that is no text", "malformed-answer", { ...index(), mediaType: 1 }],
    ["manifests that are no list", "malformed-answer", { manifests: {} }],
    ["an entry that is no object", "malformed-answer", index(1)],
    ["an entry without digest", "malformed-answer", index({})],
    ["an entry with a broken digest", "malformed-answer", index({ digest: "sha256:0" })],
    ["a platform that is no object", "malformed-answer", index(entry("linux/amd64"))],
    ["a platform of the wrong shape", "malformed-answer", index(entry({ os: "linux", architecture: [] }))],
    ["a platform with markup in it", "malformed-answer", index(entry({ os: "linux", architecture: "[x](command:y)" }))],
    ["a variant of the wrong shape", "malformed-answer", index(entry({ os: "a", architecture: "b", variant: {} }))],
    ["members of the prototype only", "malformed-answer", '{"__proto__":{"manifests":[]}}'],
    ["too many entries", "too-large", index(...Array.from({ length: 1001 }, () => entry(null)))],
  ];
  for (const [name, code, value, mediaType] of refused) {
    it(`refuses ${name}`, () => assert.equal(read(value, mediaType).problem?.code, code));
  }

  it("never throws, whatever a registry sends", () => {
    const members = fc.constantFrom("mediaType", "manifests", "layers", "config", "platform", "digest", "__proto__");
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom(OCI_INDEX, digest, null, 1),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(members, tie("value")),
      ),
    }));
    fc.assert(fc.property(value, fc.constantFrom(OCI_INDEX, OCI_MANIFEST, ""), (any, type) => void read(any, type)));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseManifest(Buffer.from(bytes), "")));
  });
});

describe("mediaTypeOf", () => {
  it("drops parameters and case", () => {
    assert.equal(mediaTypeOf("Application/JSON; charset=utf-8"), "application/json");
    assert.equal(mediaTypeOf(undefined), "");
  });
});
