/** What is known of an image without asking anybody. */
import type { Reference } from "../reference/reference";
import { type Publisher, publisherOf } from "./publishers";
import { type TagMobility, tagMobility } from "./tags";

export interface Catalog {
  publisherOf(reference: Reference): Publisher;
  tagMobility(tag: string): TagMobility;
}

export const catalog: Catalog = { publisherOf, tagMobility };
