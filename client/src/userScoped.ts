/**
 * Settings of the user alone, whatever the workspace says. Their scope `application` is to keep a workspace from setting
 * them, but VS Code before 1.132 does not apply it to settings that are written as nested objects.
 */
import * as vscode from "vscode";
import type { ConfigurationMiddleware } from "vscode-languageclient";
import { userScopedSettings } from "../../server/src/lsp/wire";

const SECTION = "digestPin";

/** VS Code's own settings that go along, as the server names them. */
const proxySettings = {
  proxy: "proxy",
  noProxy: "noProxy",
  support: "proxySupport",
  authorization: "proxyAuthorization",
};

/** Whether one of these changed: the server hears by itself of its own section alone. */
export function affectsProxy(event: vscode.ConfigurationChangeEvent): boolean {
  return Object.values(proxySettings).some((name) => event.affectsConfiguration(`http.${name}`));
}

/** Answers `workspace/configuration` as VS Code would, with the user's own values of those settings. */
export const userScoped: NonNullable<ConfigurationMiddleware["configuration"]> = async (parameters, token, next) => {
  const answer = await next(parameters, token);
  if (!Array.isArray(answer)) return answer;
  return answer.map((settings: unknown, index) =>
    parameters.items[index]?.section === SECTION ? withUsersOwn(settings) : settings,
  );
};

function withUsersOwn(settings: unknown): unknown {
  // A copy that may be changed: what VS Code gives is its own.
  const own = structuredClone(plain(settings));
  const configuration = vscode.workspace.getConfiguration(SECTION);
  for (const name of userScopedSettings) {
    const { defaultValue, globalValue } = configuration.inspect(name) ?? {};
    const [first = "", second] = name.split(".");
    const value = globalValue ?? defaultValue;
    if (second === undefined) own[first] = value;
    else own[first] = { ...plain(own[first]), [second]: value };
  }
  own.proxy = usersProxy();
  return own;
}

/** The proxy that the user has set for all of VS Code. A workspace must not choose whom a login is sent through. */
function usersProxy(): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration("http");
  const own = Object.entries(proxySettings).map(([key, name]) => {
    const { defaultValue, globalValue } = configuration.inspect(name) ?? {};
    return [key, globalValue ?? defaultValue ?? null] as const;
  });
  return Object.fromEntries(own);
}

function plain(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
