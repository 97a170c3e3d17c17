/** The root that the docker client itself trusts for a GUN: the first pin, where the user has used Content Trust before. */
import { posix, win32 } from "node:path";
import type { Machine } from "../../registry/machine";
import type { Gun } from "./gun";

/** `trust/tuf/<GUN>/metadata/root.json` in docker's folder; null where there is none that can be read. */
export async function readDockerRoot(gun: Gun, machine: Machine): Promise<Buffer | null> {
  const text = await readDockerFile(["trust", "tuf", ...gun.split("/"), "metadata", "root.json"], machine);
  return text === null ? null : Buffer.from(text);
}

/** `tls/<host>/ca.crt` in docker's folder, PEM: the authority that docker takes for this trust server. */
export function readDockerAuthority(server: URL, machine: Machine): Promise<string | null> {
  return readDockerFile(["tls", server.host, "ca.crt"], machine);
}

async function readDockerFile(path: readonly string[], machine: Machine): Promise<string | null> {
  const { isAbsolute, join } = machine.platform === "win32" ? win32 : posix;
  const directory = machine.environment.DOCKER_CONFIG || join(machine.homeDirectory, ".docker");
  // A relative one would be read from wherever the process runs, which may be the repository under edit.
  if (!isAbsolute(directory)) return null;
  return machine.readText(join(directory, ...path)).catch(() => null);
}
