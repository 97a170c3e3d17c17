/**
 * Recognises signatures that lie beside an image in its registry and that this version can't verify: cosign's `.sig`
 * tag (sigstore/cosign, "Signature Spec"), Sigstore bundles and notation signatures among the referrers. What is found
 * is `unavailable`, and never passes for `unsigned`.
 */
import type { Digest } from "../reference/digest";
import { MAX_TAG_LENGTH, type Reference } from "../reference/reference";
import { type Referrer, type Registry, RegistryError, type RequestOptions } from "../registry/registry";
import type { SchemeAnswer, SignatureScheme } from "./scheme";

interface Recognition {
  readonly name: "sigstore" | "notation";
  /** Who made such signatures, in words. */
  readonly tool: string;
  readonly artifactType: RegExp;
  readonly hasTag: boolean;
}

const sigstore: Recognition = {
  name: "sigstore",
  tool: "cosign",
  artifactType: /^application\/vnd\.dev\.(?:sigstore\.bundle\.v|cosign\.artifact\.sig\.)/,
  hasTag: true,
};

const notation: Recognition = {
  name: "notation",
  tool: "notation",
  artifactType: /^application\/vnd\.cncf\.notary\.signature$/,
  hasTag: false,
};

/** The schemes of which signatures are recognised only. */
export function recognizedSchemes(registry: Registry): Record<Recognition["name"], SignatureScheme> {
  return { sigstore: recognizedScheme(sigstore, registry), notation: recognizedScheme(notation, registry) };
}

function recognizedScheme(recognition: Recognition, registry: Registry): SignatureScheme {
  return {
    name: recognition.name,
    isCalledFor: async () => false,
    async check({ reference, served, rule }, options): Promise<SchemeAnswer> {
      const { name, tool } = recognition;
      if (rule !== null) return notSupported(`The policy names ${name}, whose signatures this version can't verify.`);
      const digest = reference.digest ?? served;
      if (digest === null) return notAsked(reference);
      try {
        const isSigned = await isRecognized(recognition, reference, digest, registry, options);
        return isSigned ? notSupported(`Signed with ${tool}, not checked: this version can't verify it.`) : nothing;
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        return { kind: "unavailable", failure: { step: "registry", code: error.code, message: error.message } };
      }
    },
  };
}

async function isRecognized(
  { artifactType, hasTag }: Recognition,
  reference: Reference,
  digest: Digest,
  registry: Registry,
  options: RequestOptions,
): Promise<boolean> {
  const [referrers, isTagged] = await Promise.all([
    registry.fetchReferrers(reference, digest, options),
    hasTag && hasSignatureTag(reference, digest, registry, options),
  ]);
  if (isTagged || referrers.some((referrer) => artifactType.test(referrer.artifactType))) return true;
  const unclear = referrers.filter((referrer) => unclearTypes.has(referrer.artifactType));
  if (unclear.length > MAX_UNCLEAR) {
    const message = `${reference.registry} lists more referrers of a kind that it does not tell than are looked into.`;
    throw new RegistryError("too-large", message);
  }
  const types = await Promise.all(unclear.map((referrer) => trueType(referrer, reference, registry, options)));
  return types.some((type) => artifactType.test(type));
}

/** What registries put into a list of referrers where they did not look into the manifest's own `artifactType`. */
const unclearTypes: ReadonlySet<string> = new Set([
  "",
  "application/vnd.oci.empty.v1+json",
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
]);
/** Whoever can push decides how many there are. */
const MAX_UNCLEAR = 20;

/** As the referrer's own manifest has it: the list's word is wrong on some registries. */
async function trueType(
  { digest }: Referrer,
  reference: Reference,
  registry: Registry,
  options: RequestOptions,
): Promise<string> {
  return (await registry.fetchManifest(reference, digest, options)).artifactType;
}

async function hasSignatureTag(
  reference: Reference,
  digest: Digest,
  registry: Registry,
  options: RequestOptions,
): Promise<boolean> {
  const tag = `${digest.replace(":", "-")}.sig`;
  // A sha512 makes no tag: nobody can have signed it so.
  if (tag.length > MAX_TAG_LENGTH) return false;
  const tagged = { ...reference, tag, digest: null };
  try {
    await registry.resolve(tagged, options);
    return true;
  } catch (error) {
    if (error instanceof RegistryError && error.code === "not-found") return false;
    throw error;
  }
}

function notSupported(message: string): SchemeAnswer {
  return { kind: "unavailable", failure: { step: "signature", code: "scheme-not-supported", message } };
}

function notAsked({ registry }: Reference): SchemeAnswer {
  const message = `${registry} did not answer, so that nobody knows what lies beside the image.`;
  return { kind: "unavailable", failure: { step: "registry", code: "unreachable", message } };
}

const nothing: SchemeAnswer = {
  kind: "unsigned",
  scheme: null,
  message: "There is no signature beside the image in its registry.",
  signedDigest: null,
  signedTags: [],
  validUntil: null,
};
