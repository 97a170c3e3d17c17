/** What trust data, or the lack of it, means for one reference. Pure. */
import type { Digest } from "../../reference/digest";
import { DEFAULT_TAG, familiarRepository, type Reference } from "../../reference/reference";
import type { RegistryError } from "../../registry/registry";
import type { SchemeAnswer } from "../scheme";
import type { CheckedStep, RootFacts } from "../verdict";
import { gunOf } from "./gun";
import { NotaryError, type NotaryErrorCode } from "./notaryError";
import { dayOf } from "./rootVerifier";
import {
  isContentOf,
  isContradicted,
  nearbyTags,
  releasesNote,
  type SignedTag,
  signedTag,
  signedTags,
  signersOfTag,
} from "./target";
import { type TrustedRepository, validUntil } from "./trustedRepository";

/** An update that went well. */
export interface Updated {
  readonly repository: TrustedRepository;
  /** When the server said so: now, unless it did not answer. */
  readonly checkedAt: Date;
  readonly root: RootFacts;
  /** Why it could not be stored; null where it was. */
  readonly problem: string | null;
}

export const DOCKER_HUB_SERVER = "https://notary.docker.io/";

export const invalidServer: SchemeAnswer = {
  kind: "unavailable",
  failure: {
    step: "server",
    code: "invalid-server",
    message: "DOCKER_CONTENT_TRUST_SERVER is no https URL: correct it, or unset it.",
  },
};

/**
 * What verified trust data says of one reference.
 * @param server who gave it
 * @param isNamed whether the policy names the root that it hangs on
 */
export function answerFor(reference: Reference, updated: Updated, server: URL, isNamed: boolean): SchemeAnswer {
  const { repository, root, checkedAt, problem } = updated;
  const note = releasesNote(repository);
  const notes = [note, problem].flatMap((each) => each ?? []);
  if (repository.isFromStore) {
    notes.push(`${server.host} did not answer: this is what it said on ${dayOf(checkedAt)}.`);
  }
  const tag = reference.tag ?? (reference.digest === null ? DEFAULT_TAG : null);
  const own = tag === null ? null : signedTag(repository, tag);
  const until = validUntil(repository);
  const all = signedTags(repository);
  const nearby = nearbyTags(all.keys(), tag);
  const signed = (target: SignedTag, otherTags: readonly string[]): SchemeAnswer => ({
    kind: "signed",
    isNamed,
    scheme: "notary",
    binds: "tag",
    digest: reference.digest ?? target.digest,
    signers: signersOfTag(repository, target),
    otherTags,
    signedTags: nearby,
    root,
    steps: stepsOf(repository),
    checkedAt,
    validUntil: until,
    notes,
  });

  // Another digest must not come up because the role that signs now was left out.
  if (tag !== null && isContradicted(repository, tag, own)) {
    return {
      kind: "invalid",
      failure: { step: "targets/releases", code: releasesCode(repository), message: note ?? "" },
    };
  }
  if (own !== null && (reference.digest === null || isContentOf(own, reference.digest))) return signed(own, []);
  if (reference.digest !== null) {
    const { digest } = reference;
    const others = [...all.values()].filter(
      (target) => isContentOf(target, digest) && !isContradicted(repository, target.tag, target),
    );
    const [first] = others;
    if (first !== undefined) return signed(first, tag === null ? [] : others.map((target) => target.tag));
  }
  return {
    kind: "unsigned",
    scheme: "notary",
    message: [notSigned(reference, tag, own?.digest ?? null, server), ...notes].join(" "),
    signedDigest: own?.digest ?? null,
    signedTags: nearby,
    validUntil: until,
  };
}

function stepsOf({ root, timestamp, snapshot, roles }: TrustedRepository): CheckedStep[] {
  const metadata = [root, timestamp, snapshot, ...roles.map((role) => role.metadata)];
  return metadata.map(({ step, version, expires }) => ({ step, version, expires }));
}

function releasesCode({ skipped }: TrustedRepository): NotaryErrorCode {
  return skipped.find(({ name }) => name === "targets/releases")?.code ?? "threshold-not-met";
}

function notSigned(reference: Reference, tag: string | null, signedDigest: Digest | null, server: URL): string {
  const name = familiarRepository(reference);
  if (reference.digest === null) return `${server.host} has trust data for ${name}, and none for the tag ${tag}.`;
  if (signedDigest === null) return `${server.host} has trust data for ${name}, and none for this digest.`;
  return `${server.host} has trust data for ${name}, in which ${tag} is signed with ${signedDigest}, and this digest is not.`;
}

const CLOSED = "Docker Hub no longer serves signatures for this image: its Notary server closes on 8 December 2026.";
/** What the end of Docker Hub's own server looks like, and what an attack on it would need to look like something else. */
const endCodes: ReadonlySet<string> = new Set([
  "expired",
  "no-trust-data",
  "trust-data-removed",
  "unreachable",
  "not-found",
  "server-error",
  "tls",
]);

/** What an update that failed says: a broken one is another thing than none, and than one that could not be had. */
export function failedAnswer(error: NotaryError | RegistryError, reference: Reference, server: URL): SchemeAnswer {
  const { code, message } = error;
  if (server.href === DOCKER_HUB_SERVER && endCodes.has(code)) {
    return { kind: "unavailable", failure: { step: "server", code: "server-closed", message: CLOSED } };
  }
  if (!(error instanceof NotaryError)) return { kind: "unavailable", failure: { step: "server", code, message } };
  const failure = { step: error.step, code: error.code, message };
  switch (error.code) {
    case "no-trust-data":
      return {
        kind: "unsigned",
        scheme: "notary",
        message: `${server.host} has no trust data for ${gunOf(reference)}.`,
        signedDigest: null,
        signedTags: [],
        validUntil: null,
      };
    case "root-not-pinned":
      return { kind: "untrusted", failure };
    case "store-unusable":
      return { kind: "unavailable", failure };
    default:
      return { kind: "invalid", failure };
  }
}
