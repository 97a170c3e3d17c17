import assert from "node:assert/strict";
import type { DocumentFormat } from "../../server/src/documents/format";
import type { ImageUse } from "../../server/src/documents/imageUse";
import { createReader } from "../../server/src/documents/reader";
import {
  applyEdits,
  mergeEdits,
  type PinRefusal,
  type PinStyle,
  pinnableReference,
  planAppend,
  planPin,
} from "../../server/src/pinning/pin";
import { appendTitle, type DigestOffer, pinTitle, refusals } from "../../server/src/pinning/titles";
import { type Digest, parseDigest } from "../../server/src/reference/digest";
import type { Reference } from "../../server/src/reference/reference";

const digest = digestOf("0123456789abcdef".repeat(4));

function offered(
  verdict: DigestOffer["verdict"],
  signer: string | null = null,
  mirror: string | null = null,
): DigestOffer {
  return { kind: "digest", digest, verdict, signer, mirror, isAutomatic: true };
}

/** The first use of each document, pinned: `@…` stands for the digest. */
const pinned: readonly (readonly [style: PinStyle, DocumentFormat, before: string, after: string])[] = [
  ["tag-and-digest", "dockerfile", "FROM alpine:3.18 AS x", "FROM alpine:3.18@… AS x"],
  ["tag-and-digest", "dockerfile", "FROM alpine AS x", "FROM alpine:latest@… AS x"],
  ["tag-and-digest", "dockerfile", 'FROM "alpine"', 'FROM "alpine:latest@…"'],
  ["tag-and-digest", "dockerfile", "FROM localhost:5000/a", "FROM localhost:5000/a:latest@…"],
  ["tag-and-digest", "dockerfile", "FROM alp\\\nine\\\n", "FROM alp\\\nine:latest@…\\\n"],
  ["tag-and-digest", "dockerfile", "FROM al'pine:3'\r\n", "FROM al'pine:3@…'\r\n"],
  ["tag-and-digest", "dockerfile", "FROM alpine'':3\"\"", "FROM alpine'':3@…\"\""],
  ["tag-and-digest", "dockerfile", "ARG T='3' U=4\nFROM a:$T", "ARG T='3@…' U=4\nFROM a:$T"],
  ["tag-and-digest", "dockerfile", "ARG I=alpine\nFROM $I", "ARG I=alpine:latest@…\nFROM $I"],
  ["tag-and-digest", "compose", "services: {a: {image: b}}", "services: {a: {image: b:latest@…}}"],
  ["tag-and-digest", "compose", '{"services":{"a":{"image":"b:1"}}}', '{"services":{"a":{"image":"b:1@…"}}}'],
  ["tag-and-digest", "dockerfile", "FROM a:${T:-1}", "FROM a:${T:-1@…}"],
  ["tag-and-digest", "dockerfile", "FROM ${I:-'a:1'}", "FROM ${I:-'a:1@…'}"],
  ["tag-and-digest", "dockerfile", 'FROM scratch\nCOPY --from="a" x y', 'FROM scratch\nCOPY --from="a:latest@…" x y'],
  [
    "tag-and-digest",
    "dockerfile",
    "FROM scratch\nRUN --mount=from=a:1,target=/x y",
    "FROM scratch\nRUN --mount=from=a:1@…,target=/x y",
  ],
  ["tag-and-digest", "dockerfile", "# syntax=docker/dockerfile:1\n", "# syntax=docker/dockerfile:1@…\n"],
  ["digest-only", "dockerfile", "FROM ${I:-a:1}", "FROM ${I:-a@…}"],
  ["digest-only", "dockerfile", "FROM alpine:3.18 AS x", "FROM alpine@… AS x"],
  ["digest-only", "dockerfile", "FROM alpine AS x", "FROM alpine@… AS x"],
  ["digest-only", "dockerfile", "FROM localhost:5000/a:1", "FROM localhost:5000/a@…"],
  ["digest-only", "dockerfile", "FROM alp\\\nine:3.18", "FROM alp\\\nine@…"],
  ["digest-only", "dockerfile", "FROM al'pine:3'", "FROM al'pine@…'"],
  ["digest-only", "dockerfile", "ARG I=alpine:3\nFROM $I", "ARG I=alpine@…\nFROM $I"],
  ["digest-only", "compose", "services: {a: {image: 'b:1'}}", "services: {a: {image: 'b@…'}}"],
];

const refused: readonly (readonly [PinRefusal, PinStyle, DocumentFormat, source: string])[] = [
  ["variable-not-last", "tag-and-digest", "dockerfile", "ARG R=x\nFROM $R/a:1"],
  ["variable-without-default", "tag-and-digest", "dockerfile", "ARG T=\nFROM a$T"],
  ["variable-read-elsewhere", "tag-and-digest", "dockerfile", "ARG T=1\nFROM a:$T\nARG T"],
  ["variable-feeds-other-references", "tag-and-digest", "dockerfile", "ARG T=1\nFROM a:$T\nFROM b:$T"],
  ["default-from-variables", "tag-and-digest", "dockerfile", "ARG A=1\nARG T=$A\nFROM a:$T"],
  ["scalar-with-escapes", "tag-and-digest", "compose", 'services: {a: {image: "a\\u003a1"}}'],
  ["anchor-read-elsewhere", "tag-and-digest", "compose", "services: {a: {image: &i a:1, hostname: *i}}"],
  // The ":" stands in the use, the tag in the default: both can't be replaced as one.
  ["tag-in-variable", "digest-only", "dockerfile", "ARG T=1\nFROM a:$T"],
  ["tag-in-variable", "digest-only", "dockerfile", "ARG T=a:1 U=2\nFROM $T$U"],
  // Nor over a quote, an escape or the end of a line.
  ["tag-in-variable", "digest-only", "dockerfile", "FROM 'a:'1"],
  ["tag-in-variable", "digest-only", "dockerfile", "FROM a:1\\.2"],
  ["tag-in-variable", "digest-only", "dockerfile", "FROM a:1\\\n.2"],
];

/** What takes more than one file, or more than one reading: test/documents/compose*.test.ts has these. */
const ofOtherFiles: readonly PinRefusal[] = [
  "anchor-feeds-other-references",
  "environment-file-ignored",
  "environment-file-shared",
  "value-from-environment",
];
/** Of digests that are there already: update.test.ts has these. */
const ofUpdates: readonly PinRefusal[] = ["digest-in-parts", "digest-kept"];
/** Where no value is known there is nothing to pin. */
const ofNoReference: readonly PinRefusal[] = ["variable-not-expanded"];

describe("planPin", () => {
  for (const [style, format, before, after] of pinned) {
    it(`${style}: ${JSON.stringify(before)}`, () => {
      const { use, reference } = first(before, format);
      const plan = planPin(use, reference, digest, style);
      assert.equal(plan.kind, "edit");
      assert.equal(applyEdits(before, plan.kind === "edit" ? [plan.edit] : []), after.replace("…", digest));
    });
  }

  for (const [reason, style, format, source] of refused) {
    it(`refuses with ${reason}, ${style}: ${JSON.stringify(source)}`, () => {
      const { use, reference } = first(source, format);
      assert.deepEqual(planPin(use, reference, digest, style), { kind: "refused", reason });
    });
  }

  it("has a case for each refusal", () => {
    const reasons = new Set([...refused.map(([reason]) => reason), ...ofOtherFiles, ...ofUpdates, ...ofNoReference]);
    assert.deepEqual([...reasons].sort(), Object.keys(refusals).sort());
  });
});

describe("pinnableReference", () => {
  const none = [`alpine@${digest}`, `alpine:3@${digest}`, "alpine:", "Alpine", "$UNSET", "''"];
  for (const image of none) {
    it(`is none for ${image}`, () => {
      const [use] = createReader("dockerfile")(`FROM ${image}`).uses;
      assert.equal(use && pinnableReference(use), null);
    });
  }
});

describe("planAppend", () => {
  it("appends to the use what no default takes", () => {
    const text = "ARG T=1\nFROM a:$T AS x\nARG T";
    const { use, reference } = first(text, "dockerfile");
    const edit = planAppend(use, reference, digest);
    assert.equal(applyEdits(text, edit === null ? [] : [edit]), `ARG T=1\nFROM a:$T@${digest} AS x\nARG T`);
  });

  it("writes the tag that an untagged name stands for", () => {
    const text = "services: {a: {image: '${X:-b}/a'}}";
    const { use, reference } = first(text, "compose");
    const edit = planAppend(use, reference, digest);
    assert.equal(
      applyEdits(text, edit === null ? [] : [edit]),
      `services: {a: {image: '\${X:-b}/a:latest@${digest}'}}`,
    );
  });

  it("is none where the origin takes the digest, or where the text is not verbatim", () => {
    for (const [source, format] of [
      ["FROM a:1", "dockerfile"],
      ["ARG T=1\nFROM a:$T", "dockerfile"],
      ["x: &i a:1\nservices: {a: {image: *i}}", "compose"],
      ['services: {a: {image: "a\\u003a1"}}', "compose"],
    ] as const) {
      const { use, reference } = first(source, format);
      assert.equal(planAppend(use, reference, digest), null);
    }
  });
});

describe("mergeEdits and applyEdits", () => {
  const insertion = (at: number, newText: string) => ({ range: { start: at, end: at }, newText });

  it("keep one edit for each place, in the order of the text", () => {
    const edits = [insertion(5, "b"), insertion(1, "a"), insertion(5, "b")];
    assert.deepEqual(mergeEdits(edits), [insertion(1, "a"), insertion(5, "b")]);
    assert.equal(applyEdits("012345", edits), "0a1234b5");
  });

  it("replace, and leave what stands around byte for byte", () => {
    const edits = [{ range: { start: 4, end: 6 }, newText: "X" }, insertion(2, "Y")];
    assert.equal(applyEdits("\ufeff😀\r\n😀", edits), "\ufeff\ud83dY\ude00\rX\ude00");
    assert.equal(applyEdits("abc", []), "abc");
  });

  it("pin a default once that feeds several uses", () => {
    const text = "ARG T=1\nFROM a:$T\nFROM a:${T} AS b\n";
    const edits = createReader("dockerfile")(text).uses.flatMap((use) => {
      const reference = pinnableReference(use);
      const plan = reference && planPin(use, reference, digest, "tag-and-digest");
      return plan?.kind === "edit" ? [plan.edit] : [];
    });
    assert.equal(edits.length, 2);
    assert.equal(mergeEdits(edits).length, 1);
    assert.equal(applyEdits(text, edits), `ARG T=1@${digest}\nFROM a:$T\nFROM a:\${T} AS b\n`);
  });
});

/** Titles are what a person reads: one of each. */
describe("titles", () => {
  const literal = first("FROM docker.io/library/alpine:3.18", "dockerfile");
  const offers: readonly (readonly [offer: DigestOffer | null, title: string])[] = [
    [null, "Pin alpine:3.18 to the digest of its tag (its signature is looked up first)"],
    [
      offered("verified", "targets/releases"),
      "Pin alpine:3.18 to the signed digest sha256:0123456789ab… (signed by targets/releases)",
    ],
    [
      offered("signed-by-unknown", "targets"),
      "Pin alpine:3.18 to the signed digest sha256:0123456789ab… (signed by targets, whom no policy names)",
    ],
    [offered("unsigned"), "Pin alpine:3.18 to sha256:0123456789ab… (registry digest, unsigned)"],
    [
      offered("unavailable"),
      "Pin alpine:3.18 to sha256:0123456789ab… (registry digest, signature could not be checked)",
    ],
    [offered("not-checked"), "Pin alpine:3.18 to sha256:0123456789ab… (registry digest, signature not checked)"],
    [
      offered("unsigned", null, "harbor.corp"),
      "Pin alpine:3.18 to sha256:0123456789ab… (from mirror harbor.corp, not confirmed, unsigned)",
    ],
    [
      offered("unavailable", null, "harbor.corp"),
      "Pin alpine:3.18 to sha256:0123456789ab… (from mirror harbor.corp, not confirmed, signature could not be checked)",
    ],
    [
      offered("not-checked", null, "harbor.corp"),
      "Pin alpine:3.18 to sha256:0123456789ab… (from mirror harbor.corp, not confirmed, signature not checked)",
    ],
  ];
  for (const [offer, title] of offers) {
    it(`of a literal, ${offer?.verdict ?? "asked nobody yet"}${offer?.mirror ? ", by a mirror" : ""}`, () => {
      assert.equal(pinTitle(literal.use, literal.reference, offer), title);
    });
  }

  it("of a default, which an override escapes", () => {
    const { use, reference } = first("ARG TAG=3.18\nFROM alpine:$TAG", "dockerfile");
    assert.equal(
      pinTitle(use, reference, offered("unsigned")),
      "Pin the default of TAG to sha256:0123456789ab… (registry digest, unsigned; an override is not pinned)",
    );
  });

  it("of an appended digest, which makes the variables powerless", () => {
    const rest = "the digest then decides, and an override of the tag has no effect";
    assert.equal(
      appendTitle(offered("verified", "targets")),
      `Append the signed digest sha256:0123456789ab… here (signed by targets): ${rest}`,
    );
    assert.equal(appendTitle(null), `Append the digest here (its signature is looked up first): ${rest}`);
  });

  it("of a refusal are one sentence each, each its own", () => {
    const sentences = Object.values(refusals);
    for (const sentence of sentences) assert.match(sentence, /^[A-Z].*\.$/);
    assert.deepEqual(sentences, [...new Set(sentences)]);
  });
});

function first(text: string, format: DocumentFormat): { use: ImageUse; reference: Reference } {
  const [use] = createReader(format)(text).uses;
  const reference = use && pinnableReference(use);
  assert.ok(use && reference, `nothing to pin: ${text}`);
  return { use, reference };
}

function digestOf(encoded: string): Digest {
  const digest = parseDigest(`sha256:${encoded}`);
  assert.ok(digest);
  return digest;
}
