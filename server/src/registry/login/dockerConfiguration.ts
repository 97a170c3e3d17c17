/**
 * Reads the text of docker's `config.json` (docs.docker.com, "docker login", "Credential stores" and "credential
 * helpers") and of Podman's `auth.json` (containers-auth.json(5)), whose keys may name more than a registry. Pure and
 * forgiving: an entry of the wrong shape is left out, and no text makes it throw. What it returns holds passwords, so it
 * must never be logged.
 */
import { DOCKER_HUB, dockerHubHosts } from "../../reference/reference";
import { objectIn, parseObject } from "../jsonObject";

export type Credentials =
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, for the token server only (distribution, `docs/spec/auth/oauth.md`). */
  | { readonly kind: "identity-token"; readonly token: string };

export interface DockerConfiguration {
  /** Names of helpers by scope, as in `docker-credential-<name>`. */
  readonly helpers: ReadonlyMap<string, string>;
  /** The helper for every other registry. */
  readonly store: string | null;
  /** By scope; null where the file names the scope and keeps its credentials elsewhere. */
  readonly credentials: ReadonlyMap<string, Credentials | null>;
}

/** The key under which docker keeps Docker Hub's credentials, in the file and with its helpers. */
export const DOCKER_HUB_KEY = "https://index.docker.io/v1/";

/**
 * @param scopeOf what a key stands for: `registryOfKey` or `namespaceOfKey`
 * @returns null where `text` is not a JSON object
 */
export function parseDockerConfiguration(text: string, scopeOf: (key: string) => string): DockerConfiguration | null {
  const configuration = parseObject(Buffer.from(text));
  if (configuration === null) return null;
  return {
    helpers: byScope(configuration.get("credHelpers"), scopeOf, (name) => nonEmptyString(name) ?? undefined),
    store: nonEmptyString(configuration.get("credsStore")),
    credentials: byScope(configuration.get("auths"), scopeOf, entryCredentials),
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
 * The registry, or the namespace or repository in it, that a key stands for: `quay.io/acme/app`. A key with a scheme is
 * one of docker's, and stands for its registry.
 */
export function namespaceOfKey(key: string): string {
  if (/^https?:\/\//i.test(key)) return registryOfKey(key);
  const [host = "", ...path] = key.replace(/\/+$/, "").split("/");
  return [registryOfKey(host), ...path].join("/");
}

/**
 * Where several keys stand for one scope, the most exact counts: the plain host, or Docker Hub's own key. An entry
 * that `read` takes for unusable (undefined) is left out.
 */
function byScope<T>(
  value: unknown,
  scopeOf: (key: string) => string,
  read: (entry: unknown) => T | undefined,
): ReadonlyMap<string, T> {
  const entries = new Map<string, T>();
  const exact = new Set<string>();
  for (const [key, written] of objectIn(value) ?? []) {
    const scope = scopeOf(key);
    const entry = read(written);
    if (scope === "" || entry === undefined || exact.has(scope)) continue;
    entries.set(scope, entry);
    if (key === scope || key === DOCKER_HUB_KEY) exact.add(scope);
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
