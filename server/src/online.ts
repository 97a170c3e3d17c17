/**
 * Composition that both programs share: everything that goes online, on this machine's clock, files, environment and
 * network. It is a bundle of its own, loaded with the first question.
 */
import { join } from "node:path";
import { Facts } from "./facts/facts";
import { Judging } from "./facts/judging";
import { createLocalRegistry, type LocalRegistryPorts } from "./localRegistry";
import { DOCKER_HUB, dockerHubHosts, type Reference } from "./reference/reference";
import { folderOf } from "./standardFolders";
import { recognizedSchemes } from "./trust/besideImage";
import { readContentTrust } from "./trust/contentTrust";
import { gunOf } from "./trust/notary/gun";
import { createNotaryScheme } from "./trust/notary/notaryScheme";
import { createTrustStore } from "./trust/notary/store";
import type { TrustPolicy } from "./trust/policy/trustRule";
import { Trust } from "./trust/trust";

export interface OnlinePorts extends LocalRegistryPorts {
  /** The one in force, asked at each question. */
  readonly policy: () => TrustPolicy;
}

export interface HostQuota {
  /** As users know it: `docker.io`, or `host[:port]`. */
  readonly host: string;
  readonly remaining: number;
  readonly limit: number;
}

export interface Online {
  readonly facts: Facts;
  readonly judging: Judging;
  /** What registries said last of how many requests they still allow. */
  quotas(): readonly HostQuota[];
  /** The registries that the docker configuration names. */
  knownHosts(): Promise<ReadonlySet<string>>;
  /** By the user's word: the root of the reference's repository is trusted on first use once more. */
  forgetRoot(reference: Reference): Promise<void>;
}

export function goOnline(ports: OnlinePorts): Online {
  const local = createLocalRegistry(ports);
  const { registry, machine, credentials } = local;
  const clock = () => new Date();
  const now = () => performance.now();
  const store = createTrustStore(join(folderOf("data"), "notary"));
  const contentTrust = readContentTrust(machine.environment);
  const schemes = {
    notary: createNotaryScheme({ ...local, now, clock, store, contentTrust }),
    ...recognizedSchemes(registry),
  };
  const facts = new Facts({ registry, now: clock });
  const judging = new Judging(facts, new Trust({ schemes, policy: ports.policy, contentTrust, clock }));
  return {
    facts,
    judging,
    quotas: () =>
      [...local.quotas()].map(([host, { remaining, limit }]) => {
        return { host: dockerHubHosts.has(host) ? DOCKER_HUB : host, remaining, limit };
      }),
    knownHosts: () => credentials.knownHosts(),
    forgetRoot: async (reference) => {
      await store.forget(gunOf(reference));
      judging.forget(reference);
    },
  };
}
