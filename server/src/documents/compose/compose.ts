/**
 * Compose adapter: the images of `services.*.image` (compose-spec, `05-services.md`). The YAML reader is eemeli's
 * `yaml`; this file only walks its nodes, and never turns the document into plain values, so that aliases are never
 * multiplied out. A service that has `build` names its output: no use.
 */
import {
  type Alias,
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { type OffsetRange, parseReference } from "../../reference/reference";
import { type Expansion, expand } from "../expand";
import type { DocumentProblem, ImageDocument, ImageUse, Origin, Stretch } from "../imageUse";
import { type Aliases, aliasesOf, multipliedSize } from "./aliases";
import { BoundedTokens } from "./boundedTokens";

/** A document whose aliases stand for more nodes than this is taken for an attack. */
const MAX_MULTIPLIED_NODES = 1_000_000;
/** Merges of merges beyond this many levels are not followed. */
const MAX_MERGE_DEPTH = 20;

export function readCompose(text: string): ImageDocument {
  const uses: ImageUse[] = [];
  const problems: DocumentProblem[] = [];
  const composer = new Composer({ logLevel: "silent", prettyErrors: false, uniqueKeys: false });
  const tokens = new BoundedTokens(text);
  for (const document of composer.compose(tokens, false, text.length)) readDocument(text, document, uses, problems);
  if (tokens.problem !== null) problems.push(tokens.problem);
  return { uses, problems };
}

function readDocument(text: string, document: Document.Parsed, uses: ImageUse[], problems: DocumentProblem[]): void {
  const error = document.errors[0];
  if (error) {
    // What is missing at the end is reported one character behind it.
    const [start, end] = error.pos.map((offset) => Math.min(offset, text.length));
    problems.push({ code: "yaml-syntax", message: error.message, start: start ?? 0, end: end ?? text.length });
  }
  const aliases: Aliases = text.includes("*") ? aliasesOf(document) : new Map();
  if (aliases.size > 0 && multipliedSize(document, aliases) > MAX_MULTIPLIED_NODES) {
    const [start, , end] = document.range;
    problems.push({
      code: "too-many-aliases",
      message: "Its aliases multiply to more than a million nodes.",
      start,
      end,
    });
    return;
  }
  uses.push(...new ComposeFile(text, aliases).uses(document.contents));
}

/** Where the image of a service is written: a scalar, or an alias of one. */
type WrittenImage = Alias | Scalar;

class ComposeFile {
  constructor(
    private readonly text: string,
    private readonly aliases: Aliases,
  ) {}

  /** What several services share by a merge or an alias is one use, where it is written. */
  uses(root: unknown): ImageUse[] {
    const services = this.valueOf(this.target(root), "services");
    const images = new Map<WrittenImage, Node>();
    const outputs = new Set<Node | undefined>();
    for (const service of this.valuesOf(services)) {
      const written = this.writtenValue(service, "image");
      if (!isScalar(written) && !isAlias(written)) continue;
      if (this.valueOf(service, "build") !== undefined) outputs.add(this.target(written));
      else if (!images.has(written)) images.set(written, service);
    }
    for (const [alias, target] of this.aliases) if (!images.has(alias)) outputs.add(target);
    return [...images]
      .flatMap(([written, service]) => this.imageUse(written, service, outputs) ?? [])
      .sort((a, b) => a.range.start - b.range.start);
  }

  /** `readElsewhere`: the nodes that are more than images' names. */
  private imageUse(
    written: WrittenImage,
    service: Node,
    readElsewhere: ReadonlySet<Node | undefined>,
  ): ImageUse | null {
    const scalar = this.target(written);
    if (!isScalar(scalar) || typeof scalar.value !== "string" || scalar.value === "") return null;

    const content = this.contentRange(scalar);
    const range = isAlias(written) ? nodeRange(written) : content;
    const expansion = expand(scalar.value, { escape: null, lookup: () => null });
    const platform = this.valueOf(service, "platform");
    return {
      kind: "compose-image",
      range,
      raw: this.text.slice(range.start, range.end),
      resolved: expansion.text,
      parsed: expansion.text === null ? null : parseReference(expansion.text),
      platform: isScalar(platform) && typeof platform.value === "string" ? platform.value : null,
      variables: expansion.variables.map((name) => ({ name, definition: null })),
      origin: isAlias(written)
        ? { kind: "fixed", reason: "yaml-alias", appendAt: null }
        : readElsewhere.has(scalar)
          ? { kind: "fixed", reason: "anchor-read-elsewhere", appendAt: null }
          : this.originOf(scalar.value, content, expansion),
    };
  }

  private originOf(value: string, content: OffsetRange, { segments, variables }: Expansion): Origin {
    const isVerbatim = this.text.slice(content.start, content.end) === value;
    if (!isVerbatim) return { kind: "fixed", reason: "scalar-with-escapes", appendAt: null };
    if (variables.length > 0) {
      const reason = segments.at(-1)?.variable === null ? "variable-not-last" : "variable-without-default";
      return { kind: "fixed", reason, appendAt: content.end };
    }
    const stretches: Stretch[] = [];
    let at = 0;
    for (const { text, range } of segments) {
      stretches.push({ at, range: { start: content.start + range.start, end: content.start + range.end } });
      at += text.length;
    }
    return { kind: "literal", stretches };
  }

  /** The values of a map with those that `<<` merges in, aliases followed: an own key hides a merged one. */
  private valuesOf(map: Node | undefined): Node[] {
    const values = new Map<unknown, Node | undefined>();
    for (const part of this.mergedMaps(map)) {
      for (const { key, value } of part.items) {
        const name = isScalar(key) ? key.value : key;
        if (!values.has(name)) values.set(name, this.target(value));
      }
    }
    return [...values.values()].filter((value) => isMap(value));
  }

  private valueOf(map: Node | undefined, key: string): Node | undefined {
    return this.target(this.writtenValue(map, key));
  }

  /** A key's value as it is written, found in `<<` merges too. */
  private writtenValue(map: Node | undefined, key: string): unknown {
    for (const part of this.mergedMaps(map)) {
      const pair = part.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair) return pair.value ?? undefined;
    }
    return undefined;
  }

  /** The map itself, then the maps that its `<<` keys name, in the order of precedence. */
  private *mergedMaps(map: Node | undefined, depth = 0): Generator<YAMLMap> {
    if (!isMap(map) || depth > MAX_MERGE_DEPTH) return;
    yield map;
    for (const pair of map.items) {
      if (!isScalar(pair.key) || pair.key.value !== "<<") continue;
      const merged = this.target(pair.value);
      for (const source of isSeq(merged) ? merged.items : [merged]) {
        yield* this.mergedMaps(this.target(source), depth + 1);
      }
    }
  }

  /** The node itself, or the one that an alias stands for. */
  private target(node: unknown): Node | undefined {
    if (isAlias(node)) return this.aliases.get(node);
    return isMap(node) || isScalar(node) || isSeq(node) ? node : undefined;
  }

  /** The scalar's characters in the document, without quotes, without the header and the margins of a block. */
  private contentRange(scalar: Scalar): OffsetRange {
    const { start, end } = nodeRange(scalar);
    const source = this.text.slice(start, end);
    switch (scalar.type) {
      case "QUOTE_SINGLE":
      case "QUOTE_DOUBLE": {
        const isClosed = source.length >= 2 && source.charAt(0) === source.charAt(source.length - 1);
        return { start: start + 1, end: isClosed ? end - 1 : end };
      }
      case "BLOCK_LITERAL":
      case "BLOCK_FOLDED": {
        const body = source.slice(source.indexOf("\n") + 1);
        return { start: end - body.trimStart().length, end: start + source.trimEnd().length };
      }
      default:
        return { start, end };
    }
  }
}

function nodeRange({ range }: Node): OffsetRange {
  return { start: range?.[0] ?? 0, end: range?.[1] ?? 0 };
}
