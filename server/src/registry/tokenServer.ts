/**
 * Fetches a pull token for one repository from the server that a Bearer challenge names (distribution,
 * `docs/spec/auth/token.md` and `oauth.md`). The registry chooses that server, so credentials go to it only where it
 * belongs to the registry; any other is asked anonymously.
 */
import { DOCKER_HUB } from "../reference/reference";
import { requireSafeLink } from "./address";
import type { CredentialSource } from "./credentials";
import type { Credentials } from "./dockerConfiguration";
import { refusedWith, shownHost } from "./failures";
import type { HttpAnswer, HttpRequest, Transport } from "./http";
import { sendFollowing } from "./redirects";
import { RegistryError } from "./registry";

/** Whose challenge is answered. */
export interface AuthenticatedRepository {
  readonly registry: string;
  readonly repository: string;
  /** Where the registry answered. */
  readonly base: URL;
}

export interface PullToken {
  readonly value: string;
  /** Milliseconds, counted from the request. */
  readonly lifetime: number;
}

export interface TokenServerPorts {
  readonly transport: Transport;
  readonly credentials: CredentialSource;
  /** Milliseconds. */
  readonly timeLimit: number;
  /** Bytes. */
  readonly bodyLimit: number;
}

/** Token servers on other hosts that are the registry's own. */
const ownTokenServers: Readonly<Record<string, string>> = {
  [DOCKER_HUB]: "auth.docker.io",
  "registry.gitlab.com": "gitlab.com",
};

const CLIENT_ID = "digest-pin";
/** Seconds, where the answer does not tell (`token.md`, "expires_in"). */
const DEFAULT_LIFETIME = 60;
/** What may stand in a header field and is no separator. */
const tokenForm = /^[\x21-\x7e]+$/;

/**
 * @param realm and `service` as the challenge has them
 * @throws RegistryError
 */
export async function fetchPullToken(
  target: AuthenticatedRepository,
  realm: string,
  service: string | undefined,
  ports: TokenServerPorts,
  signal: AbortSignal,
): Promise<PullToken> {
  const url = realmUrl(target, realm);
  const isOwn = belongsTo(url, target);
  const credentials = isOwn ? await ports.credentials.find(target.registry, signal) : null;
  const answer = await ask(url, { service, scope: `repository:${target.repository}:pull` }, credentials, ports, signal);
  if (answer.status === 401 || answer.status === 403) {
    const known = credentials === null ? "an anonymous request" : "the stored credentials";
    const whose = isOwn ? known : "an anonymous request, the only kind for a host that is not the registry's own";
    throw new RegistryError(
      "unauthorized",
      `${shownHost(url)}, the token server of ${target.registry}, answered ${answer.status} to ${whose}.`,
    );
  }
  if (answer.status !== 200) throw refusedWith(answer.status, shownHost(url), `a token for ${target.repository}`);
  return parseToken(answer, url);
}

function realmUrl({ base, registry }: AuthenticatedRepository, realm: string): URL {
  if (!URL.canParse(realm)) {
    throw new RegistryError("malformed-answer", `${registry} named a token server that is no URL.`);
  }
  const url = new URL(realm);
  requireSafeLink(base, url, "named a token server at");
  return url;
}

function belongsTo(realm: URL, { registry, base }: AuthenticatedRepository): boolean {
  return (
    realm.hostname === base.hostname || realm.hostname === registry || realm.hostname === ownTokenServers[registry]
  );
}

function ask(
  realm: URL,
  question: { readonly service: string | undefined; readonly scope: string },
  credentials: Credentials | null,
  { transport, timeLimit, bodyLimit }: TokenServerPorts,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const parameters = new URLSearchParams({ scope: question.scope });
  if (question.service !== undefined) parameters.set("service", question.service);
  const limits: Pick<HttpRequest, "timeLimit" | "bodyLimit" | "signal"> = { timeLimit, bodyLimit, signal };

  if (credentials?.kind === "identity-token") {
    parameters.set("grant_type", "refresh_token");
    parameters.set("client_id", CLIENT_ID);
    parameters.set("refresh_token", credentials.token);
    const headers = { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" };
    // Sent to this URL alone: a redirect would take the token along in the body.
    return transport.send({ method: "POST", url: realm, headers, body: parameters.toString(), ...limits });
  }
  const url = new URL(realm);
  for (const [name, value] of parameters) url.searchParams.set(name, value);
  const headers = {
    Accept: "application/json",
    ...(credentials && { Authorization: basicAuthorization(credentials) }),
  };
  return sendFollowing(transport, { method: "GET", url, headers, ...limits });
}

/** RFC 7617, section 2. */
export function basicAuthorization({ username, password }: Credentials & { kind: "basic" }): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

function parseToken({ body }: HttpAnswer, url: URL): PullToken {
  const { token, access_token: accessToken, expires_in: expiresIn } = parseObject(body);
  const value = typeof token === "string" && token !== "" ? token : accessToken;
  if (typeof value !== "string" || !tokenForm.test(value)) {
    throw new RegistryError("malformed-answer", `${shownHost(url)} answered without a usable token.`);
  }
  const seconds = typeof expiresIn === "number" && expiresIn > 0 ? expiresIn : DEFAULT_LIFETIME;
  return { value, lifetime: seconds * 1000 };
}

function parseObject(body: Buffer): Record<string, unknown> {
  try {
    return Object(JSON.parse(body.toString("utf8"))) as Record<string, unknown>;
  } catch {
    return {};
  }
}
