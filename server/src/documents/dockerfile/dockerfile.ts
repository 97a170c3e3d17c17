/**
 * Dockerfile adapter: finds the image uses of a document as BuildKit would read it. A reader belongs to one document
 * and keeps what it learnt of each instruction by the instruction's text, so that a change costs the instructions
 * that it touched; what it returns never depends on what it read before.
 */
import type { DocumentProblem, ImageDocument } from "../imageUse";
import { documentRange } from "../mappedText";
import { mayTell, type Parsed, parseInstruction } from "./instruction";
import {
  type EscapeCharacter,
  type Instruction,
  type Instructions,
  readInstructions,
  readInstructionsAgain,
} from "./instructions";
import { Reading } from "./reading";
import { Stages } from "./stages";

export class DockerfileReader {
  private before: { readonly document: string; readonly split: Instructions } | null = null;
  private parsed = new Map<string, Parsed | null>();
  /** The one that they were parsed with. */
  private escapeCharacter: EscapeCharacter = "\\";

  read(document: string): ImageDocument {
    const { before } = this;
    const split = before ? readInstructionsAgain(document, before.document, before.split) : readInstructions(document);
    this.before = { document, split };
    const { escapeCharacter, instructions } = split;
    if (escapeCharacter !== this.escapeCharacter) this.parsed.clear();
    this.escapeCharacter = escapeCharacter;
    const kept = new Map<string, Parsed | null>();
    const telling: { readonly instruction: Instruction; readonly parsed: Parsed }[] = [];
    const problems: DocumentProblem[] = [];
    for (const instruction of instructions) {
      if (!tellingKeywords.has(instruction.keyword) || !mayTell(instruction)) continue;
      if (telling.length === MAX_TELLING) {
        problems.push(tooLarge(instruction, "It names too many images to be read whole.", true));
        break;
      }
      if (instruction.text.length > MAX_LENGTH && wordKeywords.has(instruction.keyword)) {
        problems.push(tooLarge(instruction, "It is longer than a build takes.", false));
        continue;
      }
      const { keyword, text } = instruction;
      let parsed = kept.get(text);
      if (parsed === undefined) {
        const before = this.parsed.get(text);
        parsed = before === undefined ? parseInstruction(keyword, text, escapeCharacter) : before;
        kept.set(text, parsed);
      }
      if (parsed !== null) telling.push({ instruction, parsed });
    }
    this.parsed = kept;

    const names = telling.flatMap(({ parsed }) => (parsed.kind === "from" ? [parsed.arguments.stageName] : []));
    const reading = new Reading(document, escapeCharacter, new Stages(names));
    for (const { instruction, parsed } of telling) reading.add(instruction, parsed);
    const result = reading.result();
    return problems.length === 0 ? result : { ...result, problems: [...result.problems, ...problems] };
  }
}

/** The instructions that name an image or decide what a name means. */
const tellingKeywords = new Set(["ARG", "FROM", "COPY", "RUN", "ONBUILD"]);
/** Of these all words are read. */
const wordKeywords = new Set(["ARG", "FROM"]);

/** Characters of one of them, far beyond any person's; BuildKit takes no line that is longer. */
const MAX_LENGTH = 65_535;
/** Instructions that name images or arguments, far beyond any person's: reading more would block whoever waits. */
const MAX_TELLING = 10_000;

function tooLarge(instruction: Instruction, message: string, isFatal: boolean): DocumentProblem {
  return {
    code: "too-large",
    message,
    isFatal,
    ...documentRange(instruction, { start: 0, end: instruction.keyword.length }),
  };
}
