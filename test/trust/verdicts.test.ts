/**
 * Every combination of what the schemes answer and what the policy says, with the verdict: a table that is kept in
 * `test/fixtures/verdicts.txt` for people to read, and the laws that no row of it may break.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TrustPolicy, TrustRule } from "../../server/src/trust/policy/trustRule";
import { Trust } from "../../server/src/trust/trust";
import { type Requirement, type Scheme, satisfies, type Verdict } from "../../server/src/trust/verdict";
import { referenceTo } from "../support/registryClients";
import { type AnswerKind, answerKinds, answerOf, ScriptedScheme, signedDigest } from "../support/schemes";

const fixture = join(__dirname, "../fixtures/verdicts.txt");
const reference = referenceTo("registry.example/acme/app:1");
const besides = ["unsigned", "unavailable", "invalid", "unknown"] as const;

interface Row {
  readonly policy: Scheme | "none";
  /** Null where nobody calls for Notary, so that it is not asked. */
  readonly notary: AnswerKind | null;
  readonly sigstore: AnswerKind;
  readonly notation: AnswerKind;
  readonly verdict: Verdict;
  readonly asked: readonly Scheme[];
}

async function rowOf({ policy, notary, sigstore, notation }: Omit<Row, "verdict" | "asked">): Promise<Row> {
  const schemes = {
    notary: new ScriptedScheme("notary", answerOf(notary ?? "unsigned", "notary"), notary !== null),
    sigstore: new ScriptedScheme("sigstore", answerOf(sigstore, "sigstore")),
    notation: new ScriptedScheme("notation", answerOf(notation, "notation")),
  };
  const trust = new Trust({
    schemes,
    policy: () => policyNaming(policy),
    contentTrust: { isRequired: false },
    clock: () => new Date("2026-11-24"),
  });
  const signal = new AbortController().signal;
  const verdict = await trust.judge(reference, signedDigest, trust.termsOf(reference), { signal });
  const asked = Object.values(schemes).flatMap(({ name, questions }) => (questions.length > 0 ? name : []));
  return { policy, notary, sigstore, notation, verdict, asked };
}

function policyNaming(scheme: Scheme | "none"): TrustPolicy {
  const terms =
    scheme === "none"
      ? null
      : scheme === "notary"
        ? ({ scheme, server: null, ca: null, pins: null } as const)
        : ({ scheme } as const);
  const rule: TrustRule = {
    images: ["registry.example/**"],
    require: false,
    terms,
    vouchedBy: "user",
    key: scheme,
  };
  return { rules: terms === null ? [] : [rule], requireSignature: false, problem: null };
}

async function allRows(): Promise<Row[]> {
  const rows: Promise<Row>[] = [];
  for (const notary of [null, ...answerKinds]) {
    for (const sigstore of besides) {
      for (const notation of besides) rows.push(rowOf({ policy: "none", notary, sigstore, notation }));
    }
  }
  for (const kind of answerKinds) {
    rows.push(rowOf({ policy: "notary", notary: kind, sigstore: "unknown", notation: "invalid" }));
    rows.push(rowOf({ policy: "sigstore", notary: "invalid", sigstore: kind, notation: "unknown" }));
    rows.push(rowOf({ policy: "notation", notary: "invalid", sigstore: "unknown", notation: kind }));
  }
  return Promise.all(rows);
}

/** `policy none | notary unsigned, sigstore unavailable, notation unsigned | unavailable: signature timed-out (sigstore)` */
function line({ policy, notary, sigstore, notation, verdict, asked }: Row): string {
  const answers = `notary ${notary ?? "not called"}, sigstore ${sigstore}, notation ${notation}`;
  return `policy ${policy} | ${answers} | ${shown(verdict)} | asked ${asked.join(" ")}`;
}

function shown(verdict: Verdict): string {
  switch (verdict.kind) {
    case "verified":
    case "signed-by-unknown":
      return `${verdict.kind} (${verdict.scheme})${verdict.notes.map((note) => `; ${note}`).join("")}`;
    case "unsigned":
      return `unsigned: ${verdict.message}`;
    case "not-checked":
      return verdict.kind;
    default:
      return `${verdict.kind} (${verdict.scheme})`;
  }
}

describe("the verdict of every combination", () => {
  let rows: Row[];

  before(async () => {
    rows = await allRows();
  });

  it("is the one in the table", () => {
    const table = `${rows.map(line).join("\n")}\n`;
    if (process.env.UPDATE === "1") writeFileSync(fixture, table);
    assert.equal(table, readFileSync(fixture, "utf8"));
  });

  it("is verified only where a policy names the scheme, and the scheme says that it names the signer", () => {
    for (const row of rows) {
      const { policy, verdict } = row;
      const isNamed = policy !== "none" && row[policy] === "named";
      assert.equal(verdict.kind === "verified", isNamed, line(row));
    }
  });

  it("is that of the scheme which the policy names, whatever the others say, and those are not asked", () => {
    for (const row of rows.filter(({ policy }) => policy !== "none")) {
      assert.deepEqual(row.asked, [row.policy], line(row));
      const told = row[row.policy as Scheme];
      const expected = { named: "verified", unknown: "signed-by-unknown" }[told as string] ?? told;
      assert.equal(row.verdict.kind, expected, line(row));
    }
  });

  it("does not turn red by what merely lies beside the image", () => {
    for (const row of rows.filter(({ policy }) => policy === "none")) {
      const isRed = row.verdict.kind === "invalid" || row.verdict.kind === "untrusted";
      assert.equal(isRed, row.notary === "invalid" || row.notary === "untrusted", line(row));
    }
  });

  it("is unsigned only where everybody who was asked found nothing, or nothing but what is broken", () => {
    for (const row of rows.filter(({ verdict }) => verdict.kind === "unsigned")) {
      const answers = row.asked.map((scheme) => row[scheme]);
      assert.ok(
        answers.every((answer) => answer === "unsigned" || answer === "invalid"),
        line(row),
      );
    }
  });

  it("asks Notary where it is called for alone, and the others always, without a policy", () => {
    for (const row of rows.filter(({ policy }) => policy === "none")) {
      assert.deepEqual(row.asked.includes("notary"), row.notary !== null, line(row));
      assert.ok(row.asked.includes("sigstore") && row.asked.includes("notation"), line(row));
    }
  });

  it("satisfies a requirement only where it is verified; Docker's takes a root on first use too", () => {
    for (const row of rows) {
      const { verdict } = row;
      const satisfied = (["none", "docker", "user"] satisfies Requirement[]).filter((requirement) =>
        satisfies(verdict, requirement),
      );
      const isNotary = "scheme" in verdict && verdict.scheme === "notary";
      const expected =
        verdict.kind === "verified"
          ? ["none", "docker", "user"]
          : verdict.kind === "signed-by-unknown" && isNotary
            ? ["none", "docker"]
            : ["none"];
      assert.deepEqual(satisfied, expected, line(row));
    }
  });
});
