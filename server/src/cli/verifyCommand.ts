/** `digest-pin verify`: says who signed images, and with which digest. It changes nothing but the store of root keys. */

import { DEFAULT_TAG, normalizedName, parseReference, type Reference } from "../reference/reference";
import { problemMessages } from "../rules/invalid-reference";
import { mapConcurrently } from "./concurrency";
import { type CommandPorts, exitStatus, type Format, type OnlineOptions } from "./ports";
import { startProgress } from "./progress";
import { inert } from "./terminal";
import { type VerifiedImage, writeVerifiedJson, writeVerifiedText } from "./verifyReport";

export interface VerifyOptions extends OnlineOptions {
  readonly format: Format;
  readonly forgetRoot: boolean;
}

const CONCURRENT_IMAGES = 32;

export async function verifyCommand(
  texts: readonly string[],
  options: VerifyOptions,
  ports: CommandPorts,
): Promise<number> {
  const references = texts.flatMap((text) => readReference(text, ports) ?? []);
  if (references.length < texts.length) return exitStatus.couldNotRun;
  const { signal, stderr, stdout } = ports;
  const questions = await ports.openFacts([ports.cwd], options);
  if (options.forgetRoot) for (const reference of references) await questions.forgetRoot(reference);

  const progress = await startProgress(stderr, options.format === "text", references.length);
  const images = await mapConcurrently(references, CONCURRENT_IMAGES, async (reference): Promise<VerifiedImage> => {
    signal.throwIfAborted();
    const judgement = await questions.ask(reference, { signal, confirm: true });
    progress.advance();
    return { reference: fullName(reference), judgement };
  }).finally(() => progress.end());
  signal.throwIfAborted();

  (options.format === "json" ? writeVerifiedJson : writeVerifiedText)(stdout, images);
  return statusOf(images);
}

function readReference(text: string, { stderr }: CommandPorts): Reference | null {
  const { reference, problem } = parseReference(text);
  if (reference !== null) return reference;
  stderr.write(`digest-pin: ${inert(text)} is no image reference: ${problemMessages[problem.code]}\n`);
  return null;
}

/** DESIGN.md, "Command": what is wrong weighs more than what could not be checked. */
function statusOf(images: readonly VerifiedImage[]): number {
  const isWrong = images.some(({ judgement: { verdict, isSatisfied } }) => {
    if (verdict.kind === "untrusted" || verdict.kind === "invalid") return true;
    return !isSatisfied && verdict.kind !== "unavailable";
  });
  if (isWrong) return exitStatus.findings;
  return images.every(({ judgement }) => judgement.isSatisfied) ? exitStatus.clean : exitStatus.notChecked;
}

function fullName(reference: Reference): string {
  const isBare = reference.tag === null && reference.digest === null;
  return `${normalizedName(reference)}${isBare ? `:${DEFAULT_TAG}` : ""}`;
}
