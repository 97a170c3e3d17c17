/**
 * The settings in force, asked of the client once a resource and kept until it says that they changed. A client that
 * does not answer gets the defaults, and for the network the cautious ones.
 */
import type { Connection } from "vscode-languageserver/node";
import type { Abilities } from "./abilities";
import {
  CAUTIOUS,
  type ResourceSettings,
  readResourceSettings,
  readUserSettings,
  SECTION,
  type UserSettings,
} from "./settings";

export class Configuration {
  private readonly byResource = new Map<string, ResourceSettings>();
  private readonly underWay = new Map<string, Promise<ResourceSettings>>();
  private ofUserBefore = CAUTIOUS;
  /** What a client without `workspace/configuration` last sent. */
  private pushed: unknown;

  constructor(
    private readonly connection: Connection,
    private readonly abilities: Abilities,
  ) {}

  async of(uri: string): Promise<ResourceSettings> {
    const known = this.byResource.get(uri);
    if (known !== undefined) return known;
    const asked = this.underWay.get(uri);
    if (asked !== undefined) return asked;
    const asking = this.askClient(uri).then((settings) => readResourceSettings(settings ?? {}));
    this.underWay.set(uri, asking);
    const settings = await asking;
    // A change that came meanwhile has made this answer old: whoever asks next asks the client again.
    if (this.underWay.get(uri) === asking) {
      this.underWay.delete(uri);
      this.byResource.set(uri, settings);
    }
    return settings;
  }

  /** What was told last where the client fails to say: nothing that was required is taken back by that. */
  async ofUser(): Promise<UserSettings> {
    const settings = await this.askClient(undefined);
    if (settings === undefined) return { ...this.ofUserBefore, network: CAUTIOUS.network };
    this.ofUserBefore = readUserSettings(settings);
    return this.ofUserBefore;
  }

  /** `settings`: what the client sent with the change, for clients that send them whole. */
  changed(settings: unknown): void {
    this.byResource.clear();
    this.underWay.clear();
    if (typeof settings === "object" && settings !== null && SECTION in settings) {
      this.pushed = (settings as Record<string, unknown>)[SECTION];
    }
  }

  forget(uri: string): void {
    this.byResource.delete(uri);
    this.underWay.delete(uri);
  }

  /** The section as the client has it, null where it has none; undefined where it fails to say. */
  private async askClient(scopeUri: string | undefined): Promise<unknown> {
    if (!this.abilities.configuration) return this.pushed ?? null;
    const item = { section: SECTION, ...(scopeUri === undefined ? {} : { scopeUri }) };
    try {
      return (await this.connection.workspace.getConfiguration(item)) ?? null;
    } catch (error) {
      this.connection.console.warn(
        `The client did not tell its settings: ${error instanceof Error ? error.message : ""}`,
      );
      return undefined;
    }
  }
}
