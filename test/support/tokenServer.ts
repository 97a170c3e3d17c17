/**
 * A token server that the real docker-registry trusts (distribution, `docs/spec/auth/jwt.md`): it signs ES256 tokens,
 * with a certificate made by the openssl command for the length of one run.
 */
import { createPrivateKey, randomUUID, sign, X509Certificate } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createCertificate } from "./certificate";

const SERVICE = "test registry";
const ISSUER = "test issuer";

export interface TokenServer {
  /** The `auth` part of the registry's configuration. */
  readonly configuration: { readonly token: Readonly<Record<string, string>> };
  /** The `Authorization` of each token request. */
  readonly logins: (string | undefined)[];
  /** A token for that scope, as the server itself would give it. No scope gives a token that allows nothing. */
  issue(scope: string): string;
  close(): Promise<void>;
}

/**
 * @param openssl path of the command
 * @param directory for key and certificate
 * @param authorization what a request must carry to get a token
 * @param anonymous whether those without a login are refused, or get a token that allows nothing, as Docker Hub has it
 */
export async function startTokenServer(
  openssl: string,
  directory: string,
  authorization: string,
  anonymous: "refused" | "allowed nothing" = "refused",
): Promise<TokenServer> {
  const files = await createCertificate(openssl, directory);
  const key = createPrivateKey(files.key);
  const certificate = new X509Certificate(files.certificate).raw.toString("base64");

  function issue(scope: string): string {
    // The name may have a port: `repository:localhost:5000/app:pull,push`.
    const [, type, name, actions = ""] = /^(\w+):(.+):([^:]+)$/.exec(scope) ?? [];
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: ISSUER,
      sub: "",
      aud: SERVICE,
      exp: now + 300,
      nbf: now - 10,
      iat: now,
      jti: randomUUID(),
      access: type === undefined ? [] : [{ type, name, actions: actions.split(",") }],
    };
    const parts = [{ typ: "JWT", alg: "ES256", x5c: [certificate] }, claims];
    const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    const signature = sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
    return `${signed}.${signature.toString("base64url")}`;
  }

  const logins: (string | undefined)[] = [];
  const server = createServer(({ url = "", headers }, response) => {
    logins.push(headers.authorization);
    const isAnonymous = headers.authorization === undefined && anonymous === "allowed nothing";
    if (headers.authorization !== authorization && !isAnonymous) return response.writeHead(401).end();
    const asked = new URL(url, "http://any.example").searchParams.get("scope") ?? "";
    const scope = isAnonymous ? "" : asked;
    return response.end(JSON.stringify({ token: issue(scope), expires_in: 300 }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;

  return {
    configuration: { token: { realm, service: SERVICE, issuer: ISSUER, rootcertbundle: files.path } },
    logins,
    issue,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
