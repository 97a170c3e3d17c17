/**
 * Sends each request with the authorities and the client certificate that the user keeps for its host. Whoever named the
 * host, a registry or a server that led there: the user's own folders say what its name is worth.
 */
import type { Transport } from "../http/http";
import type { CertificateFolders } from "./certificateFolders";

export function withCertificateFolders(transport: Transport, folders: CertificateFolders): Transport {
  return {
    async send(request) {
      if (request.url.protocol !== "https:") return transport.send(request);
      const { authorities, client } = await folders.of(request.url.host);
      if (authorities.length === 0 && client === null) return transport.send(request);
      return transport.send({
        ...request,
        certificateAuthorities: [...(request.certificateAuthorities ?? []), ...authorities],
        ...(client && { clientCertificate: client }),
      });
    },
  };
}
