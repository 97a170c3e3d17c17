/**
 * Reads an image's configuration (OCI distribution specification, "Pulling blobs"; OCI image specification, config.md).
 * A registry mostly redirects to a store of its own, where the login never goes. The bytes must have the digest that was
 * asked for.
 */
import type { Digest } from "../reference/digest";
import { digestMismatch } from "./answeredDigest";
import { refusedWith } from "./failures";
import { parseObject } from "./jsonObject";
import { digestOf } from "./manifest";
import { type ImageConfiguration, RegistryError } from "./registry";
import type { Asking, RepositoryAddress, RepositoryRequests } from "./repositoryRequests";

/** @throws RegistryError */
export async function readBlob(
  requests: RepositoryRequests,
  address: RepositoryAddress,
  digest: Digest,
  asking: Asking,
): Promise<Buffer> {
  const { registry, repository } = address;
  const location = `/v2/${repository}/blobs/${digest}`;
  const { status, body } = await requests.send({ ...address, method: "GET", location, accept: "*/*" }, asking);
  if (status !== 200) throw refusedWith(status, registry, `${repository}@${digest}`);
  if (digestOf(body, digest) !== digest) throw digestMismatch(address);
  return body;
}

/** @throws RegistryError `malformed-answer` */
export function configurationIn(body: Buffer, registry: string): ImageConfiguration {
  const members = parseObject(body);
  if (members === null) {
    throw new RegistryError("malformed-answer", `${registry} answered with a configuration that is not a JSON object.`);
  }
  const created = members.get("created");
  return { created: typeof created === "string" ? created : null };
}
