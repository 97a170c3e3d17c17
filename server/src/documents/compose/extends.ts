/**
 * `extends`: a service over the one that it names, of the same file or another (compose-go, `loader/extends.go`). All
 * that the other says is kept but its own `extends`. Pure.
 */
import type { FilePath } from "../surroundings";
import { textOf } from "./leafText";
import { entriesOf, entryOf, leafOf, type Mapping, mergedMappings, settled, type Value, withEntry } from "./model";
import type { ProjectReader } from "./projectReader";
import { serviceSections } from "./shape";

/** One service behind the other. */
const MAX_DEPTH = 20;

export function extendedModel(project: ProjectReader, model: Mapping): Mapping {
  let result = model;
  for (const section of serviceSections) {
    const services = model.entries.get(section);
    if (services?.kind !== "mapping") continue;
    let extended: Map<string, Value> | null = null;
    for (const [name, service] of services.entries) {
      if (service.kind !== "mapping" || !service.entries.has("extends")) continue;
      extended ??= new Map(services.entries);
      extended.set(name, extendedService(project, { service, services, section, path: null, seen: new Set() }));
    }
    if (extended !== null) result = withEntry(result, section, { ...services, entries: extended });
  }
  return result;
}

interface Extending {
  readonly service: Mapping;
  /** Those of the same file. */
  readonly services: Value;
  readonly section: string;
  /** Null for the file that the chain begins in. */
  readonly path: FilePath | null;
  /** Every service of the chain. */
  readonly seen: Set<string>;
}

function extendedService(project: ProjectReader, extending: Extending): Mapping {
  const { service, services, section, seen } = extending;
  const extended = service.entries.get("extends");
  const own = withEntry(service, "extends", undefined);
  if (extended === undefined) return service;
  const name = textOf(leafOf(extended, "service"));
  const fileLeaf = leafOf(extended, "file");
  const path = fileLeaf ? project.pathOf(fileLeaf, textOf(fileLeaf)) : extending.path;
  if (name === null || (fileLeaf && path === null)) return own;
  const key = `${name}\n${path ?? ""}`;
  if (seen.has(key) || seen.size >= MAX_DEPTH) return own;
  seen.add(key);

  let siblings: Value | undefined = services;
  if (fileLeaf && path !== null) {
    siblings = entryOf(project.extendsBase(path, fileLeaf.source) ?? undefined, section);
    project.bring(fileLeaf.source, path);
  }
  const base = entriesOf(siblings).get(name);
  if (siblings === undefined || base?.kind !== "mapping") return own;
  const whole = extendedService(project, { service: base, services: siblings, section, path, seen });
  // What the other service resets has nothing to do with what earlier files say of this one.
  return mergedMappings(settled(whole), own);
}
