/**
 * Places as configuration files write them: a host, a namespace or a repository on it, or the URL of a mirror. Pure. A
 * name is made of them only where it passes the grammar of references, so that no URL is ever built from anything else.
 */
import { DOCKER_HUB, dockerHubHosts, parseReference } from "../../reference/reference";
import type { RepositoryName } from "../repositoryRequests";

export interface Mirror {
  /** `host[:port]`, with or without the namespace under which the mirror has the repositories. */
  readonly location: string;
  /** The mirror's own entry says so. */
  readonly isInsecure: boolean;
}

/** The normalized registry that a name without a path stands for, or null. */
export function registryNamed(text: string): string | null {
  const host = text.toLowerCase();
  if (host === "" || host.includes("/")) return null;
  return dockerHubHosts.has(host) ? DOCKER_HUB : host;
}

/** `host[:port]` with or without a path, the host in lower case and no slash at the end; null for anything else. */
export function parseLocation(value: unknown): string | null {
  if (typeof value !== "string" || value.includes("://")) return null;
  const trimmed = value.replace(/\/+$/, "");
  const [host = "", ...path] = trimmed.split("/");
  return host === "" ? null : [host.toLowerCase(), ...path].join("/");
}

/**
 * A mirror by its URL, or as a location; http makes it insecure. Login, query and fragment are not for mirrors: null.
 */
export function parseMirror(value: unknown): Mirror | null {
  if (typeof value !== "string") return null;
  const text = /^https?:\/\//i.test(value) ? value : `https://${value}`;
  if (!URL.canParse(text)) return null;
  const { protocol, username, password, hostname, host, pathname, search, hash } = new URL(text);
  if ([username, password, search, hash].some((part) => part !== "")) return null;
  const isInsecure = protocol === "http:";
  // A name without dot and port would be taken for a namespace of Docker Hub.
  const isPlain = !/[.:]/.test(host) && host !== "localhost";
  const registry = isPlain ? `${hostname}:${isInsecure ? 80 : 443}` : host;
  return { location: registry + pathname.replace(/\/+$/, ""), isInsecure };
}

/** @param rest empty, or a slash and what follows. @returns null where the two make no name of a repository */
export function nameAt(location: string, rest: string): RepositoryName | null {
  const { reference } = parseReference(location + rest);
  if (reference === null || reference.parts.registry === null) return null;
  if (reference.tag !== null || reference.digest !== null) return null;
  return { registry: reference.registry, repository: reference.repository };
}
