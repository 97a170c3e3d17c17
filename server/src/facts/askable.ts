/**
 * Which registries may be asked without an action of the user (DESIGN.md, promise 6): those that the user already
 * uses. A document can name any host, and that alone never makes a request go there.
 */
import { publisherOf } from "../catalog/publishers";
import { wellKnownRegistries } from "../catalog/registries";
import type { Reference } from "../reference/reference";

export interface UserRegistries {
  /** Registries in the user's own settings. */
  readonly fromSettings: readonly string[];
  /** Registries that the docker configuration has credentials for. */
  readonly fromDocker: ReadonlySet<string>;
  /** Whether the user's policy names the registry of the image. */
  readonly isInPolicy: (reference: Reference) => boolean;
}

export function isAskedAutomatically(
  reference: Reference,
  { fromSettings, fromDocker, isInPolicy }: UserRegistries,
): boolean {
  const { registry } = reference;
  // A bare name that is no official image is mostly a local build: its name is nobody else's business.
  if (publisherOf(reference) === "local") return false;
  if (wellKnownRegistries.has(registry) || fromDocker.has(registry)) return true;
  return fromSettings.includes(registry) || isInPolicy(reference);
}
