/**
 * Properties of updates: what pins with one digest and moves to another is what pins with the other at once, so that
 * an update changes the digest and nothing else, and leaves nothing to do.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { catalog } from "../../server/src/catalog/catalog";
import type { DocumentFormat } from "../../server/src/documents/format";
import type { ImageUse } from "../../server/src/documents/imageUse";
import { createReader } from "../../server/src/documents/reader";
import type { Surroundings } from "../../server/src/documents/surroundings";
import { nothingKnown } from "../../server/src/facts/knowledge";
import type { Answer, Knowledge } from "../../server/src/facts/types";
import { applyEdits, type Edit, editsByFile, pinnableReference, planPin } from "../../server/src/pinning/pin";
import { planUpdate, updateRefusal } from "../../server/src/pinning/update";
import { type Digest, parseDigest } from "../../server/src/reference/digest";
import type { Reference } from "../../server/src/reference/reference";
import { outdated } from "../../server/src/rules/outdated";
import { findingsOf } from "../../server/src/rules/rules";
import { composeProjects } from "../support/generated/composeProjects";
import { dockerfiles } from "../support/generated/dockerfiles";
import { fakeDigest } from "../support/pinAll";
import { PROJECT, surroundingsOf } from "../support/surroundings";
import { documents } from "./documents";

const RUNS = 100;
const INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const updateRules: ReadonlySet<string> = new Set(["stale-pin", "platform-digest"]);

/** What the tag of a reference was moved to. */
function movedDigest(reference: Reference): Digest {
  const digest = parseDigest(`sha256:${createHash("sha256").update(fakeDigest(reference)).digest("hex")}`);
  assert.ok(digest);
  return digest;
}

function found(digest: Digest, mediaType: string): Answer {
  return {
    kind: "found",
    descriptor: { digest, mediaType, size: null },
    mirror: null,
    askedAt: new Date(0),
  };
}

/** The tag stands for an index elsewhere; some pins are one platform's. */
function known({ parsed }: ImageUse): Knowledge {
  const reference = parsed?.reference;
  if (!reference || reference.tag === null) return nothingKnown;
  const moved = movedDigest(reference);
  if (reference.digest === null) return { ...nothingKnown, tag: found(moved, INDEX) };
  const isPlatforms = reference.digest !== moved && Number.parseInt(reference.digest.slice(-1), 16) % 2 === 0;
  const digest = found(reference.digest, isPlatforms ? MANIFEST : INDEX);
  return { ...nothingKnown, tag: found(moved, INDEX), digest };
}

function pinEdits(uses: readonly ImageUse[], digestOf: (reference: Reference) => Digest): Edit[] {
  return uses.flatMap((use) => {
    const reference = pinnableReference(use);
    const plan = reference && planPin(use, reference, digestOf(reference), "tag-and-digest");
    return plan?.kind === "edit" ? [plan.edit] : [];
  });
}

function updateEdits(uses: readonly ImageUse[]): Edit[] {
  return uses.flatMap((use) => {
    const reference = use.parsed?.reference;
    if (!reference || outdated(use, known(use)) === null) return [];
    const plan = planUpdate(use, reference, movedDigest(reference));
    return plan.kind === "edit" ? [plan.edit] : [];
  });
}

/** What is not written in one place, or is left to whoever wrote it. */
function staysAsItIs(use: ImageUse): boolean {
  const reference = use.parsed?.reference;
  return !!reference && updateRefusal(use, reference) !== null;
}

type Texts = Readonly<Record<string, string>>;

/** `path` is the document's; edits go into the files that they name. */
function applied(texts: Texts, path: string, edits: readonly Edit[]): Texts {
  const result: Record<string, string> = { ...texts };
  for (const [file, ofFile] of editsByFile(edits)) {
    const name = file === null ? path : file.slice(PROJECT.length + 1);
    result[name] = applyEdits(result[name] ?? "", ofFile);
  }
  return result;
}

function assertUpdates(format: DocumentFormat, texts: Texts, path: string, around?: (texts: Texts) => Surroundings) {
  const read = (current: Texts) => createReader(format)(current[path] ?? "", around?.(current));
  const before = read(texts).uses;
  const pinned = applied(texts, path, pinEdits(before, fakeDigest));
  const edits = updateEdits(read(pinned).uses);
  const updated = applied(pinned, path, edits);
  const after = read(updated);

  for (const name of Object.keys(updated)) {
    const digits = /sha256:[0-9a-f]{64}/g;
    assert.equal(updated[name]?.replace(digits, ""), pinned[name]?.replace(digits, ""));
  }
  for (const use of after.uses) assert.ok(outdated(use, known(use)) === null || staysAsItIs(use), use.raw);
  for (const { rule, use } of findingsOf(after, catalog, {}, known)) {
    assert.ok(!updateRules.has(rule) || (use !== null && staysAsItIs(use)), rule);
  }
  assert.deepEqual(applied(updated, path, updateEdits(after.uses)), updated);
  const elsewhere = edits.filter((edit) => edit.path !== null).length;
  return { count: edits.length, elsewhere, updated, direct: applied(texts, path, pinEdits(before, movedDigest)) };
}

/** Without `--platform` every pin is updated, and to what it would have been at once. */
function isWithPlatform(text: string): boolean {
  return /platform/.test(text);
}

describe("updating", () => {
  for (const [format, what, document] of documents) {
    it(`all pins of ${what} changes their digests alone, and leaves nothing to do`, () => {
      const counts = { edits: 0, same: 0 };
      fc.assert(
        fc.property(document, (text) => {
          const { count, updated, direct } = assertUpdates(format, { file: text }, "file");
          counts.edits += count;
          if (isWithPlatform(text) || /@sha256/.test(text)) return;
          assert.deepEqual(updated, direct);
          counts.same += 1;
        }),
        { numRuns: RUNS },
      );
      assert.ok(counts.edits > RUNS / 2 && counts.same > RUNS / 10, JSON.stringify(counts));
    });
  }

  it("a pin whose digest is taken apart by its spelling is left to whoever wrote it", () => {
    let kept = 0;
    const document = documents[0]?.[2];
    assert.ok(document);
    fc.assert(
      fc.property(document, fc.integer({ min: 1, max: 70 }), (text, at) => {
        const edits = pinEdits(createReader("dockerfile")(text).uses, fakeDigest);
        const split = edits.map((edit) => {
          const start = edit.newText.indexOf("@") + 1;
          return { ...edit, newText: `${edit.newText.slice(0, start + at)}''${edit.newText.slice(start + at)}` };
        });
        const { uses } = createReader("dockerfile")(applyEdits(text, split));
        for (const use of uses) {
          const reference = use.parsed?.reference;
          if (!reference || reference.digest !== fakeDigest(reference)) continue;
          kept += 1;
          assert.notEqual(updateRefusal(use, reference), null, use.raw);
        }
      }),
      { numRuns: RUNS },
    );
    assert.ok(kept > RUNS / 2, `only ${kept} pins`);
  });

  it("a Dockerfile of any kind changes its digests alone", () => {
    let edits = 0;
    fc.assert(
      fc.property(dockerfiles, ({ text }) => {
        edits += assertUpdates("dockerfile", { file: text }, "file").count;
      }),
      { numRuns: RUNS },
    );
    assert.ok(edits > RUNS / 2, `only ${edits} edits`);
  });

  it("a Compose project changes its digests alone, whichever file they are in", () => {
    const counts = { edits: 0, elsewhere: 0 };
    fc.assert(
      fc.property(composeProjects, ({ files, configFiles }) => {
        for (const path of Object.keys(files).filter((name) => /\.(?:ya?ml|json)$/.test(name))) {
          const projects = configFiles.includes(path) ? [] : configFiles.slice(0, 1);
          const around = (texts: Texts) => surroundingsOf(texts, { path, projects });
          const { count, elsewhere } = assertUpdates("compose", files, path, around);
          counts.edits += count;
          counts.elsewhere += elsewhere;
        }
      }),
      { numRuns: RUNS },
    );
    assert.ok(counts.edits > RUNS / 2 && counts.elsewhere > 1, JSON.stringify(counts));
  });
});
