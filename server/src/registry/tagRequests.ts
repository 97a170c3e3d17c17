/**
 * Lists the tags of one repository, page by page (OCI distribution specification, "Listing Tags"). A repository can have
 * hundreds of thousands: only so many pages are read. What is no tag by the reference grammar is left out.
 */
import { isTag } from "../reference/reference";
import { refusedWith } from "./failures";
import { parseObject } from "./jsonObject";
import { nextPage } from "./nextPage";
import { RegistryError, type TagList } from "./registry";
import type { Asking, RepositoryAddress, RepositoryRequests } from "./repositoryRequests";

const PAGE_SIZE = 1_000;
const MAX_PAGES = 10;

/** @throws RegistryError */
export async function fetchTags(
  requests: RepositoryRequests,
  address: RepositoryAddress,
  asking: Asking,
): Promise<TagList> {
  const { registry, repository } = address;
  const tags = new Set<string>();
  let location = `/v2/${repository}/tags/list?n=${PAGE_SIZE}`;
  for (let page = 1; page <= MAX_PAGES; page++) {
    const answer = await requests.send({ ...address, method: "GET", location, accept: "application/json" }, asking);
    if (answer.status !== 200) throw refusedWith(answer.status, registry, `the list of tags of ${repository}`);
    const members = parseObject(answer.body);
    // A repository whose tags were all removed has null there.
    const listed = members?.get("tags") ?? [];
    if (members === null || !Array.isArray(listed)) {
      throw new RegistryError("malformed-answer", `${registry} answered with a list of tags that is none.`);
    }
    for (const tag of listed) if (typeof tag === "string" && isTag(tag)) tags.add(tag);
    const next = nextPage(answer);
    if (next === null) return { tags: [...tags], isComplete: true };
    location = next.href;
  }
  return { tags: [...tags], isComplete: false };
}
