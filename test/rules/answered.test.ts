import assert from "node:assert/strict";
import { catalog } from "../../server/src/catalog/catalog";
import { createReader } from "../../server/src/documents/reader";
import { nothingKnown } from "../../server/src/facts/knowledge";
import { findingsOf, wantsManifest } from "../../server/src/rules/rules";
import { answered, digest, index, pinned, withPlatform } from "./answered";

describe("what registries answered", () => {
  for (const [why, source, known, ...expected] of answered) {
    it(`gives ${expected.join(" and ") || "no finding"} for ${why}`, () => {
      const found = findingsOf(createReader("dockerfile")(source), catalog, {}, () => ({ ...nothingKnown, ...known }));
      assert.deepEqual(
        found.map(({ rule, severity }) => `${rule} ${severity}`),
        expected,
      );
      // A failure's text may come from whoever answered.
      for (const { message } of found) assert.ok(!message.includes("What is wrong"), message);
    });
  }

  it("holds for Compose too, whose platform is a member of its own", () => {
    const text = `services: {a: {image: 'alpine@${digest}', platform: linux/s390x}}`;
    const found = findingsOf(createReader("compose")(text), catalog, {}, () => ({ ...nothingKnown, manifest: index }));
    assert.deepEqual(
      found.map(({ rule }) => rule),
      ["platform-missing"],
    );
  });

  it("is wanted of the manifest only where a platform is named", () => {
    const wanted = (source: string) => createReader("dockerfile")(source).uses.map(wantsManifest);
    assert.deepEqual(wanted(pinned), [false]);
    assert.deepEqual(wanted(withPlatform("linux/amd64")), [true]);
    assert.deepEqual(wanted("FROM --platform=linux/amd64 $UNSET"), [false]);
  });
});
