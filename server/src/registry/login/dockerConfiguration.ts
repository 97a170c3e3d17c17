/**
 * Reads the text of docker's `config.json` (docs.docker.com, "docker login", "Credential stores" and "credential
 * helpers"). Pure and forgiving: an entry of the wrong shape is left out, and no text makes it throw. What it returns
 * holds passwords, so it must never be logged.
 */
import { DOCKER_HUB, dockerHubHosts } from "../../reference/reference";

export type Credentials =
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, for the token server only (distribution, `docs/spec/auth/oauth.md`). */
  | { readonly kind: "identity-token"; readonly token: string };

export interface DockerConfiguration {
  /** Names of helpers by registry, as in `docker-credential-<name>`. */
  readonly helpers: ReadonlyMap<string, string>;
  /** The helper for every other registry. */
  readonly store: string | null;
  /** By registry; null where the file names the registry and keeps its credentials elsewhere. */
  readonly credentials: ReadonlyMap<string, Credentials | null>;
}

export const EMPTY_CONFIGURATION: DockerConfiguration = { helpers: new Map(), store: null, credentials: new Map() };

/** The key under which docker keeps Docker Hub's credentials, in the file and with its helpers. */
export const DOCKER_HUB_KEY = "https://index.docker.io/v1/";

/** @returns null where `text` is not a JSON object */
export function parseDockerConfiguration(text: string): DockerConfiguration | null {
  const configuration = objectIn(parseJson(text));
  if (configuration === null) return null;
  return {
    helpers: byRegistry(configuration.get("credHelpers"), (name) => nonEmptyString(name) ?? undefined),
    store: nonEmptyString(configuration.get("credsStore")),
    credentials: byRegistry(configuration.get("auths"), entryCredentials),
  };
}

/** The normalized registry that a key stands for: scheme and path are dropped, Docker Hub's names become `docker.io`. */
export function registryOfKey(key: string): string {
  const host = key
    .replace(/^https?:\/\//i, "")
    .replace(/\/.*$/s, "")
    .toLowerCase();
  return dockerHubHosts.has(host) ? DOCKER_HUB : host;
}

/**
 * Where several keys stand for one registry, the most exact counts: the plain host, or Docker Hub's own key. An entry
 * that `read` takes for unusable (undefined) is left out.
 */
function byRegistry<T>(value: unknown, read: (entry: unknown) => T | undefined): ReadonlyMap<string, T> {
  const entries = new Map<string, T>();
  const exact = new Set<string>();
  for (const [key, written] of objectIn(value) ?? []) {
    const registry = registryOfKey(key);
    const entry = read(written);
    if (registry === "" || entry === undefined || exact.has(registry)) continue;
    entries.set(registry, entry);
    if (key === registry || key === DOCKER_HUB_KEY) exact.add(registry);
  }
  return entries;
}

function entryCredentials(value: unknown): Credentials | null {
  const entry = objectIn(value);
  const token = nonEmptyString(entry?.get("identitytoken"));
  if (token !== null) return { kind: "identity-token", token };
  const pair = Buffer.from(nonEmptyString(entry?.get("auth")) ?? "", "base64").toString("utf8");
  const colon = pair.indexOf(":");
  // docker's own reader cuts the zero bytes that old versions padded the password with.
  const username = colon > 0 ? pair.slice(0, colon) : nonEmptyString(entry?.get("username"));
  const password = colon > 0 ? pair.slice(colon + 1).replace(/\0+$/, "") : nonEmptyString(entry?.get("password"));
  return username === null || password === null ? null : { kind: "basic", username, password };
}

function nonEmptyString(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** Own members only. */
function objectIn(value: unknown): ReadonlyMap<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? new Map(Object.entries(value)) : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}
