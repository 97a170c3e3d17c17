/**
 * What a rule is. Most look at one image use and say at most one thing about it, a few at what else stands in a
 * document; none knows a clock, a file or the network. From these objects `scripts/generate.mts` writes the docs pages, the settings and the README's table.
 */
import type { ImageDocument, ImageUse } from "../documents/imageUse";
import type { Catalog, Knowledge } from "../facts/types";
import type { OffsetRange } from "../reference/reference";

export const severities = ["error", "warning", "information", "hint"] as const;
export type Severity = (typeof severities)[number];

export interface RuleHit {
  /** One sentence, or two. It holds no text of the document but what the reference grammar has admitted. */
  readonly message: string;
  /** Where this case weighs more or less than the rule's default; a severity that the user sets outweighs it. */
  readonly severity?: Severity;
}

interface RuleText {
  /** Kebab case: also the file's name, the diagnostic's code, the docs page and the settings key. */
  readonly id: string;
  readonly defaultSeverity: Severity;
  /** True for what no repository may quiet, which is about signatures and digests: the setting is the user's alone. */
  readonly isUsersOwn?: true;
  /** One sentence. */
  readonly summary: string;
  /** The body of the docs page, Markdown. */
  readonly docs: string;
}

export interface ImageRule extends RuleText {
  /** @param known what registry and trust say of the image, as far as that is known */
  check(use: ImageUse, catalog: Catalog, known: Knowledge): RuleHit | null;
}

export interface DocumentRule extends RuleText {
  checkDocument(document: ImageDocument): readonly (RuleHit & OffsetRange)[];
}

export type Rule = ImageRule | DocumentRule;

export interface Finding extends OffsetRange {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  /** Null for what is no image's. */
  readonly use: ImageUse | null;
}

/** Severity by rule id, as the user set it; a rule that is absent has its default. */
export type RuleSettings = Readonly<Record<string, Severity | "off">>;
