/** What an image tells of itself, and what is asked for it. */
import assert from "node:assert/strict";
import { Facts } from "../../server/src/facts/facts";
import type { Details } from "../../server/src/facts/types";
import type { Digest } from "../../server/src/reference/digest";
import type { Child, Manifest } from "../../server/src/registry/registry";
import { referenceTo } from "../support/registryClients";
import { digestOf } from "../support/server";
import { ScriptedRegistry } from "./scriptedRegistry";

const edge = referenceTo("alpine:edge");
const now = new Date("2026-11-25T12:00:00Z");
const [index, image, other, configuration] = [digestOf("a"), digestOf("b"), digestOf("c"), digestOf("d")];

function manifest(digest: Digest, rest: Partial<Manifest>): Manifest {
  const nothing = { artifactType: "", platforms: [], children: [], configuration: null, annotations: new Map() };
  return { digest, mediaType: "", size: 1, kind: "manifest", ...nothing, ...rest };
}

function child(digest: Digest, platform: string | null): Child {
  const [os = "", architecture = ""] = platform?.split("/") ?? [];
  return { digest, platform: platform === null ? null : { os, architecture, variant: null } };
}

function annotated(annotations: Readonly<Record<string, string>>): Pick<Manifest, "annotations"> {
  return { annotations: new Map(Object.entries(annotations)) };
}

/** The details of what `edge` stands for: of the first of the manifests. */
async function detailsOf(manifests: readonly Manifest[], created: string | null = null) {
  const registry = new ScriptedRegistry(() => now);
  const facts = new Facts({ registry, now: () => now });
  for (const one of manifests) registry.contents.set(one.digest, one);
  registry.contents.set(configuration, { created });
  registry.answers.set("alpine:edge", manifests[0]?.digest ?? "not-found");
  const answer = await facts.ask(edge);
  return { registry, facts, answer, details: await facts.details(edge, answer) };
}

function told(details: Details | null): string | null {
  return details && (details.created?.toISOString() ?? "untold");
}

describe("details", () => {
  it("are the manifest's own where it tells when it was made", async () => {
    const annotations = annotated({ created: "2026-11-01T10:00:00+02:00", licenses: "MIT" });
    const { details, registry } = await detailsOf([manifest(image, { configuration, ...annotations })]);
    assert.equal(told(details), "2026-11-01T08:00:00.000Z");
    assert.equal(details?.annotations.get("licenses"), "MIT");
    assert.deepEqual(registry.fetched, [image]);
  });

  it("are the configuration's otherwise, with the manifest's annotations", async () => {
    const one = manifest(image, { configuration, ...annotated({ version: "3" }) });
    const { details, registry } = await detailsOf([one], "2026-11-01T08:00:00.123456789Z");
    assert.equal(told(details), "2026-11-01T08:00:00.123Z");
    assert.equal(details?.annotations.get("version"), "3");
    assert.deepEqual(registry.fetched, [image, configuration]);
  });

  it("of an index are those of its image for linux/amd64, under its own annotations", async () => {
    const children = [child(digestOf("e"), null), child(other, "linux/arm64"), child(image, "linux/amd64")];
    const own = annotated({ version: "own" });
    const ofImage = annotated({ version: "image", licenses: "MIT" });
    const manifests = [
      manifest(index, { kind: "index", children, ...own }),
      manifest(image, { configuration, ...ofImage }),
    ];
    const { details, registry } = await detailsOf(manifests, "2026-11-01T08:00:00Z");
    assert.equal(told(details), "2026-11-01T08:00:00.000Z");
    assert.deepEqual(details && Object.fromEntries(details.annotations), { version: "own", licenses: "MIT" });
    assert.deepEqual(registry.fetched, [index, image, configuration]);
  });

  it("of an index without linux/amd64 are those of its first image", async () => {
    const children = [child(digestOf("e"), null), child(other, "windows/amd64"), child(image, "linux/arm64")];
    const created = annotated({ created: "2026-11-01T08:00:00Z" });
    const { details } = await detailsOf([manifest(index, { kind: "index", children }), manifest(other, created)]);
    assert.equal(told(details), "2026-11-01T08:00:00.000Z");
  });

  it("of an index without images are its annotations", async () => {
    const children = [child(image, null)];
    const { details, registry } = await detailsOf([
      manifest(index, { kind: "index", children, ...annotated({ version: "3" }) }),
    ]);
    assert.equal(told(details), "untold");
    assert.equal(details?.annotations.get("version"), "3");
    assert.deepEqual(registry.fetched, [index]);
  });

  it("end at an index within an index", async () => {
    const children = [child(index, "linux/amd64")];
    const { details, registry } = await detailsOf([manifest(index, { kind: "index", children })]);
    assert.equal(details, null);
    assert.deepEqual(registry.fetched, [index]);
  });

  it("of what has no configuration tell no time", async () => {
    const { details } = await detailsOf([manifest(image, {})]);
    assert.equal(told(details), "untold");
  });

  for (const [created, expected] of [
    ["1970-01-01T00:00:00Z", "untold"],
    ["0001-01-01T00:00:00Z", "untold"],
    ["2012-12-31T23:59:59Z", "untold"],
    ["2013-01-01T00:00:00Z", "2013-01-01T00:00:00.000Z"],
    ["2026-11-26T12:00:00Z", "2026-11-26T12:00:00.000Z"],
    ["2026-11-26T12:00:01Z", "untold"],
    ["2026-13-01T00:00:00Z", "untold"],
    ["2026-11-01", "untold"],
    ["yesterday", "untold"],
    ["1", "untold"],
    ["", "untold"],
    [null, "untold"],
  ] as const) {
    it(`of ${JSON.stringify(created)} tell ${expected}`, async () => {
      const { details } = await detailsOf([manifest(image, { configuration })], created);
      assert.equal(told(details), expected);
    });
  }

  it("look into the configuration where the annotation tells a time before containers", async () => {
    const epoch = annotated({ created: "1970-01-01T00:00:00Z" });
    const { details } = await detailsOf([manifest(image, { configuration, ...epoch })], "2026-11-01T08:00:00Z");
    assert.equal(told(details), "2026-11-01T08:00:00.000Z");
  });

  it("are fetched once", async () => {
    const children = [child(image, "linux/amd64")];
    const manifests = [manifest(index, { kind: "index", children }), manifest(image, { configuration })];
    const { registry, facts, answer, details } = await detailsOf(manifests, "2026-11-01T08:00:00Z");
    assert.deepEqual(await facts.details(edge, answer), details);
    assert.deepEqual(registry.fetched, [index, image, configuration]);
  });

  it("are none where a part can't be had, which is not asked for again at once", async () => {
    const registry = new ScriptedRegistry(() => now);
    const facts = new Facts({ registry, now: () => now });
    registry.answers.set("alpine:edge", image);
    registry.contents.set(image, manifest(image, { configuration })).set(configuration, "timed-out");
    const answer = await facts.ask(edge);
    for (const _ of [1, 2]) assert.equal(await facts.details(edge, answer), null);
    assert.deepEqual(registry.fetched, [image, configuration]);
  });

  it("are none where the image of an index can't be had", async () => {
    const { details } = await detailsOf([
      manifest(index, { kind: "index", children: [child(image, "linux/amd64")], ...annotated({ version: "3" }) }),
    ]);
    assert.equal(details, null);
  });
});
