/**
 * Who else reads an anchored scalar: an edit of it changes every place that an alias leads to it from (YAML 1.2.2,
 * chapter 7.1). When in doubt something else does. Pure.
 */
import { isAlias, isMap, isScalar, isSeq, type Scalar } from "yaml";
import type { Leaf } from "./model";
import type { Place, PlaceKind } from "./places";
import type { YamlDocument } from "./yamlFile";

/** What a scalar may be the same text of. */
type Use = "reference" | "context" | "model" | "inline" | "other";

const useOf: Readonly<Record<PlaceKind, Use>> = {
  "compose-image": "reference",
  "compose-pre-start-image": "reference",
  "compose-volume-image": "reference",
  "compose-build-context": "context",
  "compose-model": "model",
  "inline-dockerfile": "inline",
};

export class Anchors {
  private readonly uses = new Map<unknown, Set<Use>>();
  private readonly byDocument = new Map<YamlDocument, ReadonlyMap<Scalar, ReadonlySet<Use>>>();

  /** @param places every place of the files that are asked for */
  constructor(places: Iterable<Place>) {
    for (const { kind, leaf } of places) {
      if (leaf.document.aliases.targets.size > 0) addTo(this.uses, leaf.node, useOf[kind]);
    }
  }

  isReadElsewhere(kind: PlaceKind, { document, scalar }: Leaf): boolean {
    if (document.aliases.targets.size === 0) return false;
    let readers = this.byDocument.get(document);
    readers ??= this.readersOf(document);
    this.byDocument.set(document, readers);
    return [...(readers.get(scalar) ?? [])].some((use) => use !== useOf[kind]);
  }

  private readersOf({ aliases, followed }: YamlDocument): ReadonlyMap<Scalar, ReadonlySet<Use>> {
    const readers = new Map<Scalar, Set<Use>>();
    const elsewhere: unknown[] = [];
    for (const [alias, target] of aliases.targets) {
      if (!isScalar(target)) {
        if (!followed.has(alias)) elsewhere.push(target);
        continue;
      }
      for (const use of this.uses.get(alias) ?? ["other" as const]) addTo(readers, target, use);
      const isOwnPlace = this.uses.has(target) || aliases.inFragments.has(target);
      for (const use of this.uses.get(target) ?? []) addTo(readers, target, use);
      if (!isOwnPlace) addTo(readers, target, "other");
    }
    const seen = new Set<unknown>();
    for (let node = elsewhere.pop(); node !== undefined; node = elsewhere.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      if (isScalar(node)) addTo(readers, node, "other");
      else if (isAlias(node)) push(elsewhere, aliases.targets.get(node));
      else if (isSeq(node)) for (const item of node.items) push(elsewhere, item);
      else if (isMap(node)) for (const { value } of node.items) push(elsewhere, value);
    }
    return readers;
  }
}

function push(nodes: unknown[], node: unknown): void {
  if (node !== undefined && node !== null) nodes.push(node);
}

function addTo<Key, Item>(sets: Map<Key, Set<Item>>, key: Key, item: Item): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([item]));
  else set.add(item);
}
