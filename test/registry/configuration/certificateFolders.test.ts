import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCertificateFolders } from "../../../server/src/registry/configuration/certificateFolders";
import { type Certificate, createCertificate } from "../../support/certificate";
import { type MachineOptions, machineWithFiles } from "../../support/machineWithFiles";
import { skipUnlessInstalled } from "../../support/system";

describe("certificate folders", () => {
  let directory: string;
  let one: Certificate;
  let other: Certificate;
  before(async function () {
    const openssl = skipUnlessInstalled(this, "openssl");
    directory = await mkdtemp(join(tmpdir(), "certificates-"));
    one = await createCertificate(openssl, directory);
    other = await createCertificate(openssl, await mkdtemp(join(directory, "other-")));
  });
  after(async () => {
    if (directory !== undefined) await rm(directory, { recursive: true });
  });

  function foldersOn(files: Record<string, string>, options: MachineOptions = {}) {
    const problems: string[] = [];
    const machine = machineWithFiles(files, options);
    let now = 0;
    const folders = createCertificateFolders({ machine, now: () => now, report: (problem) => problems.push(problem) });
    return { machine, problems, of: folders.of, pass: (milliseconds: number) => (now += milliseconds) };
  }

  const nothing = { authorities: [], client: null };
  const HOST = "registry.example:5000";

  it("have nothing for a host without one", async () => {
    const { of, problems } = foldersOn({ "/etc/docker/certs.d/registry.example/ca.crt": one.certificate });
    assert.deepEqual([await of(HOST), problems], [nothing, []]);
  });

  it("have authorities and a client certificate, as in containers-certs.d(5)", async () => {
    const { of, problems } = foldersOn({
      [`/etc/containers/certs.d/${HOST}/client.cert`]: one.certificate,
      [`/etc/containers/certs.d/${HOST}/client.key`]: one.key,
      [`/etc/containers/certs.d/${HOST}/ca.crt`]: other.certificate,
      [`/etc/containers/certs.d/${HOST}/readme.txt`]: "x",
    });
    const expected = {
      authorities: [other.certificate],
      client: { certificate: one.certificate, key: one.key },
    };
    assert.deepEqual([await of("Registry.example:5000"), problems], [expected, []]);
  });

  it("are Docker's before the containers tools', and all authorities count once", async () => {
    const { of } = foldersOn({
      [`/etc/containers/certs.d/${HOST}/a.cert`]: one.certificate,
      [`/etc/containers/certs.d/${HOST}/a.key`]: one.key,
      [`/etc/containers/certs.d/${HOST}/a.crt`]: one.certificate,
      [`/home/bob/.config/docker/certs.d/${HOST}/z.cert`]: other.certificate,
      [`/home/bob/.config/docker/certs.d/${HOST}/z.key`]: other.key,
      [`/etc/docker/certs.d/${HOST}/z.crt`]: other.certificate,
      [`/home/bob/.config/containers/certs.d/${HOST}/z.crt`]: other.certificate,
    });
    assert.deepEqual(await of(HOST), {
      authorities: [other.certificate, one.certificate],
      client: { certificate: other.certificate, key: other.key },
    });
  });

  const places: [string, string, string, MachineOptions][] = [
    ["rootless Docker", HOST, `/xdg/docker/certs.d/${HOST}/ca.crt`, { environment: { XDG_CONFIG_HOME: "/xdg" } }],
    ["Docker Hub", "docker.io", "/etc/docker/certs.d/docker.io/ca.crt", {}],
    ["Docker Hub by its host", "registry-1.docker.io", "/etc/docker/certs.d/docker.io/ca.crt", {}],
    ["Docker Hub's host", "docker.io", "/etc/docker/certs.d/registry-1.docker.io/ca.crt", {}],
    ["Docker Desktop on a Mac", HOST, `/home/bob/.docker/certs.d/${HOST}/ca.crt`, { platform: "darwin" }],
    [
      "Docker on Windows",
      HOST,
      "C:\\ProgramData\\docker\\certs.d\\registry.example5000\\ca.crt",
      { platform: "win32", environment: { ProgramData: "C:\\ProgramData" } },
    ],
    [
      "Docker Desktop on Windows",
      HOST,
      "C:\\Users\\bob\\.docker\\certs.d\\registry.example5000\\ca.crt",
      { platform: "win32" },
    ],
    ["an address", "[fd00::1]:5000", "/etc/docker/certs.d/[fd00::1]:5000/ca.crt", {}],
  ];
  for (const [name, registry, path, options] of places) {
    it(`are those of ${name}`, async () => {
      const { of } = foldersOn({ [path]: one.certificate }, options);
      assert.deepEqual(await of(registry), { authorities: [one.certificate], client: null });
    });
  }

  for (const registry of ["..", ".", "../certs.d", "a/../..", "a\\..\\b", "", "/etc", "a\0b", "%2e%2e", "-a"]) {
    it(`are never left by the host ${JSON.stringify(registry)}`, async () => {
      const { of, machine } = foldersOn({ "/etc/docker/ca.crt": one.certificate });
      assert.deepEqual([await of(registry), machine.asked], [nothing, []]);
    });
  }

  const folder = `/etc/docker/certs.d/${HOST}`;
  const unusable: [string, () => Record<string, string>, MachineOptions, RegExp][] = [
    ["a certificate without a key", () => ({ "a.cert": one.certificate }), {}, /a\.cert has no key in a file a\.key/],
    ["a key without a certificate", () => ({ "a.key": one.key }), {}, /a\.key has no certificate in a file a\.cert/],
    [
      "the key of another",
      () => ({ "a.cert": one.certificate, "a.key": other.key }),
      {},
      /a\.cert and .*a\.key are no certificate with its key/,
    ],
    [
      "a key that is none",
      () => ({ "a.cert": one.certificate, "a.key": "s3cret" }),
      {},
      /are no certificate with its key/,
    ],
    [
      "a key that can't be read",
      () => ({ "a.cert": one.certificate, "a.key": one.key }),
      { denied: [`${folder}/a.key`] },
      /a\.key can't be read \(EACCES\)/,
    ],
    ["an authority that is none", () => ({ "a.crt": "s3cret" }), {}, /a\.crt is not a certificate/],
    ["a folder that can't be read", () => ({ "a.crt": "" }), { denied: [folder] }, /5000 can't be read \(EACCES\)/],
  ];
  for (const [name, files, options, problem] of unusable) {
    it(`tell ${name} once, and have the rest`, async () => {
      const good = { "/etc/containers/certs.d/registry.example:5000/b.crt": other.certificate };
      const inFolder = Object.entries(files()).map(([file, text]) => [`${folder}/${file}`, text]);
      const { of, problems, pass } = foldersOn({ ...Object.fromEntries(inFolder), ...good }, options);
      assert.deepEqual(await of(HOST), { authorities: [other.certificate], client: null });
      pass(60_000);
      await of(HOST);
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? "", problem);
      assert.doesNotMatch(problems[0] ?? "", /s3cret|-----/);
    });
  }

  it("take the next pair where one can't be used", async () => {
    const { of } = foldersOn({
      [`${folder}/a.cert`]: one.certificate,
      [`${folder}/b.cert`]: other.certificate,
      [`${folder}/b.key`]: other.key,
    });
    assert.deepEqual((await of(HOST)).client, { certificate: other.certificate, key: other.key });
  });

  it("are read once a minute for a host", async () => {
    const { of, machine, pass } = foldersOn({});
    await Promise.all([of(HOST), of(HOST)]);
    const { length } = machine.asked;
    machine.files.set(`${folder}/ca.crt`, one.certificate);
    pass(59_999);
    assert.deepEqual(await of(HOST), nothing);
    assert.equal(machine.asked.length, length);
    pass(1);
    assert.deepEqual((await of(HOST)).authorities, [one.certificate]);
  });
});
