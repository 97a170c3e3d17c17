import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { catalog } from "../../server/src/catalog/catalog";
import type { DocumentFormat } from "../../server/src/documents/format";
import { createReader } from "../../server/src/documents/reader";
import { nothingKnown } from "../../server/src/facts/knowledge";
import { offerOf } from "../../server/src/facts/offer";
import type { Answer, Judgement, Requirement, Verdict } from "../../server/src/facts/types";
import type { Digest } from "../../server/src/reference/digest";
import { type RuleSettings, type Severity, severities } from "../../server/src/rules/rule";
import { findingsOf, pinningRules, rules } from "../../server/src/rules/rules";
import { type FailureCode, type SignatureFacts, satisfies } from "../../server/src/trust/verdict";
import { enclosed } from "../support/enclosed";
import { answered } from "./answered";

const digest = `sha256:${"a".repeat(64)}`;

/** What is found for one image, in a Dockerfile that names nothing else. */
const images: readonly (readonly [image: string, ...findings: `${string} ${Severity}`[]])[] = [
  ["alpine", "implicit-latest warning"],
  ["docker.io/library/alpine", "implicit-latest warning"],
  ["ghcr.io/acme/app", "implicit-latest warning"],
  ["myapp", "implicit-latest warning"],
  ["alpine:latest", "mutable-tag warning"],
  ["alpine:edge", "mutable-tag information"],
  ["alpine:3.18", "mutable-tag information"],
  ["node:20-bookworm", "mutable-tag information"],
  ["ghcr.io/acme/app:latest", "mutable-tag warning"],
  ["alpine:3.18.4", "unpinned-image hint"],
  ["ubuntu:jammy-20240111", "unpinned-image hint"],
  ["ghcr.io/acme/app:sha-1a2b3c4", "unpinned-image hint"],
  // A tag that moves and a publisher whom nobody knows are two causes.
  ["grafana/grafana", "implicit-latest warning", "non-official-image information"],
  ["grafana/grafana:latest", "mutable-tag warning", "non-official-image information"],
  ["grafana/grafana:10.2.3", "unpinned-image hint", "non-official-image information"],
  ["docker/dockerfile:1", "mutable-tag information"],
  ["moby/buildkit:v0.13.0", "unpinned-image hint"],
  // A digest says which image it is, and not whose.
  [`alpine@${digest}`],
  [`alpine:latest@${digest}`],
  [`alpine:3.18.4@${digest}`],
  [`grafana/grafana:latest@${digest}`, "non-official-image information"],
  [`ghcr.io/acme/app@${digest}`],
  ["alpine:", "invalid-reference error"],
  ["Alpine:latest", "invalid-reference error"],
  [`alpine:latest@${digest.slice(1)}`, "invalid-reference error"],
  ["'«»'", "invalid-reference error"],
  ["alpine:$TAG", "unresolved-variable hint"],
  ["${IMAGE:-alpine}", "implicit-latest warning"],
  ["$UNSET", "unresolved-variable hint"],
  ["scratch"],
];

/** `«…»` encloses the finding, or the findings of one place. */
const documents: readonly (readonly [DocumentFormat, source: string, ...findings: `${string} ${Severity}`[]])[] = [
  ["dockerfile", "FROM scratch\nCOPY --from=«busybox:1.36.1» a b", "unpinned-image hint"],
  [
    "dockerfile",
    "FROM scratch\nCOPY --from=«acme/app:edge» a b",
    "mutable-tag information",
    "non-official-image information",
  ],
  ["dockerfile", "FROM scratch\nRUN --mount=from=«alpine» a", "implicit-latest warning"],
  // A name that is no official image may be a build context's.
  ["dockerfile", "FROM scratch\nCOPY --from=«assets» a b", "implicit-latest hint"],
  ["dockerfile", "FROM scratch\nCOPY --from=«assets:latest» a b", "mutable-tag hint"],
  ["dockerfile", "FROM scratch\nRUN --mount=from=«assets:1.2.3» a", "unpinned-image hint"],
  ["dockerfile", "FROM scratch\nONBUILD COPY --from=«assets:1.2.3» a b", "unpinned-image hint"],
  ["dockerfile", "FROM scratch\nONBUILD COPY --from=assets a b"],
  ["dockerfile", "FROM scratch\nCOPY --from=«alpine:$TAG» a b", "variable-not-expanded error"],
  ["dockerfile", "FROM scratch\nCOPY --from=«a\\\\b» a b", "variable-not-expanded error"],
  ["dockerfile", "FROM scratch\nCOPY --from=«later» a b\nFROM scratch AS later", "stage-not-yet-declared error"],
  ["dockerfile", "FROM scratch\nCOPY --from=«0» a b", "stage-not-yet-declared error"],
  ["dockerfile", "FROM scratch\n«ONBUILD FROM» alpine", "document-problem error"],
  ["dockerfile", "# syntax=«acme/frontend:1»\n", "mutable-tag information"],
  ["dockerfile", "FROM «alpine:{{ .Tag }}»", "unresolved-variable hint"],
  ["dockerfile", "FROM «%%IMAGE%%»", "unresolved-variable hint"],
  ["compose", "services: {a: {image: x@sha256:1«»", "document-problem hint"],
  ["compose", `«a: ${"[".repeat(300)}»`, "document-problem hint"],
  ["compose", "services:\n  a: {}\n  «a»: {}\n", "document-problem warning"],
  ["compose", "include: [«oci://example.com/a:1»]", "document-problem hint"],
];

describe("findings", () => {
  for (const [format, source, ...expected] of documents) {
    it(`of ${source.slice(0, 80)}`, () => {
      const { text, ranges } = enclosed(source);
      const found = findings(text, format).filter(({ rule }) => rule !== "invalid-reference");
      assert.deepEqual(
        found.map(({ rule, severity }) => `${rule} ${severity}`),
        expected,
      );
      for (const { start, end } of found) assert.deepEqual({ start, end }, ranges[0]);
    });
  }

  for (const [image, ...expected] of images) {
    it(`of ${image}`, () => {
      const { text, ranges } = enclosed(`FROM ${image.includes("«") ? image : `«${image}»`}\n`);
      const found = findings(text);
      assert.deepEqual(
        found.map(({ rule, severity }) => `${rule} ${severity}`),
        expected,
      );
      // The reference alone, without quotes and flags.
      for (const { start, end } of found) assert.deepEqual({ start, end }, ranges[0]);
    });
  }

  it("are at most one of the rules that a digest puts right, for one use", () => {
    for (const [image] of images) {
      const tagged = findings(`FROM ${image.replace(/[«»]/g, "")}`).filter(({ rule }) => pinningRules.has(rule));
      assert.ok(tagged.length <= 1, image);
    }
  });

  it("stand in the order of the uses, each with its use", () => {
    const text = "FROM grafana/grafana\nFROM alpine:3.18\n";
    const document = createReader("dockerfile")(text);
    assert.deepEqual(
      findingsOf(document, catalog, {}, () => nothingKnown).map(({ rule, use }) => [
        rule,
        use && document.uses.indexOf(use),
      ]),
      [
        ["implicit-latest", 0],
        ["non-official-image", 0],
        ["mutable-tag", 1],
      ],
    );
  });

  it("cover the use, not the default that feeds it", () => {
    const { text, ranges } = enclosed('ARG TAG=latest\nFROM --platform=x "«alpine:${TAG}»" AS a\n');
    assert.deepEqual(
      findings(text).map(({ start, end }) => ({ start, end })),
      ranges,
    );
  });

  it("are the same in Compose", () => {
    const { text, ranges } = enclosed("services: {a: {image: '«alpine:latest»'}, b: {image: out, build: .}}");
    assert.deepEqual(
      findings(text, "compose").map(({ rule, severity, start, end }) => ({ rule, severity, start, end })),
      [{ rule: "mutable-tag", severity: "warning", ...ranges[0] }],
    );
  });
});

const failure = (code: FailureCode) => ({ step: "root", code, message: "What is wrong." }) as const;
const unsigned = { message: "Nobody.", scheme: null, signedDigest: null, signedTags: [], validUntil: null } as const;
const signature: SignatureFacts = {
  scheme: "notary",
  binds: "tag",
  digest: digest as Digest,
  signers: [{ name: "targets/releases", key: "1" }],
  otherTags: [],
  signedTags: [],
  root: { keys: ["1"], firstSeen: new Date(0), trust: "first-use" },
  steps: [],
  checkedAt: new Date(0),
  validUntil: new Date(0),
  notes: [],
};

/** What a verdict alone gives, for an image that has no other finding: at most one of the rules about signatures. */
const judged: readonly (readonly [verdict: Verdict, requirement: Requirement, finding: string | null])[] = [
  [{ kind: "verified", vouchedBy: "user", ...signature }, "user", null],
  [{ kind: "verified", vouchedBy: "repository", ...signature }, "user", "signature-required error"],
  [{ kind: "verified", vouchedBy: "repository", ...signature }, "none", null],
  [{ kind: "signed-by-unknown", ...signature }, "none", null],
  [{ kind: "signed-by-unknown", ...signature }, "user", "signature-required error"],
  [{ kind: "signed-by-unknown", ...signature }, "docker", null],
  [{ kind: "signed-by-unknown", ...signature, root: null }, "docker", "signature-required error"],
  [{ kind: "unsigned", ...unsigned }, "none", null],
  [{ kind: "unsigned", ...unsigned }, "docker", "signature-required error"],
  [{ kind: "unavailable", scheme: null, failure: failure("timed-out") }, "none", null],
  [{ kind: "unavailable", scheme: null, failure: failure("timed-out") }, "user", "signature-required error"],
  [{ kind: "not-checked" }, "none", null],
  [{ kind: "not-checked" }, "user", "signature-required error"],
  [{ kind: "untrusted", scheme: "notary", failure: failure("root-not-pinned") }, "none", "untrusted-signer error"],
  [{ kind: "untrusted", scheme: "notary", failure: failure("root-not-pinned") }, "user", "untrusted-signer error"],
  [{ kind: "invalid", scheme: "notary", failure: failure("rollback") }, "none", "invalid-signature error"],
  [{ kind: "invalid", scheme: "notary", failure: failure("rollback") }, "user", "invalid-signature error"],
  [{ kind: "invalid", scheme: "notary", failure: failure("root-changed") }, "user", "signer-changed error"],
];

describe("verdicts", () => {
  const answer: Answer = {
    kind: "found",
    descriptor: { digest: digest as Digest, mediaType: "", size: null },
    mirror: null,
    askedAt: new Date(0),
  };

  for (const [verdict, requirement, expected] of judged) {
    const code = "failure" in verdict ? ` (${verdict.failure.code})` : "";
    it(`${verdict.kind}${code}, required by ${requirement}: ${expected ?? "no finding"}`, () => {
      const isSatisfied = satisfies(verdict, requirement);
      const offer = offerOf(answer, verdict, requirement, null);
      const judgement: Judgement = { answer, verdict, requirement, isSatisfied, offer };
      const document = createReader("dockerfile")(`FROM alpine@${digest}`);
      const found = findingsOf(document, catalog, {}, () => ({ ...nothingKnown, judgement }));
      assert.deepEqual(
        found.map(({ rule, severity }) => `${rule} ${severity}`),
        expected === null ? [] : [expected],
      );
      // What has such a finding is offered no digest, and what is offered one has none.
      assert.equal(offer.kind, expected === null ? "digest" : "refused");
    });
  }
});

describe("settings", () => {
  const severityOf = (image: string, settings: RuleSettings) =>
    findingsOf(createReader("dockerfile")(`FROM ${image}`), catalog, settings, () => nothingKnown).map(
      ({ rule, severity }) => `${rule} ${severity}`,
    );

  it("set the severity", () => {
    assert.deepEqual(severityOf("alpine:3.18", { "mutable-tag": "error" }), ["mutable-tag error"]);
  });

  it("outweigh the severity that a rule gives a case", () => {
    assert.deepEqual(severityOf("alpine:latest", { "mutable-tag": "hint" }), ["mutable-tag hint"]);
    assert.deepEqual(severityOf("alpine:latest", { "mutable-tag": "information" }), ["mutable-tag information"]);
  });

  it("switch one rule off, and no other takes its place", () => {
    assert.deepEqual(severityOf("alpine:latest", { "mutable-tag": "off" }), []);
    assert.deepEqual(severityOf("alpine", { "implicit-latest": "off" }), []);
    assert.deepEqual(severityOf("grafana/grafana", { "implicit-latest": "off" }), ["non-official-image information"]);
  });

  it("of a rule that does not exist change nothing", () => {
    assert.deepEqual(severityOf("alpine", { "no-such-rule": "off" }), ["implicit-latest warning"]);
  });
});

describe("rules", () => {
  const folder = join(import.meta.dirname, "../../server/src/rules");
  /** What the rules share. */
  const shared = new Set(["rule", "rules", "buildContext", "missing", "outdated", "platform"]);
  const files = readdirSync(folder).map((file) => file.replace(/\.ts$/, ""));

  it("have kebab-case ids, each once, that are their files' names", () => {
    const ids = rules.map(({ id }) => id);
    for (const id of ids) assert.match(id, /^[a-z]+(-[a-z]+)+$/);
    assert.deepEqual([...ids].sort(), files.filter((file) => !shared.has(file)).sort());
    assert.deepEqual(ids, [...new Set(ids)]);
  });

  it("have the defaults of the design", () => {
    assert.deepEqual(Object.fromEntries(rules.map(({ id, defaultSeverity }) => [id, defaultSeverity])), {
      "implicit-latest": "warning",
      "mutable-tag": "information",
      "unpinned-image": "hint",
      "non-official-image": "information",
      "invalid-reference": "error",
      "unresolved-variable": "hint",
      "variable-not-expanded": "error",
      "stage-not-yet-declared": "error",
      "document-problem": "warning",
      "stale-pin": "information",
      "tag-not-found": "warning",
      "digest-not-found": "error",
      "platform-digest": "warning",
      "platform-missing": "error",
      "signature-required": "error",
      "untrusted-signer": "error",
      "invalid-signature": "error",
      "signer-changed": "error",
    });
  });

  it("have a summary of one line, and docs with an example", () => {
    for (const { id, summary, docs, defaultSeverity } of rules) {
      assert.match(summary, /^[A-Z`].*\.$/, id);
      assert.ok(docs.trim().length > summary.length, id);
      assert.equal((docs.match(/```/g) ?? []).length % 2, 0, id);
      assert.ok(severities.includes(defaultSeverity), id);
    }
  });

  it("that a digest puts right are the three about tags", () => {
    assert.deepEqual([...pinningRules].sort(), ["implicit-latest", "mutable-tag", "unpinned-image"]);
  });

  it("that no repository may quiet are those about signatures and digests", () => {
    assert.deepEqual(
      rules.filter(({ isUsersOwn }) => isUsersOwn).map(({ id }) => id),
      ["digest-not-found", "signature-required", "untrusted-signer", "invalid-signature", "signer-changed"],
    );
  });

  it("each have a finding in a table", () => {
    const expected = [
      ...images.flatMap(([, ...findings]) => findings),
      ...judged.flatMap(([, , finding]) => finding ?? []),
      ...answered.flatMap(([, , , ...findings]) => findings),
      ...documents.flatMap(([, , ...findings]) => findings),
    ];
    const found = new Set(expected.map((finding) => finding.split(" ")[0]));
    assert.deepEqual([...found].sort(), rules.map(({ id }) => id).sort());
  });

  it("put no text of the document into a message but what the grammar of references admits", () => {
    const hostile = "<img src=x>[a](b)`\u001b[31m::error::";
    for (const image of [`${hostile}`, `alpine:${hostile}`, `alpine@${hostile}`, `\${A:?${hostile}}`]) {
      for (const { message } of findings(`FROM "${image.replaceAll('"', "")}"`)) {
        for (const part of ["<", ">", "\u001b", "::", "]("]) assert.ok(!message.includes(part), message);
      }
    }
  });
});

function findings(text: string, format: DocumentFormat = "dockerfile") {
  return findingsOf(createReader(format)(text), catalog, {}, () => nothingKnown);
}
