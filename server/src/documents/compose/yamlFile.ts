/**
 * A YAML file, read once: its documents with what their aliases stand for, and what keeps them from being read whole.
 * Every scalar stays text, and no document is turned into plain values, so that aliases are never multiplied out. Pure.
 */
import { type Alias, Composer, type Document, isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import type { DocumentProblem } from "../imageUse";
import { type Aliases, aliasesOf, multipliedSize, noAliases } from "./aliases";
import { BoundedTokens } from "./boundedTokens";
import type { Fields } from "./fields";

/** A document whose aliases stand for more nodes than this is taken for an attack. */
const MAX_MULTIPLIED_NODES = 1_000_000;
/** Documents of one file: each is merged into those before it. */
const MAX_DOCUMENTS = 100;

export interface YamlDocument {
  readonly root: Node | undefined;
  readonly aliases: Aliases;
  /** Aliases of collections that were read as a part of Compose's model; every other may be read by something else. */
  readonly followed: Set<Alias>;
  /** The keys of maps that were looked up. */
  readonly fields: Map<YAMLMap, Fields>;
}

export interface YamlFile {
  readonly text: string;
  readonly documents: readonly YamlDocument[];
  readonly problems: DocumentProblem[];
}

export function parseYamlFile(text: string): YamlFile {
  // A hostile text has a hundred thousand errors, and collecting the stack of each would take seconds.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return parse(text);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function parse(text: string): YamlFile {
  const documents: YamlDocument[] = [];
  const problems: DocumentProblem[] = [];
  const composer = new Composer({ logLevel: "silent", prettyErrors: false, uniqueKeys: false, schema: "failsafe" });
  const tokens = new BoundedTokens(text);
  for (const document of composer.compose(tokens, false, text.length)) {
    if (documents.length === MAX_DOCUMENTS) {
      problems.push(problemOf(document, "too-large", "It has more than a hundred documents."));
      break;
    }
    const read = readDocument(text, document, problems);
    if (read !== null) documents.push(read);
  }
  if (tokens.problem !== null) problems.push(tokens.problem);
  return { text, documents, problems };
}

function readDocument(text: string, document: Document.Parsed, problems: DocumentProblem[]): YamlDocument | null {
  const error = document.errors[0];
  if (error) {
    // What is missing at the end is reported one character behind it.
    const [start, end] = error.pos.map((offset) => Math.min(offset, text.length));
    const range = { start: start ?? 0, end: end ?? text.length };
    problems.push({ code: "yaml-syntax", message: error.message, ...range, isFatal: true });
  }
  const aliases = text.includes("*") ? aliasesOf(document) : noAliases;
  if (aliases.targets.size > 0 && multipliedSize(document, aliases) > MAX_MULTIPLIED_NODES) {
    problems.push(problemOf(document, "too-many-aliases", "Its aliases multiply to more than a million nodes."));
    return null;
  }
  return { root: targetOf(document.contents, aliases), aliases, followed: new Set(), fields: new Map() };
}

function problemOf(document: Document.Parsed, code: DocumentProblem["code"], message: string): DocumentProblem {
  const [start, , end] = document.range;
  return { code, message, start, end, isFatal: true };
}

/** The node itself, or the one that an alias stands for. */
export function targetOf(node: unknown, { targets }: Aliases): Node | undefined {
  if (isAlias(node)) return targets.get(node);
  return isMap(node) || isScalar(node) || isSeq(node) ? node : undefined;
}

/** The files that one reading needed, parsed; the next reading parses only what has another text. */
export class YamlFiles {
  private kept = new Map<string, YamlFile>();
  private needed = new Map<string, YamlFile>();

  file(text: string): YamlFile {
    let file = this.needed.get(text) ?? this.kept.get(text);
    file ??= parseYamlFile(text);
    this.needed.set(text, file);
    return file;
  }

  /** Forgets what the reading that ends here did not need. */
  endReading(): void {
    this.kept = this.needed;
    this.needed = new Map();
  }
}
