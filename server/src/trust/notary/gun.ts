/**
 * The globally unique name of a collection of trust data: the normalized repository with its registry, as Docker
 * Content Trust names it (`docker.io/library/alpine`, `localhost:5000/acme/app`).
 */
import type { Reference } from "../../reference/reference";

declare const gunBrand: unique symbol;
export type Gun = string & { readonly [gunBrand]: true };

/** The reference grammar has admitted every character of it, so that it may stand in a URL and a message as it is. */
export function gunOf({ registry, repository }: Pick<Reference, "registry" | "repository">): Gun {
  return `${registry}/${repository}` as Gun;
}
