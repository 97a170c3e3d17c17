/** Which rule of a policy decides about an image: the one with the longest glob that matches it. */
import type { Reference } from "../../reference/reference";
import { imageName, matchesGlob, namesRegistry } from "./imageGlob";
import type { TrustPolicy, TrustRule } from "./trustRule";

export type Covering =
  | { readonly kind: "rule"; readonly rule: TrustRule; readonly require: boolean }
  | { readonly kind: "none" }
  /** What the user wants is not known. */
  | { readonly kind: "unreadable"; readonly problem: string }
  /** Two rules match with globs of one length: neither may win by its place in the file. */
  | { readonly kind: "ambiguous"; readonly globs: readonly string[]; readonly require: boolean };

interface Match {
  readonly rule: TrustRule;
  readonly glob: string;
}

export function coveringRule(policy: TrustPolicy, reference: Reference): Covering {
  if (policy.problem !== null) return { kind: "unreadable", problem: policy.problem };
  const matches = matchesIn(policy, imageName(reference));
  const [first, second] = matches;
  if (first === undefined) return { kind: "none" };
  const require = isRequired(matches);
  if (second?.glob.length !== first.glob.length) return { kind: "rule", rule: first.rule, require };
  const globs = matches.flatMap(({ glob }) => (glob.length === first.glob.length ? glob : []));
  return { kind: "ambiguous", globs, require };
}

/** Whether a glob that matches the image spells its registry: then the user has named that host. */
export function isRegistryNamed(policy: TrustPolicy, reference: Reference): boolean {
  return policy.rules.some((rule) => isNamedBy(rule, reference));
}

/** Whether the rule spells the registry of the image. */
export function isNamedBy({ images }: TrustRule, reference: Reference): boolean {
  const image = imageName(reference);
  return images.some((glob) => namesRegistry(glob, image));
}

/** For each rule its longest glob that matches; the longest first. */
function matchesIn({ rules }: TrustPolicy, image: string): Match[] {
  const matches = rules.flatMap((rule) => {
    const globs = rule.images.filter((glob) => matchesGlob(glob, image));
    const [longest] = globs.sort((a, b) => b.length - a.length);
    return longest === undefined ? [] : { rule, glob: longest };
  });
  return matches.sort((a, b) => b.glob.length - a.glob.length);
}

/** A rule that does not say so leaves the word to the next shorter one: naming a signer takes no requirement away. */
function isRequired(matches: readonly Match[]): boolean {
  const told = matches.find(({ rule }) => rule.require !== null);
  return matches.some(({ rule, glob }) => rule.require === true && glob.length === told?.glob.length);
}
