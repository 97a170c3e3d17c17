/**
 * Pushes sample images to a real registry, the way the OCI distribution specification has it ("Pushing Blobs", "Pushing
 * Manifests"). For test benches only: it takes any answer but the expected one for a mistake of the bench.
 */
import { request as requestByHttp } from "node:http";
import { request as requestByHttps } from "node:https";
import { buffer, text } from "node:stream/consumers";
import type { SampleImage } from "./sampleImages";

export interface PushOptions {
  /** Sent with every request. */
  readonly authorization?: string;
  /** PEM text; needed where the registry speaks TLS. */
  readonly ca?: string;
}

/**
 * Blobs, then what an index lists, then the root by its tags; by its digest where it has none.
 * @param base `http://host:port` or `https://host:port`
 */
export async function pushImage(base: string, image: SampleImage, options: PushOptions = {}): Promise<void> {
  const at = `${base}/v2/${image.repository}`;
  for (const { digest, body } of image.blobs) {
    const location = await send({ method: "POST", url: `${at}/blobs/uploads/`, expected: 202 }, options);
    const upload = new URL(location, base);
    upload.searchParams.set("digest", digest);
    await send({ method: "PUT", url: upload.href, expected: 201, type: "application/octet-stream", body }, options);
  }
  const names = [
    ...image.children.map((child) => [child.digest, child] as const),
    ...(image.tags.length === 0 ? [image.root.digest] : image.tags).map((name) => [name, image.root] as const),
  ];
  for (const [name, { mediaType, body }] of names) {
    await send({ method: "PUT", url: `${at}/manifests/${name}`, expected: 201, type: mediaType, body }, options);
  }
}

interface Push {
  readonly method: "POST" | "PUT";
  readonly url: string;
  /** The status. */
  readonly expected: number;
  readonly type?: string;
  readonly body?: Buffer;
}

/** The answer's `Location`, or "". */
function send({ method, url, expected, type, body }: Push, { authorization, ca }: PushOptions): Promise<string> {
  const headers = {
    ...(authorization !== undefined && { Authorization: authorization }),
    ...(type !== undefined && { "Content-Type": type }),
    "Content-Length": body?.length ?? 0,
  };
  const options = { method, headers, ...(ca !== undefined && { ca }) };
  return new Promise((resolve, reject) => {
    const request = url.startsWith("https:") ? requestByHttps(url, options) : requestByHttp(url, options);
    request.on("error", reject).on("response", (response) => {
      const { statusCode, headers } = response;
      if (statusCode === expected) return void buffer(response).then(() => resolve(headers.location ?? ""), reject);
      text(response).then(
        (said) => reject(new Error(`${method} ${url} was answered with ${statusCode}: ${said}`)),
        reject,
      );
    });
    request.end(body);
  });
}
