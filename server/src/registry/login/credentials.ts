/**
 * The user's credentials for a registry, from docker's configuration: `credHelpers`, then `credsStore`, then `auths`; and
 * where that has none, from Podman's `auth.json`. A file that can't be read is a reported problem and counts as absent;
 * nothing that is secret is logged or kept on disk, and a helper's answer is kept in memory for a minute only.
 */
import { LRUCache } from "lru-cache";
import { DOCKER_HUB } from "../../reference/reference";
import { type FileKind, readConfigurationFile, withoutRepeats } from "../configuration/configurationFile";
import { configurationHome, namedPath, pathsOf } from "../configuration/machineFolders";
import type { Machine } from "../machine";
import { createSharedRequests } from "../sharedRequests";
import { credentialsFromHelper } from "./credentialHelper";
import {
  type Credentials,
  DOCKER_HUB_KEY,
  type DockerConfiguration,
  namespaceOfKey,
  parseDockerConfiguration,
  registryOfKey,
} from "./dockerConfiguration";

export interface CredentialSource {
  /**
   * @param registry normalized, `docker.io` or `host[:port]`
   * @param repository that they are for: `auth.json` may have some for its namespace alone; null for none certain
   * @throws RegistryError `credential-helper` or `cancelled`
   */
  find(registry: string, repository: string | null, signal: AbortSignal): Promise<Credentials | null>;
  /** The normalized registries that `auths` and `credHelpers` name, alone or with a namespace. */
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

const form = "a JSON object";
const consequence = "its registry credentials are not used";
const dockerKind: FileKind<DockerConfiguration> = {
  parse: (text) => parseDockerConfiguration(text, registryOfKey),
  form,
  consequence,
};
/** It knows no store for all registries (containers-auth.json(5), "Format"). */
const podmanKind: FileKind<DockerConfiguration> = {
  parse(text) {
    const configuration = parseDockerConfiguration(text, namespaceOfKey);
    return configuration && { ...configuration, store: null };
  },
  form,
  consequence,
};

export function createCredentialSource(ports: CredentialPorts): CredentialSource {
  const helperPorts = {
    machine: ports.machine,
    excludedDirectories: ports.excludedDirectories,
    timeLimit: ports.helperTimeLimit ?? HELPER_TIME_LIMIT,
  };
  const reading = { machine: ports.machine, report: withoutRepeats(ports.report) };
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
    async find(name, repository, signal) {
      const registry = registryOfKey(name);
      const scopes = scopesOf(registry, repository);
      for (const { path, kind } of filesOf(reading)) {
        const configuration = await readConfigurationFile(path, kind, reading);
        if (configuration === null) continue;
        const helper = firstOf(configuration.helpers, scopes) ?? configuration.store;
        const answer = helper === null ? null : await fromHelper(helper, registry, signal);
        const credentials = answer ?? firstOf(configuration.credentials, scopes);
        if (credentials !== null) return credentials;
      }
      return null;
    },

    async knownHosts() {
      const files = filesOf(reading).map(({ path, kind }) => readConfigurationFile(path, kind, reading));
      const scopes = (await Promise.all(files)).flatMap((configuration) =>
        configuration === null ? [] : [...configuration.helpers.keys(), ...configuration.credentials.keys()],
      );
      return new Set(scopes.map((scope) => scope.replace(/\/.*$/s, "")));
    },
  };
}

/** From the repository over its namespaces to the registry (containers-auth.json(5), "Format"). */
function scopesOf(registry: string, repository: string | null): readonly string[] {
  const path = repository?.split("/") ?? [];
  return [...path.map((_, index) => [registry, ...path.slice(0, path.length - index)].join("/")), registry];
}

function firstOf<T>(entries: ReadonlyMap<string, T | null>, scopes: readonly string[]): T | null {
  return scopes.map((scope) => entries.get(scope) ?? null).find((entry) => entry !== null) ?? null;
}

interface Reading {
  readonly machine: Machine;
  readonly report: (problem: string) => void;
}

/** In the order in which they count. */
function filesOf(reading: Reading) {
  const docker = dockerPath(reading).map((path) => ({ path, kind: dockerKind }));
  return [...docker, ...podmanPaths(reading).map((path) => ({ path, kind: podmanKind }))];
}

function dockerPath({ machine, report }: Reading): readonly string[] {
  const { isAbsolute, join } = pathsOf(machine);
  const directory = machine.environment.DOCKER_CONFIG || join(machine.homeDirectory, ".docker");
  if (isAbsolute(directory)) return [join(directory, "config.json")];
  // It would be read from wherever the process runs, which may be the repository under edit.
  report(`DOCKER_CONFIG is not an absolute path: ${consequence}.`);
  return [];
}

/** containers-auth.json(5), "Description": a file that the environment names is the only one. */
function podmanPaths({ machine, report }: Reading): readonly string[] {
  const { join } = pathsOf(machine);
  if (machine.environment.REGISTRY_AUTH_FILE) {
    const path = namedPath(machine, "REGISTRY_AUTH_FILE");
    if (path !== null) return [path];
    report(`REGISTRY_AUTH_FILE is not an absolute path: ${consequence}.`);
    return [];
  }
  const hasRuntimeFolder = machine.platform !== "win32" && machine.platform !== "darwin";
  const runtimeFolder = hasRuntimeFolder ? namedPath(machine, "XDG_RUNTIME_DIR") : null;
  return [...(runtimeFolder === null ? [] : [runtimeFolder]), configurationHome(machine)].map((folder) =>
    join(folder, "containers", "auth.json"),
  );
}
