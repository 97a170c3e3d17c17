/**
 * Reads the text of the containers tools' `registries.conf` (containers-registries.conf(5)), version 2 and what version 1
 * says about insecure and blocked registries, and chooses the table that an image name belongs to. Pure and forgiving: a
 * table or mirror of the wrong form is left out, and no text makes it throw.
 */
import { parse } from "smol-toml";
import { objectIn } from "../jsonObject";
import type { RepositoryName } from "../repositoryRequests";
import { type Mirror, parseLocation } from "./location";

export interface LimitedMirror extends Mirror {
  /** The questions that it may be asked. */
  readonly by: "all" | "tag" | "digest";
}

/** A `[[registry]]` table. */
export interface RegistryTable {
  /** `host[:port]` with or without a path, or `*.host`. */
  readonly prefix: string;
  /** What takes the place of the prefix; null where names stay as they are. */
  readonly location: string | null;
  /** Of its location. */
  readonly isInsecure: boolean;
  readonly isBlocked: boolean;
  readonly mirrors: readonly LimitedMirror[];
}

/** By prefix. */
export type RegistryTables = ReadonlyMap<string, RegistryTable>;

const WILDCARD = "*.";
const allowedBy: ReadonlyMap<unknown, LimitedMirror["by"]> = new Map<unknown, LimitedMirror["by"]>([
  [undefined, "all"],
  ["", "all"],
  ["all", "all"],
  ["digest-only", "digest"],
  ["tag-only", "tag"],
]);

/** @returns null where `text` is not TOML */
export function parseContainersRegistries(text: string): RegistryTables | null {
  const configuration = parseToml(text);
  if (configuration === null) return null;
  const tables = new Map(versionOne(configuration.get("registries")));
  for (const written of listIn(configuration.get("registry"))) {
    const table = tableIn(objectIn(written));
    if (table !== null) tables.set(table.prefix, table);
  }
  return tables;
}

/**
 * The table with the longest prefix that the name starts with (section "Choosing a [[registry]] TOML table"), and what
 * follows the prefix in the name: nothing, or a slash and more.
 * @param name its registry in lower case
 */
export function tableFor(
  tables: RegistryTables,
  { registry, repository }: RepositoryName,
): { readonly table: RegistryTable; readonly rest: string } | null {
  let longest: { readonly table: RegistryTable; readonly rest: string } | null = null;
  for (const table of tables.values()) {
    const { prefix } = table;
    if (longest !== null && prefix.length <= longest.table.prefix.length) continue;
    const rest = prefix.startsWith(WILDCARD)
      ? registry.endsWith(prefix.slice(1)) && `/${repository}`
      : `${registry}/${repository}/`.startsWith(`${prefix}/`) && `${registry}/${repository}`.slice(prefix.length);
    if (rest !== false) longest = { table, rest };
  }
  return longest;
}

function tableIn(table: ReadonlyMap<string, unknown> | null): RegistryTable | null {
  const location = parseLocation(table?.get("location"));
  const prefix = parseLocation(table?.get("prefix")) ?? location;
  if (table === null || prefix === null || !isPrefix(prefix)) return null;
  const byDigestOnly = table.get("mirror-by-digest-only") === true;
  return {
    prefix,
    location: location === prefix ? null : location,
    isInsecure: table.get("insecure") === true,
    isBlocked: table.get("blocked") === true,
    mirrors: listIn(table.get("mirror")).flatMap((written) => mirrorIn(objectIn(written), byDigestOnly)),
  };
}

function mirrorIn(mirror: ReadonlyMap<string, unknown> | null, byDigestOnly: boolean): readonly LimitedMirror[] {
  const location = parseLocation(mirror?.get("location"));
  const by = byDigestOnly ? "digest" : allowedBy.get(mirror?.get("pull-from-mirror"));
  if (location === null || by === undefined) return [];
  return [{ location, isInsecure: mirror?.get("insecure") === true, by }];
}

/** Prefixes with a tag or a digest are for single images, and a wildcard stands for subdomains alone. */
function isPrefix(prefix: string): boolean {
  return prefix.startsWith(WILDCARD) ? !/[/:@]/.test(prefix) : !/@|\/.*:/.test(prefix);
}

/** Section "Version 1 format". */
function versionOne(value: unknown): readonly (readonly [string, RegistryTable])[] {
  const lists = objectIn(value);
  const named = (list: string) => {
    const registries = listIn(objectIn(lists?.get(list))?.get("registries")).map(parseLocation);
    return new Set(registries.filter((registry) => registry !== null));
  };
  const [insecure, blocked] = [named("insecure"), named("block")];
  return [...new Set([...insecure, ...blocked])].map((prefix) => [
    prefix,
    { prefix, location: null, isInsecure: insecure.has(prefix), isBlocked: blocked.has(prefix), mirrors: [] },
  ]);
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function parseToml(text: string): ReadonlyMap<string, unknown> | null {
  try {
    return objectIn(parse(text.replace(/^\uFEFF/, "")));
  } catch {
    return null;
  }
}
