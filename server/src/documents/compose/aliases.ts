/**
 * Aliases of a YAML document: the node that each stands for, and how large the document is once they are multiplied
 * out (the "billion laughs" attack), counted without doing it. Pure.
 */
import { type Alias, type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq, type Node, visit } from "yaml";

export type Aliases = ReadonlyMap<Alias, Node>;

/** Every alias with its target: the last node of that anchor before it (YAML 1.2.2, section 7.1). */
export function aliasesOf(document: Document): Aliases {
  const anchored = new Map<string, Node>();
  const aliases = new Map<Alias, Node>();
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) {
        const target = anchored.get(node.source);
        if (target !== undefined) aliases.set(node, target);
      } else if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) {
        anchored.set(node.anchor, node);
      }
    },
  });
  return aliases;
}

/** Nodes that the document would have without aliases; infinite where a node holds itself. */
export function multipliedSize(document: Document, aliases: Aliases): number {
  const sizes = new Map<Node, number>();
  const sizeOf = (value: unknown): number => {
    if (isPair(value)) return sizeOf(value.key) + sizeOf(value.value);
    if (isAlias(value)) return sizeOf(aliases.get(value));
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
