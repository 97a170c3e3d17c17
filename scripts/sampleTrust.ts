/**
 * The trust server of the examples, in this process and on loopback: Docker Content Trust for two repositories, one of
 * which is tampered with. With it comes a policy that names the root keys, as a user would write it.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { createCertificate } from "../test/support/notary/certificate";
import { createKey } from "../test/support/notary/keys";
import { Repository, targetOf } from "../test/support/notary/repository";
import { PORT, sampleImages } from "./sampleRegistry";

export interface SampleTrust {
  /** For a process that is to know nothing but this: a home with the policy, and with an empty store of root keys. */
  readonly environment: Readonly<Record<string, string>>;
  readonly policyPath: string;
  close(): Promise<void>;
}

const folder = resolve(import.meta.dirname, "../.cache/try");

export async function startSampleTrust(): Promise<SampleTrust> {
  const api = signedRepository("acme/api", "1.4.2");
  const gateway = signedRepository("acme/gateway", "2.0.1");
  const tampered = tamperedWith(gateway.files);
  const contents = new Map([
    [api.gun, api.files],
    [gateway.gun, tampered],
  ]);

  const tls = createKey("ecdsa");
  const privateKey = tls.privateKey.export({ type: "pkcs8", format: "pem" });
  const fields = { commonName: "localhost", purpose: "serverAuth" } as const;
  const certificate = createCertificate(tls.publicKey, tls.privateKey, fields);
  const server = createServer({ key: privateKey, cert: certificate }, ({ url = "" }, response) => {
    const [, gun = "", name = ""] = /^\/v2\/(.+)\/_trust\/tuf\/(.+)$/.exec(url) ?? [];
    const content = contents.get(gun)?.get(name);
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));

  rmSync(folder, { recursive: true, force: true });
  const configuration = join(folder, "config", "digest-pin");
  mkdirSync(configuration, { recursive: true });
  writeFileSync(join(configuration, "trust-server.pem"), certificate);
  const { port } = server.address() as AddressInfo;
  writeFileSync(join(configuration, "policy.yaml"), policy(port, [api, gateway]));
  return {
    environment: {
      HOME: folder,
      USERPROFILE: folder,
      APPDATA: join(folder, "config"),
      LOCALAPPDATA: join(folder, "data"),
      XDG_CONFIG_HOME: join(folder, "config"),
      XDG_DATA_HOME: join(folder, "data"),
    },
    policyPath: join(configuration, "policy.yaml"),
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}

/** As `docker trust` makes one: the tag stands in `targets/releases`, signed by the key of a person. */
function signedRepository(name: string, tag: string): Repository {
  const image = sampleImages().find(({ repository, tags }) => repository === name && tags.includes(tag));
  if (image === undefined) throw new Error(`the sample registry has no ${name}:${tag}`);
  const repository = new Repository({ gun: `localhost:${PORT}/${name}` });
  const releases = repository.delegate("targets/releases", createKey("ecdsa"));
  releases.targets[tag] = targetOf(image.root.digest.slice("sha256:".length), image.root.body.length);
  repository.publish();
  return repository;
}

/** The signed digest is replaced by another, where it is served; nobody could sign that. */
function tamperedWith(files: ReadonlyMap<string, Buffer>): ReadonlyMap<string, Buffer> {
  const digest = Buffer.alloc(32, 0xff).toString("base64");
  return new Map(
    [...files].map(([name, bytes]) => {
      const text = bytes.toString("utf8").replace(/("2\.0\.1":\{"hashes":\{"sha256":")[^"]+/, `$1${digest}`);
      return [name, Buffer.from(text)];
    }),
  );
}

function policy(port: number, repositories: readonly Repository[]): string {
  const rules = repositories.map(
    ({ gun, root }) => `  - images: ["${gun}"]
    notary:
      server: https://localhost:${port}
      ca: trust-server.pem
      roots: [${root.keys.map(({ id }) => id).join(", ")}]
`,
  );
  return `version: 1\ntrust:\n${rules.join("")}`;
}
