/**
 * Compose adapter: the images of `services.*.image` (compose-spec, `05-services.md`). The YAML reader is eemeli's
 * `yaml`; this file only walks its nodes, and never turns the document into plain values, so that aliases are never
 * multiplied out. A service that has `build` names its output: no use.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { type OffsetRange, parseReference } from "../../reference/reference";
import { type Expansion, expand } from "../expand";
import type { DocumentProblem, ImageDocument, ImageUse, Origin, Stretch } from "../imageUse";
import { type Aliases, aliasesOf, multipliedSize } from "./aliases";

/** A document whose aliases stand for more nodes than this is taken for an attack. */
const MAX_MULTIPLIED_NODES = 1_000_000;
/** Merges of merges beyond this many levels are not followed. */
const MAX_MERGE_DEPTH = 20;

export function readCompose(text: string): ImageDocument {
  const uses: ImageUse[] = [];
  const problems: DocumentProblem[] = [];
  try {
    for (const document of parsedDocuments(text)) readDocument(text, document, uses, problems);
  } catch (error) {
    // The YAML reader and the walk recurse: only nesting far beyond any person's gets here.
    if (!(error instanceof RangeError)) throw error;
    problems.push({ code: "yaml-syntax", message: "It is nested too deeply.", start: 0, end: text.length });
  }
  return { uses, problems };
}

function parsedDocuments(text: string): Document.Parsed[] {
  const parsed = parseAllDocuments(text, { logLevel: "silent", prettyErrors: false, uniqueKeys: false });
  // A stream without any document is one object with the directives alone.
  return Array.isArray(parsed) ? parsed : [];
}

function readDocument(text: string, document: Document.Parsed, uses: ImageUse[], problems: DocumentProblem[]): void {
  const error = document.errors[0];
  if (error) problems.push({ code: "yaml-syntax", message: error.message, start: error.pos[0], end: error.pos[1] });
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

class ComposeFile {
  constructor(
    private readonly text: string,
    private readonly aliases: Aliases,
  ) {}

  uses(root: unknown): ImageUse[] {
    const services = this.valueOf(this.target(root), "services");
    if (!isMap(services)) return [];
    return services.items.flatMap(({ value }) => {
      // A service that is an alias stands where its anchor does.
      if (!isMap(value) || this.valueOf(value, "build") !== undefined) return [];
      return this.imageUse(value) ?? [];
    });
  }

  /** Only an image written in the service itself: one that is merged in stands once, where its anchor does. */
  private imageUse(service: YAMLMap): ImageUse | null {
    const written = service.items.find(({ key }) => isScalar(key) && key.value === "image")?.value;
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
        : this.originOf(scalar.value, content, expansion),
    };
  }

  private originOf(value: string, content: OffsetRange, { segments, variables }: Expansion): Origin {
    const isVerbatim = this.text.slice(content.start, content.end) === value;
    if (!isVerbatim) return { kind: "fixed", reason: "scalar-with-escapes", appendAt: null };
    if (variables.length > 0) return { kind: "fixed", reason: "variable-without-default", appendAt: content.end };
    const stretches: Stretch[] = [];
    let at = 0;
    for (const { text, range } of segments) {
      stretches.push({ at, range: { start: content.start + range.start, end: content.start + range.end } });
      at += text.length;
    }
    return { kind: "literal", stretches };
  }

  /** A key's value, found in `<<` merges too. */
  private valueOf(map: Node | undefined, key: string, depth = 0): Node | undefined {
    if (!isMap(map) || depth > MAX_MERGE_DEPTH) return undefined;
    const own = map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
    if (own) return this.target(own.value);
    for (const pair of map.items) {
      if (!isScalar(pair.key) || pair.key.value !== "<<") continue;
      const merged = this.target(pair.value);
      for (const source of isSeq(merged) ? merged.items : [merged]) {
        const value = this.valueOf(this.target(source), key, depth + 1);
        if (value !== undefined) return value;
      }
    }
    return undefined;
  }

  /** The node itself, or the one that an alias stands for. */
  private target(node: unknown): Node | undefined {
    if (isAlias(node)) return this.aliases.get(node);
    return isMap(node) || isScalar(node) || isSeq(node) ? node : undefined;
  }

  /** The scalar's characters in the document, without its quotes. */
  private contentRange(scalar: Scalar): OffsetRange {
    const { start, end } = nodeRange(scalar);
    if (scalar.type !== "QUOTE_SINGLE" && scalar.type !== "QUOTE_DOUBLE") return { start, end };
    const isClosed = end - start >= 2 && this.text.charAt(start) === this.text.charAt(end - 1);
    return { start: start + 1, end: isClosed ? end - 1 : end };
  }
}

function nodeRange({ range }: Node): OffsetRange {
  return { start: range?.[0] ?? 0, end: range?.[1] ?? 0 };
}
