/** Composition that both programs share: a registry client on this machine's clock, files, and network. */

import type { Transport } from "./registry/http/http";
import { createTransport } from "./registry/http/transport";
import { type CredentialSource, createCredentialSource } from "./registry/login/credentials";
import { localMachine, type Machine } from "./registry/machine";
import type { Registry } from "./registry/registry";
import { createRegistry } from "./registry/registryClient";
import { repositoryRoots } from "./repositoryRoots";

export interface LocalRegistryPorts {
  /** Takes a sentence for the log, without secrets. */
  readonly report: (problem: string) => void;
  /** Folders of files that the user may not have written: nothing in their repositories is ever run. */
  readonly folders: () => readonly string[];
  /** PEM texts of authorities that are trusted for every request, in addition to those that Node trusts. */
  readonly certificateAuthorities?: readonly string[];
}

export interface LocalRegistry {
  readonly registry: Registry;
  readonly credentials: CredentialSource;
  readonly transport: Transport;
  readonly machine: Machine;
}

export function createLocalRegistry(ports: LocalRegistryPorts): LocalRegistry {
  const now = () => performance.now();
  const excludedDirectories = () => repositoryRoots(ports.folders());
  const { report, certificateAuthorities = [] } = ports;
  const machine = localMachine();
  const transport = createTransport({ certificateAuthorities });
  const credentials = createCredentialSource({ machine, now, report, excludedDirectories });
  return { registry: createRegistry({ transport, credentials, now }), credentials, transport, machine };
}
