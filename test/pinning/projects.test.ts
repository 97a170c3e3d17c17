import assert from "node:assert/strict";
import fc from "fast-check";
import type { ImageUse } from "../../server/src/documents/imageUse";
import { createReader } from "../../server/src/documents/reader";
import { applyEdits, type Edit, pinnableReference, planAppend, planPin } from "../../server/src/pinning/pin";
import { composeProjects } from "../support/generated/composeProjects";
import { dockerfiles } from "../support/generated/dockerfiles";
import { fakeDigest } from "../support/pinAll";
import { PROJECT, surroundingsOf } from "../support/surroundings";

const RUNS = 200;

interface PlannedEdit {
  readonly index: number;
  readonly edit: Edit;
}

/** Every edit that can be offered for a use: at its origin, wherever that is, and behind it by hand. */
function editsOf(uses: readonly ImageUse[]): PlannedEdit[] {
  return uses.flatMap((use, index) => {
    const reference = pinnableReference(use);
    if (reference === null) return [];
    const plan = planPin(use, reference, fakeDigest(reference), "tag-and-digest");
    const appended = planAppend(use, reference, fakeDigest(reference));
    const edits = [...(plan.kind === "edit" ? [plan.edit] : []), ...(appended === null ? [] : [appended])];
    return edits.map((edit) => ({ index, edit }));
  });
}

/** The pinned use has its digest, what shares its text has it too, and every other is what it was. */
function assertOnlyPinned(before: readonly ImageUse[], after: readonly ImageUse[], { index, edit }: PlannedEdit): void {
  assert.equal(after.length, before.length);
  const same = (other: Edit) => other.path === edit.path && other.range.start === edit.range.start;
  const edited = editsOf(before);
  for (const [at, use] of before.entries()) {
    const now = after[at];
    assert.equal(now?.kind, use.kind);
    const isShared = at === index || edited.some((other) => other.index === at && same(other.edit));
    if (!isShared) {
      assert.equal(now?.resolved, use.resolved);
      continue;
    }
    const [reference, pinned] = [pinnableReference(use), now?.parsed?.reference];
    assert.ok(reference && pinned, `${use.resolved} became ${now?.resolved}`);
    assert.equal(pinned.digest, fakeDigest(reference));
    assert.equal(pinned.repository, reference.repository);
  }
}

describe("every edit of a generated document", () => {
  it("changes only its reference in a Compose project, whichever file it is in", () => {
    const counts = { own: 0, other: 0 };
    const property = fc.property(composeProjects, ({ files, configFiles }) => {
      for (const path of Object.keys(files).filter((name) => /\.(?:ya?ml|json)$/.test(name))) {
        const projects = configFiles.includes(path) ? [] : configFiles.slice(0, 1);
        const read = (texts: Readonly<Record<string, string>>) =>
          createReader("compose")(texts[path] ?? "", surroundingsOf(texts, { path, projects })).uses;
        const before = read(files);
        for (const planned of editsOf(before)) {
          const name = planned.edit.path === null ? path : planned.edit.path.slice(PROJECT.length + 1);
          counts[name === path ? "own" : "other"] += 1;
          const after = read({ ...files, [name]: applyEdits(files[name] ?? "", [planned.edit]) });
          assertOnlyPinned(before, after, planned);
        }
      }
    });
    fc.assert(property, { numRuns: RUNS });
    assert.ok(counts.own > RUNS && counts.other > 3, JSON.stringify(counts));
  });

  it("changes only its reference in a Dockerfile", () => {
    let edits = 0;
    const property = fc.property(dockerfiles, ({ text }) => {
      const before = createReader("dockerfile")(text).uses;
      for (const planned of editsOf(before)) {
        edits += 1;
        assertOnlyPinned(before, createReader("dockerfile")(applyEdits(text, [planned.edit])).uses, planned);
      }
    });
    fc.assert(property, { numRuns: RUNS });
    assert.ok(edits > RUNS, `only ${edits} edits`);
  });
});
