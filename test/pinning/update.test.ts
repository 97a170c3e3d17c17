import assert from "node:assert/strict";
import type { DocumentFormat } from "../../server/src/documents/format";
import type { ImageUse } from "../../server/src/documents/imageUse";
import { createReader } from "../../server/src/documents/reader";
import { judgementOf } from "../../server/src/facts/judgement";
import type { Answer, Judgement, Verdict, VerdictKind } from "../../server/src/facts/types";
import { applyEdits, type PinRefusal } from "../../server/src/pinning/pin";
import { type DigestOffer, updateTitle } from "../../server/src/pinning/titles";
import { isWeaker, planUpdate, updateRefusal } from "../../server/src/pinning/update";
import { type Digest, parseDigest } from "../../server/src/reference/digest";
import type { Reference } from "../../server/src/reference/reference";
import { signature } from "../support/schemes";
import { PROJECT, surroundingsOf } from "../support/surroundings";

const digest = digestOf("0123456789abcdef".repeat(4));
const old = digestOf("a".repeat(64));

/** `OLD` stands for the digest that is replaced. */
const updated: readonly (readonly [DocumentFormat, source: string])[] = [
  ["dockerfile", "FROM alpine:3.18@OLD AS x"],
  ["dockerfile", "FROM --platform=linux/amd64 localhost:5000/a:1@OLD\r\n"],
  ["dockerfile", "\ufeffFROM 'alpine:3.18'@OLD"],
  ["dockerfile", 'FROM "alpine:3.18@OLD"'],
  ["dockerfile", "FROM alpine:3.18@OLD''"],
  ["dockerfile", "FROM alp\\\nine:3.18@OLD\\\n"],
  ["dockerfile", "FROM alpine:3.18@\\\nOLD"],
  ["dockerfile", "ARG T='3@OLD' U=4\nFROM a:$T"],
  ["dockerfile", "ARG I=alpine:3@OLD\nFROM $I\nFROM $I"],
  ["dockerfile", "ARG D=OLD\nFROM alpine:3@$D"],
  ["dockerfile", "FROM ${I:-a:1@OLD}"],
  ["dockerfile", "FROM scratch\nCOPY --from=a/b:1@OLD x y"],
  ["dockerfile", "FROM scratch\nRUN --mount=from=a/b:1@OLD,target=/x y"],
  ["dockerfile", "# syntax=docker/dockerfile:1@OLD\n"],
  ["compose", "services: {a: {image: 'b:1@OLD'}}"],
  ["compose", "x-i: &i b:1@OLD\nservices: {a: {image: *i}}"],
  // Behind a variable it decides already.
  ["dockerfile", "ARG T=3\nFROM alpine:$T@OLD AS x"],
  ["dockerfile", 'ARG T=3\nFROM "alpine:$T@OLD"'],
  ["dockerfile", "ARG R=docker.io T=3\nFROM $R/a/b:${T}@OLD\r\n"],
  ["compose", "services: {a: {image: 'alpine:${T:-3}@OLD'}}"],
  ["compose", "services:\n  a:\n    image: ${R:-x}/alpine:3@OLD # why"],
  ["compose", "services: {a: {image: '${I:-b:1@OLD}'}}"],
  ["compose", '{"services":{"a":{"image":"b:1@OLD"}}}'],
];

const refused: readonly (readonly [PinRefusal, DocumentFormat, source: string])[] = [
  ["digest-in-parts", "dockerfile", "FROM alpine:3@OL''D"],
  ["digest-in-parts", "dockerfile", "FROM alpine:3@OL\\\nD"],
  ["digest-in-parts", "dockerfile", "FROM alpine:3@O'L'D"],
  ["digest-in-parts", "dockerfile", `ARG H=${"a".repeat(64)}\nFROM alpine:3@sha256:$H`],
  ["variable-not-last", "dockerfile", "ARG T=3\nFROM alpine:$T@OL\\\nD"],
  ["variable-not-last", "dockerfile", "ARG T=3\nFROM alpine:$T@OL''D"],
  ["variable-not-last", "compose", "x-i: &i 'alpine:${T:-3}@OLD'\nservices: {a: {image: *i}}"],
  ["anchor-read-elsewhere", "compose", "services: {a: {image: &i 'a:${T:-1}@OLD', hostname: *i}}"],
  ["variable-read-elsewhere", "dockerfile", "ARG T=1@OLD\nFROM a:$T\nARG T"],
  ["variable-feeds-other-references", "dockerfile", "ARG T=1@OLD\nFROM a:$T\nFROM b:$T"],
  ["scalar-with-escapes", "compose", 'services: {a: {image: "a\\u003a1@OLD"}}'],
  ["anchor-read-elsewhere", "compose", "services: {a: {image: &i a:1@OLD, hostname: *i}}"],
];

describe("planUpdate", () => {
  for (const [format, source] of updated) {
    it(`replaces the digest alone: ${JSON.stringify(source)}`, () => {
      const text = source.replace("OLD", old);
      const { use, reference } = first(text, format);
      assert.equal(updateRefusal(use, reference), null);
      const plan = planUpdate(use, reference, digest);
      assert.equal(plan.kind, "edit");
      assert.equal(applyEdits(text, plan.kind === "edit" ? [plan.edit] : []), source.replace("OLD", digest));
    });
  }

  for (const [reason, format, source] of refused) {
    it(`refuses with ${reason}: ${JSON.stringify(source)}`, () => {
      // What stands within `OLD` stands within the digest.
      const text = source.replace(/O(\W*)L(\W*)D/, `${old.slice(0, 20)}$1${old.slice(20, 40)}$2${old.slice(40)}`);
      const { use, reference } = first(text, format);
      assert.deepEqual(planUpdate(use, reference, digest), { kind: "refused", reason });
      assert.equal(updateRefusal(use, reference), reason);
    });
  }

  it("changes the file that the digest is written in", () => {
    const files = {
      "compose.yaml": "services: {a: {image: 'alpine:${TAG}'}}",
      ".env": `# pinned\r\nTAG=3@${old}\r\n`,
    };
    const [use] = createReader("compose")(files["compose.yaml"], surroundingsOf(files)).uses;
    const reference = use?.parsed?.reference;
    assert.ok(use && reference);
    const plan = planUpdate(use, reference, digest);
    assert.ok(plan.kind === "edit");
    assert.equal(plan.edit.path, `${PROJECT}/.env`);
    assert.equal(applyEdits(files[".env"], [plan.edit]), `# pinned\r\nTAG=3@${digest}\r\n`);
  });

  it("refuses a digest behind a variable that projects read differently", () => {
    const files = {
      "one.yaml": "include: [{path: part.yaml, env_file: one.env}]",
      "two.yaml": "include: [{path: part.yaml, env_file: two.env}]",
      "one.env": "T=3\n",
      "two.env": "T=4\n",
      "part.yaml": `services: {a: {image: 'alpine:\${T}@${old}'}}`,
    };
    const around = surroundingsOf(files, { path: "part.yaml", projects: ["one.yaml", "two.yaml"] });
    const [use] = createReader("compose")(files["part.yaml"], around).uses;
    const reference = use?.parsed?.reference;
    assert.ok(use && reference?.digest);
    assert.equal(updateRefusal(use, reference), "variable-feeds-other-references");
  });

  it("takes a digest of another length for what it is", () => {
    const long = parseDigest(`sha512:${"b".repeat(128)}`);
    assert.ok(long);
    const { use, reference } = first(`FROM alpine:3@${old} AS x`, "dockerfile");
    const plan = planUpdate(use, reference, long);
    assert.ok(plan.kind === "edit");
    assert.equal(applyEdits(`FROM alpine:3@${old} AS x`, [plan.edit]), `FROM alpine:3@${long} AS x`);
  });

  it("changes nothing where the tag's signed digest is the one that stands there", () => {
    const { use, reference } = first(`FROM alpine:3@${old}`, "dockerfile");
    assert.deepEqual(planUpdate(use, reference, old), { kind: "refused", reason: "digest-kept" });
    assert.equal(updateRefusal(use, reference), null);
  });
});

const failure = { step: "root", code: "rollback", message: "" } as const;
const verdicts: Readonly<Record<VerdictKind, Verdict>> = {
  verified: { kind: "verified", vouchedBy: "user", ...signature() },
  "signed-by-unknown": { kind: "signed-by-unknown", ...signature() },
  unsigned: { kind: "unsigned", message: "", scheme: null, signedDigest: null, signedTags: [], validUntil: null },
  untrusted: { kind: "untrusted", scheme: "notary", failure },
  invalid: { kind: "invalid", scheme: "notary", failure },
  unavailable: { kind: "unavailable", scheme: null, failure },
  "not-checked": { kind: "not-checked" },
};

function judged(verdict: Verdict): Judgement {
  const answer: Answer = {
    kind: "found",
    descriptor: { digest, mediaType: "", size: null },
    mirror: null,
    askedAt: new Date(0),
  };
  return judgementOf(answer, verdict, "none", null);
}

describe("isWeaker", () => {
  for (const [current, verdict] of Object.entries(verdicts)) {
    for (const [next, nextVerdict] of Object.entries(verdicts)) {
      const isLoss = current === "verified" && next !== "verified";
      it(`is ${isLoss} from ${current} to ${next}`, () => {
        assert.equal(isWeaker(judged(verdict), judged(nextVerdict)), isLoss);
      });
    }
  }

  it("is false where nothing is known of the current one", () => {
    for (const next of Object.values(verdicts)) assert.equal(isWeaker(null, judged(next)), false);
  });

  it("tells the word of the repository itself from that of others", () => {
    const by = (vouchedBy: "user" | "built-in" | "repository") =>
      judged({ kind: "verified", vouchedBy, ...signature() });
    assert.equal(isWeaker(by("user"), by("repository")), true);
    assert.equal(isWeaker(by("built-in"), by("repository")), true);
    assert.equal(isWeaker(by("user"), by("built-in")), false);
    assert.equal(isWeaker(by("repository"), by("repository")), false);
    assert.equal(isWeaker(by("repository"), by("user")), false);
  });
});

/** Titles are what a person reads: one of each. */
describe("titles of updates", () => {
  const offered = (verdict: VerdictKind, rest: Partial<DigestOffer> = {}): DigestOffer => ({
    kind: "digest",
    digest,
    verdict,
    signer: null,
    mirror: null,
    isAutomatic: true,
    ...rest,
  });
  const literal = first(`FROM docker.io/library/alpine:3.18@${old}`, "dockerfile");
  const behindVariable = first(`ARG TAG=3.18\nFROM alpine:$TAG@${old}`, "dockerfile");
  const inDefault = first(`ARG TAG=3.18@${old}\nFROM alpine:$TAG`, "dockerfile");
  const rows: readonly (readonly [
    typeof literal,
    reason: "stale" | "one-platform",
    offer: DigestOffer | null,
    weaker: boolean,
    title: string,
  ])[] = [
    [
      literal,
      "stale",
      null,
      false,
      "Update the pin of alpine:3.18 to the digest of its tag (its signature is looked up first)",
    ],
    [
      literal,
      "stale",
      offered("verified", { signer: "targets" }),
      false,
      "Update the pin of alpine:3.18 to the signed digest sha256:0123456789ab… (signed by targets)",
    ],
    [
      literal,
      "stale",
      offered("unsigned"),
      true,
      "Update the pin of alpine:3.18 to sha256:0123456789ab… (registry digest, unsigned; not signed as the current one is)",
    ],
    [
      inDefault,
      "stale",
      offered("not-checked", { mirror: "harbor.corp" }),
      false,
      "Update the pin of the default of TAG to sha256:0123456789ab… (from mirror harbor.corp, not confirmed, signature not checked; an override is not pinned)",
    ],
    [
      behindVariable,
      "stale",
      offered("unsigned"),
      false,
      "Update the pin of alpine:3.18 to sha256:0123456789ab… (registry digest, unsigned)",
    ],
    [
      literal,
      "one-platform",
      offered("unsigned"),
      false,
      "Pin the index instead of one platform: alpine:3.18 to sha256:0123456789ab… (registry digest, unsigned)",
    ],
    [
      inDefault,
      "one-platform",
      null,
      false,
      "Pin the index instead of one platform: the default of TAG to the digest of its tag (its signature is looked up first; an override is not pinned)",
    ],
  ];
  for (const [{ use, reference }, reason, offer, weaker, title] of rows) {
    it(title, () => assert.equal(updateTitle(use, reference, reason, offer, weaker), title));
  }
});

function first(text: string, format: DocumentFormat): { use: ImageUse; reference: Reference } {
  const [use] = createReader(format)(text).uses;
  const reference = use?.parsed?.reference;
  assert.ok(use && reference?.digest, `no pin: ${text}`);
  return { use, reference };
}

function digestOf(encoded: string): Digest {
  const digest = parseDigest(`sha256:${encoded}`);
  assert.ok(digest);
  return digest;
}
