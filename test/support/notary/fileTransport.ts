/** A transport that answers as a trust server with these files does, and remembers what it was asked. */
import type { HttpRequest, Transport } from "../../../server/src/registry/http/http";
import { RegistryError, type RegistryErrorCode } from "../../../server/src/registry/registry";

export class FileTransport implements Transport {
  readonly requests: HttpRequest[] = [];
  /** What the network does instead of an answer. */
  failure: RegistryErrorCode | null = null;
  /** What is not answered: such a request ends by its signal. */
  hangsAt: RegExp | null = null;
  /** Answered to everything instead. */
  status: number | null = null;

  /** @param files by name: `root.json` */
  constructor(public files: ReadonlyMap<string, Buffer>) {}

  async send(request: HttpRequest) {
    this.requests.push(request);
    if (this.failure !== null) throw new RegistryError(this.failure, `the test has it that way: ${this.failure}`);
    if (this.hangsAt?.test(request.url.pathname)) {
      await new Promise((ended) => request.signal.addEventListener("abort", ended, { once: true }));
      throw new RegistryError("cancelled", "the test has it that way");
    }
    const body = this.files.get(request.url.pathname.replace(/^.*\/_trust\/tuf\//, ""));
    const status = this.status ?? (body === undefined ? 404 : 200);
    return { status, headers: {}, body: body ?? Buffer.from("{}"), address: null };
  }

  /** The addresses that were asked since the last time that this was. */
  takeAsked(): string[] {
    return this.requests.splice(0).map(({ url }) => url.href);
  }
}
