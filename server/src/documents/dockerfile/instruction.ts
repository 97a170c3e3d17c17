/**
 * What one instruction says by itself, whatever stands around it: the part that is kept from one reading to the next.
 * All ranges are of the joined line.
 */
import type { UseKind } from "../imageUse";
import type { MappedText } from "../mappedText";
import { type ArgumentDefinition, type FromArguments, readArgDefinitions, readFromArguments } from "./arguments";
import { readFlags } from "./flags";
import { type EscapeCharacter, isSpace } from "./instructions";
import { mountSource } from "./mounts";

export type Parsed =
  | { readonly kind: "from"; readonly platform: MappedText | null; readonly arguments: FromArguments }
  | { readonly kind: "arg"; readonly definitions: readonly ArgumentDefinition[] }
  | { readonly kind: "sources"; readonly sources: readonly Source[] }
  /** `ONBUILD FROM`, which a build refuses: the length of the joined line up to the end of the second keyword. */
  | { readonly kind: "onbuild-from"; readonly end: number };

/** A `--from`, or the `from` of a mount, which is empty where it has none. */
export interface Source {
  readonly kind: Exclude<UseKind, "from" | "syntax" | `compose-${string}`>;
  readonly name: MappedText;
}

const space = "[\\t\\v\\f\\r ]";
const keywordForm = new RegExp(`^([^\\t\\v\\f\\r ]+)(${space}*)`);
/** A trigger is parsed when its child is built, without the parent's directives. */
const TRIGGER_ESCAPE: EscapeCharacter = "\\";

/** Whether an instruction that may name an image can do so at all: most `COPY`s and `RUN`s have no flag. */
export function mayTell({ keyword, text }: { readonly keyword: string; readonly text: string }): boolean {
  if (keyword !== "COPY" && keyword !== "RUN") return true;
  let start = keyword.length;
  while (start < text.length && isSpace(text.charAt(start))) start += 1;
  return text.startsWith("--", start);
}

/** Null for an instruction that neither names an image nor decides what a name means. */
export function parseInstruction(keyword: string, line: string, escapeCharacter: EscapeCharacter): Parsed | null {
  const start = keywordForm.exec(line)?.[0].length ?? line.length;
  switch (keyword) {
    case "FROM": {
      const { flags, end } = readFlags(line, start, escapeCharacter);
      const platform = flags.find(({ name }) => name === "platform")?.value ?? null;
      return { kind: "from", platform, arguments: readFromArguments(line, end) };
    }
    case "ARG": {
      const { end } = readFlags(line, start, escapeCharacter);
      return { kind: "arg", definitions: readArgDefinitions(line, end, escapeCharacter) };
    }
    case "COPY":
    case "RUN":
      return sourcesOf(keyword, line, start, escapeCharacter, "");
    case "ONBUILD": {
      const trigger = keywordForm.exec(line.slice(start));
      const triggerKeyword = trigger?.[1]?.toUpperCase();
      const end = start + (trigger?.[1]?.length ?? 0);
      if (triggerKeyword === "FROM") return { kind: "onbuild-from", end };
      if (triggerKeyword !== "COPY" && triggerKeyword !== "RUN") return null;
      return sourcesOf(triggerKeyword, line, start + (trigger?.[0].length ?? 0), TRIGGER_ESCAPE, "onbuild-");
    }
    default:
      return null;
  }
}

function sourcesOf(
  keyword: "COPY" | "RUN",
  line: string,
  start: number,
  escapeCharacter: EscapeCharacter,
  prefix: "" | "onbuild-",
): Parsed | null {
  const { flags } = readFlags(line, start, escapeCharacter);
  const sources = flags.flatMap(({ name, value }): Source[] => {
    if (value === null) return [];
    if (keyword === "COPY" && name === "from") return [{ kind: `${prefix}copy-from`, name: value }];
    if (keyword !== "RUN" || name !== "mount") return [];
    return [{ kind: `${prefix}mount-from`, name: mountSource(value) ?? { text: "", pieces: [] } }];
  });
  return sources.length === 0 ? null : { kind: "sources", sources };
}
