/** The shapes of what is known of an image: the only part of `facts` that rules and pinning may see. */
import type { Descriptor, RegistryErrorCode } from "../registry/registry";

export type { Catalog } from "../catalog/catalog";

/** What the registry answered for a reference, or why it did not. */
export type Answer =
  | { readonly kind: "found"; readonly descriptor: Descriptor; readonly askedAt: Date }
  | {
      readonly kind: "unavailable";
      readonly code: RegistryErrorCode;
      readonly message: string;
      readonly askedAt: Date;
    };
