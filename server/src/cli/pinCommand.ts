/**
 * `digest-pin pin`: asks who signed the images and what registries serve for their tags, and pins them to that. It never
 * appends a digest behind a variable.
 */
import type { ImageUse } from "../documents/imageUse";
import type { Judgement } from "../facts/types";
import type { PinStyle } from "../pinning/pin";
import { normalizedName } from "../reference/reference";
import { type AskedSource, type ChangeOptions, changeFiles } from "./changeCommand";
import { openQuestions, planUses } from "./pinPlan";
import type { Words } from "./pinReport";
import type { CommandPorts } from "./ports";
import { startProgress } from "./progress";

export interface PinOptions extends ChangeOptions {
  readonly style: PinStyle;
}

const words: Words = {
  changed: "pinned",
  unchanged: "unpinned",
  nothing: "Nothing to pin",
  done: "Pinned",
  proposed: "Would pin",
  stays: ({ parsed }) => (parsed?.reference?.digest ? "is pinned already" : "stays unpinned"),
  left: "stays unpinned",
  leftOfMany: "stay unpinned",
};

export function pinCommand(paths: readonly string[], options: PinOptions, ports: CommandPorts): Promise<number> {
  return changeFiles(paths, options, ports, {
    words,
    async prepare(sources) {
      const judgements = await judge(sources, options, ports);
      return (uses: readonly ImageUse[]) => planUses(uses, judgements, options.style);
    },
  });
}

/** Judgements by normalized name. */
async function judge(
  sources: readonly AskedSource[],
  options: PinOptions,
  { openFacts, signal, stderr }: CommandPorts,
): Promise<Map<string, Judgement>> {
  const { style, format } = options;
  const judgements = new Map<string, Judgement>();
  const facts = await openFacts([...new Set(sources.map(({ folder }) => folder))], options);
  const uses = sources.flatMap((source) => source.uses);
  const references = openQuestions(uses, style, (reference) => facts.isCovered(reference));
  const questions = new Map(references.map((reference) => [normalizedName(reference), reference]));
  if (options.offline) {
    // A pin of which a signature is required is not good enough as long as nobody has checked it.
    for (const reference of references) {
      if (reference.digest !== null) judgements.set(normalizedName(reference), facts.offline(reference));
    }
    return judgements;
  }
  const progress = await startProgress(stderr, format === "text", questions.size);
  try {
    // The registry's client bounds what runs at once, host by host.
    const asked = [...questions].map(async ([name, reference]) => {
      judgements.set(name, await facts.ask(reference, { signal, confirm: true }));
      progress.advance();
    });
    await Promise.all(asked);
  } finally {
    progress.end();
  }
  return judgements;
}
