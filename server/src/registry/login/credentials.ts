/**
 * The user's credentials for a registry, from docker's configuration: `credHelpers`, then `credsStore`, then `auths`.
 * A file that can't be read is a reported problem and means no credentials; nothing that is secret is logged or kept
 * on disk, and a helper's answer is kept in memory for a minute only.
 */
import { posix, win32 } from "node:path";
import { LRUCache } from "lru-cache";
import { DOCKER_HUB } from "../../reference/reference";
import type { Machine } from "../machine";
import { createSharedRequests } from "../sharedRequests";
import { credentialsFromHelper } from "./credentialHelper";
import {
  type Credentials,
  DOCKER_HUB_KEY,
  type DockerConfiguration,
  EMPTY_CONFIGURATION,
  parseDockerConfiguration,
  registryOfKey,
} from "./dockerConfiguration";

export interface CredentialSource {
  /**
   * @param registry normalized, `docker.io` or `host[:port]`
   * @throws RegistryError `credential-helper` or `cancelled`
   */
  find(registry: string, signal: AbortSignal): Promise<Credentials | null>;
  /** The normalized registries that `auths` and `credHelpers` name. */
  knownHosts(): Promise<ReadonlySet<string>>;
}

export interface CredentialPorts {
  readonly machine: Machine;
  /** Directories whose programs are not run: the roots of the repositories under edit. */
  readonly excludedDirectories: () => readonly string[];
  /** Takes a sentence for the log, without secrets. */
  readonly report: (problem: string) => void;
  /** Milliseconds; only differences count. */
  readonly now: () => number;
  /** Milliseconds for a helper's answer; 5 s where none is given. */
  readonly helperTimeLimit?: number;
}

const HELPER_TIME_LIMIT = 5_000;
const HELPER_ANSWER_LIFETIME = 60_000;
const MAX_HELPER_ANSWERS = 100;

export function createCredentialSource(ports: CredentialPorts): CredentialSource {
  const helperPorts = {
    machine: ports.machine,
    excludedDirectories: ports.excludedDirectories,
    timeLimit: ports.helperTimeLimit ?? HELPER_TIME_LIMIT,
  };
  const configuration = { ...ports, report: withoutRepeats(ports.report) };
  const asked = createSharedRequests<Credentials | null>();
  const answers = new LRUCache<string, { readonly credentials: Credentials | null; readonly until: number }>({
    max: MAX_HELPER_ANSWERS,
  });

  async function fromHelper(name: string, registry: string, signal: AbortSignal): Promise<Credentials | null> {
    const key = `${name} ${registry}`;
    const kept = answers.get(key);
    if (kept !== undefined && ports.now() < kept.until) return kept.credentials;
    return asked.join(key, registry, signal, async (end) => {
      const server = registry === DOCKER_HUB ? DOCKER_HUB_KEY : registry;
      const credentials = await credentialsFromHelper(name, server, helperPorts, end);
      answers.set(key, { credentials, until: ports.now() + HELPER_ANSWER_LIFETIME });
      return credentials;
    });
  }

  return {
    async find(name, signal) {
      const registry = registryOfKey(name);
      const { helpers, store, credentials } = await readConfiguration(configuration);
      const helper = helpers.get(registry) ?? store;
      const answer = helper === null ? null : await fromHelper(helper, registry, signal);
      return answer ?? credentials.get(registry) ?? null;
    },

    async knownHosts() {
      const { helpers, credentials } = await readConfiguration(configuration);
      return new Set([...helpers.keys(), ...credentials.keys()]);
    },
  };
}

/** The file is read for every login: a problem that stays is reported once. */
function withoutRepeats(report: (problem: string) => void): (problem: string) => void {
  let last: string | null = null;
  return (problem) => {
    if (problem !== last) report(problem);
    last = problem;
  };
}

async function readConfiguration({ machine, report }: CredentialPorts): Promise<DockerConfiguration> {
  const { isAbsolute, join } = machine.platform === "win32" ? win32 : posix;
  const directory = machine.environment.DOCKER_CONFIG || join(machine.homeDirectory, ".docker");
  if (!isAbsolute(directory)) {
    // It would be read from wherever the process runs, which may be the repository under edit.
    report("DOCKER_CONFIG is not an absolute path: no registry credentials are used.");
    return EMPTY_CONFIGURATION;
  }
  const path = join(directory, "config.json");
  try {
    const text = await machine.readText(path);
    const configuration = text === null ? EMPTY_CONFIGURATION : parseDockerConfiguration(text);
    if (configuration !== null) return configuration;
    report(`${path} is not a JSON object: no registry credentials are used.`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "no code";
    report(`${path} can't be read (${code}): no registry credentials are used.`);
  }
  return EMPTY_CONFIGURATION;
}
