/** All rules, and the one function that applies them. One finding per use and cause. */
import type { ImageUse } from "../documents/imageUse";
import type { Catalog } from "../facts/types";
import { implicitLatest } from "./implicit-latest";
import { invalidReference } from "./invalid-reference";
import { mutableTag } from "./mutable-tag";
import { nonOfficialImage } from "./non-official-image";
import type { Finding, Rule, RuleSettings } from "./rule";
import { unpinnedImage } from "./unpinned-image";
import { unresolvedVariable } from "./unresolved-variable";

export const rules: readonly Rule[] = [
  implicitLatest,
  mutableTag,
  unpinnedImage,
  nonOfficialImage,
  invalidReference,
  unresolvedVariable,
];

/** The rules that a digest puts right. */
export const pinningRules: ReadonlySet<string> = new Set([implicitLatest.id, mutableTag.id, unpinnedImage.id]);

/** Findings in the order of the uses, and for one use in the order of the rules. */
export function findingsOf(uses: readonly ImageUse[], catalog: Catalog, settings: RuleSettings): Finding[] {
  const findings: Finding[] = [];
  for (const use of uses) {
    for (const rule of rules) {
      const set = settings[rule.id];
      if (set === "off") continue;
      const hit = rule.check(use, catalog);
      if (hit === null) continue;
      const severity = set ?? hit.severity ?? rule.defaultSeverity;
      findings.push({ rule: rule.id, severity, message: hit.message, ...use.range, use });
    }
  }
  return findings;
}
