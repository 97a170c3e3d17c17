/** Which rule of a policy decides about an image: the one with the longest glob that matches it. */
import type { Reference } from "../../reference/reference";
import { matchesGlob } from "./imageGlob";
import type { TrustPolicy, TrustRule } from "./trustRule";

export type Covering =
  | { readonly kind: "rule"; readonly rule: TrustRule }
  | { readonly kind: "none" }
  /** What the user wants is not known. */
  | { readonly kind: "unreadable"; readonly problem: string }
  /** Two rules match with globs of one length: neither may win by its place in the file. */
  | { readonly kind: "ambiguous"; readonly globs: readonly string[]; readonly require: boolean };

export function coveringRule(policy: TrustPolicy, { registry, repository }: Reference): Covering {
  if (policy.problem !== null) return { kind: "unreadable", problem: policy.problem };
  const image = `${registry}/${repository}`;
  let longest = 0;
  let best: { readonly rule: TrustRule; readonly glob: string }[] = [];
  for (const rule of policy.rules) {
    for (const glob of rule.images) {
      if (glob.length < longest || !matchesGlob(glob, image)) continue;
      if (glob.length > longest) best = [];
      longest = glob.length;
      if (!best.some((other) => other.rule === rule)) best.push({ rule, glob });
    }
  }
  const [first, ...others] = best;
  if (first === undefined) return { kind: "none" };
  if (others.length === 0) return { kind: "rule", rule: first.rule };
  return { kind: "ambiguous", globs: best.map(({ glob }) => glob), require: best.some(({ rule }) => rule.require) };
}

/** Whether a glob that matches the image spells its registry: then the user has named that host. */
export function isRegistryNamed(policy: TrustPolicy, { registry, repository }: Reference): boolean {
  const image = `${registry}/${repository}`;
  return policy.rules.some(({ images }) =>
    images.some((glob) => glob.startsWith(`${registry}/`) && matchesGlob(glob, image)),
  );
}
