/**
 * Aliases of a YAML document: the node that each stands for, and how large the document is once they are multiplied
 * out (the "billion laughs" attack), counted without doing it. Pure.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Scalar,
} from "yaml";

export interface Aliases {
  /** Every alias with its target: the last node of that anchor before it (YAML 1.2.2, section 7.1). */
  readonly targets: ReadonlyMap<Alias, Node>;
  /** Anchored scalars within the fragments (`x-…`) of the top level, which Compose itself does not read. */
  readonly inFragments: ReadonlySet<Scalar>;
}

export const noAliases: Aliases = { targets: new Map(), inFragments: new Set() };

export function aliasesOf(document: Document): Aliases {
  const anchored = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  const inFragments = new Set<Scalar>();
  // It recurses as deep as the tokens nest, which is bounded.
  const read = (node: unknown, isFragment: boolean): void => {
    if (isAlias(node)) {
      const target = anchored.get(node.source);
      if (target !== undefined) targets.set(node, target);
      return;
    }
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return;
    if (node.anchor !== undefined) {
      anchored.set(node.anchor, node);
      if (isFragment && isScalar(node)) inFragments.add(node);
    }
    if (isSeq(node)) for (const item of node.items) read(item, isFragment);
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      read(key, isFragment);
      read(value, isFragment || (node === document.contents && isFragmentKey(key)));
    }
  };
  read(document.contents, false);
  return { targets, inFragments };
}

function isFragmentKey(key: unknown): boolean {
  return isScalar(key) && typeof key.value === "string" && key.value.startsWith("x-");
}

/** Nodes that the document would have without aliases; infinite where a node holds itself. */
export function multipliedSize(document: Document, { targets }: Aliases): number {
  const sizes = new Map<Node, number>();
  const sizeOf = (value: unknown): number => {
    if (isPair(value)) return sizeOf(value.key) + sizeOf(value.value);
    if (isAlias(value)) return sizeOf(targets.get(value));
    if (!isNode(value)) return 0;
    const known = sizes.get(value);
    if (known !== undefined) return known;
    sizes.set(value, Number.POSITIVE_INFINITY);
    let size = 1;
    if (isMap(value) || isSeq(value)) for (const item of value.items) size += sizeOf(item);
    sizes.set(value, size);
    return size;
  };
  return sizeOf(document.contents);
}
