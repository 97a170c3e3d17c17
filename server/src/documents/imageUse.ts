/**
 * What a document adapter finds: places that name an image, each with its exact range and with the text that an edit
 * would have to change. Data only; every string in it comes from the file under edit and is not trusted.
 */
import type { OffsetRange, ParsedReference } from "../reference/reference";

export type UseKind = "from" | "compose-image";

/** A stretch of a resolved reference that stands verbatim in the document. */
export interface Stretch {
  /** Where it begins in the resolved reference. */
  readonly at: number;
  readonly range: OffsetRange;
}

/** Why the text that feeds a use takes no digest. */
export type OriginRefusal =
  | "variable-not-last"
  | "variable-without-default"
  | "variable-read-elsewhere"
  | "variable-feeds-other-references"
  | "default-from-variables"
  | "scalar-with-escapes"
  | "yaml-alias"
  | "anchor-read-elsewhere";

/** The text that an edit has to change. */
export type Origin =
  | { readonly kind: "literal"; readonly stretches: readonly Stretch[] }
  /** The default of an `ARG` that ends every reference it feeds; other stretches of the reference can't be edited. */
  | { readonly kind: "argument"; readonly name: string; readonly stretches: readonly Stretch[] }
  /** `appendAt`: where a digest could still be appended by hand, at the price that an override has no effect. */
  | { readonly kind: "fixed"; readonly reason: OriginRefusal; readonly appendAt: number | null };

export interface Variable {
  readonly name: string;
  /** The value of the definition that feeds the use; null where the document has none. */
  readonly definition: OffsetRange | null;
}

export interface ImageUse {
  readonly kind: UseKind;
  /** The reference as it is written, without surrounding quotes. */
  readonly range: OffsetRange;
  /** The text of that range; where a line continuation splits it, the joined text. */
  readonly raw: string;
  /** `raw` with variables replaced and quotes removed; null where a variable has no value. */
  readonly resolved: string | null;
  /** `resolved` as a reference or as a problem; null where `resolved` is. */
  readonly parsed: ParsedReference | null;
  /** Value of `--platform` or of Compose's `platform`; null where there is none, or it has a variable without value. */
  readonly platform: string | null;
  readonly variables: readonly Variable[];
  readonly origin: Origin;
}

export type DocumentProblemCode = "yaml-syntax" | "too-many-aliases" | "too-large";

export interface DocumentProblem extends OffsetRange {
  readonly code: DocumentProblemCode;
  readonly message: string;
}

export interface ImageDocument {
  /** In the order of the text. */
  readonly uses: readonly ImageUse[];
  /** What keeps the document from being read whole; the uses are those that could be read all the same. */
  readonly problems: readonly DocumentProblem[];
}
