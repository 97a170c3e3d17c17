/**
 * Fetches the referrers of one digest: by the registry's API, or from the tag that stands in for it (OCI distribution
 * specification 1.1, "Listing Referrers" and "Unavailable Referrers API"). It answers with the whole list or fails:
 * half of it could make a signed image look unsigned.
 */
import type { Digest } from "../reference/digest";
import { OCI_INDEX } from "../reference/mediaTypes";
import { verifiedDigest } from "./answeredDigest";
import { refusedWith } from "./failures";
import { ACCEPTED_MEDIA_TYPES, type ManifestProblem, mediaTypeOf } from "./manifest";
import { nextPage } from "./nextPage";
import { MAX_REFERRERS, type ParsedReferrers, parseReferrers, referrersTag, tooManyReferrers } from "./referrers";
import { type Referrer, RegistryError } from "./registry";
import type {
  Asking,
  RepositoryAddress,
  RepositoryAnswer,
  RepositoryName,
  RepositoryRequests,
} from "./repositoryRequests";

const MAX_PAGES = 10;
/**
 * What registries without the API answer: 404 by the specification, and 400, 405, 406 or 501 where the path or the
 * media type alone puts them off.
 */
const apiIsMissing = new Set([400, 404, 405, 406, 501]);

/** @throws RegistryError never `not-found` */
export async function fetchAllReferrers(
  requests: RepositoryRequests,
  name: RepositoryAddress,
  digest: Digest,
  asking: Asking,
): Promise<readonly Referrer[]> {
  return (await listByApi(requests, name, digest, asking)) ?? listByTag(requests, name, digest, asking);
}

/** Null where the registry has no such API. */
async function listByApi(
  requests: RepositoryRequests,
  name: RepositoryAddress,
  digest: Digest,
  asking: Asking,
): Promise<readonly Referrer[] | null> {
  const referrers: Referrer[] = [];
  let location = `/v2/${name.repository}/referrers/${digest}`;
  for (let page = 1; page <= MAX_PAGES; page++) {
    const answer = await requests.send({ ...name, method: "GET", location, accept: OCI_INDEX }, asking);
    const isMissing = apiIsMissing.has(answer.status);
    if (!isMissing && answer.status !== 200) {
      throw refusedWith(answer.status, name.registry, `the list of referrers of ${name.repository}@${digest}`);
    }
    const parsed = isMissing ? other : read(answer, name);
    if (parsed.kind === "other") {
      if (page === 1) return null;
      throw answeredWith(name, { code: "malformed-answer", text: "a next page of referrers that is no index" });
    }
    referrers.push(...parsed.referrers);
    if (referrers.length > MAX_REFERRERS) throw answeredWith(name, tooManyReferrers);
    const next = nextPage(answer);
    if (next === null) return referrers;
    location = next.href;
  }
  throw answeredWith(name, { code: "too-large", text: `more than ${MAX_PAGES} pages of referrers` });
}

/** "Referrers Tag Schema". Anybody may have given that tag to something else: then nothing refers to the digest. */
async function listByTag(
  requests: RepositoryRequests,
  name: RepositoryAddress,
  digest: Digest,
  asking: Asking,
): Promise<readonly Referrer[]> {
  const tag = referrersTag(digest);
  const location = `/v2/${name.repository}/manifests/${tag}`;
  const answer = await requests.send({ ...name, method: "GET", location, accept: ACCEPTED_MEDIA_TYPES }, asking);
  if (answer.status === 404) return [];
  if (answer.status !== 200) throw refusedWith(answer.status, name.registry, `${name.repository}:${tag}`);
  verifiedDigest(answer, null, name);
  const parsed = read(answer, name);
  return parsed.kind === "index" ? parsed.referrers : [];
}

type ReadReferrers = Exclude<ParsedReferrers, { kind: "broken" }>;

const other: ReadReferrers = { kind: "other" };

function read({ body, headers }: RepositoryAnswer, name: RepositoryName): ReadReferrers {
  const parsed = parseReferrers(body, mediaTypeOf(headers["content-type"]));
  if (parsed.kind === "broken") throw answeredWith(name, parsed.problem);
  return parsed;
}

function answeredWith({ registry }: RepositoryName, { code, text }: ManifestProblem): RegistryError {
  return new RegistryError(code, `${registry} answered with ${text}.`);
}
