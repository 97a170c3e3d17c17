/** Composition that both programs share: what registry and schemes say, joined under the policy in force. */
import { Facts } from "./facts/facts";
import { Judging } from "./facts/judging";
import type { Registry } from "./registry/registry";
import { readContentTrust } from "./trust/contentTrust";
import type { TrustPolicy } from "./trust/policy/trustRule";
import type { SignatureScheme } from "./trust/scheme";
import { Trust } from "./trust/trust";
import type { Scheme } from "./trust/verdict";

export interface JoinedFacts {
  readonly facts: Facts;
  readonly judging: Judging;
}

/** @param policy the one in force, asked at each question */
export function joinFacts(
  registry: Registry,
  schemes: Readonly<Record<Scheme, SignatureScheme>>,
  policy: () => TrustPolicy,
): JoinedFacts {
  const clock = () => new Date();
  const facts = new Facts({ registry, now: clock });
  const trust = new Trust({ schemes, policy, contentTrust: readContentTrust(process.env), clock });
  return { facts, judging: new Judging(facts, trust) };
}
