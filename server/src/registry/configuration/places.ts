/**
 * Where a repository is asked for: at the mirrors that the user's settings, the containers tools and Docker name, in
 * that order, and then at the registry itself, or where it is redirected to. Pure. What no source allows is never asked
 * without trusted TLS, and a name that a redirection spoils is not asked at all.
 */
import { DOCKER_HUB } from "../../reference/reference";
import { objectIn } from "../jsonObject";
import type { RepositoryName } from "../repositoryRequests";
import { type LimitedMirror, type RegistryTables, tableFor } from "./containersRegistries";
import { bothOf, type InsecureRegistries, isListed, parseInsecureRegistries } from "./insecureRegistries";
import { type Mirror, nameAt, parseMirror, registryNamed } from "./location";

/** One place that may be asked for a repository. */
export interface Place {
  /** `docker.io` or `host[:port]`, lower case. */
  readonly registry: string;
  /** The repository's name there; differs from the one asked for where a mirror or registries.conf has it elsewhere. */
  readonly repository: string;
  /** The user's configuration allows it without trusted TLS: https unverified, or plain http. */
  readonly isInsecure: boolean;
  readonly isMirror: boolean;
}

export interface RegistryConfiguration {
  /** Of the user's settings, by normalized registry. */
  readonly userMirrors: ReadonlyMap<string, readonly Mirror[]>;
  /** Of the containers tools. */
  readonly tables: RegistryTables;
  /** Docker's, of Docker Hub. */
  readonly dockerHubMirrors: readonly Mirror[];
  /** Of Docker and of the user's settings. */
  readonly insecure: InsecureRegistries;
}

/** What the user may have written in settings; of any form. */
export interface UserSettings {
  /** From a registry to a list of its mirrors: locations or URLs. */
  readonly mirrors: unknown;
  /** A list as Docker has it: names, and blocks of addresses. */
  readonly insecureRegistries: unknown;
}

/** The configuration with the user's settings before all else. What is of another form counts as absent. */
export function withUserSettings(
  configuration: RegistryConfiguration,
  { mirrors, insecureRegistries }: UserSettings,
): RegistryConfiguration {
  const userMirrors = new Map<string, readonly Mirror[]>();
  for (const [key, list] of objectIn(mirrors) ?? []) {
    const registry = registryNamed(key);
    const parsed = (Array.isArray(list) ? list : []).map(parseMirror).filter((mirror) => mirror !== null);
    if (registry !== null) userMirrors.set(registry, [...(userMirrors.get(registry) ?? []), ...parsed]);
  }
  const insecure = bothOf(configuration.insecure, parseInsecureRegistries(insecureRegistries));
  return { ...configuration, userMirrors, insecure };
}

/**
 * Mirrors in their order, then the registry itself.
 * @param by whether a tag or a digest is asked for
 * @returns null where the configuration blocks the repository; without the registry itself where what takes its place is
 *   no name of a repository
 */
export function placesOf(
  configuration: RegistryConfiguration,
  name: RepositoryName,
  by: "tag" | "digest",
): readonly Place[] | null {
  const asked = { registry: name.registry.toLowerCase(), repository: name.repository };
  const chosen = tableFor(configuration.tables, asked);
  if (chosen?.table.isBlocked) return null;

  const below = `/${asked.repository}`;
  const isFor = (mirror: LimitedMirror) => mirror.by === "all" || mirror.by === by;
  const mirrors = [
    ...(configuration.userMirrors.get(asked.registry) ?? []).map((mirror) => ({ mirror, rest: below })),
    ...(chosen?.table.mirrors.filter(isFor) ?? []).map((mirror) => ({ mirror, rest: chosen?.rest ?? below })),
    ...(asked.registry === DOCKER_HUB ? configuration.dockerHubMirrors : []).map((mirror) => ({ mirror, rest: below })),
  ];
  const location = chosen?.table.location ?? null;
  const origin = chosen === null || location === null ? asked : nameAt(location, chosen.rest);

  const places = new Map<string, Place>();
  const add = (found: RepositoryName | null, saysInsecure: boolean, isMirror: boolean) => {
    if (found === null) return;
    const key = `${found.registry}/${found.repository}`;
    const isInsecure = saysInsecure || isAllowed(configuration, found) || places.get(key)?.isInsecure === true;
    places.set(key, { registry: found.registry, repository: found.repository, isInsecure, isMirror });
  };
  for (const { mirror, rest } of mirrors) {
    const found = nameAt(mirror.location, rest);
    if (!isSame(found, origin)) add(found, mirror.isInsecure, true);
  }
  add(origin, chosen?.table.isInsecure ?? false, false);
  return [...places.values()];
}

/** A list names it, or a table of registries.conf that is about this very place. */
function isAllowed({ insecure, tables }: RegistryConfiguration, place: RepositoryName): boolean {
  if (isListed(insecure, place.registry)) return true;
  const table = tableFor(tables, place)?.table;
  return table?.isInsecure === true && table.location === null;
}

function isSame(a: RepositoryName | null, b: RepositoryName | null): boolean {
  return a?.registry === b?.registry && a?.repository === b?.repository;
}
