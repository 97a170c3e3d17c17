import assert from "node:assert/strict";
import type { DocumentFormat } from "../../server/src/documents/format";
import type { OriginRefusal } from "../../server/src/documents/imageUse";
import { createReader } from "../../server/src/documents/reader";
import { enclosed } from "../support/enclosed";

/** Where the text of the first use can be edited: `«…»` encloses the stretches, `at` says where each begins in it. */
const editable: readonly (readonly [what: string, DocumentFormat, kind: string, source: string, at: number[]])[] = [
  ["a literal", "dockerfile", "literal", "FROM «alpine:3»", [0]],
  ["a quoted literal", "dockerfile", "literal", 'FROM "«alpine:3»"', [0]],
  ["a half-quoted literal", "dockerfile", "literal", "FROM «alp»\"«ine»\"'«:3»'", [0, 3, 6]],
  ["a literal with an escape", "dockerfile", "literal", "FROM «al»\\«pine»", [0, 2]],
  ["a literal over several lines", "dockerfile", "literal", "FROM «al»\\\n# no\n«pine»\\\r\n«:3»", [0, 2, 6]],
  ["a default that is a tag", "dockerfile", "argument", "ARG T=«3»\nFROM alpine:$T", [7]],
  ["a default that is the name", "dockerfile", "argument", "ARG I=«alpine»\nFROM $I", [0]],
  ["a quoted default", "dockerfile", "argument", 'ARG T="«3.18»"\nFROM alpine:${T}', [7]],
  ["a default over several lines", "dockerfile", "argument", "ARG T=«3.»\\\n«18»\nFROM alpine:${T}", [7, 9]],
  ["the default that counts", "dockerfile", "argument", "ARG T=1\nARG T=«2»\nFROM a:$T", [2]],
  ["one of several in an ARG", "dockerfile", "argument", "ARG A=1 T=«2» B=3\nFROM a:$T", [2]],
  ["a default with a modifier that keeps it", "dockerfile", "argument", "ARG T=«2»\nFROM a:${T:-1}", [2]],
  ["a default behind another variable", "dockerfile", "argument", "ARG R=b T=«2»\nFROM $R:$T", [2]],
  ["one default for two equal uses", "dockerfile", "argument", "ARG T=«2»\nFROM a:$T\nFROM a:${T}", [2]],
  ["a default shadowed in a stage", "dockerfile", "argument", "ARG T=«2»\nFROM a:$T\nARG T=3", [2]],
  ["a default of the use's own", "dockerfile", "default", "FROM a:${T:-«1»}", [2]],
  ["a default that is the name", "dockerfile", "default", 'FROM "${I:-«alpine:3»}"', [0]],
  ["a default within a default", "dockerfile", "default", "FROM ${I:-«a:»${T:-«1»}}", [0, 2]],
  ["a quoted default of the use's own", "dockerfile", "default", 'FROM a:${T:-"«1»"«.2»}', [2, 3]],
  ["an ARG's default within a default", "dockerfile", "argument", "ARG T=«1»\nFROM ${I:-a:$T}", [2]],
  ["an image to copy from", "dockerfile", "literal", 'FROM scratch\nCOPY --from=«a»"«:1»" x y', [0, 1]],
  ["a mount's image", "dockerfile", "literal", "FROM scratch\nRUN --mount=from=«a:1»,target=/x y", [0]],
  ["a syntax", "dockerfile", "literal", "# syntax=«a:1»\n", [0]],
  ["a default in Compose", "compose", "default", "services:\n  a:\n    image: a:${T:-«1»}\n", [2]],
  ["an alias's anchor", "compose", "literal", "x-i: &i «a:1»\nservices: {a: {image: *i}}", [0]],
  ["a plain scalar", "compose", "literal", "services: {a: {image: «alpine:3»}}", [0]],
  ["a quoted scalar", "compose", "literal", "services: {a: {image: '«alpine:3»'}}", [0]],
  ["a block scalar", "compose", "literal", "services:\n  a:\n    image: |-\n      «alpine:3»\n", [0]],
  ["an escaped dollar", "compose", "literal", "services: {a: {image: «a»$«$b»}}", [0, 1]],
  ["JSON", "compose", "literal", '{"services": {"a": {"image": "«alpine:3»"}}}', [0]],
  ["an anchor that only images share", "compose", "literal", "services: {a: {image: &i «b»}, c: {image: *i}}", [0]],
  ["a service that others merge", "compose", "literal", "x-a: &a {image: «b»}\nservices: {c: {<<: *a}, d: *a}", [0]],
];

/** `«…»` encloses the first use. */
const fixed: readonly (readonly [OriginRefusal, what: string, DocumentFormat, source: string])[] = [
  ["variable-not-last", "a name behind a variable", "dockerfile", "ARG R=x\nFROM «$R/app:1»"],
  ["variable-not-last", "an alternative", "dockerfile", "ARG T=1\nFROM «a:${T:+2}»"],
  [
    "variable-not-last",
    "a variable that another use goes on behind",
    "dockerfile",
    "ARG T=1\nFROM «a:$T»\nFROM a:$T-x",
  ],
  ["variable-not-last", "a variable that stands twice", "dockerfile", "ARG T=a\nFROM «$T:$T»"],
  [
    "variable-not-last",
    "a variable that another use gives a default",
    "dockerfile",
    "ARG T=1\nFROM «a:$T»\nFROM a:${T:+1}",
  ],
  ["variable-without-default", "no ARG", "dockerfile", "FROM «a:$T»"],
  ["variable-without-default", "an ARG without default", "dockerfile", "ARG T\nFROM «a:$T»"],
  ["variable-without-default", "an empty default", "dockerfile", "ARG T=\nFROM «a$T»"],
  ["variable-without-default", "an ARG of a stage", "dockerfile", "FROM scratch\nARG T=1\nFROM «a:$T»"],
  [
    "variable-without-default",
    "a default that is too long",
    "dockerfile",
    `ARG A=${"a".repeat(1500)}\nARG T=$A$A\nFROM «$T»`,
  ],
  ["variable-read-elsewhere", "a stage that takes it over", "dockerfile", "ARG T=1\nFROM «a:$T»\nARG T"],
  ["variable-read-elsewhere", "a stage's ARG made of it", "dockerfile", "ARG T=1\nFROM «a:$T»\nARG U=$T"],
  ["variable-read-elsewhere", "another default", "dockerfile", "ARG T=1\nARG U=x$T\nFROM «a:$T»"],
  ["variable-read-elsewhere", "a platform", "dockerfile", "ARG T=1\nFROM --platform=$T «a:$T»"],
  ["variable-read-elsewhere", "the name of a stage", "dockerfile", "ARG T=a\nFROM scratch AS a\nFROM $T\nFROM «x/$T»"],
  ["variable-feeds-other-references", "another repository", "dockerfile", "ARG T=1\nFROM «a:$T»\nFROM b:$T"],
  ["variable-feeds-other-references", "another registry", "dockerfile", "ARG T=1\nFROM «a:$T»\nFROM ghcr.io/a:$T"],
  ["variable-feeds-other-references", "another tag", "dockerfile", "ARG T=1\nFROM «a:$T»\nFROM a:x-$T"],
  ["default-from-variables", "a default made of another", "dockerfile", "ARG A=1\nARG T=$A\nFROM «a:$T»"],
  ["default-from-variables", "a default with its own default", "dockerfile", "ARG T=${A:-1}\nFROM «a:$T»"],
  ["variable-not-expanded", "a variable in COPY --from", "dockerfile", "COPY --from=«a:$T» x y"],
  ["variable-without-default", "a template's placeholder", "dockerfile", "FROM «a:{{ .T }}»"],
  ["variable-not-last", "something behind a default", "dockerfile", "FROM «a:${T:-1}-x»"],
  ["variable-not-last", "an alternative within a default", "dockerfile", "ARG T=1\nFROM «a:${U:-${T:+2}}»"],
  ["variable-not-last", "a cut value", "dockerfile", "ARG T=1.2\nFROM «a:${T%.*}»"],
  ["variable-without-default", "Compose's variable", "compose", "services: {a: {image: «a:$T»}}"],
  ["variable-not-last", "a name behind Compose's variable", "compose", "services:\n  a:\n    image: «${R}/a:1»\n"],
  ["scalar-with-escapes", "an escape", "compose", 'services: {a: {image: "«a\\u003a1»"}}'],
  ["scalar-with-escapes", "a doubled quote", "compose", "services: {a: {image: '«it''s»'}}"],
  ["scalar-with-escapes", "several lines", "compose", "services:\n  a:\n    image: «a\n      :1»\n"],
  ["anchor-read-elsewhere", "an alias in another place", "compose", "services: {a: {image: &i «a:1», hostname: *i}}"],
];

/** Those after which not even by hand a digest is appended: the text is not the name's own, or not verbatim. */
const withoutAppend: ReadonlySet<OriginRefusal> = new Set([
  "scalar-with-escapes",
  "variable-not-expanded",
  "anchor-read-elsewhere",
]);

/** What takes more than one file: test/documents/compose*.test.ts has these. */
const ofProjects: readonly OriginRefusal[] = [
  "anchor-feeds-other-references",
  "environment-file-ignored",
  "environment-file-shared",
  "value-from-environment",
];

describe("a use's origin", () => {
  for (const [what, format, kind, source, at] of editable) {
    it(`is ${what}`, () => {
      const { text, ranges } = enclosed(source);
      const origin = createReader(format)(text).uses[0]?.origin;
      assert.equal(origin?.kind, kind);
      const stretches = origin?.kind === "fixed" ? [] : origin?.stretches;
      assert.deepEqual(
        stretches,
        ranges.map((range, index) => ({ at: at[index], range })),
      );
    });
  }

  for (const [reason, what, format, source] of fixed) {
    it(`is fixed, ${reason}: ${what}`, () => {
      const { text, ranges } = enclosed(source);
      const use = createReader(format)(text).uses[0];
      assert.ok(use);
      assert.deepEqual(use.range, ranges[0]);
      const isTemplate = use.unresolved === "template";
      const appendAt = withoutAppend.has(reason) || isTemplate ? null : ranges[0]?.end;
      assert.deepEqual(use?.origin, { kind: "fixed", reason, appendAt });
    });
  }

  it("has a case for each refusal", () => {
    const reasons: Readonly<Record<OriginRefusal, true>> = {
      "variable-not-last": true,
      "variable-without-default": true,
      "variable-read-elsewhere": true,
      "variable-feeds-other-references": true,
      "default-from-variables": true,
      "scalar-with-escapes": true,
      "variable-not-expanded": true,
      "anchor-feeds-other-references": true,
      "environment-file-ignored": true,
      "environment-file-shared": true,
      "value-from-environment": true,
      "anchor-read-elsewhere": true,
    };
    const found = new Set([...fixed.map(([reason]) => reason), ...ofProjects]);
    assert.deepEqual([...found].sort(), Object.keys(reasons).sort());
  });
});
