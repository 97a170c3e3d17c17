/** Mutants that no test can tell from the source, each with its reason; an entry that no longer fits is an error. */

export interface Equivalent {
  readonly file: string;
  /** As the table of the run prints it. */
  readonly code: string;
  readonly why: string;
}

export const equivalents: readonly Equivalent[] = [
  {
    file: "server/src/trust/notary/keys.ts",
    code: "content.length !== 32",
    why: "node:crypto refuses an ed25519 key of another length itself",
  },
  {
    file: "server/src/trust/notary/metadata/signed.ts",
    code: "!(error instanceof JsonProblem)",
    why: "lets a mistake of ours through, and there is none that a test could make",
  },
  {
    file: "server/src/trust/notary/update.ts",
    code: "!(cause instanceof NotaryError)",
    why: "lets a mistake of ours through, and there is none that a test could make",
  },
  {
    file: "server/src/trust/notary/store.ts",
    code: "temporary.length === 0",
    why: "saves a look at the folder, and nothing else",
  },
  {
    file: "server/src/trust/notary/store.ts",
    code: 'error.code !== "ENOENT"',
    why: "a file system that fails in another way between two calls can't be had in a test",
  },
];
