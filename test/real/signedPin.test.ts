/**
 * The built command against Debian's notary-server and docker-registry, published to by the notary client: from a
 * signed tag to the digest in a file, and everything that must not get there.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type DockerRegistry, startDockerRegistry } from "../support/dockerRegistry";
import { NotaryClient } from "../support/notary/notaryClient";
import { type NotaryServer, skipUnlessNotaryIsInstalled, startNotaryServer } from "../support/notary/notaryServer";
import { type SampleImage, sampleImage } from "../support/sampleImages";
import { skipUnlessInstalled } from "../support/system";

const command = resolve(__dirname, "../../server/dist/cli.js");

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("the command with real servers", function () {
  this.timeout(30_000);
  let folder: string;
  let registry: DockerRegistry;
  let notary: NotaryServer;
  let rootKey: string;
  const signed = sampleImage("acme/deep/app", ["1.0.0", "moved"]);
  const unsigned = sampleImage("acme/deep/app", ["nightly"]);
  const elsewhere = sampleImage("acme/plain", ["1.0.0"]);
  const name = (image: SampleImage, tag: string) => `${registry.host}/${image.repository}:${tag}`;

  before(async function () {
    skipUnlessNotaryIsInstalled(this);
    folder = mkdtempSync(join(tmpdir(), "digest-pin-signed-"));
    registry = await startDockerRegistry(skipUnlessInstalled(this, "docker-registry"));
    notary = await startNotaryServer({ signer: "local" });
    for (const image of [signed, unsigned, elsewhere]) await registry.push(image);
    const client = new NotaryClient({ server: notary.url, caPath: notary.caPath, directory: join(folder, "notary") });
    const gun = `${registry.host}/acme/deep/app`;
    await client.init(gun);
    await client.addHash(gun, "1.0.0", signed.root.body.length, signed.root.digest.slice("sha256:".length));
    await client.addHash(gun, "1.0", signed.root.body.length, signed.root.digest.slice("sha256:".length));
    // Signed with another digest than the registry serves, and one that the registry has; and one that it lacks.
    await client.addHash(gun, "moved", unsigned.root.body.length, unsigned.root.digest.slice("sha256:".length));
    await client.addHash(gun, "nowhere", 1, "ab".repeat(32));
    rootKey = (await client.listKeys()).find(({ role }) => role === "root")?.keyId ?? "";
    writeFileSync(join(folder, "policy.yaml"), policy(rootKey, true));
    writeFileSync(join(folder, "wrong.yaml"), policy("ef".repeat(32), true));
    writeFileSync(join(folder, "lenient.yaml"), policy(null, false));
  });

  after(async () => {
    await notary?.stop();
    await registry?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  function policy(root: string | null, require: boolean): string {
    const roots = root === null ? "" : `, roots: [${root}]`;
    return `version: 1
trust:
  - images: ["${registry.host}/**"]
    require: ${require}
    notary: { server: "${notary.url}", ca: "${notary.caPath}"${roots} }
`;
  }

  /** Each with a store of its own, unless one is named. */
  function run(args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
    const home = mkdtempSync(join(folder, "home-"));
    const env = { PATH: process.env.PATH, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, ...environment };
    return new Promise((ended) => {
      execFile(process.execPath, [command, ...args], { cwd: folder, env }, (error, stdout, stderr) => {
        ended({ status: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      });
    });
  }

  async function verify(image: string, ...options: string[]) {
    const { status, stdout, stderr } = await run(["verify", image, "--format", "json", ...options]);
    assert.ok(stdout.startsWith("{"), stderr);
    return { status, ...JSON.parse(stdout).images[0] };
  }

  it("verifies a signed tag whose root the policy pins", async () => {
    const { status, verdict, digest, vouchedBy, binds, signers, failure } = await verify(
      name(signed, "1.0.0"),
      "--policy",
      "policy.yaml",
    );
    assert.deepEqual([status, verdict, digest], [0, "verified", signed.root.digest]);
    assert.deepEqual([vouchedBy, binds, failure, signers.length, signers[0].name], ["user", "tag", null, 1, "targets"]);
  });

  it("calls the root of nobody's choice trusted on first use", async () => {
    const { status, verdict, root } = await verify(name(signed, "1.0.0"), "--policy", "lenient.yaml");
    assert.deepEqual([status, verdict, root.trust], [0, "signed-by-unknown", "first-use"]);
    const required = await verify(name(signed, "1.0.0"), "--policy", "lenient.yaml", "--require-signature");
    assert.deepEqual([required.status, required.verdict], [1, "signed-by-unknown"]);
  });

  it("refuses a root that the policy does not name", async () => {
    const { status, verdict, failure, digest } = await verify(name(signed, "1.0.0"), "--policy", "wrong.yaml");
    assert.deepEqual([status, verdict, digest], [1, "untrusted", null]);
    assert.deepEqual([failure.step, failure.code], ["root", "root-not-pinned"]);
  });

  it("tells of a tag that is not signed, and which are", async () => {
    const { status, verdict, signedTags } = await verify(name(unsigned, "nightly"), "--policy", "policy.yaml");
    assert.deepEqual([status, verdict], [1, "unsigned"]);
    assert.deepEqual([...signedTags].sort(), ["1.0", "1.0.0", "moved", "nowhere"]);
  });

  it("says which server has no trust data for which name", async () => {
    const { status, stdout } = await run(["verify", name(elsewhere, "1.0.0"), "--policy", "policy.yaml"]);
    assert.equal(status, 1);
    assert.ok(stdout.includes(`localhost:${notary.port} has no trust data for ${registry.host}/acme/plain.`), stdout);
  });

  it("tells a served digest from the signed one, and names both", async () => {
    const { verdict, digest, registryDigest } = await verify(name(signed, "moved"), "--policy", "policy.yaml");
    assert.deepEqual([verdict, digest, registryDigest], ["verified", unsigned.root.digest, signed.root.digest]);
  });

  it("knows a pin that is signed for another tag from one that is signed for none", async () => {
    const other = await verify(`${name(signed, "nightly")}@${signed.root.digest}`, "--policy", "policy.yaml");
    assert.deepEqual([other.verdict, other.status], ["verified", 0]);
    assert.deepEqual([...other.otherTags].sort(), ["1.0", "1.0.0"]);
    const child = signed.children[0]?.digest;
    const none = await verify(`${name(signed, "1.0.0")}@${child}`, "--policy", "policy.yaml");
    assert.deepEqual([none.verdict, none.status, none.signedDigest], ["unsigned", 1, signed.root.digest]);
  });

  it("pins to what is signed and refuses the rest, with the reason of each", async () => {
    const tags = ["1.0.0", "moved", "nowhere", "nightly"];
    writeFileSync(join(folder, "Dockerfile"), tags.map((tag) => `FROM ${name(signed, tag)}\n`).join(""));
    const { status, stderr } = await run(["pin", "--write", "Dockerfile", "--policy", "policy.yaml"]);
    assert.equal(status, 1);
    assert.match(stderr, /:nowhere stays unpinned: The registry did not answer for the signed digest\..*\(not-found\)/);
    assert.match(stderr, /:nightly stays unpinned: A signature is required\..*\(signature-required\)/);
    assert.deepEqual(readFileSync(join(folder, "Dockerfile"), "utf8").split("\n"), [
      `FROM ${name(signed, "1.0.0")}@${signed.root.digest}`,
      `FROM ${name(signed, "moved")}@${unsigned.root.digest}`,
      `FROM ${name(signed, "nowhere")}`,
      `FROM ${name(signed, "nightly")}`,
      "",
    ]);
  });

  it("checks what a policy requires, and what it can't check ends with 3", async () => {
    writeFileSync(join(folder, "Containerfile"), `FROM ${name(signed, "1.0.0")}@${signed.root.digest}\n`);
    assert.equal((await run(["check", "Containerfile", "--policy", "policy.yaml"])).status, 0);
    const { status, stdout } = await run(["check", "Containerfile", "--policy", "wrong.yaml"]);
    assert.equal(status, 1);
    assert.match(stdout, /error: .*\(untrusted-signer\)/);
    const silent = policy(rootKey, true).replace(`localhost:${notary.port}`, "localhost:1");
    writeFileSync(join(folder, "silent.yaml"), silent);
    for (const args of [["check"], ["pin"]]) {
      writeFileSync(join(folder, "Containerfile"), `FROM ${name(signed, "1.0.0")}\n`);
      const ended = await run([...args, "Containerfile", "--policy", "silent.yaml"]);
      assert.equal(ended.status, 3, ended.stdout + ended.stderr);
    }
  });

  it("follows Docker's environment, which takes a root on first use", async () => {
    const docker = join(folder, "docker");
    mkdirSync(join(docker, "tls", `localhost:${notary.port}`), { recursive: true });
    writeFileSync(join(docker, "tls", `localhost:${notary.port}`, "ca.crt"), readFileSync(notary.caPath));
    const environment = { DOCKER_CONFIG: docker, DOCKER_CONTENT_TRUST_SERVER: notary.url, DOCKER_CONTENT_TRUST: "1" };
    assert.equal((await run(["verify", name(signed, "1.0.0")], environment)).status, 0);
    assert.equal((await run(["verify", name(unsigned, "nightly")], environment)).status, 1);
    const off = { ...environment, DOCKER_CONTENT_TRUST: "0" };
    assert.equal((await run(["verify", name(unsigned, "nightly")], off)).status, 0);
    const insecure = { ...environment, DOCKER_CONTENT_TRUST_SERVER: notary.url.replace("https", "http") };
    const { status, stdout } = await run(["verify", name(signed, "1.0.0")], insecure);
    assert.equal(status, 3);
    assert.match(stdout, /DOCKER_CONTENT_TRUST_SERVER is no https URL/);
  });

  it("takes an authority for every server by --ca", async () => {
    const withoutCa = policy(rootKey, true).replace(/ ca: "[^"]+",/, "");
    writeFileSync(join(folder, "without-ca.yaml"), withoutCa);
    const refused = await verify(name(signed, "1.0.0"), "--policy", "without-ca.yaml");
    assert.deepEqual([refused.status, refused.verdict, refused.failure.code], [3, "unavailable", "tls"]);
    const taken = await verify(name(signed, "1.0.0"), "--policy", "without-ca.yaml", "--ca", notary.caPath);
    assert.deepEqual([taken.status, taken.verdict], [0, "verified"]);
  });

  it("says in one line what is wrong with its options, and asks nobody", async () => {
    writeFileSync(join(folder, "broken.yaml"), "version: 1\ntrust: 7\n");
    for (const [options, says] of [
      [["--policy", "broken.yaml"], /^digest-pin: broken\.yaml:2:8: /],
      [["--policy", "absent.yaml"], /absent\.yaml can't be read \(ENOENT\)/],
      [["--ca", "absent.pem"], /--ca absent\.pem can't be read \(ENOENT\)/],
      [["--ca", "broken.yaml"], /--ca broken\.yaml holds no PEM certificate/],
    ] as const) {
      const { status, stdout, stderr } = await run(["verify", name(signed, "1.0.0"), ...options]);
      assert.deepEqual([status, stdout, stderr.split("\n").length], [2, "", 2]);
      assert.match(stderr, says);
    }
  });

  it("reads the user's policy where no other is named, and forgets a root when told to", async () => {
    const home = mkdtempSync(join(folder, "home-"));
    mkdirSync(join(home, "config", "digest-pin"), { recursive: true });
    writeFileSync(join(home, "config", "digest-pin", "policy.yaml"), policy(rootKey, true));
    const environment = { XDG_CONFIG_HOME: join(home, "config"), XDG_DATA_HOME: join(home, "data") };
    const { status, stdout } = await run(["verify", name(signed, "1.0.0"), "--forget-root"], environment);
    assert.equal(status, 0);
    assert.match(stdout, /: verified$/m);
  });
});
