/**
 * Dockerfile adapter: finds the image uses of a document as BuildKit would read it. A reader belongs to one document
 * and keeps what it learnt of each instruction by the instruction's text, so that a change costs the instructions
 * that it touched; what it returns never depends on what it read before.
 */
import type { ImageDocument } from "../imageUse";
import { type Parsed, parseInstruction } from "./instruction";
import { readInstructions } from "./instructions";
import { Reading } from "./reading";
import { Stages } from "./stages";

export class DockerfileReader {
  private parsed = new Map<string, Parsed | null>();

  read(document: string): ImageDocument {
    const { escapeCharacter, instructions } = readInstructions(document);
    const kept = new Map<string, Parsed | null>();
    const telling = instructions.flatMap((instruction) => {
      if (!tellingKeywords.has(instruction.keyword)) return [];
      const key = escapeCharacter + instruction.text;
      let parsed = kept.get(key) ?? this.parsed.get(key);
      parsed ??= parseInstruction(instruction.keyword, instruction.text, escapeCharacter);
      kept.set(key, parsed);
      return parsed === null ? [] : [{ instruction, parsed }];
    });
    this.parsed = kept;

    const names = telling.flatMap(({ parsed }) => (parsed.kind === "from" ? [parsed.arguments.stageName] : []));
    const reading = new Reading(document, escapeCharacter, new Stages(names));
    for (const { instruction, parsed } of telling) reading.add(instruction, parsed);
    return reading.result();
  }
}

/** The instructions that name an image or decide what a name means. */
const tellingKeywords = new Set(["ARG", "FROM", "COPY", "RUN", "ONBUILD"]);
