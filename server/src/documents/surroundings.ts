/**
 * What stands around a document: the other files that decide what it means (`.env`, overrides, `extends`, `include`,
 * the Compose file that builds a Dockerfile). An adapter asks for a file by its path and never touches a disk: what is
 * not there yet it writes down, reads on without it, and is run again once it was loaded (`loadedReading.ts`).
 */

/** Absolute and normalized, with "/" between its parts. It may be any path that a document names, also outside its root. */
export type FilePath = string;

export type SurroundingFile =
  | {
      readonly kind: "text";
      readonly text: string;
      /** Whether git ignores it: such a file is never edited. */
      readonly isIgnored: boolean;
    }
  /** There is none, or it is no readable text. */
  | { readonly kind: "absent" }
  /** Its real path is outside the root: it is not read, whatever the document says. */
  | { readonly kind: "outside" };

export interface Surroundings {
  /** The document's own path; null where it has none, as an unsaved one. */
  readonly path: FilePath | null;
  /** A folder nobody looks above: the root of the repository (DESIGN.md, "Words"), as it leads to the document. */
  readonly root: FilePath | null;
  /** Undefined where it was not loaded yet. */
  file(path: FilePath): SurroundingFile | undefined;
  /** First files of the projects that are known to include or extend this document. */
  readonly projects: readonly FilePath[];
  /** Variables of the process, where the user lets them count; Compose gives them precedence over `.env`. */
  readonly environment: ReadonlyMap<string, string>;
}

/** A document that stands alone. */
export const alone: Surroundings = {
  path: null,
  root: null,
  file: () => undefined,
  projects: [],
  environment: new Map(),
};
