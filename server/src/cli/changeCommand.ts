/**
 * What `digest-pin pin` and `digest-pin update` have in common: they ask registries and signers, and tell, show as a diff,
 * or write what that changes. A file that could not be read whole is never changed.
 */
import { dirname } from "node:path";
import type { ImageUse } from "../documents/imageUse";
import type { FilePath } from "../documents/surroundings";
import { applyEdits, editsByFile } from "../pinning/pin";
import { mapConcurrently } from "./concurrency";
import { byPath } from "./fileSet";
import type { PinPlan } from "./pinPlan";
import { type PinResult, reportAsJson, reportAsText, type Words } from "./pinReport";
import { Places } from "./places";
import { type CommandPorts, exitStatus, type Format, type OnlineOptions, sourceOptions } from "./ports";
import { type FileProblem, systemCode } from "./problem";
import { encode, type FileText, readText } from "./readText";
import { readSources, type Source, shownFrom } from "./sources";

export interface ChangeOptions extends OnlineOptions {
  readonly format: Format;
  readonly write: boolean;
  readonly diff: boolean;
  readonly envFromProcess: boolean;
}

/** What a command changes, and how it says so. */
export interface Errand {
  /** Asks about all these files, and plans what becomes of the uses of one. */
  prepare(sources: readonly AskedSource[], ports: CommandPorts): Promise<(uses: readonly ImageUse[]) => PinPlan>;
  readonly words: Words;
}

/** A file that was read whole and names images. */
export interface AskedSource {
  /** The file's own. */
  readonly folder: string;
  readonly uses: readonly ImageUse[];
}

const CONCURRENT_WRITES = 8;

export async function changeFiles(
  paths: readonly string[],
  options: ChangeOptions,
  ports: CommandPorts,
  { prepare, words }: Errand,
): Promise<number> {
  const sources = await readSources(paths, sourceOptions(options, ports), ports);
  const asked = sources.flatMap(({ content, problem, uses }) =>
    content === null || problem !== null || uses.length === 0 ? [] : { folder: dirname(content.absolute), uses },
  );
  const planUses = asked.length === 0 ? () => ({ pinned: [], unpinned: [] }) : await prepare(asked, ports);
  ports.signal.throwIfAborted();
  const planned = sources.map((source): PinResult => {
    // A file with a problem is left alone: what its other parts mean is not certain.
    const uses = source.problem === null ? source.uses : [];
    const plan = planUses(uses);
    const edits = editsByFile(plan.pinned.map(({ edit }) => edit)).get(null) ?? [];
    const { path, content, problem } = source;
    return { path, content, plan, edits, others: new Map(), problem, isWritten: false };
  });
  const others = await changeEnvironmentFiles(planned, sources, options, ports);
  const own = await mapConcurrently(planned, CONCURRENT_WRITES, (result) =>
    carryOut({ ...result, others }, options, ports),
  );
  const results = [...own, ...others.values()].sort(byPath);

  await (options.format === "json" ? reportAsJson : reportAsText)(results, options, ports, words);
  if (results.some(({ problem }) => problem !== null)) return exitStatus.couldNotRun;
  const unpinned = results.flatMap(({ plan }) => plan.unpinned);
  if (unpinned.some(({ isUnchecked }) => !isUnchecked)) return exitStatus.findings;
  return unpinned.length > 0 ? exitStatus.notChecked : exitStatus.clean;
}

async function carryOut(result: PinResult, { write }: ChangeOptions, ports: CommandPorts): Promise<PinResult> {
  const { content, edits, problem } = result;
  if (content === null || edits.length === 0 || !write || problem !== null) return result;
  const writingProblem = await replaceText(content, applyEdits(content.text, edits), ports);
  return { ...result, problem: writingProblem, isWritten: writingProblem === null };
}

/** The environment files that take a digest for uses elsewhere, each a result of its own without any use. */
async function changeEnvironmentFiles(
  planned: readonly PinResult[],
  sources: readonly Source[],
  options: ChangeOptions,
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
