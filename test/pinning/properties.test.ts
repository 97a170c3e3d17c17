import assert from "node:assert/strict";
import fc from "fast-check";
import { catalog } from "../../server/src/catalog/catalog";
import type { ImageUse } from "../../server/src/documents/imageUse";
import { createReader } from "../../server/src/documents/reader";
import { nothingKnown } from "../../server/src/facts/knowledge";
import {
  applyEdits,
  type Edit,
  mergeEdits,
  type PinStyle,
  pinnableReference,
  planPin,
} from "../../server/src/pinning/pin";
import { DEFAULT_TAG, type Reference } from "../../server/src/reference/reference";
import { findingsOf, pinningRules } from "../../server/src/rules/rules";
import { editsOf, fakeDigest, pinAll } from "../support/pinAll";
import { documents } from "./documents";

const RUNS = 100;
const styles = ["tag-and-digest", "digest-only"] as const;

describe("pinning", () => {
  for (const [format, what, document] of documents) {
    for (const style of styles) {
      it(`one image of ${what} changes its origin alone, and settles it (${style})`, () => {
        let edits = 0;
        fc.assert(
          fc.property(document, (text) => {
            const uses = createReader(format)(text).uses;
            for (const [index, use] of uses.entries()) {
              const reference = pinnableReference(use);
              const edit = reference && editOf(use, reference, style);
              if (!reference || !edit) continue;
              edits += 1;
              const after = applyEdits(text, [edit]);
              assertOnlyNeeded(text, after, reference, style);
              const again = createReader(format)(after).uses;
              assertSettled(again[index], reference, style);
              assertOthersKept(uses, again, index, edit, style);
            }
          }),
          { numRuns: RUNS },
        );
        assert.ok(edits > RUNS / 2, `only ${edits} edits: the documents were not what this test is for`);
      });

      it(`all images of ${what} leaves nothing to do, and twice is once (${style})`, () => {
        fc.assert(
          fc.property(document, (text) => {
            const after = pinAll(text, format, style);
            assert.equal(pinAll(after, format, style), after);
            const uses = createReader(format)(text).uses;
            const again = createReader(format)(after).uses;
            assert.equal(again.length, uses.length);
            for (const [index, use] of uses.entries()) {
              const reference = pinnableReference(use);
              if (reference && editOf(use, reference, style)) assertSettled(again[index], reference, style);
            }
            if (style === "tag-and-digest") assert.ok(isWithDigests(after, text));
            // One edit for each place, none inside another.
            const edits = mergeEdits(editsOf(text, format, style));
            for (const [at, edit] of edits.entries()) {
              assert.ok(at === 0 || (edits[at - 1]?.range.end ?? 0) < edit.range.start);
            }
          }),
          { numRuns: RUNS },
        );
      });
    }
  }
});

function editOf(use: ImageUse, reference: Reference, style: PinStyle): Edit | null {
  const plan = planPin(use, reference, fakeDigest(reference), style);
  return plan.kind === "edit" ? plan.edit : null;
}

/** Computed from the two texts alone: what was added stands there once, and the rest is byte for byte as before. */
function assertOnlyNeeded(before: string, after: string, reference: Reference, style: PinStyle): void {
  const pin = `@${fakeDigest(reference)}`;
  assert.ok(!before.includes(pin));
  assert.equal(after.split(pin).length, 2);
  const undone =
    reference.tag === null
      ? after.replace(style === "digest-only" ? pin : `:${DEFAULT_TAG}${pin}`, "")
      : after.replace(pin, style === "digest-only" ? `:${reference.tag}` : "");
  assert.equal(undone, before);
}

function assertSettled(use: ImageUse | undefined, before: Reference, style: PinStyle): void {
  const after = use?.parsed?.reference;
  assert.ok(use && after);
  assert.equal(after.digest, fakeDigest(before));
  assert.equal(after.registry, before.registry);
  assert.equal(after.repository, before.repository);
  assert.equal(after.tag, style === "digest-only" ? null : (before.tag ?? DEFAULT_TAG));
  assert.equal(pinnableReference(use), null);
  const document = { uses: [use], undeclaredStages: [], outputs: [], problems: [], surroundings: [], parts: [] };
  const left = findingsOf(document, catalog, {}, () => nothingKnown).filter(({ rule }) => pinningRules.has(rule));
  assert.deepEqual(left, []);
}

/** The other uses are what they were, unless the same text feeds them. */
function assertOthersKept(
  before: readonly ImageUse[],
  after: readonly ImageUse[],
  pinned: number,
  edit: Edit,
  style: PinStyle,
): void {
  assert.equal(after.length, before.length);
  for (const [index, use] of before.entries()) {
    if (index === pinned) continue;
    const reference = pinnableReference(use);
    const isShared = reference !== null && editOf(use, reference, style)?.range.start === edit.range.start;
    // An alias is pinned where its anchor stands, which may be a use itself.
    const isEdited = use.range.start <= edit.range.start && edit.range.end <= use.range.end;
    if (!isEdited) assert.equal(after[index]?.raw, use.raw);
    if (isShared) assert.equal(after[index]?.resolved, after[pinned]?.resolved);
    else assert.equal(after[index]?.resolved, use.resolved);
  }
}

/** Walks both texts: where they part, a digest was added, with the tag that an untagged name stands for. */
function isWithDigests(after: string, before: string): boolean {
  const pin = /(?::latest)?@sha256:[0-9a-f]{64}/y;
  let position = 0;
  for (let at = 0; at < before.length || position < after.length; ) {
    if (before[at] === after[position]) {
      at += 1;
      position += 1;
      continue;
    }
    pin.lastIndex = position;
    const added = pin.exec(after)?.[0];
    if (added === undefined) return false;
    position += added.length;
  }
  return true;
}
