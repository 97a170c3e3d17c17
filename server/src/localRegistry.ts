/** Composition that both programs share: a registry client on this machine's clock, files, and network. */
import { type CredentialSource, createCredentialSource } from "./registry/credentials";
import { localMachine } from "./registry/machine";
import type { Registry } from "./registry/registry";
import { createRegistry } from "./registry/registryClient";
import { createTransport } from "./registry/transport";
import { repositoryRoots } from "./repositoryRoots";

export interface LocalRegistryPorts {
  /** Takes a sentence for the log, without secrets. */
  readonly report: (problem: string) => void;
  /** Folders of files that the user may not have written: nothing in their repositories is ever run. */
  readonly folders: () => readonly string[];
}

export interface LocalRegistry {
  readonly registry: Registry;
  readonly credentials: CredentialSource;
}

export function createLocalRegistry(ports: LocalRegistryPorts): LocalRegistry {
  const now = () => performance.now();
  const excludedDirectories = () => repositoryRoots(ports.folders());
  const { report } = ports;
  const credentials = createCredentialSource({ machine: localMachine(), now, report, excludedDirectories });
  return { credentials, registry: createRegistry({ transport: createTransport(), credentials, now }) };
}
