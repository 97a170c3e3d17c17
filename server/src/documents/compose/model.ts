/**
 * The part of a Compose file that names images or decides what a name means, as a tree of values that remember where
 * they are written, and the rules by which one file overrides another (compose-go, `override/merge.go`). Values never
 * change: a merge makes new ones. Pure.
 */
import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from "yaml";
import type { FilePath } from "../surroundings";
import type { Environment } from "./environment";
import { type Fields, fieldsOf, followedTarget } from "./fields";
import { kindOfScalar } from "./scalarKind";
import type { Shape } from "./shape";
import type { YamlDocument, YamlFile } from "./yamlFile";

/** One reading of a file: with other variables or another folder the same file is another source. */
export interface Source {
  /** Null for a document that has none. */
  readonly path: FilePath | null;
  readonly file: YamlFile;
  readonly environment: Environment;
  /** What relative paths are relative to. */
  readonly directory: FilePath | null;
}

export interface Leaf {
  readonly kind: "leaf";
  readonly source: Source;
  readonly document: YamlDocument;
  /** As it is written. */
  readonly node: Alias | Scalar;
  readonly scalar: Scalar;
  /** Whether its text is `name=value`, of which the value counts. */
  readonly isPair: boolean;
}

export interface Mapping {
  readonly kind: "mapping";
  readonly entries: ReadonlyMap<string, Value>;
  /** Keys of which nothing is kept when this overrides another mapping. */
  readonly dropped: ReadonlySet<string>;
  /** For a build that an included project defines: the folder that it builds in where it names none. */
  readonly home?: FilePath;
}

export interface Sequence {
  readonly kind: "sequence";
  readonly items: readonly Value[];
}

export type Value = Leaf | Mapping | Sequence;

const nothing: ReadonlySet<string> = new Set();
export const emptyMapping: Mapping = { kind: "mapping", entries: new Map(), dropped: nothing };

export function entryOf(value: Value | undefined, ...path: readonly string[]): Value | undefined {
  let entry = value;
  for (const key of path) entry = entry?.kind === "mapping" ? entry.entries.get(key) : undefined;
  return entry;
}

export function leafOf(value: Value | undefined, ...path: readonly string[]): Leaf | undefined {
  const entry = entryOf(value, ...path);
  return entry?.kind === "leaf" ? entry : undefined;
}

export function entriesOf(value: Value | undefined): ReadonlyMap<string, Value> {
  return value?.kind === "mapping" ? value.entries : emptyMapping.entries;
}

export function itemsOf(value: Value | undefined): readonly Value[] {
  return value?.kind === "sequence" ? value.items : [];
}

/** The mapping with one entry more, less (undefined), or in place of another. */
export function withEntry({ entries, dropped }: Mapping, key: string, value: Value | undefined): Mapping {
  const changed = new Map(entries);
  if (value === undefined) changed.delete(key);
  else changed.set(key, value);
  return { kind: "mapping", entries: changed, dropped };
}

/** `override` over `base`: a mapping key by key, a list behind the other, and a scalar in place of whatever was there. */
export function merged(base: Value | undefined, override: Value): Value {
  if (base?.kind === "mapping" && override.kind === "mapping") return mergedMappings(base, override);
  if (base?.kind === "sequence" && override.kind === "sequence") {
    return { kind: "sequence", items: [...base.items, ...override.items] };
  }
  return override;
}

export function mergedMappings(base: Mapping, override: Mapping): Mapping {
  if (base.entries.size === 0 && base.dropped.size === 0 && base.home === undefined) return override;
  const entries = new Map(base.entries);
  for (const key of override.dropped) entries.delete(key);
  if (override.home !== undefined) entries.delete("context");
  for (const [key, value] of override.entries) entries.set(key, merged(entries.get(key), value));
  const dropped = override.dropped.size === 0 ? base.dropped : new Set([...base.dropped, ...override.dropped]);
  const home = override.home ?? base.home;
  return { kind: "mapping", entries, dropped, ...(home === undefined ? {} : { home }) };
}

/** The value with all that it takes away from others forgotten, once that was done. */
export function settled<Kept extends Value>(value: Kept): Kept {
  if (value.kind !== "mapping") return value;
  let entries: Map<string, Value> | null = null;
  for (const [key, entry] of value.entries) {
    const kept = settled(entry);
    if (kept !== entry) entries = (entries ?? new Map(value.entries)).set(key, kept);
  }
  if (entries === null && value.dropped.size === 0) return value;
  return { ...value, entries: entries ?? value.entries, dropped: nothing };
}

/** Reads the values of one YAML document that have a place in `shape`. */
export class ModelReader {
  constructor(
    private readonly source: Source,
    private readonly document: YamlDocument,
  ) {}

  /** The document's root, empty where it is no map. */
  root(shape: Shape): Mapping {
    const root = this.document.root;
    const value = root === undefined ? undefined : this.read(root, root, shape);
    return value?.kind === "mapping" ? value : emptyMapping;
  }

  /** Undefined for what Compose takes for nothing, or refuses. It recurses as deep as the shape. */
  private read(written: Alias | Node, target: Node, shape: Shape): Value | undefined {
    if (isScalar(target)) return this.readScalar(written, target, shape);
    if (isAlias(written)) followedTarget(written, this.document);
    if (isMap(target)) {
      if (shape.fields === undefined && shape.entries === undefined) {
        return shape.isList && shape.items !== undefined ? listOf(this.read(target, target, shape.items)) : undefined;
      }
      return this.readFields(fieldsOf(target, this.document, this.source.file.problems), shape);
    }
    if (!isSeq(target) || shape.items === undefined) return undefined;
    const items: Value[] = [];
    for (const written of target.items) {
      const item = followedTarget(written, this.document);
      if (item === undefined || item.tag === "!reset") continue;
      const value = this.read(written as Alias | Node, item, shape.items);
      if (value !== undefined) items.push(value);
    }
    return shape.isKeyed ? keyed(items) : { kind: "sequence", items };
  }

  private readScalar(written: Alias | Node, scalar: Scalar, shape: Shape): Value | undefined {
    const kind = kindOfScalar(scalar);
    if (kind === "null" || (kind === "other" && !shape.isAny)) return undefined;
    if (shape.isText) {
      const node = written as Alias | Scalar;
      return {
        kind: "leaf",
        source: this.source,
        document: this.document,
        node,
        scalar,
        isPair: shape.isPair ?? false,
      };
    }
    if (shape.short !== undefined) {
      const value = this.readScalar(written, scalar, shape.fields?.[shape.short] ?? {});
      return value && { kind: "mapping", entries: new Map([[shape.short, value]]), dropped: nothing };
    }
    return shape.isList && shape.items !== undefined
      ? listOf(this.readScalar(written, scalar, shape.items))
      : undefined;
  }

  private readFields({ values, dropped }: Fields, shape: Shape): Mapping {
    const entries = new Map<string, Value>();
    if (shape.fields !== undefined) {
      for (const name in shape.fields) {
        const field = values.get(name);
        const value = field && this.read(field.written, field.value, shape.fields[name] as Shape);
        if (value !== undefined) entries.set(name, value);
      }
    } else if (shape.entries !== undefined) {
      for (const [name, field] of values) {
        const value = this.read(field.written, field.value, shape.entries);
        if (value !== undefined) entries.set(name, value);
      }
    }
    return { kind: "mapping", entries, dropped };
  }
}

function listOf(value: Value | undefined): Sequence | undefined {
  return value && { kind: "sequence", items: [value] };
}

/** A list of `name=value` as a mapping by name, where the last one of a name wins. */
function keyed(items: readonly Value[]): Mapping {
  const entries = new Map<string, Value>();
  for (const item of items) {
    if (item.kind !== "leaf") continue;
    const [name = ""] = String(item.scalar.value).split("=", 1);
    entries.set(name, item);
  }
  return { kind: "mapping", entries, dropped: nothing };
}
