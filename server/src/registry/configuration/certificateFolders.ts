/**
 * The authorities and the client certificate that the user keeps for one registry, in the folders of Docker
 * (docs.docker.com, "Verify repository client with certificates") and of the containers tools (containers-certs.d(5)).
 * Only the folder of the host itself is read. A key must stand in no message.
 */
import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { LRUCache } from "lru-cache";
import { DOCKER_HUB, dockerHubHosts } from "../../reference/reference";
import type { ClientCertificate } from "../http/http";
import type { Machine } from "../machine";
import { codeOf, type FileKind, readConfigurationFile, withoutRepeats } from "./configurationFile";
import { configurationHome, namedPath, pathsOf } from "./machineFolders";

export interface RegistryCertificates {
  /** PEM texts. */
  readonly authorities: readonly string[];
  readonly client: ClientCertificate | null;
}

export interface CertificateFolders {
  /**
   * Never fails: what can't be used is reported and left out.
   * @param registry `host[:port]`; Docker Hub by any of its names
   */
  of(registry: string): Promise<RegistryCertificates>;
}

export interface CertificateFoldersPorts {
  readonly machine: Machine;
  /** Milliseconds; only differences count. */
  readonly now: () => number;
  /** Takes a sentence for the log, without secrets. */
  readonly report: (problem: string) => void;
}

const LIFETIME = 60_000;
const MAX_HOSTS = 100;
/** Docker Hub's name, and the host that answers for it. */
const dockerHubFolders = [DOCKER_HUB, "registry-1.docker.io"];
/** No separator of paths, and not only dots: the repository under edit chooses this name. */
const folderForm = /^[a-z0-9[][a-z0-9.:[\]-]*$/;

const authorityFile: FileKind<string> = {
  parse: (text) => (isCertificate(text) ? text : null),
  form: "a certificate in PEM form",
  consequence: "it is not trusted",
};
/** Whether the two fit shows when both are there. */
const halfOfPair: FileKind<string> = {
  parse: (text) => text,
  form: "text",
  consequence: "the client certificate is not used",
};

export function createCertificateFolders(ports: CertificateFoldersPorts): CertificateFolders {
  const asked = { machine: ports.machine, report: withoutRepeats(ports.report) };
  const known = new LRUCache<string, { readonly found: Promise<RegistryCertificates>; readonly until: number }>({
    max: MAX_HOSTS,
  });

  return {
    of(name) {
      const registry = name.toLowerCase();
      const kept = known.get(registry);
      if (kept !== undefined && ports.now() < kept.until) return kept.found;
      const found = readAll(registry, asked);
      known.set(registry, { found, until: ports.now() + LIFETIME });
      return found;
    },
  };
}

type Asked = Pick<CertificateFoldersPorts, "machine" | "report">;

async function readAll(registry: string, asked: Asked): Promise<RegistryCertificates> {
  const authorities = new Set<string>();
  let client: ClientCertificate | null = null;
  for (const folder of foldersOf(registry, asked.machine)) {
    const names = await namesIn(folder, asked);
    for (const name of names.filter((each) => each.endsWith(".crt"))) {
      const path = pathsOf(asked.machine).join(folder, name);
      const authority = await readConfigurationFile(path, authorityFile, asked);
      if (authority !== null) authorities.add(authority);
    }
    client ??= await firstPair(folder, names, asked);
  }
  return { authorities: [...authorities], client };
}

function foldersOf(registry: string, machine: Machine): readonly string[] {
  const { join } = pathsOf(machine);
  const hosts = (dockerHubHosts.has(registry) ? dockerHubFolders : [registry]).filter((host) => folderForm.test(host));
  // A colon may not stand in the name of a folder on Windows.
  const names = hosts.map((host) => (machine.platform === "win32" ? host.replaceAll(":", "") : host));
  return parentFolders(machine).flatMap((parent) => names.map((name) => join(parent, name)));
}

function parentFolders(machine: Machine): readonly string[] {
  const { join } = pathsOf(machine);
  const desktop = join(machine.homeDirectory, ".docker", "certs.d");
  const users = join(machine.homeDirectory, ".config", "containers", "certs.d");
  if (machine.platform === "win32") {
    const programData = namedPath(machine, "ProgramData");
    return [...(programData === null ? [] : [join(programData, "docker", "certs.d")]), desktop, users];
  }
  const rootless = join(configurationHome(machine), "docker", "certs.d");
  const shared = ["/etc/docker/certs.d", rootless, "/etc/containers/certs.d", users];
  return machine.platform === "darwin" ? [...shared, desktop] : shared;
}

/** In the order in which they count. */
async function namesIn(folder: string, { machine, report }: Asked): Promise<readonly string[]> {
  try {
    return [...((await machine.listFolder(folder)) ?? [])].sort();
  } catch (error) {
    report(`${folder} can't be read (${codeOf(error)}): the certificates in it are not used.`);
    return [];
  }
}

/** `x.cert` belongs to `x.key`. */
async function firstPair(folder: string, names: readonly string[], asked: Asked): Promise<ClientCertificate | null> {
  const pairs = new Set(names.flatMap((name) => /^(.+)\.(?:cert|key)$/.exec(name)?.[1] ?? []));
  for (const pair of pairs) {
    const path = pathsOf(asked.machine).join(folder, pair);
    const leaveOut = (problem: string) => asked.report(`${problem}: the client certificate is not used.`);
    if (!names.includes(`${pair}.key`)) {
      leaveOut(`${path}.cert has no key in a file ${pair}.key beside it`);
    } else if (!names.includes(`${pair}.cert`)) {
      leaveOut(`${path}.key has no certificate in a file ${pair}.cert beside it`);
    } else {
      const certificate = await readConfigurationFile(`${path}.cert`, halfOfPair, asked);
      const key = await readConfigurationFile(`${path}.key`, halfOfPair, asked);
      if (certificate === null || key === null) continue;
      if (isPair(certificate, key)) return { certificate, key };
      leaveOut(`${path}.cert and ${path}.key are no certificate with its key in PEM form`);
    }
  }
  return null;
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).raw.length > 0;
  } catch {
    return false;
  }
}

function isPair(certificate: string, key: string): boolean {
  try {
    createSecureContext({ cert: certificate, key });
    return true;
  } catch {
    return false;
  }
}
