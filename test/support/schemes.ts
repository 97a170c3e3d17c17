/** Schemes that answer what a test tells them, and remember whether they were asked. */
import type { Digest } from "../../server/src/reference/digest";
import type { RequestOptions } from "../../server/src/registry/registry";
import type { SchemeAnswer, SchemeQuestion, SignatureScheme } from "../../server/src/trust/scheme";
import type { FailureCode, Scheme, SignatureFacts } from "../../server/src/trust/verdict";

export const signedDigest = `sha256:${"5".repeat(64)}` as Digest;

export function signature(scheme: Scheme = "notary", rest: Partial<SignatureFacts> = {}): SignatureFacts {
  return {
    scheme,
    binds: scheme === "notary" ? "tag" : "digest",
    digest: signedDigest,
    signers: [{ name: scheme === "notary" ? "targets/releases" : "somebody", key: "ab".repeat(32) }],
    otherTags: [],
    signedTags: [],
    root:
      scheme === "notary" ? { keys: ["cd".repeat(32)], firstSeen: new Date("2026-11-01"), trust: "first-use" } : null,
    steps: [{ step: "timestamp", version: 3, expires: new Date("2026-12-08") }],
    checkedAt: new Date("2026-11-24"),
    validUntil: new Date("2026-12-08"),
    notes: [],
    ...rest,
  };
}

export const answerKinds = ["named", "unknown", "unsigned", "untrusted", "invalid", "unavailable"] as const;
export type AnswerKind = (typeof answerKinds)[number];

/** An answer of that kind; its message says which scheme gave it. */
export function answerOf(kind: AnswerKind, scheme: Scheme): SchemeAnswer {
  switch (kind) {
    case "named":
    case "unknown":
      return { kind: "signed", isNamed: kind === "named", ...signature(scheme) };
    case "unsigned":
      return {
        kind,
        scheme,
        message: `Nothing of ${scheme}.`,
        signedDigest: null,
        signedTags: [],
        validUntil: null,
      };
    default:
      return { kind, failure: { step: "signature", code: codes[kind], message: `${kind} by ${scheme}.` } };
  }
}

const codes: Readonly<Record<"untrusted" | "invalid" | "unavailable", FailureCode>> = {
  untrusted: "root-not-pinned",
  invalid: "hash-mismatch",
  unavailable: "timed-out",
};

export class ScriptedScheme implements SignatureScheme {
  readonly questions: SchemeQuestion[] = [];
  /** How, in the same order. */
  readonly options: RequestOptions[] = [];

  constructor(
    readonly name: Scheme,
    public answer: SchemeAnswer,
    private readonly isCalled = false,
  ) {}

  async isCalledFor(): Promise<boolean> {
    return this.isCalled;
  }

  async check(question: SchemeQuestion, options: RequestOptions): Promise<SchemeAnswer> {
    this.questions.push(question);
    this.options.push(options);
    return this.answer;
  }
}
