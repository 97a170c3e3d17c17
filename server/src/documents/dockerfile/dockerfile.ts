/**
 * Dockerfile adapter: finds the image uses of a document as BuildKit would read it. A reader belongs to one document
 * and keeps what it learnt of each instruction by the instruction's text, so that a change costs the instructions
 * that it touched; what it returns never depends on what it read before.
 */
import { type OffsetRange, parseReference } from "../../reference/reference";
import { type Expansion, expand, type Segment } from "../expand";
import type { ImageDocument, ImageUse } from "../imageUse";
import { type ArgumentDefinition, type FromArguments, readArgDefinitions, readFromArguments } from "./arguments";
import {
  documentRange,
  type EscapeCharacter,
  type Instruction,
  readInstructions,
  verbatimRanges,
} from "./instructions";
import { type ArgumentDefault, Origins, type UseDraft } from "./origin";

/** What one instruction says by itself, whatever stands around it. */
type Parsed =
  | { readonly keyword: "FROM"; readonly arguments: FromArguments }
  | { readonly keyword: "ARG"; readonly definitions: readonly ArgumentDefinition[] };

/** `scratch` is no image (BuildKit, `dockerfile2llb`, `emptyImageName`). */
const EMPTY_IMAGE = "scratch";

interface FromDraft extends UseDraft {
  readonly raw: string;
  readonly resolved: string | null;
  readonly platform: string | null;
}

export class DockerfileReader {
  private parsed = new Map<string, Parsed>();

  read(text: string): ImageDocument {
    const { escapeCharacter, instructions } = readInstructions(text);
    const reading = new Reading(escapeCharacter);
    const kept = new Map<string, Parsed>();
    for (const instruction of instructions) {
      const parse = parsers[instruction.keyword];
      if (parse === undefined) continue;
      const key = escapeCharacter + instruction.text;
      const parsed = kept.get(key) ?? this.parsed.get(key) ?? parse(instruction.text, escapeCharacter);
      kept.set(key, parsed);
      if (parsed.keyword === "ARG") reading.readArg(instruction, parsed.definitions);
      else reading.readFrom(instruction, parsed.arguments);
    }
    this.parsed = kept;
    return { uses: reading.uses(), problems: [] };
  }
}

/** The instructions that name an image or decide what a name means. */
const parsers: Readonly<Record<string, (line: string, escapeCharacter: EscapeCharacter) => Parsed>> = {
  ARG: (line, escapeCharacter) => ({ keyword: "ARG", definitions: readArgDefinitions(line, escapeCharacter) }),
  FROM: (line, escapeCharacter) => ({ keyword: "FROM", arguments: readFromArguments(line, escapeCharacter) }),
};

/** One pass over a document, in the order of its instructions. */
class Reading {
  private readonly values = new Map<string, string>();
  private readonly defaults = new Map<string, ArgumentDefault>();
  private readonly readElsewhere = new Set<string>();
  private readonly stageNames = new Set<string>();
  private readonly drafts: FromDraft[] = [];
  private inGlobalScope = true;

  constructor(private readonly escapeCharacter: EscapeCharacter) {}

  /**
   * Before the first `FROM` an `ARG` defines what `FROM` reads, a later one of the same name winning; inside a stage,
   * naming it again without a default hands the global value to whatever the stage does.
   */
  readArg(instruction: Instruction, definitions: readonly ArgumentDefinition[]): void {
    for (const { name, value } of definitions) {
      if (value === null) {
        if (!this.inGlobalScope) this.readElsewhere.add(name);
        continue;
      }
      const expansion = this.expand(instruction.text.slice(value.start, value.end));
      for (const variable of expansion.variables) this.readElsewhere.add(variable);
      if (!this.inGlobalScope) continue;
      if (expansion.text === null) {
        this.values.delete(name);
        this.defaults.delete(name);
        continue;
      }
      this.values.set(name, expansion.text);
      const segments = placed(instruction, value.start, expansion.segments);
      this.defaults.set(name, { segments, range: documentRange(instruction, unquoted(instruction.text, value)) });
    }
  }

  readFrom(instruction: Instruction, { platform, image, stageName }: FromArguments): void {
    this.inGlobalScope = false;
    const platformValue = platform === null ? null : this.expand(instruction.text.slice(platform.start, platform.end));
    for (const variable of platformValue?.variables ?? []) this.readElsewhere.add(variable);
    if (image !== null) this.readImage(instruction, image, platformValue?.text ?? null);
    if (stageName !== null) this.stageNames.add(stageName.toLowerCase());
  }

  private readImage(instruction: Instruction, image: OffsetRange, platform: string | null): void {
    const expansion = this.expand(instruction.text.slice(image.start, image.end));
    // A stage is found by its lower-cased name; `FROM Build` is an image, and a wrong one.
    if (expansion.text !== null && (expansion.text === EMPTY_IMAGE || this.stageNames.has(expansion.text))) {
      for (const variable of expansion.variables) this.readElsewhere.add(variable);
      return;
    }
    const written = unquoted(instruction.text, image);
    this.drafts.push({
      range: documentRange(instruction, written),
      raw: instruction.text.slice(written.start, written.end),
      resolved: expansion.text,
      parsed: expansion.text === null ? null : parseReference(expansion.text),
      platform,
      variables: expansion.variables,
      segments: placed(instruction, image.start, expansion.segments),
    });
  }

  uses(): ImageUse[] {
    const origins = new Origins(this.defaults, this.readElsewhere, this.drafts);
    return this.drafts.map((draft) => ({
      kind: "from",
      range: draft.range,
      raw: draft.raw,
      resolved: draft.resolved,
      parsed: draft.parsed,
      platform: draft.platform,
      variables: draft.variables.map((name) => ({ name, definition: this.defaults.get(name)?.range ?? null })),
      origin: origins.originOf(draft),
    }));
  }

  private expand(source: string): Expansion {
    return expand(source, { escape: this.escapeCharacter, lookup: (name) => this.values.get(name) ?? null });
  }
}

/** Segments moved from a word at `start` of the joined line to the document, literals cut at continuations. */
function placed(instruction: Instruction, start: number, segments: readonly Segment[]): Segment[] {
  return segments.flatMap((segment) => {
    const inLine = { start: start + segment.range.start, end: start + segment.range.end };
    if (segment.variable !== null) return [{ ...segment, range: documentRange(instruction, inLine) }];
    let at = 0;
    return verbatimRanges(instruction, inLine).map((range) => {
      const length = range.end - range.start;
      at += length;
      return { ...segment, text: segment.text.slice(at - length, at), range };
    });
  });
}

/** The range without one pair of quotes that surrounds it whole. */
function unquoted(text: string, { start, end }: OffsetRange): OffsetRange {
  const quote = text.charAt(start);
  const surrounds = (quote === '"' || quote === "'") && end - start >= 2 && text.indexOf(quote, start + 1) === end - 1;
  return surrounds ? { start: start + 1, end: end - 1 } : { start, end };
}
