/** One pass over the instructions of a Dockerfile, in their order: which of the names in it are images. */
import { type OffsetRange, parseReference } from "../../reference/reference";
import { expand, type Segment } from "../expand";
import type { DocumentProblem, ImageDocument, ImageUse, UndeclaredStage, UseKind } from "../imageUse";
import { documentRange, type MappedText } from "../mappedText";
import { isTemplate } from "../template";
import { GlobalArguments, placedSegments } from "./globalArguments";
import type { Parsed, Source } from "./instruction";
import type { EscapeCharacter } from "./instructions";
import { Origins, type UseDraft } from "./origin";
import { unquoted } from "./quotes";
import { EMPTY_IMAGE, type Stages } from "./stages";
import { syntaxDirective } from "./syntaxDirective";

/** What is known of a use before its origin is decided, which takes all uses. */
type Draft = UseDraft & Pick<ImageUse, "kind" | "raw" | "resolved" | "unresolved" | "platform">;

export class Reading {
  private readonly globals: GlobalArguments;
  private readonly readElsewhere = new Set<string>();
  private readonly drafts: Draft[] = [];
  private readonly undeclaredStages: UndeclaredStage[] = [];
  private readonly problems: DocumentProblem[] = [];
  private inGlobalScope = true;

  constructor(
    document: string,
    private readonly escapeCharacter: EscapeCharacter,
    private readonly stages: Stages,
  ) {
    this.globals = new GlobalArguments(escapeCharacter);
    const syntax = syntaxDirective(document);
    if (syntax === null) return;
    const name = document.slice(syntax.start, syntax.end);
    if (isTemplate(name)) this.addTemplate("syntax", syntax, name);
    else this.addLiteral("syntax", { text: name, pieces: [{ at: 0, offset: syntax.start, end: null }] }, syntax, name);
  }

  add(instruction: MappedText, parsed: Parsed): void {
    switch (parsed.kind) {
      case "arg":
        for (const definition of parsed.definitions) this.addArgument(instruction, definition);
        return;
      case "from":
        this.addFrom(instruction, parsed);
        return;
      case "sources":
        for (const source of parsed.sources) this.addSource(instruction, source);
        return;
      case "onbuild-from":
        this.problems.push({
          code: "onbuild-from",
          message: "FROM is no trigger: a build refuses ONBUILD FROM.",
          isFatal: false,
          ...documentRange(instruction, { start: 0, end: parsed.end }),
        });
    }
  }

  result(): ImageDocument {
    const origins = new Origins(this.globals.defaults, this.readElsewhere, this.drafts);
    const uses = this.drafts.map((draft): ImageUse => {
      const { kind, range, raw, resolved, parsed, unresolved, platform, variables } = draft;
      return {
        kind,
        range,
        raw,
        resolved,
        parsed,
        unresolved,
        platform,
        variables: variables.map((name) => ({ name, definition: this.definitionOf(name), setBy: [] })),
        origin: origins.originOf(draft),
      };
    });
    const { undeclaredStages, problems } = this;
    return { uses, undeclaredStages, outputs: [], problems, surroundings: [], parts: [] };
  }

  private definitionOf(name: string): ImageUse["variables"][number]["definition"] {
    const range = this.globals.defaults.get(name)?.range;
    return range === undefined ? null : { path: null, range };
  }

  /**
   * Inside a stage, naming a global `ARG` again without a default hands its value to whatever the stage does; and
   * whatever an `ARG` there is made of is read by it.
   */
  private addArgument(instruction: MappedText, definition: (Parsed & { kind: "arg" })["definitions"][number]): void {
    const { name, value } = definition;
    if (value === null) {
      if (!this.inGlobalScope) this.readElsewhere.add(name);
      return;
    }
    const expansion = this.globals.expand(instruction.text.slice(value.start, value.end));
    for (const variable of expansion.variables) this.readElsewhere.add(variable);
    if (this.inGlobalScope) this.globals.define(instruction, definition, expansion);
  }

  private addFrom(
    instruction: MappedText,
    { platform, arguments: { image, stageName } }: Parsed & { kind: "from" },
  ): void {
    this.inGlobalScope = false;
    const platformValue = platform === null ? null : this.globals.expand(platform.text);
    for (const variable of platformValue?.variables ?? []) this.readElsewhere.add(variable);
    if (image !== null) this.addImage(instruction, image, platformValue?.text ?? null);
    this.stages.begin(stageName);
  }

  private addImage(instruction: MappedText, image: OffsetRange, platform: string | null): void {
    const source = instruction.text.slice(image.start, image.end);
    const written = unquoted(instruction.text, image);
    const raw = instruction.text.slice(written.start, written.end);
    if (isTemplate(source)) {
      this.addTemplate("from", documentRange(instruction, written), raw);
      return;
    }
    const expansion = this.globals.expand(source);
    if (expansion.text !== null && this.stages.isNoImage(expansion.text)) {
      for (const variable of expansion.variables) this.readElsewhere.add(variable);
      return;
    }
    this.drafts.push({
      kind: "from",
      range: documentRange(instruction, written),
      raw,
      resolved: expansion.text,
      parsed: expansion.text === null ? null : parseReference(expansion.text),
      unresolved: expansion.text === null ? "variable" : null,
      platform,
      variables: expansion.variables,
      segments: placedSegments(instruction, image.start, expansion.segments),
    });
  }

  private addSource(instruction: MappedText, { kind, name }: Source): void {
    if (name.text === "") {
      if (kind === "mount-from") this.stages.find(EMPTY_IMAGE, false);
      return;
    }
    const range = documentRange(name, { start: 0, end: name.text.length });
    const raw = instruction.text.slice(range.start, range.end);
    const place = documentRange(instruction, range);
    if (isTemplate(name.text)) {
      this.addTemplate(kind, place, raw);
      return;
    }
    const isOfCopy = kind === "copy-from" || kind === "onbuild-copy-from";
    const misread = isOfCopy ? this.variablesOfCopy(name.text) : variablesOfMount(name.text);
    if (misread !== null) {
      const draft = { segments: [], variables: misread, platform: null, parsed: null, resolved: null };
      this.drafts.push({ kind, range: place, raw, unresolved: "not-expanded", ...draft });
      return;
    }
    if (kind === "onbuild-copy-from" || kind === "onbuild-mount-from") {
      // A plain name most likely is a stage of the child, which is not known here.
      if (/^[^/:@]+$/.test(name.text)) return;
    } else {
      const stage = this.stages.find(name.text, isOfCopy);
      if (stage === "undeclared") this.undeclaredStages.push({ kind, name: name.text, ...place });
      if (stage !== "none") return;
    }
    this.addLiteral(kind, name, place, raw, instruction);
  }

  /** BuildKit refuses a `COPY --from` that an expansion without any variable would change (`convert.go`, `toCommand`). */
  private variablesOfCopy(name: string): readonly string[] | null {
    const expansion = expand(name, { escape: this.escapeCharacter, lookup: () => ({ kind: "unset" }) });
    const text = expansion.segments.map((segment) => segment.text).join("");
    return expansion.isMalformed || text !== name ? expansion.variables : null;
  }

  private addTemplate(kind: UseKind, range: OffsetRange, raw: string): void {
    const draft = { segments: [], variables: [], platform: null, parsed: null, resolved: null };
    this.drafts.push({ kind, range, raw, unresolved: "template", ...draft });
  }

  /** @param line the joined line that the pieces are ranges of; without it they are the document's */
  private addLiteral(kind: UseKind, name: MappedText, range: OffsetRange, raw: string, line?: MappedText): void {
    const segments = name.pieces.flatMap(({ at, offset }, index): Segment[] => {
      const text = name.text.slice(at, name.pieces[index + 1]?.at);
      const segment = { text, variable: null, isOwnValue: false, defaultOf: null };
      const inLine = { ...segment, range: { start: offset, end: offset + text.length } };
      return line === undefined ? [inLine] : placedSegments(line, 0, [inLine]);
    });
    this.drafts.push({
      kind,
      range,
      raw,
      resolved: name.text,
      parsed: parseReference(name.text),
      unresolved: null,
      platform: null,
      variables: [],
      segments,
    });
  }
}

/** BuildKit refuses a mount's `from` with a "$" that something follows (`commands_runmount.go`, `parseMount`). */
function variablesOfMount(name: string): readonly string[] | null {
  const dollar = name.indexOf("$");
  if (dollar === -1 || dollar === name.length - 1) return null;
  return expand(name, { escape: null, lookup: () => ({ kind: "unset" }) }).variables;
}
