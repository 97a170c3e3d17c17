/**
 * Fetches a pull token for one repository from the server that a Bearer challenge names (distribution,
 * `docs/spec/auth/token.md` and `oauth.md`). The registry chooses that server, so credentials go to it only where it
 * belongs to the registry; any other is asked anonymously.
 */
import { getDomain } from "tldts";
import { shownServer } from "../endpoint";
import { refusedWith, shownHost } from "../failures";
import { type LinkSource, requireSafeLink } from "../http/address";
import type { HttpAnswer, Transport } from "../http/http";
import { sendFollowing } from "../http/redirects";
import { RegistryError } from "../registry";
import type { CredentialSource } from "./credentials";
import type { Credentials } from "./dockerConfiguration";

/** Whose challenge is answered: a registry's, or that of another service about a registry's images. */
export interface AuthenticatedRepository {
  /** Whose credentials are used: `docker.io` or `host[:port]`. */
  readonly registry: string;
  /** As the scope of a token names it; a Notary server's with the registry before it. */
  readonly repository: string;
  /** Where the server that sent the challenge answers. */
  readonly base: URL;
  /** The IP address that the challenge came from; absent or null where that is not known. */
  readonly address?: string | null;
  /** The user's own configuration allows the server without trusted TLS. */
  readonly isInsecure?: boolean;
  /** Nobody asked for what is behind the login: a token server that allows only few requests more is left alone too. */
  readonly isUnasked?: boolean;
  /**
   * Where the server was not named for this registry: the name of its own credentials, the only ones that it gets
   * itself. Token servers of the registry get the registry's all the same.
   */
  readonly ownLogin?: string;
  /** PEM texts of authorities that vouch for that server, in addition to those that are trusted anyway. */
  readonly certificateAuthorities?: readonly string[];
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

const publicSuffixes = { allowPrivateDomains: true };
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
  const credentials = isOwn ? await ports.credentials.find(loginFor(target, url), target.repository, signal) : null;
  const { certificateAuthorities = [] } = target;
  // They vouch for the server that was asked, not for another that is to get credentials.
  const authorities = credentials === null || url.hostname === target.base.hostname ? certificateAuthorities : [];
  const question: Question = {
    service,
    scope: `repository:${target.repository}:pull`,
    authorities,
    isInsecure: target.isInsecure === true && url.hostname === target.base.hostname,
    isUnasked: target.isUnasked === true,
    linkedFrom: { url: target.base, address: target.address ?? null },
  };
  const answer = await ask(url, question, credentials, ports, signal);
  if (answer.status === 401 || answer.status === 403) {
    const known = credentials === null ? "an anonymous request" : "the stored credentials";
    const whose = isOwn ? known : "an anonymous request, the only kind for a host that is not the registry's own";
    throw new RegistryError(
      "unauthorized",
      `${shownHost(url)}, the token server of ${shownServer(target)}, answered ${answer.status} to ${whose}.`,
    );
  }
  if (answer.status !== 200) throw refusedWith(answer.status, shownHost(url), `a token for ${target.repository}`);
  return parseToken(answer, url);
}

function realmUrl(target: AuthenticatedRepository, realm: string): URL {
  if (!URL.canParse(realm)) {
    throw new RegistryError("malformed-answer", `${shownServer(target)} named a token server that is no URL.`);
  }
  const url = new URL(realm);
  requireSafeLink({ url: target.base, address: target.address ?? null }, url, "named a token server at");
  return url;
}

/**
 * A host is the registry's own that has its name, or one below the same domain that somebody registered (publicsuffix.org,
 * private suffixes too): `registry.gitlab.com` and `gitlab.com`, but not two tenants of `github.io`.
 */
function belongsTo(realm: URL, { registry, base }: AuthenticatedRepository): boolean {
  const own = [base.hostname, hostnameOf(registry)];
  if (own.includes(realm.hostname)) return true;
  const domain = getDomain(realm.hostname, publicSuffixes);
  return domain !== null && own.some((host) => host !== null && getDomain(host, publicSuffixes) === domain);
}

/** Whose credentials a server gets that the target may send some to. */
export function loginFor({ registry, base, ownLogin }: AuthenticatedRepository, server: URL): string {
  const isOther = server.hostname === base.hostname && server.hostname !== hostnameOf(registry);
  return isOther && ownLogin !== undefined ? ownLogin : registry;
}

/** Without the port; null for a name that fits the reference grammar and is no host. */
function hostnameOf(registry: string): string | null {
  const url = `https://${registry}`;
  return URL.canParse(url) ? new URL(url).hostname : null;
}

interface Question {
  readonly service: string | undefined;
  readonly scope: string;
  readonly authorities: readonly string[];
  readonly isInsecure: boolean;
  readonly isUnasked: boolean;
  readonly linkedFrom: LinkSource;
}

function ask(
  realm: URL,
  question: Question,
  credentials: Credentials | null,
  { transport, timeLimit, bodyLimit }: TokenServerPorts,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const parameters = new URLSearchParams({ scope: question.scope });
  if (question.service !== undefined) parameters.set("service", question.service);
  const { authorities: certificateAuthorities, isInsecure, isUnasked, linkedFrom } = question;
  const rest = { timeLimit, bodyLimit, signal, certificateAuthorities, isInsecure, isUnasked, linkedFrom };

  if (credentials?.kind === "identity-token") {
    parameters.set("grant_type", "refresh_token");
    parameters.set("client_id", CLIENT_ID);
    parameters.set("refresh_token", credentials.token);
    const headers = { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" };
    // Sent to this URL alone: a redirect would take the token along in the body.
    return transport.send({ method: "POST", url: realm, headers, body: parameters.toString(), ...rest });
  }
  const url = new URL(realm);
  for (const [name, value] of parameters) url.searchParams.set(name, value);
  const headers = {
    Accept: "application/json",
    ...(credentials && { Authorization: basicAuthorization(credentials) }),
  };
  return sendFollowing(transport, { method: "GET", url, headers, ...rest });
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
