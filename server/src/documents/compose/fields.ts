/**
 * The keys of a YAML map as Compose's YAML reader gives them (go.yaml.in/yaml, `constructor.go`): with those that `<<`
 * merges in, where an own key hides a merged one and the first of several merged maps wins; and without those tagged
 * `!reset`, which take away what earlier files say (compose-go, `loader/reset.go`). Pure.
 */
import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, Scalar, type YAMLMap } from "yaml";
import type { DocumentProblem } from "../imageUse";
import { targetOf, type YamlDocument } from "./yamlFile";

export interface Field {
  /** As it is written. */
  readonly written: Alias | Node;
  /** What that is or stands for. */
  readonly value: Node;
}

export interface Fields {
  readonly values: ReadonlyMap<string, Field>;
  /** Keys tagged `!reset` or `!override`: nothing is kept of what earlier files say there. */
  readonly dropped: ReadonlySet<string>;
}

const none: ReadonlySet<string> = new Set();

/** Equal keys, which Compose refuses, are told in `problems` once for each map; the first one counts. */
export function fieldsOf(map: YAMLMap, document: YamlDocument, problems: DocumentProblem[]): Fields {
  const known = document.fields.get(map);
  if (known !== undefined) return known;
  const values = new Map<string, Field>();
  const seen = new Set<string>();
  let dropped: Set<string> | null = null;
  let merge: unknown;
  for (const { key, value: written } of map.items) {
    const keyNode = targetOf(key, document.aliases);
    if (!isScalar(keyNode) || typeof keyNode.value !== "string") continue;
    const name = keyNode.value;
    if (seen.has(name)) {
      problems.push(duplicateKey(name, key as Node));
      continue;
    }
    seen.add(name);
    if (isMergeKey(keyNode)) {
      merge = written;
      continue;
    }
    const value = targetOf(written, document.aliases);
    if (value === undefined) continue;
    if (isDropping(value)) {
      dropped ??= new Set();
      dropped.add(name);
      if (value.tag === "!reset") continue;
    }
    values.set(name, { written: written as Alias | Node, value });
  }
  if (merge !== undefined) {
    for (const merged of mergedMaps(merge, document)) {
      const fields = fieldsOf(merged, document, problems);
      for (const [name, field] of fields.values) if (!values.has(name)) values.set(name, field);
      // Of a list of maps Compose does not see what they drop: their paths have a number in them.
      if (fields.dropped.size > 0 && !isSeq(targetOf(merge, document.aliases)))
        dropped = new Set([...(dropped ?? none), ...fields.dropped]);
    }
  }
  const fields = { values, dropped: dropped ?? none };
  document.fields.set(map, fields);
  return fields;
}

/** The map that `written` is or stands for: from now on its alias is one that was read as a part of the model. */
export function followedTarget(written: unknown, document: YamlDocument): Node | undefined {
  const target = targetOf(written, document.aliases);
  if (isAlias(written) && !isScalar(target)) document.followed.add(written);
  return target;
}

function* mergedMaps(merge: unknown, document: YamlDocument): Generator<YAMLMap> {
  const target = followedTarget(merge, document);
  for (const source of isSeq(target) ? target.items : [target]) {
    const map = followedTarget(source, document);
    if (isMap(map)) yield map;
  }
}

function isMergeKey({ value, type, tag }: Scalar): boolean {
  return value === "<<" && tag === undefined && (type === undefined || type === Scalar.PLAIN);
}

function isDropping({ tag }: Node): boolean {
  return tag === "!reset" || tag === "!override";
}

function duplicateKey(name: string, { range }: Node): DocumentProblem {
  return {
    code: "duplicate-key",
    message: `The key "${name}" stands twice in this map: Compose refuses the file.`,
    start: range?.[0] ?? 0,
    end: range?.[1] ?? 0,
    isFatal: false,
  };
}
