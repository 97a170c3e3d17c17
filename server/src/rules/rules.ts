/** All rules, and the one function that applies them. One finding per use and cause. */
import type { ImageDocument, ImageUse } from "../documents/imageUse";
import type { Catalog, Knowledge } from "../facts/types";
import type { OffsetRange } from "../reference/reference";
import { digestNotFound } from "./digest-not-found";
import { documentProblem } from "./document-problem";
import { implicitLatest } from "./implicit-latest";
import { invalidReference } from "./invalid-reference";
import { invalidSignature } from "./invalid-signature";
import { mutableTag } from "./mutable-tag";
import { nonOfficialImage } from "./non-official-image";
import { platformDigest } from "./platform-digest";
import { platformMissing } from "./platform-missing";
import type { Finding, Rule, RuleHit, RuleSettings } from "./rule";
import { signatureRequired } from "./signature-required";
import { signerChanged } from "./signer-changed";
import { stageNotYetDeclared } from "./stage-not-yet-declared";
import { stalePin } from "./stale-pin";
import { tagNotFound } from "./tag-not-found";
import { unpinnedImage } from "./unpinned-image";
import { unresolvedVariable } from "./unresolved-variable";
import { untrustedSigner } from "./untrusted-signer";
import { variableNotExpanded } from "./variable-not-expanded";

export const rules: readonly Rule[] = [
  implicitLatest,
  mutableTag,
  unpinnedImage,
  nonOfficialImage,
  invalidReference,
  unresolvedVariable,
  variableNotExpanded,
  stageNotYetDeclared,
  documentProblem,
  stalePin,
  tagNotFound,
  digestNotFound,
  platformDigest,
  platformMissing,
  signatureRequired,
  untrustedSigner,
  invalidSignature,
  signerChanged,
];

/** The rules that a digest puts right. */
export const pinningRules: ReadonlySet<string> = new Set([implicitLatest.id, mutableTag.id, unpinnedImage.id]);

/** What is known online of a use's image, without asking anybody. */
export type Known = (use: ImageUse) => Knowledge;

/** Whether a rule looks at the manifest behind the use's image. */
export function wantsManifest({ platform, parsed }: ImageUse): boolean {
  return platform !== null && !!parsed?.reference;
}

/** Findings in the order of the text, and for one place in the order of the rules. */
export function findingsOf(document: ImageDocument, catalog: Catalog, settings: RuleSettings, known: Known): Finding[] {
  const findings: Finding[] = [];
  const add = (rule: Rule, { message, severity }: RuleHit, { start, end }: OffsetRange, use: ImageUse | null) => {
    const set = settings[rule.id];
    if (set === "off") return;
    findings.push({ rule: rule.id, severity: set ?? severity ?? rule.defaultSeverity, message, start, end, use });
  };
  for (const use of document.uses) {
    const knowledge = known(use);
    for (const rule of rules) {
      const hit = "check" in rule ? rule.check(use, catalog, knowledge) : null;
      if (hit !== null) add(rule, { ...hit, message: hit.message + overrideRemark(use) }, use.range, use);
    }
  }
  for (const rule of rules) {
    if ("checkDocument" in rule) for (const hit of rule.checkDocument(document)) add(rule, hit, hit, null);
  }
  // Stable: what stands at one place keeps its order.
  return findings.sort((a, b) => a.start - b.start);
}

/** Who builds the Dockerfile with another value than its own. */
function overrideRemark({ variables }: ImageUse): string {
  return variables
    .filter(({ setBy }) => setBy.length > 0)
    .map(({ name, setBy }) => ` ${name} is set by ${setBy.join(" and ")}.`)
    .join("");
}
