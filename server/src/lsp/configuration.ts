/** The settings in force, asked of the client once a resource and kept until it says that they changed. */
import type { Connection } from "vscode-languageserver/node";
import type { Abilities } from "./abilities";
import { type ResourceSettings, readResourceSettings, readUserSettings, SECTION, type UserSettings } from "./settings";

export class Configuration {
  private readonly byResource = new Map<string, ResourceSettings>();
  private readonly asked = new Map<string, Promise<ResourceSettings>>();
  /** What a client without `workspace/configuration` last sent. */
  private pushed: unknown;

  constructor(
    private readonly connection: Connection,
    private readonly abilities: Abilities,
  ) {}

  /** The resource's settings where they are known already. */
  known(uri: string): ResourceSettings | null {
    return this.byResource.get(uri) ?? null;
  }

  async of(uri: string): Promise<ResourceSettings> {
    const known = this.byResource.get(uri);
    if (known !== undefined) return known;
    const asked = this.asked.get(uri) ?? this.askClient(uri);
    this.asked.set(uri, asked);
    return asked;
  }

  async ofUser(): Promise<UserSettings> {
    if (!this.abilities.configuration) return readUserSettings(this.pushed);
    return readUserSettings(await this.connection.workspace.getConfiguration({ section: SECTION }));
  }

  /** `settings`: what the client sent with the change, for clients that send them whole. */
  changed(settings: unknown): void {
    this.byResource.clear();
    this.asked.clear();
    if (typeof settings === "object" && settings !== null && SECTION in settings) {
      this.pushed = (settings as Record<string, unknown>)[SECTION];
    }
  }

  forget(uri: string): void {
    this.byResource.delete(uri);
    this.asked.delete(uri);
  }

  private async askClient(uri: string): Promise<ResourceSettings> {
    const settings = readResourceSettings(
      this.abilities.configuration
        ? await this.connection.workspace.getConfiguration({ scopeUri: uri, section: SECTION })
        : this.pushed,
    );
    // A change that came meanwhile has made this answer old: whoever asks next asks the client again.
    if (this.asked.has(uri)) this.byResource.set(uri, settings);
    return settings;
  }
}
