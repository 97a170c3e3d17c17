/** Who publishes an image, by its name alone: the list of Docker Official Images, and publishers known by name. */
import { DOCKER_HUB, type Reference } from "../reference/reference";
import data from "./official-images.json";

/**
 * `official`: on the list of Docker Official Images. `known`: of a publisher on our list. `community`: anybody else's
 * on Docker Hub. `local`: a bare name that is not on the list, so built locally or misspelled. `elsewhere`: on another
 * registry.
 */
export type Publisher = "official" | "known" | "community" | "local" | "elsewhere";

const officialNamespace = "library/";
const official: ReadonlySet<string> = new Set(data.official);
/** Namespaces on Docker Hub: Docker's own. */
const knownNamespaces: ReadonlySet<string> = new Set(["docker", "moby"]);

export function publisherOf({ registry, repository }: Reference): Publisher {
  if (registry !== DOCKER_HUB) return "elsewhere";
  if (repository.startsWith(officialNamespace)) {
    return official.has(repository.slice(officialNamespace.length)) ? "official" : "local";
  }
  return knownNamespaces.has(repository.slice(0, repository.indexOf("/"))) ? "known" : "community";
}
