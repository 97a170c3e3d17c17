/**
 * One HTTP exchange as the registry's client sees it. These types stand apart from `transport.ts` so that naming them
 * never loads the HTTP library: a transport is made only with the first request.
 */

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
  /** PEM texts of authorities that are trusted for this request, in addition to those that are trusted anyway. */
  readonly certificateAuthorities?: readonly string[];
}

/** Whatever the server sent, of any status. Header names are lower-case; the body is as it was on the wire. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Transport {
  /**
   * Follows no redirect and decodes no body.
   * @throws RegistryError `unreachable`, `timed-out`, `tls`, `too-large`, `malformed-answer` or `cancelled`
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
}
