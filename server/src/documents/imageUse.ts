/**
 * What a document adapter finds: places that name an image, each with its exact range and with the text that an edit
 * would have to change. Data only; every string in it comes from the file under edit and is not trusted.
 */
import type { OffsetRange, ParsedReference } from "../reference/reference";
import type { FilePath } from "./surroundings";

export const useKinds = [
  "syntax",
  "from",
  "copy-from",
  "mount-from",
  "onbuild-copy-from",
  "onbuild-mount-from",
  "compose-image",
  "compose-pre-start-image",
  "compose-build-context",
  "compose-volume-image",
  "compose-model",
] as const;
export type UseKind = (typeof useKinds)[number];

/** A stretch of a resolved reference that stands verbatim in a document. */
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
  | "variable-not-expanded"
  | "scalar-with-escapes"
  | "anchor-read-elsewhere"
  | "anchor-feeds-other-references"
  | "environment-file-ignored"
  | "environment-file-shared"
  | "value-from-environment";

/** The text that an edit has to change. */
export type Origin =
  /** The use itself, or the YAML anchor that it is an alias of. */
  | { readonly kind: "literal"; readonly stretches: readonly Stretch[] }
  /** The default of an `ARG` that ends every reference it feeds; other stretches of the reference can't be edited. */
  | { readonly kind: "argument"; readonly name: string; readonly stretches: readonly Stretch[] }
  /** The default within `${NAME:-default}` that ends the reference. */
  | { readonly kind: "default"; readonly name: string; readonly stretches: readonly Stretch[] }
  /** A line of an environment file, whose value ends every reference it feeds; the stretches are in that file. */
  | {
      readonly kind: "environment-file";
      readonly name: string;
      readonly path: FilePath;
      readonly stretches: readonly Stretch[];
    }
  /** `appendAt`: where a digest could still be appended by hand, at the price that an override has no effect. */
  | { readonly kind: "fixed"; readonly reason: OriginRefusal; readonly appendAt: number | null };

export interface Variable {
  readonly name: string;
  /** The value of the definition that feeds the use; null where none is known. */
  readonly definition: VariableDefinition | null;
  /** Compose services that set it as a build argument, `service (compose.yaml)`. */
  readonly setBy: readonly string[];
}

export interface VariableDefinition {
  /** Null for the document itself. */
  readonly path: FilePath | null;
  readonly range: OffsetRange;
}

export interface ImageUse {
  readonly kind: UseKind;
  /** The reference as it is written, without surrounding quotes. */
  readonly range: OffsetRange;
  /** The text of that range; where a line continuation splits it, the joined text. */
  readonly raw: string;
  /** `raw` with variables replaced and quotes removed; null where a variable has no value. */
  readonly resolved: string | null;
  /** `resolved` as a reference or as a problem; null where `resolved` is, and for a model. */
  readonly parsed: ParsedReference | null;
  /** Why `resolved` is null: a variable without value, a variable where none is expanded, or a template's placeholder. */
  readonly unresolved: "variable" | "not-expanded" | "template" | null;
  /** Value of `--platform` or of Compose's `platform`; null where there is none, or it has a variable without value. */
  readonly platform: string | null;
  readonly variables: readonly Variable[];
  readonly origin: Origin;
}

/** A `--from` that means a stage of the same Dockerfile which is not there yet: an error, and no image. */
export interface UndeclaredStage extends OffsetRange {
  /** The stage's name or number, as written. */
  readonly name: string;
  readonly kind: UseKind;
}

/** A name that a Compose project gives to what it builds: no use, wherever it stands. */
export interface BuildOutput extends OffsetRange {
  readonly name: string;
  /** The service that builds it. */
  readonly service: string;
  /** False with `pull_policy: build`: else Compose tries to pull it first. */
  readonly mayBePulled: boolean;
}

export type DocumentProblemCode =
  | "yaml-syntax"
  | "too-many-aliases"
  | "too-large"
  | "duplicate-key"
  | "remote-include"
  | "onbuild-from";

export interface DocumentProblem extends OffsetRange {
  readonly code: DocumentProblemCode;
  readonly message: string;
  /** False where only the named part was passed over, and every use outside of it is certain. */
  readonly isFatal: boolean;
}

export interface ImageDocument {
  /** In the order of the text. */
  readonly uses: readonly ImageUse[];
  readonly undeclaredStages: readonly UndeclaredStage[];
  readonly outputs: readonly BuildOutput[];
  /** What keeps the document from being read whole; the uses are those that could be read all the same. */
  readonly problems: readonly DocumentProblem[];
  /** Every other file that was asked for, loaded or not: a change in one of them may change this reading. */
  readonly surroundings: readonly FilePath[];
  /** Files that this document brings in as part of its project (`include`, `extends`), whose uses are their own. */
  readonly parts: readonly FilePath[];
}
