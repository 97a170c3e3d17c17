/**
 * Reads a manifest or an index (OCI image specification, manifest.md and image-index.md; Docker's v2 schema 2 has the
 * same shape). Pure. The registry chooses every byte: any body gives a manifest or a problem, and a body that could be
 * taken for both kinds is refused, since two readers would see two images.
 */
import { createHash } from "node:crypto";
import { type Digest, parseDigest } from "../reference/digest";
import { type ManifestKind, manifestKinds } from "../reference/mediaTypes";
import { objectIn, parseObject } from "./jsonObject";
import type { Child, Manifest, Platform, RegistryErrorCode } from "./registry";

/** All four: without them some registries answer with schema 1, or with one platform's manifest. */
export const ACCEPTED_MEDIA_TYPES = [...manifestKinds.keys()].join(", ");

/** What stores of plain files say of anything: the body's own word counts. */
const silentMediaTypes = new Set(["", "application/json", "application/octet-stream", "text/plain"]);
const schemaOne = /^application\/vnd\.docker\.distribution\.manifest\.v1\+/;

const MAX_INDEX_ENTRIES = 1000;
const ANNOTATION_PREFIX = "org.opencontainers.image.";
/** Characters. */
const MAX_ANNOTATION = 1000;
/** As containerd's platform parser has it. */
const platformPart = /^[A-Za-z0-9_.-]{1,64}$/;

/** What the body says of itself. */
export type ManifestContent = Omit<Manifest, "digest" | "size">;

export interface ManifestProblem {
  readonly code: RegistryErrorCode & ("unsupported-manifest" | "malformed-answer" | "too-large");
  /** Goes on after "answered with". */
  readonly text: string;
}

export type ParsedManifest =
  | { readonly content: ManifestContent; readonly problem: null }
  | { readonly content: null; readonly problem: ManifestProblem };

/** The media type of a `Content-Type`, lower-case, without its parameters; "" where there is none. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? "").replace(/;.*$/s, "").trim().toLowerCase();
}

/** Null where `mediaType` says nothing of the kind and the body has to be read. */
export function parseMediaType(mediaType: string): { kind: ManifestKind | null; problem: ManifestProblem | null } {
  const kind = manifestKinds.get(mediaType) ?? null;
  if (kind !== null || silentMediaTypes.has(mediaType)) return { kind, problem: null };
  const what = schemaOne.test(mediaType) ? "a manifest of schema 1" : "something that is no image manifest or index";
  return { kind: null, problem: { code: "unsupported-manifest", text: what } };
}

/** The digest of the raw bytes in the algorithm of `like`, by default sha256. */
export function digestOf(body: Buffer, like: Digest | null): Digest {
  const algorithm = algorithmOf(like);
  return `${algorithm}:${createHash(algorithm).update(body).digest("hex")}` as Digest;
}

export function algorithmOf(digest: Digest | null): string {
  return digest === null ? "sha256" : digest.slice(0, digest.indexOf(":"));
}

/** @param mediaType of the answer, from `mediaTypeOf` */
export function parseManifest(body: Buffer, mediaType: string): ParsedManifest {
  const told = parseMediaType(mediaType);
  if (told.problem) return { content: null, problem: told.problem };
  const members = parseObject(body);
  if (members === null) return malformed("a manifest that is not a JSON object");
  if (members.get("schemaVersion") === 1) return unsupported("a manifest of schema 1");

  const ownType = members.get("mediaType");
  if (ownType !== undefined && typeof ownType !== "string") return malformed("a manifest without a usable media type");
  if (told.kind !== null && ownType !== undefined && ownType !== mediaType) {
    return malformed("a manifest that contradicts its own media type");
  }
  const trueType = told.kind === null ? (ownType ?? "") : mediaType;
  const kind = manifestKinds.get(trueType);
  if (kind === undefined) return unsupported("something that is no image manifest or index");
  if (members.has("manifests") === (members.has("layers") || members.has("config"))) {
    return malformed("a manifest that is neither clearly an index nor clearly one image");
  }
  if (members.has("manifests") !== (kind === "index"))
    return malformed("a manifest that contradicts its own media type");
  const content = {
    mediaType: trueType,
    kind,
    artifactType: artifactTypeOf(members),
    annotations: annotationsOf(members),
    configuration: kind === "index" ? null : configurationOf(members),
  };
  if (kind === "index") return parseIndex(members.get("manifests"), content);
  return { content: { ...content, children: [], platforms: [] }, problem: null };
}

function configurationOf(members: ReadonlyMap<string, unknown>): Digest | null {
  const digest = objectIn(members.get("config"))?.get("digest");
  return typeof digest === "string" ? parseDigest(digest) : null;
}

/** Whoever builds the image writes them: those of another shape, or of great length, are left out. */
function annotationsOf(members: ReadonlyMap<string, unknown>): ReadonlyMap<string, string> {
  const annotations = new Map<string, string>();
  for (const [key, value] of objectIn(members.get("annotations")) ?? []) {
    if (!key.startsWith(ANNOTATION_PREFIX) || typeof value !== "string" || value.length > MAX_ANNOTATION) continue;
    annotations.set(key.slice(ANNOTATION_PREFIX.length), value);
  }
  return annotations;
}

/** OCI image specification, manifest.md, "Guidelines for Artifact Usage". */
function artifactTypeOf(members: ReadonlyMap<string, unknown>): string {
  const own = members.get("artifactType");
  const ofConfiguration = objectIn(members.get("config"))?.get("mediaType");
  return [own, ofConfiguration].find((type) => typeof type === "string" && type !== "")?.toString() ?? "";
}

function parseIndex(entries: unknown, content: Omit<ManifestContent, "children" | "platforms">): ParsedManifest {
  if (!Array.isArray(entries)) return malformed("an index without a list of manifests");
  if (entries.length > MAX_INDEX_ENTRIES) {
    const text = `an index of more than ${MAX_INDEX_ENTRIES} manifests`;
    return { content: null, problem: { code: "too-large", text } };
  }
  const platforms = new Map<string, Platform>();
  const children: Child[] = [];
  let annotations = content.annotations;
  for (const entry of entries) {
    const descriptor = objectIn(entry);
    const text = descriptor?.get("digest");
    const digest = typeof text === "string" ? parseDigest(text) : null;
    if (!descriptor || digest === null) return malformed("an index with a broken descriptor");
    const platform = parsePlatform(descriptor.get("platform"));
    if (platform === undefined) return malformed("an index with a broken platform");
    // What the index does not say of itself, the entry of its first image may say.
    if (platform !== null && platforms.size === 0 && annotations.size === 0) annotations = annotationsOf(descriptor);
    if (platform !== null) platforms.set(JSON.stringify(platform), platform);
    children.push({ digest, platform });
  }
  return { content: { ...content, annotations, children, platforms: [...platforms.values()] }, problem: null };
}

/** Null where the entry belongs to no platform, as an attestation does; undefined where the shape is wrong. */
function parsePlatform(value: unknown): Platform | null | undefined {
  if (value === undefined || value === null) return null;
  const members = objectIn(value);
  const [os, architecture, variant] = [members?.get("os"), members?.get("architecture"), members?.get("variant")];
  if (typeof os !== "string" || typeof architecture !== "string") return undefined;
  if ((os === "unknown" && architecture === "unknown") || (os === "" && architecture === "")) return null;
  const written = variant === undefined || variant === "" ? null : variant;
  if (written !== null && (typeof written !== "string" || !platformPart.test(written))) return undefined;
  return platformPart.test(os) && platformPart.test(architecture) ? { os, architecture, variant: written } : undefined;
}

function malformed(text: string): ParsedManifest {
  return { content: null, problem: { code: "malformed-answer", text } };
}

function unsupported(text: string): ParsedManifest {
  return { content: null, problem: { code: "unsupported-manifest", text } };
}
