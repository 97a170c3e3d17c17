/** Composition that both programs share: a registry client on this machine's clock, files, environment and network. */
import { setTimeout as wait } from "node:timers/promises";
import { createAnswerMemory } from "./registry/cache/answerMemory";
import { challengesOn } from "./registry/cache/challengesOnDisk";
import { createDiskCache } from "./registry/cache/diskCache";
import { createCertificateFolders } from "./registry/configuration/certificateFolders";
import { placesOf, type UserSettings, withUserSettings } from "./registry/configuration/places";
import { createRegistryFiles } from "./registry/configuration/registryFiles";
import { withCertificateFolders } from "./registry/configuration/trustedFolders";
import type { Transport } from "./registry/http/http";
import { createPoliteTransport, type PoliteTransport } from "./registry/http/manners";
import { createProxies, type EditorProxy } from "./registry/http/proxies";
import { createTransport } from "./registry/http/transport";
import { type CredentialSource, createCredentialSource } from "./registry/login/credentials";
import { localMachine, type Machine } from "./registry/machine";
import type { Registry } from "./registry/registry";
import { createRegistry } from "./registry/registryClient";
import { repositoryRoots } from "./repositoryRoots";
import { folderOf } from "./standardFolders";

/** What the user sets in an editor beside what the machine's files say. */
export interface RegistrySettings extends UserSettings {
  /** Null where the environment alone decides. */
  readonly proxy: EditorProxy | null;
}

export interface LocalRegistryPorts {
  /** Takes a sentence for the log, without secrets. */
  readonly report: (problem: string) => void;
  /** Folders of files that the user may not have written: nothing in their repositories is ever run. */
  readonly folders: () => readonly string[];
  /** PEM texts of authorities that are trusted for every request, in addition to those that the system trusts. */
  readonly certificateAuthorities?: readonly string[];
  /** Asked at each question. */
  readonly registrySettings?: () => RegistrySettings;
  /** Nobody is asked: what was answered before and is still believed counts. */
  readonly isOffline?: boolean;
}

export interface LocalRegistry {
  readonly registry: Registry;
  readonly credentials: CredentialSource;
  readonly transport: Transport;
  readonly machine: Machine;
  readonly quotas: PoliteTransport["quotas"];
}

/** What answers may take of the disk. */
const CACHE_BYTES = 100 * 1024 * 1024;

const nothingSet: RegistrySettings = { mirrors: {}, insecureRegistries: [], proxy: null };

export function createLocalRegistry(ports: LocalRegistryPorts): LocalRegistry {
  const { report, certificateAuthorities = [], registrySettings = () => nothingSet, isOffline = false } = ports;
  const now = () => performance.now();
  const clock = () => new Date();
  const excludedDirectories = () => repositoryRoots(ports.folders());
  const machine = localMachine();
  const proxies = createProxies(machine.environment, () => registrySettings().proxy);
  const folders = createCertificateFolders({ machine, now, report });
  const transport = createPoliteTransport({
    transport: withCertificateFolders(createTransport({ certificateAuthorities, proxies }), folders),
    now,
    clock,
    wait: async (milliseconds, signal) => wait(milliseconds, undefined, { signal }),
  });
  const credentials = createCredentialSource({ machine, now, report, excludedDirectories });
  const files = createRegistryFiles({ machine, now, report });
  const disk = createDiskCache({
    directory: folderOf("cache"),
    now: () => Date.now(),
    maxBytes: CACHE_BYTES,
    report,
  });
  const registry = createRegistry({
    transport,
    credentials,
    places: async (name, by) => placesOf(withUserSettings(await files.read(), registrySettings()), name, by),
    memory: createAnswerMemory({ disk, clock, isOffline }),
    challenges: challengesOn(disk, clock),
    now,
  });
  return { registry, credentials, transport, machine, quotas: () => transport.quotas() };
}
