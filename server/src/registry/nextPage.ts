/**
 * Where an answer in pages goes on, from its `Link` field (RFC 8288, section 3; OCI distribution specification,
 * "Listing Referrers"). The registry chooses that address, and the next request carries the login: it must never leave
 * the registry's own origin.
 */

import { shownHost } from "./failures";
import { requireSafeLink } from "./http/address";
import { RegistryError } from "./registry";
import type { RepositoryAnswer } from "./repositoryRequests";

/**
 * A target with its parameters, and one of those with its value, quoted or bare. A quote that is never closed goes to
 * the end, so that no text is read again and again.
 */
const link = /<([^<>]*)>((?:[^",<]|"(?:[^"\\]|\\.?)*(?:"|$))*)/gs;
const parameter = /;\s*([^\s=;"]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.?)*)(?:"|$)|([^\s;"]*)))?/gs;

/**
 * Null where this is the last page.
 * @throws RegistryError `malformed-answer` or `refused-address`
 */
export function nextPage({ base, url, headers, address }: RepositoryAnswer): URL | null {
  const target = targetOfNext(headers.link ?? "");
  if (target === null) return null;
  if (!URL.canParse(target, url.href)) {
    throw new RegistryError("malformed-answer", `${shownHost(url)} named a next page that is no URL.`);
  }
  const next = new URL(target, url);
  requireSafeLink({ url, address }, next, "named a next page at");
  if (next.origin !== base.origin) {
    const where = `${shownHost(url)} named a next page at ${shownHost(next)}`;
    throw new RegistryError("refused-address", `${where}, which is refused: it is not at ${shownHost(base)}.`);
  }
  return next;
}

/** Of several links to a next page the first counts; a link has one `rel`, of several relations (section 3.3). */
function targetOfNext(field: string): string | null {
  for (const [, target = "", parameters = ""] of field.matchAll(link)) {
    const relations = [...parameters.matchAll(parameter)].find(([, name]) => name?.toLowerCase() === "rel");
    const [, , quoted, bare = ""] = relations ?? [];
    if (/(?:^|\s)next(?:\s|$)/i.test(quoted ?? bare)) return target;
  }
  return null;
}
