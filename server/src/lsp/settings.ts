/**
 * Settings, read from what the client sends. They may be anything: what is not of the right form counts as absent, so
 * that a typing mistake in a settings file never stops the server.
 */

import type { RegistrySettings } from "../localRegistry";
import type { PinStyle } from "../pinning/pin";
import type { EditorProxy } from "../registry/http/proxies";
import { type Rule, type RuleSettings, type Severity, severities } from "../rules/rule";
import { rules } from "../rules/rules";

/** `automatic`: facts are fetched by themselves; `on-request`: only by an action; `off`: never. */
export type NetworkMode = "automatic" | "on-request" | "off";

/** Settings of a resource: a workspace or a folder may set them. */
export interface ResourceSettings {
  /** Without those that are about signatures. */
  readonly rules: RuleSettings;
  readonly pinStyle: PinStyle;
}

/** Settings of the user alone: clients don't take them from a workspace (scope `application` in VS Code). */
export interface UserSettings {
  readonly network: NetworkMode;
  /** Further registries that may be asked without an action, `host[:port]`. */
  readonly registries: readonly string[];
  /** Rules in the form of the policy file's `trust:` section; read by `EditorPolicy`. */
  readonly trust: unknown;
  readonly requireSignature: boolean;
  readonly registrySettings: RegistrySettings;
  /** Of the rules about signatures. */
  readonly signatureRules: RuleSettings;
}

/** What holds until the client has told its settings, or where it fails to. */
export const CAUTIOUS: UserSettings = {
  network: "on-request",
  registries: [],
  trust: [],
  requireSignature: false,
  registrySettings: { mirrors: {}, insecureRegistries: [], proxy: null },
  signatureRules: {},
};

export const SECTION = "digestPin";

export function readResourceSettings(value: unknown): ResourceSettings {
  const settings = record(value);
  const pinStyle = oneOf(settings.pinStyle, ["tag-and-digest", "digest-only"] as const);
  const own = rules.filter(({ isUsersOwn }) => !isUsersOwn);
  return { rules: readRules(settings.rules, own), pinStyle: pinStyle ?? "tag-and-digest" };
}

export function readUserSettings(value: unknown): UserSettings {
  const settings = record(value);
  const registries: unknown[] = Array.isArray(settings.registries) ? settings.registries : [];
  const { requireSignature = false } = settings;
  return {
    network: oneOf(settings.network, ["automatic", "on-request", "off"] as const) ?? "automatic",
    registries: registries.filter((registry) => typeof registry === "string"),
    trust: settings.trust ?? [],
    // A typing mistake must not take a requirement away.
    requireSignature: requireSignature !== false && requireSignature !== null,
    registrySettings: {
      mirrors: settings.mirrors ?? {},
      insecureRegistries: settings.insecureRegistries ?? [],
      proxy: readProxy(settings.proxy),
    },
    signatureRules: readRules(
      settings.rules,
      rules.filter(({ isUsersOwn }) => isUsersOwn),
    ),
  };
}

/** VS Code's `http.proxy` and its neighbours, as a client sends them along. */
function readProxy(value: unknown): EditorProxy | null {
  if (typeof value !== "object" || value === null) return null;
  const { proxy, noProxy, support, authorization } = record(value);
  return {
    proxy: typeof proxy === "string" ? proxy : "",
    noProxy: Array.isArray(noProxy) ? noProxy.filter((host) => typeof host === "string") : [],
    support: oneOf(support, ["off", "on", "fallback", "override"] as const) ?? "override",
    authorization: typeof authorization === "string" && authorization !== "" ? authorization : null,
  };
}

function readRules(value: unknown, own: readonly Rule[]): RuleSettings {
  const written = record(value);
  const settings: Record<string, Severity | "off"> = {};
  for (const { id } of own) {
    const severity = oneOf(written[id], [...severities, "off"] as const);
    if (severity !== null) settings[id] = severity;
  }
  return settings;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T | null {
  return allowed.find((item) => item === value) ?? null;
}
