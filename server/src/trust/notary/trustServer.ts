/**
 * Fetches metadata from a trust server by HTTPS (github.com/theupdateframework/notary, `server/server.go`:
 * `/v2/<GUN>/_trust/tuf/<name>.json`). It looks into nothing that it fetches, and sends the registry's credentials only
 * to token servers that belong to the registry or to the trust server.
 */
import type { Reference } from "../../reference/reference";
import { refusedWith, shownHost } from "../../registry/failures";
import type { Transport } from "../../registry/http/http";
import { type FollowedAnswer, sendFollowing } from "../../registry/http/redirects";
import { sendAuthenticated } from "../../registry/login/authenticatedSend";
import { createAuthentication } from "../../registry/login/authentication";
import type { CredentialSource } from "../../registry/login/credentials";
import { RegistryError } from "../../registry/registry";
import type { Asking } from "../../registry/repositoryRequests";
import { gunOf } from "./gun";
import type { MetadataSource } from "./metadataSource";
import { NotaryError } from "./notaryError";

export interface TrustServerPorts {
  readonly transport: Transport;
  readonly credentials: CredentialSource;
  /** Milliseconds; only differences count. */
  readonly now: () => number;
}

export interface TrustServer {
  /**
   * The metadata of the reference's repository.
   * @param isNamed whether the user named this server for the reference's registry: else it gets none of its credentials
   */
  metadataOf(reference: Reference, isNamed: boolean, asking: Asking): MetadataSource;
}

const TIME_LIMIT_MS = 10_000;
const TOKEN_BODY_LIMIT = 1024 * 1024;
/** Errors of the server itself come with a body of their own. */
const MIN_BODY_LIMIT = 64 * 1024;

/**
 * @param server https; its path stands before `/v2/`
 * @param authorities PEM texts, in addition to the authorities that are trusted anyway
 */
export function createTrustServer(
  server: URL,
  authorities: readonly string[],
  { transport, credentials, now }: TrustServerPorts,
): TrustServer {
  const authentication = createAuthentication(
    { transport, credentials, timeLimit: TIME_LIMIT_MS, bodyLimit: TOKEN_BODY_LIMIT },
    now,
  );
  const base = new URL(server.href.replace(/\/*$/, "/"));

  return {
    metadataOf(reference, isNamed, { signal, isUnasked }) {
      const gun = gunOf(reference);
      const target = {
        registry: reference.registry,
        repository: gun,
        base,
        certificateAuthorities: authorities,
        isUnasked,
        ...(isNamed ? {} : { ownLogin: base.host }),
      };
      return {
        async fetch(name, limit) {
          const url = new URL(`v2/${gun}/_trust/tuf/${name}.json`, base);
          const send = (authorization: string | null): Promise<FollowedAnswer> =>
            sendFollowing(transport, {
              method: "GET",
              url,
              headers: {
                Accept: "application/json",
                // What a cache on the way kept of a timestamp would look like a rollback.
                "Cache-Control": "no-cache",
                ...(authorization !== null && { Authorization: authorization }),
              },
              timeLimit: TIME_LIMIT_MS,
              bodyLimit: Math.max(limit, MIN_BODY_LIMIT),
              certificateAuthorities: authorities,
              isUnasked,
              signal,
            });
          const answer = await sendAuthenticated(authentication, target, send, signal).catch((error: unknown) => {
            throw error instanceof RegistryError && error.code === "too-large" ? tooLarge(name, error) : error;
          });
          if (answer.status === 404) return null;
          if (answer.status !== 200) throw refusedWith(answer.status, shownHost(base), `trust data for ${gun}`);
          if (answer.body.length > limit) throw tooLarge(name);
          return answer.body;
        },
      };
    },
  };
}

function tooLarge(name: string, cause?: RegistryError): NotaryError {
  const role = /^(?:\d+\.)?(root|timestamp|snapshot|targets(?:\/[^.]+)?)/.exec(name)?.[1] ?? "root";
  const step = role as NotaryError["step"];
  return new NotaryError("too-large", step, `The server sent more ${role} metadata than it may.`, { cause });
}
