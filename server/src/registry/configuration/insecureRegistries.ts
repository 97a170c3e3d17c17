/**
 * Registries that may be asked without trusted TLS, as Docker lists them (docs.docker.com, "dockerd", "Insecure
 * registries"): by name, or by a block of addresses. Pure: a block holds for addresses that a reference names itself,
 * and no name is ever looked up.
 */
import { BlockList, isIP } from "node:net";
import { registryNamed } from "./location";

export interface InsecureRegistries {
  /** Normalized: `docker.io` or `host[:port]`. */
  readonly hosts: ReadonlySet<string>;
  readonly blocks: readonly BlockList[];
}

const blockForm = /^([0-9a-f.:]+)\/([0-9]{1,3})$/i;
const hostAndPort = /^\[?([0-9a-f.:]+?)\]?(?::[0-9]+)?$/i;

/** @param value a list; what it has of another form is left out */
export function parseInsecureRegistries(value: unknown): InsecureRegistries {
  const hosts = new Set<string>();
  const block = new BlockList();
  for (const entry of Array.isArray(value) ? value : []) {
    if (typeof entry !== "string") continue;
    const text = entry.replace(/^https?:\/\//i, "").replace(/\/$/, "");
    const [, address = "", bits] = blockForm.exec(text) ?? [];
    const version = isIP(address);
    const registry = registryNamed(text);
    if (version !== 0 && Number(bits) <= (version === 4 ? 32 : 128)) {
      block.addSubnet(address, Number(bits), version === 4 ? "ipv4" : "ipv6");
    } else if (registry !== null) {
      hosts.add(registry);
    }
  }
  return { hosts, blocks: [block] };
}

export function bothOf(one: InsecureRegistries, other: InsecureRegistries): InsecureRegistries {
  return { hosts: new Set([...one.hosts, ...other.hosts]), blocks: [...one.blocks, ...other.blocks] };
}

/** @param registry normalized */
export function isListed({ hosts, blocks }: InsecureRegistries, registry: string): boolean {
  if (hosts.has(registry)) return true;
  const [, address = ""] = hostAndPort.exec(registry) ?? [];
  const version = isIP(address);
  return version !== 0 && blocks.some((block) => block.check(address, version === 4 ? "ipv4" : "ipv6"));
}
