/**
 * Image references by the grammar of distribution's `reference` package (github.com/distribution/reference,
 * `regexp.go` and `normalize.go`), with a range for each part and a code for each way to be wrong.
 * Pure: it never asks a registry, and never guesses what a wrong reference may have meant.
 */
import { type Digest, type DigestProblemCode, digestProblem } from "./digest";

/** Half-open range in UTF-16 code units. */
export interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

/** A part of a reference as it is written, with its range within the parsed text. */
export interface ReferencePart extends OffsetRange {
  readonly text: string;
}

export interface Reference {
  /** The reference as written. */
  readonly text: string;
  /** Normalized registry, `host[:port]`: `docker.io` where none is written. */
  readonly registry: string;
  /** Normalized repository without its registry: `library/alpine`. */
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: Digest | null;
  /** The parts as written; the registry is null where none is. Separators belong to no part. */
  readonly parts: {
    readonly registry: ReferencePart | null;
    readonly repository: ReferencePart;
    readonly tag: ReferencePart | null;
    readonly digest: ReferencePart | null;
  };
}

export type ReferenceProblemCode =
  | "empty"
  | "whitespace"
  | "url-scheme"
  | "image-id"
  | "registry-format"
  | "repository-missing"
  | "repository-uppercase"
  | "repository-format"
  | "repository-too-long"
  | "tag-missing"
  | "tag-format"
  | "tag-too-long"
  | "digest-missing"
  | DigestProblemCode;

export interface ReferenceProblem extends OffsetRange {
  readonly code: ReferenceProblemCode;
}

export type ParsedReference =
  | { readonly reference: Reference; readonly problem: null }
  | { readonly reference: null; readonly problem: ReferenceProblem };

export const DOCKER_HUB = "docker.io";
/** The tag that an untagged reference stands for. */
export const DEFAULT_TAG = "latest";

/** Hosts that are Docker Hub under another name. */
export const dockerHubHosts: ReadonlySet<string> = new Set([DOCKER_HUB, "index.docker.io", "registry-1.docker.io"]);
const officialNamespace = "library/";

const MAX_REPOSITORY_LENGTH = 255;
export const MAX_TAG_LENGTH = 128;

const domainComponent = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const registryForm = new RegExp(`^(?:${domainComponent}(?:\\.${domainComponent})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const pathComponent = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const tagForm = /^\w[\w.-]*$/;
const imageId = /^[a-f0-9]{64}$/;
const urlScheme = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * Reads `text` as one reference.
 * @returns the reference, or the first problem from the left with its range in `text`.
 */
export function parseReference(text: string): ParsedReference {
  const whole = { start: 0, end: text.length };
  if (text === "") return wrong("empty", whole);
  const space = /\s+/.exec(text);
  if (space) return wrong("whitespace", { start: space.index, end: space.index + space[0].length });
  const scheme = urlScheme.exec(text);
  if (scheme) return wrong("url-scheme", { start: 0, end: scheme[0].length });
  if (imageId.test(text)) return wrong("image-id", whole);

  const registry = writtenRegistry(text);
  const nameStart = registry === null ? 0 : registry.end + 1;
  if (registry !== null && !registryForm.test(registry.text)) return wrong("registry-format", registry);

  // A digest begins at the first "@", a tag at the first ":" before it: neither may stand in a repository.
  const at = text.indexOf("@", nameStart);
  const nameAndTagEnd = at === -1 ? text.length : at;
  const colon = text.slice(nameStart, nameAndTagEnd).indexOf(":");
  const repositoryEnd = colon === -1 ? nameAndTagEnd : nameStart + colon;

  const repository = part(text, nameStart, repositoryEnd);
  const tag = colon === -1 ? null : part(text, repositoryEnd + 1, nameAndTagEnd);
  const digest = at === -1 ? null : part(text, at + 1, text.length);

  const normalizedRegistry = registry === null || dockerHubHosts.has(registry.text) ? DOCKER_HUB : registry.text;
  const normalizedRepository =
    normalizedRegistry === DOCKER_HUB && !repository.text.includes("/")
      ? officialNamespace + repository.text
      : repository.text;

  const problem = repositoryProblem(repository, normalizedRepository) ?? tagProblem(tag) ?? digestPartProblem(digest);
  if (problem) return { reference: null, problem };
  return {
    problem: null,
    reference: {
      text,
      registry: normalizedRegistry,
      repository: normalizedRepository,
      tag: tag?.text ?? null,
      digest: (digest?.text as Digest | undefined) ?? null,
      parts: { registry, repository, tag, digest },
    },
  };
}

/** Whether a reference may have that tag. */
export function isTag(text: string): boolean {
  return text.length <= MAX_TAG_LENGTH && tagForm.test(text);
}

/** Full form: `docker.io/library/alpine:edge`. An untagged reference without digest gets no tag here. */
export function normalizedName(reference: Reference): string {
  return `${reference.registry}/${reference.repository}${suffix(reference)}`;
}

/** Short form that Docker prints: `alpine:edge`, `grafana/grafana`, `ghcr.io/acme/app:1`. */
export function familiarName(reference: Reference): string {
  return `${familiarRepository(reference)}${suffix(reference)}`;
}

/** The short form without tag and digest. */
export function familiarRepository({ registry, repository }: Reference): string {
  if (registry !== DOCKER_HUB) return `${registry}/${repository}`;
  const rest = repository.startsWith(officialNamespace) ? repository.slice(officialNamespace.length) : repository;
  return rest.includes("/") || rest === repository ? repository : rest;
}

function suffix({ tag, digest }: Reference): string {
  return `${tag === null ? "" : `:${tag}`}${digest === null ? "" : `@${digest}`}`;
}

/**
 * The first path component, where it is a registry: it has a "." or a ":", is `localhost`, or has an upper-case
 * letter (`normalize.go`, `splitDockerDomain`).
 */
function writtenRegistry(text: string): ReferencePart | null {
  const slash = text.indexOf("/");
  if (slash === -1) return null;
  const first = text.slice(0, slash);
  // "alpine@sha256:…/x" and "alpine:3/x" have their colon first too; both end as a malformed registry, as in Docker.
  const isRegistry = /[.:]/.test(first) || first === "localhost" || first.toLowerCase() !== first;
  return isRegistry ? part(text, 0, slash) : null;
}

function repositoryProblem(repository: ReferencePart, normalized: string): ReferenceProblem | null {
  if (repository.text === "") return { code: "repository-missing", ...rangeOf(repository) };
  if (repository.text.toLowerCase() !== repository.text) {
    return { code: "repository-uppercase", ...rangeOf(repository) };
  }
  let start = repository.start;
  for (const component of repository.text.split("/")) {
    const end = start + component.length;
    if (!pathComponent.test(component)) {
      // An empty component has no text to mark: the repository is marked whole.
      return { code: "repository-format", ...(component === "" ? rangeOf(repository) : { start, end }) };
    }
    start = end + 1;
  }
  return normalized.length > MAX_REPOSITORY_LENGTH ? { code: "repository-too-long", ...rangeOf(repository) } : null;
}

function tagProblem(tag: ReferencePart | null): ReferenceProblem | null {
  if (tag === null) return null;
  if (tag.text === "") return { code: "tag-missing", start: tag.start - 1, end: tag.end };
  if (!tagForm.test(tag.text)) return { code: "tag-format", ...rangeOf(tag) };
  return tag.text.length > MAX_TAG_LENGTH ? { code: "tag-too-long", ...rangeOf(tag) } : null;
}

function digestPartProblem(digest: ReferencePart | null): ReferenceProblem | null {
  if (digest === null) return null;
  if (digest.text === "") return { code: "digest-missing", start: digest.start - 1, end: digest.end };
  const code = digestProblem(digest.text);
  return code === null ? null : { code, ...rangeOf(digest) };
}

function part(text: string, start: number, end: number): ReferencePart {
  return { text: text.slice(start, end), start, end };
}

function rangeOf({ start, end }: OffsetRange): OffsetRange {
  return { start, end };
}

function wrong(code: ReferenceProblemCode, { start, end }: OffsetRange): ParsedReference {
  return { reference: null, problem: { code, start, end } };
}
