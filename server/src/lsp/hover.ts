/** What a hover says of an image. Everything from a registry is escaped for where it is shown. */
import { catalog } from "../catalog/catalog";
import { type Publisher, publisherOf } from "../catalog/publishers";
import type { BuildOutput, ImageUse } from "../documents/imageUse";
import { halvesOf } from "../facts/knowledge";
import type { FactSource, JudgementSource } from "../facts/sources";
import type { Answer, Details, Judgement } from "../facts/types";
import { DEFAULT_TAG, normalizedName, type Reference } from "../reference/reference";
import type { Manifest, Platform } from "../registry/registry";
import { mayBeBuildContext } from "../rules/buildContext";
import { commandLink, type Markup, markdown, plainText } from "./markup";
import { type Network, refusalReasons } from "./network";
import { verdictLines } from "./verdictLines";
import { serverCommands } from "./wire";

const DAY_MS = 24 * 60 * 60_000;
/** How long a hover that has everything else waits for when the image was built. */
const PATIENCE_MS = 500;
/** More platforms than this are counted only. */
const MAX_PLATFORMS = 12;

const publishers: Readonly<Record<Publisher, string>> = {
  official: "Docker Official Image",
  known: "known publisher",
  community: "community image on Docker Hub",
  local: "not on the list of Docker Official Images: built locally, or misspelled",
  elsewhere: "",
};

export interface HoverPorts {
  readonly facts: FactSource;
  readonly judging: JudgementSource;
  readonly network: Network;
  readonly now: () => Date;
  readonly commandLinks: boolean;
}

export class HoverReader {
  constructor(private readonly ports: HoverPorts) {}

  /** The hover's text, or null where the use is no reference. Asks the registry where that needs no action. */
  async read(uri: string, use: ImageUse, showsMarkdown: boolean, signal: AbortSignal): Promise<string | null> {
    const reference = use.parsed?.reference;
    if (!reference) return null;
    const markup = showsMarkdown ? markdown : plainText;
    const lines = [nameLine(reference, markup)];
    if (use.raw !== reference.text) lines.push(`written ${markup.code(use.raw)}`);
    if (mayBeBuildContext(use, catalog)) {
      return [...lines, markup.text("It may be a build context, so no registry is asked.")].join(markup.paragraph);
    }
    lines.push(...(await this.knowledge(uri, reference, markup, signal)));
    return lines.join(markup.paragraph);
  }

  private async knowledge(uri: string, reference: Reference, markup: Markup, signal: AbortSignal): Promise<string[]> {
    const { facts, judging, network, now } = this.ports;
    const mayAsk = (await network.askedByThemselves([reference])).length > 0;
    const beside = reference.digest === null ? null : halvesOf(reference).tag;
    const [judgement, tag] = mayAsk
      ? await Promise.all([network.judge(reference, { signal }), beside && network.ask(beside, { signal })])
      : [judging.cached(reference), beside && network.knowledge(reference).tag];
    const answer = judgement?.answer ?? facts.cached(reference);
    if (answer !== null) {
      const manifest = mayAsk
        ? await network.manifest(reference, answer, { signal })
        : facts.cachedManifest(reference, answer);
      const details = mayAsk ? await withPatience(facts.details(reference, answer, { signal })) : null;
      const lines = knownLines(answer, judgement, manifest, now(), markup);
      return [...lines, ...tagLine(reference, tag, markup), ...builtLine(details, now(), markup)];
    }
    const refusal = network.refusal();
    if (refusal !== null) return [markup.text(refusalReasons[refusal])];
    const link = markup === markdown && this.ports.commandLinks;
    const check = link ? ` ${commandLink("Check now", serverCommands.checkNow, uri)}` : "";
    return [`${markup.text(`${reference.registry} was not asked yet.`)}${check}`];
  }
}

/** Null where it takes longer than a person should wait for it. */
async function withPatience<T>(work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, null);
  });
  return Promise.race([work, end]).finally(() => clearTimeout(timer));
}

/** What a hover says of a name that Compose gives to what it builds. */
export function outputText({ name, service, mayBePulled }: BuildOutput, showsMarkdown: boolean): string {
  const markup = showsMarkdown ? markdown : plainText;
  const built = `${markup.code(name)} — ${markup.text("built by the service")} ${markup.code(service)}`;
  const pulled = "Compose may pull an image of that name first, unless the service says pull_policy: build.";
  return mayBePulled ? [built, markup.text(pulled)].join(markup.paragraph) : built;
}

function nameLine(reference: Reference, markup: Markup): string {
  const impliedTag = reference.tag === null && reference.digest === null ? `:${DEFAULT_TAG}` : "";
  const publisher = publishers[publisherOf(reference)];
  const name = markup.code(normalizedName(reference) + impliedTag);
  return publisher === "" ? name : `${name} — ${markup.text(publisher)}`;
}

function knownLines(
  answer: Answer,
  judgement: Judgement | null,
  manifest: Manifest | null,
  now: Date,
  markup: Markup,
): string[] {
  const verdict = judgement === null ? ["Signature not checked yet"] : verdictLines(judgement, markup);
  const signed = judgement !== null && "digest" in judgement.verdict ? judgement.verdict.digest : null;
  if (answer.kind === "unavailable") {
    const digest = signed === null ? [] : [markup.code(signed)];
    return [...digest, ...verdict, `Registry not available: ${markup.text(answer.message)}`];
  }
  const { digest, mediaType } = answer.descriptor;
  const isWrong = judgement?.verdict.kind === "invalid" || judgement?.verdict.kind === "untrusted";
  const lines = [
    `${isWrong ? "The registry serves " : ""}${markup.code(signed ?? digest)}`,
    ...verdict,
    `Registry ${age(answer.askedAt, now)}${mirrorRemark(answer.mirror, markup)} · ${markup.code(mediaType)}`,
  ];
  if (manifest?.kind === "index") lines.push(platformLine(manifest.platforms, markup));
  return lines;
}

/** What the tag beside a digest stands for now. */
function tagLine({ digest }: Reference, tag: Answer | null, markup: Markup): string[] {
  if (tag?.kind !== "found") return [];
  const current = tag.descriptor.digest;
  const remark = mirrorRemark(tag.mirror, markup);
  if (current === digest) return [`${markup.text("The tag still stands for it")}${remark}`];
  return [`${markup.text("The tag has moved: it stands for")} ${markup.code(current)}${remark}`];
}

function builtLine(details: Details | null, now: Date, markup: Markup): string[] {
  if (details === null || details.created === null) return [];
  const days = Math.floor((now.getTime() - details.created.getTime()) / DAY_MS);
  return [markup.text(`Image built ${daysAgo(days)}`)];
}

function daysAgo(days: number): string {
  if (days < 1) return "today";
  if (days === 1) return "a day ago";
  if (days < 60) return `${days} days ago`;
  return days < 730 ? `${Math.floor(days / 30)} months ago` : `${Math.floor(days / 365)} years ago`;
}

function platformLine(platforms: readonly Platform[], markup: Markup): string {
  const shown = platforms.slice(0, MAX_PLATFORMS).map(({ os, architecture, variant }) => {
    return markup.code([os, architecture, ...(variant === null ? [] : [variant])].join("/"));
  });
  const rest = platforms.length - shown.length;
  return `${platforms.length} platforms: ${shown.join(" ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function mirrorRemark(mirror: string | null, markup: Markup): string {
  return mirror === null
    ? ""
    : ` · ${markup.text("from mirror")} ${markup.code(mirror)}${markup.text(", not confirmed")}`;
}

function age(then: Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - then.getTime()) / 60_000);
  if (minutes < 1) return "asked just now";
  if (minutes < 60) return minutes === 1 ? "asked a minute ago" : `asked ${minutes} minutes ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return hours === 1 ? "asked an hour ago" : `asked ${hours} hours ago`;
  return `asked ${daysAgo(Math.floor(hours / 24))}`;
}
