/**
 * Looks a tag up in trust data as Docker does (github.com/docker/cli, `trust.go`): in `targets/releases`, then in
 * `targets`. Other delegations are signers to show, and never decide about a digest. Pure.
 */
import type { Digest } from "../../reference/digest";
import type { Signer } from "../verdict";
import type { FileMeta } from "./metadata/signed";
import type { TrustedRepository, TrustedRole } from "./trustedRepository";

/** The delegation whose tags come first. */
export const RELEASES = "targets/releases";
const decidingRoles: readonly string[] = [RELEASES, "targets"];
/** github.com/distribution/reference, `regexp.go`: whoever signs may name a target as they like. */
const tagForm = /^\w[\w.-]{0,127}$/;

export interface SignedTag {
  readonly tag: string;
  readonly digest: Digest;
  readonly role: TrustedRole;
}

/** The digest that the tag is signed with; null where it is not. */
export function signedTag(repository: TrustedRepository, tag: string): SignedTag | null {
  const role = rolesThatDecide(repository).find((each) => hasSay(each, tag));
  const meta = role && targetIn(role, tag);
  return meta ? { tag, digest: digestOf(meta), role } : null;
}

/** A repository with many tags serves many references: they are gone through once. */
const tagsOf = new WeakMap<TrustedRepository, ReadonlyMap<string, SignedTag>>();

/** Every tag that is signed, each with what `signedTag` gives for it. Targets whose names can be no tags are none. */
export function signedTags(repository: TrustedRepository): ReadonlyMap<string, SignedTag> {
  const known = tagsOf.get(repository);
  if (known !== undefined) return known;
  const tags = new Map<string, SignedTag>();
  for (const role of rolesThatDecide(repository)) {
    for (const tag of role.metadata.targets.keys()) {
      const signed = tagForm.test(tag) && !tags.has(tag) ? signedTag(repository, tag) : null;
      if (signed !== null) tags.set(tag, signed);
    }
  }
  tagsOf.set(repository, tags);
  return tags;
}

/** Whether a digest in any algorithm is the content that the tag is signed with. */
export function isContentOf({ tag, role, digest: signed }: SignedTag, digest: Digest): boolean {
  if (digest === signed) return true;
  const sha512 = targetIn(role, tag)?.sha512 ?? null;
  return sha512 !== null && digest === `sha512:${sha512}`;
}

/** Who has signed the tag with this digest: the role that decided first, then the others that agree with it. */
export function signersOfTag({ roles }: TrustedRepository, { tag, digest, role }: SignedTag): Signer[] {
  const agreeing = roles.filter((other) => {
    if (other === role || decidingRoles.includes(other.name)) return false;
    const meta = targetIn(other, tag);
    return meta !== null && digestOf(meta) === digest;
  });
  return [role, ...agreeing].flatMap(({ name, signers }) => signers.map((key) => ({ name, key })));
}

/** What to say where `targets/releases` was left out: its tags must not be replaced by others in silence. */
export function releasesNote({ skipped }: TrustedRepository): string | null {
  const releases = skipped.find(({ name }) => name === RELEASES);
  return releases === undefined ? null : `${RELEASES} was left out: ${releases.message}`;
}

/** Whether a `targets/releases` that was left out says something else of the tag than what else is signed. */
export function isContradicted({ skipped }: TrustedRepository, tag: string, own: SignedTag | null): boolean {
  const told = skipped.find(({ name }) => name === RELEASES)?.tags.get(tag) ?? [];
  return told.some((meta) => own === null || meta === null || digestOf(meta) !== own.digest);
}

const MAX_NEARBY = 5;

/** A few signed tags beside `tag` itself, those first that have the longest beginning in common with it. */
export function nearbyTags(tags: Iterable<string>, tag: string | null): string[] {
  const nearest: { readonly name: string; readonly common: number }[] = [];
  for (const name of tags) {
    const common = commonLength(name, tag ?? "");
    const isFull = nearest.length === MAX_NEARBY;
    if (name === tag || (isFull && common < (nearest.at(-1)?.common ?? 0))) continue;
    nearest.push({ name, common });
    nearest.sort((a, b) => b.common - a.common || byName.compare(b.name, a.name));
    if (isFull) nearest.pop();
  }
  return nearest.map(({ name }) => name);
}

/** The newer version first, as far as names tell. */
const byName = new Intl.Collator("en", { numeric: true });

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

function rolesThatDecide({ roles }: TrustedRepository): TrustedRole[] {
  return decidingRoles.flatMap((name) => roles.find((role) => role.name === name) ?? []);
}

/** Null where the role has no say in the tag, or names no digest that an image could have. */
function targetIn(role: TrustedRole, tag: string): FileMeta | null {
  return hasSay(role, tag) ? (role.metadata.targets.get(tag) ?? null) : null;
}

function hasSay({ metadata, paths }: TrustedRole, tag: string): boolean {
  return metadata.targets.has(tag) && paths.some((path) => tag.startsWith(path));
}

function digestOf({ sha256 }: FileMeta): Digest {
  return `sha256:${sha256}` as Digest;
}
