/**
 * The policy in force in the editor: the user's file, and the user's settings beside it. A part that can't be read
 * leaves nothing verified, and says so.
 */
import { readFile } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { EMPTY_POLICY, type TrustPolicy } from "../trust/policy/trustRule";
import type { UserPolicy } from "../trust/policy/userPolicy";
import type { UserSettings } from "./settings";

export class EditorPolicy {
  private fromSettings: TrustPolicy = EMPTY_POLICY;
  private changes = 0;

  constructor(
    private readonly file: UserPolicy,
    /** Told what is wrong, whenever that is something else. */
    private readonly onProblem: (problem: string) => void,
  ) {}

  current(): TrustPolicy {
    const file = this.file.current();
    return {
      rules: [...file.rules, ...this.fromSettings.rules],
      requireSignature: file.requireSignature || this.fromSettings.requireSignature,
      problem: file.problem ?? this.fromSettings.problem,
    };
  }

  async configure({ trust, requireSignature }: UserSettings): Promise<void> {
    this.changes += 1;
    const change = this.changes;
    const read = await readSetting(trust);
    // Settings that later ones have overtaken are not the user's any more.
    if (change !== this.changes) return;
    this.fromSettings = { ...read, requireSignature };
    if (this.fromSettings.problem !== null) this.onProblem(this.fromSettings.problem);
    await this.refresh();
  }

  /** Reads the file where it has changed. @returns whether it has */
  async refresh(): Promise<boolean> {
    const hasChanged = await this.file.refresh();
    const { problem } = this.file.current();
    if (hasChanged && problem !== null) this.onProblem(problem);
    return hasChanged;
  }
}

async function readSetting(value: unknown): Promise<TrustPolicy> {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return EMPTY_POLICY;
  const { parseTrustSetting } = await import("../trust/policy/policyFile");
  const { policy, problems } = await parseTrustSetting(value, readAbsolute);
  return policy ?? { ...EMPTY_POLICY, problem: `Setting digestPin.trust: ${problems[0].message}` };
}

/** A relative path would be one within whatever folder the server runs in. */
async function readAbsolute(path: string): Promise<string | null> {
  return isAbsolute(path) ? readFile(path, "utf8") : null;
}
