import assert from "node:assert/strict";
import fc from "fast-check";
import { catalog } from "../../server/src/catalog/catalog";
import type { DocumentFormat } from "../../server/src/documents/format";
import type { ImageUse } from "../../server/src/documents/imageUse";
import { createReader } from "../../server/src/documents/reader";
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

const repository = fc.constantFrom(
  "alpine",
  "node",
  "ghcr.io/acme/app",
  "localhost:5000/a/b",
  "docker.io/library/redis",
);
const tag = fc.constantFrom("3.18", "latest", "20-bookworm", "v1.2.3", "sha-1a2b3c4");
const image = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(repository, tag).map(([name, tag]) => `${name}:${tag}`) },
  { weight: 2, arbitrary: repository },
  {
    weight: 1,
    arbitrary: fc.constantFrom("scratch", `alpine@sha256:${"0".repeat(64)}`, "Alpine", "alpine:", "node:20@"),
  },
);
const RUNS = 100;
const styles = ["tag-and-digest", "digest-only"] as const;
/** Line feeds, byte order mark, and whether the last line ends. */
const envelope = fc.record({
  lineFeed: fc.constantFrom("\n", "\r\n"),
  byteOrderMark: fc.constantFrom("", "\ufeff"),
  isEnded: fc.boolean(),
});

/** `text` with the escape character and a line break somewhere in it, and sometimes a comment line behind. */
const continued = (text: string) =>
  fc
    .tuple(fc.nat(text.length), fc.constantFrom("ESCAPE\n", "ESCAPE \n", "ESCAPE\n# FROM no\n", "ESCAPE\n  # no\n\n"))
    .map(([at, break_]) => text.slice(0, at) + break_ + text.slice(at));
const spelled = (text: string) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(text) },
    fc.constantFrom(`"${text}"`, `'${text}'`, `"${text.slice(0, 2)}"${text.slice(2)}`, `${text}''`),
    fc.nat(text.length - 1).map((at) => `${text.slice(0, at)}ESCAPE${text.slice(at)}`),
    continued(text),
  );
const variable = (name: string) => fc.constantFrom(`$${name}`, `\${${name}}`, `\${${name}:-3}`, `"\${${name}}"`);
const written = fc.oneof(
  { weight: 4, arbitrary: image.filter((text) => text.length > 1).chain(spelled) },
  fc.tuple(repository, fc.constantFrom("TAG", "OTHER").chain(variable)).map(([name, tag]) => `${name}:${tag}`),
  fc.constantFrom("IMAGE", "TAG").chain(variable),
  fc.constantFrom("a:${UNSET}", "${IMAGE}:3", "alpine:${TAG}-slim", "build", "${TAG:+alpine}", "a:${TAG%x}"),
);
const argument = fc.oneof(
  { weight: 3, arbitrary: tag.chain(spelled).map((text) => `ARG TAG=${text}`) },
  image.chain(spelled).map((text) => `ARG A=1 IMAGE=${text} B`),
  fc.constantFrom("ARG TAG", "ARG IMAGE=alpine:$TAG", "ARG OTHER=${TAG}", "# why"),
);
const from = fc.oneof(
  fc.tuple(fc.constantFrom("FROM ", "from\t", "  FROM ESCAPE\n "), written).map((parts) => parts.join("")),
  fc
    .tuple(fc.constantFrom("--platform=linux/amd64", "--platform=$TAG", '--x="a b"'), written)
    .map(([flag, image]) => `FROM ${flag} ${image} AS build`),
);
const other = fc.constantFrom(
  "# FROM alpine",
  "",
  "ARG TAG",
  "RUN <<EOF\nFROM alpine\nEOF",
  "RUN echo 😀 ESCAPE\n  && true",
  "COPY --from=alpine /a /b",
);
const dockerfile = fc
  .record({
    envelope,
    escape: fc.constantFrom("\\", "`"),
    first: fc.array(argument, { maxLength: 3, size: "max" }),
    rest: fc.array(fc.oneof({ weight: 5, arbitrary: from }, other), { minLength: 1, maxLength: 5, size: "max" }),
  })
  .map(({ envelope: { lineFeed, byteOrderMark, isEnded }, escape: character, first, rest }) => {
    const head = character === "`" ? ["# escape=`"] : [];
    const text = `${[...head, ...first, ...rest].join("\n")}${isEnded ? "\n" : ""}`.replaceAll("ESCAPE", character);
    return byteOrderMark + text.replaceAll("\n", lineFeed);
  });

const scalar = image.chain((text) =>
  fc.constantFrom(
    text,
    `"${text}"`,
    `'${text}'`,
    `${text} # 😀 why`,
    `|-\n      ${text}`,
    `>-\n      ${text}`,
    `|\n      ${text}`,
    `&anchor ${text}`,
    `!!str "${text}"`,
    "*anchor",
    `${text}$$`,
    `${text}\${X}`,
    "${X:-alpine:3}",
  ),
);
const service = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(scalar, fc.constantFrom("", "    platform: linux/amd64\n", "    # image: no\n")) },
  fc.tuple(scalar, fc.constantFrom("    build: .\n", "    <<: *base\n", "    hostname: *anchor\n")),
);
const compose = fc
  .record({ envelope, base: image, services: fc.array(service, { minLength: 1, maxLength: 5 }), merges: fc.boolean() })
  .map(({ envelope: { lineFeed, byteOrderMark, isEnded }, base, services, merges }) => {
    const head = `x-base: &base\n  image: ${base || "a"}\nx-anchor: &anchor busybox\nservices:\n`;
    const body = services.map(([scalar, rest], index) => `  s${index}:\n    image: ${scalar}\n${rest}`).join("");
    const text = head + body + (merges ? "  last:\n    <<: *base\n" : "");
    return byteOrderMark + (isEnded ? text : text.trimEnd()).replaceAll("\n", lineFeed);
  });
const json = fc
  .tuple(fc.array(image, { minLength: 1, maxLength: 4 }), fc.constantFrom(undefined, 2, "\t"))
  .map(([images, indent]) =>
    JSON.stringify({ services: Object.fromEntries(images.map((image, n) => [`s${n}`, { image }])) }, null, indent),
  );

const documents: readonly (readonly [DocumentFormat, string, fc.Arbitrary<string>])[] = [
  ["dockerfile", "a Dockerfile", dockerfile],
  ["compose", "a Compose file", compose],
  ["compose", "a Compose file in JSON", json],
];

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
  const left = findingsOf(document, catalog, {}, () => null).filter(({ rule }) => pinningRules.has(rule));
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
