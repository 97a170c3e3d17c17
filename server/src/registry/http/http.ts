/**
 * One HTTP exchange as the registry's client sees it. These types stand apart from `transport.ts` so that naming them
 * never loads the HTTP library: a transport is made only with the first request.
 */
import type { LinkSource } from "./address";

export interface HttpRequest {
  readonly method: "HEAD" | "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds from the moment the request is sent to the last byte of its answer. */
  readonly timeLimit: number;
  /** Bytes of the answer's body. */
  readonly bodyLimit: number;
  readonly signal: AbortSignal;
  /** Nobody asked for it: it is not sent where the host allows only few requests more. */
  readonly isUnasked?: boolean;
  /** PEM texts of authorities that are trusted for this request, in addition to those that are trusted anyway. */
  readonly certificateAuthorities?: readonly string[];
  /** Shown to a server that asks who is there. */
  readonly clientCertificate?: ClientCertificate;
  /** The user's own configuration allows this host without trusted TLS. */
  readonly isInsecure?: boolean;
  /** The server that named this URL: what the host turns out to be may not lie deeper in the network than that one. */
  readonly linkedFrom?: LinkSource;
}

/** PEM texts. The key is a secret. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** Whatever the server sent, of any status. Header names are lower-case; the body is as it was on the wire. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The IP address that it came from; null where a proxy stands between. */
  readonly address: string | null;
}

export interface Transport {
  /**
   * Follows no redirect and decodes no body.
   * @throws RegistryError `unreachable`, `timed-out`, `tls`, `too-large`, `malformed-answer`, `refused-address` or
   * `cancelled`
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
}
