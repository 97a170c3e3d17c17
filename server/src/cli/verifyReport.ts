/** What `digest-pin verify` prints: a paragraph for each image, or JSON (DESIGN.md, "Command"). */
import type { Answer, Judgement } from "../facts/types";
import type { Digest } from "../reference/digest";
import type { RegistryErrorCode } from "../registry/registry";
import type { Absence, Failure, RootFacts, Scheme, SignatureFacts, Signer, Verdict, Vouching } from "../trust/verdict";
import type { Output } from "./ports";
import { FORMAT_VERSION } from "./report";
import { inert, inertJson } from "./terminal";

export interface VerifiedImage {
  /** Normalized. */
  readonly reference: string;
  readonly judgement: Judgement;
}

interface ImageEntry {
  readonly reference: string;
  /** The signed digest; the registry's where nothing is signed. */
  readonly digest: Digest | null;
  readonly verdict: Judgement["verdict"]["kind"];
  readonly vouchedBy: Vouching | null;
  readonly scheme: Scheme | null;
  readonly binds: "tag" | "digest" | null;
  readonly signers: readonly Signer[];
  readonly failure: Failure | null;
  readonly required: boolean;
  readonly message?: string;
  readonly registryDigest?: Digest;
  readonly registry?: "unreachable" | RegistryErrorCode;
  readonly signedDigest?: Digest;
  readonly signedTags?: readonly string[];
  readonly otherTags?: readonly string[];
  readonly root?: { readonly keys: readonly string[]; readonly firstSeen: string; readonly trust: RootFacts["trust"] };
  readonly steps?: readonly { readonly step: string; readonly version: number; readonly expires: string }[];
  readonly checkedAt?: string;
  readonly validUntil?: string;
  readonly notes?: readonly string[];
}

const silentCodes: ReadonlySet<RegistryErrorCode> = new Set(["unreachable", "timed-out", "tls"]);

export function writeVerifiedJson(output: Output, images: readonly VerifiedImage[]): void {
  output.write(`${inertJson({ version: FORMAT_VERSION, images: images.map(entryOf) })}\n`);
}

export function writeVerifiedText(output: Output, images: readonly VerifiedImage[]): void {
  output.write(`${images.map((image) => paragraph(entryOf(image))).join("\n")}`);
}

/** The order of the keys belongs to the interface. */
function entryOf({ reference, judgement: { answer, verdict, requirement } }: VerifiedImage): ImageEntry {
  const served = answer.kind === "found" ? answer.descriptor.digest : null;
  const digest = digestIn(verdict, served);
  const signature = verdict.kind === "verified" || verdict.kind === "signed-by-unknown" ? verdict : null;
  return {
    reference,
    digest,
    verdict: verdict.kind,
    vouchedBy: verdict.kind === "verified" ? verdict.vouchedBy : null,
    scheme: "scheme" in verdict ? verdict.scheme : null,
    binds: signature?.binds ?? null,
    signers: signature?.signers ?? [],
    failure: "failure" in verdict ? verdict.failure : null,
    required: requirement !== "none",
    ...besides(answer, served, digest),
    ...(signature !== null && signatureDetails(signature)),
    ...(verdict.kind === "unsigned" && absenceDetails(verdict)),
  };
}

/** Of what is wrong no digest is given as if it were right. */
function digestIn(verdict: Verdict, served: Digest | null): Digest | null {
  switch (verdict.kind) {
    case "verified":
    case "signed-by-unknown":
      return verdict.digest;
    case "untrusted":
    case "invalid":
      return null;
    default:
      return served;
  }
}

function signatureDetails({
  otherTags,
  signedTags,
  root,
  steps,
  checkedAt,
  validUntil,
  notes,
}: SignatureFacts): Partial<ImageEntry> {
  return {
    ...(otherTags.length > 0 && { otherTags }),
    ...(signedTags.length > 0 && { signedTags }),
    ...(root !== null && { root: { ...root, firstSeen: root.firstSeen.toISOString() } }),
    steps: steps.map(({ expires, ...step }) => ({ ...step, expires: expires.toISOString() })),
    checkedAt: checkedAt.toISOString(),
    validUntil: validUntil.toISOString(),
    ...(notes.length > 0 && { notes }),
  };
}

function absenceDetails({ message, signedDigest, signedTags }: Absence): Partial<ImageEntry> {
  return { message, ...(signedDigest !== null && { signedDigest }), ...(signedTags.length > 0 && { signedTags }) };
}

/** What the registry says beside the digest that was signed. */
function besides(answer: Answer, served: Digest | null, told: Digest | null): Partial<ImageEntry> {
  if (answer.kind === "unavailable") return { registry: silentCodes.has(answer.code) ? "unreachable" : answer.code };
  return served === null || served === told ? {} : { registryDigest: served };
}

function paragraph(entry: ImageEntry): string {
  const { reference, digest, verdict, vouchedBy, scheme, binds, signers, failure, root } = entry;
  const lines = [
    `${reference}: ${verdict}${entry.required && verdict !== "verified" ? " (a signature is required)" : ""}`,
  ];
  if (digest !== null) lines.push(`digest    ${digest}`);
  for (const { name, key } of signers) lines.push(`signed by ${name}, key ${key}`);
  if (scheme !== null && binds !== null) lines.push(`scheme    ${scheme}, which binds the ${binds} to the digest`);
  if (vouchedBy !== null) lines.push(`vouched   by the policy of the ${vouchedBy}`);
  if (root !== undefined) {
    const how = { pinned: "pinned by policy", "first-use": "trusted on first use", docker: "found in docker's store" };
    lines.push(`root      ${root.keys.join(", ")}, ${how[root.trust]}, first seen ${day(root.firstSeen)}`);
  }
  for (const { step, version, expires } of entry.steps ?? []) {
    lines.push(`checked   ${step}, version ${version}, which expires on ${day(expires)}`);
  }
  if (entry.validUntil !== undefined) lines.push(`until     ${day(entry.validUntil)}`);
  if (failure !== null) lines.push(`failed    at ${failure.step}: ${failure.message} (${failure.code})`);
  if (entry.message !== undefined) lines.push(`because   ${entry.message}`);
  if (entry.otherTags !== undefined)
    lines.push(`note      The digest is signed for ${entry.otherTags.join(", ")}, and not for this tag.`);
  for (const note of entry.notes ?? []) lines.push(`note      ${note}`);
  if (entry.registryDigest !== undefined) {
    lines.push(`registry  serves ${entry.registryDigest}${digest === null ? "" : " instead"}`);
  }
  if (entry.registry !== undefined) lines.push(`registry  ${entry.registry}`);
  if (entry.signedTags !== undefined)
    lines.push(`nearby    ${entry.signedTags.join(", ")} ${entry.signedTags.length === 1 ? "is" : "are"} signed`);
  return lines.map((line, index) => `${index === 0 ? "" : "  "}${inert(line)}\n`).join("");
}

function day(time: string): string {
  return time.slice(0, 10);
}
