/**
 * From a registry's name to the URL where its API answers (OCI distribution specification, "Endpoints"). A registry is
 * asked by https; plain http is tried where no TLS answered, and only on loopback or where the user's own configuration
 * calls the registry insecure.
 */
import { DOCKER_HUB } from "../reference/reference";
import { shownHost } from "./failures";
import { isLoopback } from "./http/address";
import { RegistryError } from "./registry";

const DOCKER_HUB_API = "https://registry-1.docker.io";

export interface Endpoint {
  /** `docker.io` or `host[:port]`. */
  readonly registry: string;
  /** The user's configuration allows it without trusted TLS. */
  readonly isInsecure: boolean;
}

export interface Endpoints {
  /**
   * Runs `attempt` with the registry's base URL, where http is allowed a second time with it if the first found no TLS.
   * The protocol that answered is kept for the life of the client.
   */
  reach<T>(endpoint: Endpoint, attempt: (base: URL) => Promise<T>): Promise<Reached<T>>;
}

export interface Reached<T> {
  readonly base: URL;
  readonly result: T;
}

export function createEndpoints(): Endpoints {
  const answeredAt = new Map<string, URL>();

  return {
    async reach({ registry, isInsecure }, attempt) {
      const at = async (base: URL) => ({ base, result: await attempt(base) });
      const secure = secureBase(registry);
      if (!isInsecure && !isLoopback(secure)) return at(secure);
      const known = answeredAt.get(registry);
      if (known !== undefined) return at(known);
      const reached = await at(secure).catch((error: unknown) => {
        if (foundNoTls(error)) return at(new URL(secure.href.replace(/^https/, "http")));
        throw error;
      });
      answeredAt.set(registry, reached.base);
      return reached;
    },
  };
}

/** @throws RegistryError `unreachable` for a name that fits the reference grammar and is no host: `a.b:99999` */
export function secureBase(registry: string): URL {
  const text = registry === DOCKER_HUB ? DOCKER_HUB_API : `https://${registry}`;
  if (!URL.canParse(text)) throw new RegistryError("unreachable", `${registry} is not the address of a host.`);
  return new URL(text);
}

/** Who answers at `base`, for a sentence: its host, and for Docker Hub's API the name by which users know it. */
export function shownServer({ registry, base }: { readonly registry: string; readonly base: URL }): string {
  return registry === DOCKER_HUB && base.origin === DOCKER_HUB_API ? DOCKER_HUB : shownHost(base);
}

/** Nobody listens, or who listens does not speak TLS. A certificate that is not trusted is neither. */
function foundNoTls(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  if (error.code === "unreachable") return true;
  const code = error.cause instanceof Error && "code" in error.cause ? String(error.cause.code) : "";
  return error.code === "tls" && (code === "EPROTO" || code.startsWith("ERR_SSL_"));
}
