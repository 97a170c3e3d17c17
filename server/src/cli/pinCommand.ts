/**
 * `digest-pin pin`: asks who signed the images and what registries serve for their tags, and tells, shows as a diff, or writes what that changes.
 * It never appends a digest behind a variable, and never changes a file that it could not read whole.
 */
import { dirname } from "node:path";
import type { FilePath } from "../documents/surroundings";
import type { Judgement } from "../facts/types";
import { applyEdits, editsByFile, type PinStyle } from "../pinning/pin";
import { normalizedName } from "../reference/reference";
import { mapConcurrently } from "./concurrency";
import { byPath } from "./fileSet";
import { openQuestions, planUses } from "./pinPlan";
import { type PinResult, reportAsJson, reportAsText } from "./pinReport";
import { Places } from "./places";
import { type CommandPorts, exitStatus, type Format, sourceOptions, type TrustOptions } from "./ports";
import { type FileProblem, systemCode } from "./problem";
import { startProgress } from "./progress";
import { encode, type FileText, readText } from "./readText";
import { readSources, type Source, shownFrom } from "./sources";

export interface PinOptions extends TrustOptions {
  readonly format: Format;
  readonly style: PinStyle;
  readonly write: boolean;
  readonly diff: boolean;
  readonly offline: boolean;
  readonly envFromProcess: boolean;
}

const CONCURRENT_WRITES = 8;

export async function pinCommand(paths: readonly string[], options: PinOptions, ports: CommandPorts): Promise<number> {
  const sources = await readSources(paths, sourceOptions(options, ports), ports);
  const judgements = await judge(sources, options, ports);
  ports.signal.throwIfAborted();
  const planned = sources.map((source): PinResult => {
    // A file with a problem is left alone: what its other parts mean is not certain.
    const uses = source.problem === null ? source.uses : [];
    const plan = planUses(uses, judgements, options.style);
    const edits = editsByFile(plan.pinned.map(({ edit }) => edit)).get(null) ?? [];
    const { path, content, problem } = source;
    return { path, content, plan, edits, others: new Map(), problem, isWritten: false };
  });
  const others = await pinInEnvironmentFiles(planned, sources, options, ports);
  const own = await mapConcurrently(planned, CONCURRENT_WRITES, (result) =>
    carryOut({ ...result, others }, options, ports),
  );
  const results = [...own, ...others.values()].sort(byPath);

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

async function carryOut(result: PinResult, { write }: PinOptions, ports: CommandPorts): Promise<PinResult> {
  const { content, edits, problem } = result;
  if (content === null || edits.length === 0 || !write || problem !== null) return result;
  const writingProblem = await replaceText(content, applyEdits(content.text, edits), ports);
  return { ...result, problem: writingProblem, isWritten: writingProblem === null };
}

/** The environment files that take a digest for uses elsewhere, each a result of its own without any use. */
async function pinInEnvironmentFiles(
  planned: readonly PinResult[],
  sources: readonly Source[],
  options: PinOptions,
  ports: CommandPorts,
): Promise<Map<FilePath, PinResult>> {
  const edits = planned.flatMap(({ plan }) => plan.pinned.map(({ edit }) => edit));
  const results = new Map<FilePath, PinResult>();
  for (const [path, ofFile] of editsByFile(edits)) {
    if (path === null) continue;
    const expected = sources.flatMap(({ content }) => content?.surroundings.get(path) ?? [])[0];
    const now = await readText(path, ports.files);
    const plan = { pinned: [], unpinned: [] };
    const result = { path: shownFrom(ports.cwd, path), plan, others: new Map(), isWritten: false };
    if ("code" in now || expected?.kind !== "text" || now.text !== expected.text) {
      const problem = "code" in now ? now : changedMeanwhile;
      results.set(path, { ...result, content: null, edits: [], problem });
    } else {
      const content = { ...now, absolute: path, places: new Places(now.text) };
      results.set(path, await carryOut({ ...result, content, edits: ofFile, problem: null }, options, ports));
    }
  }
  return results;
}

const changedMeanwhile: FileProblem = {
  code: "changed-meanwhile",
  message: "it changed while registries were asked: run the command again",
};

/** Writes `text` where the file still has the content that was read. */
async function replaceText(
  content: FileText & { readonly absolute: string },
  text: string,
  { files, signal }: CommandPorts,
): Promise<PinResult["problem"]> {
  const { absolute, hasByteOrderMark } = content;
  const now = await readText(absolute, files);
  if ("code" in now) return now;
  if (now.text !== content.text || now.hasByteOrderMark !== hasByteOrderMark) {
    return changedMeanwhile;
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
