/**
 * `digest-pin pin`: asks who signed the images and what registries serve for their tags, and tells, shows as a diff, or writes what that changes.
 * It never appends a digest behind a variable, and never changes a file that it could not read whole.
 */
import { dirname } from "node:path";
import type { Judgement } from "../facts/types";
import { applyEdits, mergeEdits, type PinStyle } from "../pinning/pin";
import { normalizedName } from "../reference/reference";
import { mapConcurrently } from "./concurrency";
import { openQuestions, type PinPlan, planUses } from "./pinPlan";
import { type PinResult, reportAsJson, reportAsText } from "./pinReport";
import { type CommandPorts, exitStatus, type Format, type TrustOptions } from "./ports";
import { systemCode } from "./problem";
import { startProgress } from "./progress";
import { encode, readText } from "./readText";
import { readSources, type Source, type SourceContent } from "./sources";

export interface PinOptions extends TrustOptions {
  readonly format: Format;
  readonly style: PinStyle;
  readonly write: boolean;
  readonly diff: boolean;
  readonly offline: boolean;
}

const CONCURRENT_WRITES = 8;

export async function pinCommand(paths: readonly string[], options: PinOptions, ports: CommandPorts): Promise<number> {
  const sources = await readSources(paths, ports);
  const judgements = await judge(sources, options, ports);
  ports.signal.throwIfAborted();
  const results = await mapConcurrently(sources, CONCURRENT_WRITES, (source) => {
    // A file with a problem is left alone: what its other parts mean is not certain.
    const uses = source.problem === null ? source.uses : [];
    return carryOut(source, planUses(uses, judgements, options.style), options, ports);
  });

  await (options.format === "json" ? reportAsJson : reportAsText)(results, options, ports);
  if (results.some(({ problem }) => problem !== null)) return exitStatus.couldNotRun;
  const unpinned = results.flatMap(({ plan }) => plan.unpinned);
  if (unpinned.some(({ isUnchecked }) => !isUnchecked)) return exitStatus.findings;
  return unpinned.length > 0 ? exitStatus.notChecked : exitStatus.clean;
}

/** Judgements by normalized name. */
async function judge(
  sources: readonly Source[],
  options: PinOptions,
  { openFacts, signal, stderr }: CommandPorts,
): Promise<Map<string, Judgement>> {
  const { style, format } = options;
  const asking = sources.flatMap(({ content, problem, uses }) =>
    content === null || problem !== null || uses.length === 0 ? [] : { folder: dirname(content.absolute), uses },
  );
  const judgements = new Map<string, Judgement>();
  if (asking.length === 0) return judgements;

  const facts = await openFacts([...new Set(asking.map(({ folder }) => folder))], options);
  const uses = asking.flatMap((one) => one.uses);
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
      judgements.set(name, await facts.ask(reference, { signal }));
      progress.advance();
    });
    await Promise.all(asked);
  } finally {
    progress.end();
  }
  return judgements;
}

async function carryOut(
  { path, content, problem }: Source,
  plan: PinPlan,
  { write }: PinOptions,
  ports: CommandPorts,
): Promise<PinResult> {
  const edits = mergeEdits(plan.pinned.map(({ edit }) => edit));
  const result = { path, content, plan, edits, problem, isWritten: false };
  if (content === null || edits.length === 0 || !write) return result;
  const writingProblem = await replaceText(content, applyEdits(content.text, edits), ports);
  return { ...result, problem: writingProblem, isWritten: writingProblem === null };
}

/** Writes `text` where the file still has the content that was read. */
async function replaceText(
  content: SourceContent,
  text: string,
  { files, signal }: CommandPorts,
): Promise<PinResult["problem"]> {
  const { absolute, hasByteOrderMark } = content;
  const now = await readText(absolute, files);
  if ("code" in now) return now;
  if (now.text !== content.text || now.hasByteOrderMark !== hasByteOrderMark) {
    return { code: "changed-meanwhile", message: "it changed while registries were asked: run the command again" };
  }
  signal.throwIfAborted();
  try {
    await files.replace(absolute, encode({ text, hasByteOrderMark }));
    return null;
  } catch (error) {
    const message = `it can't be written (${systemCode(error)}): check its permissions and its folder's`;
    return { code: "not-written", message };
  }
}
