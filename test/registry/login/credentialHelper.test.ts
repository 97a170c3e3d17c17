import assert from "node:assert/strict";
import { posix } from "node:path";
import type { ProgramEnd, ProgramRun } from "../../../server/src/registry/machine";
import { auth, basic, type MachineOptions, machine, source } from "../../support/credentialMachine";
import { assertTellsNone, failureOf } from "../../support/registryClients";

describe("credential helpers", () => {
  const configuration = { credsStore: "store" };
  const programs = ["/usr/bin/docker-credential-store"];

  it("are asked with the server on their input, in the home directory", async () => {
    const computer = machine({ configuration, programs });
    const { find } = source(computer);
    assert.deepEqual(await find("ghcr.io"), basic("bob", "s3cret"));
    await find("docker.io");
    const [run, hub] = computer.runs;
    assert.deepEqual(
      [run?.path, run?.parameters, run?.input, run?.directory, run?.timeLimit],
      ["/usr/bin/docker-credential-store", ["get"], "ghcr.io", "/home/bob", 5_000],
    );
    assert.equal(hub?.input, "https://index.docker.io/v1/");
  });

  it("of one registry come before the store, and the store before the file", async () => {
    const all = {
      credsStore: "store",
      credHelpers: { "gcr.io": "gcloud" },
      auths: { "gcr.io": auth("file:p"), "ghcr.io": auth("file:p"), "quay.io": auth("file:p") },
    };
    const answer = ({ path, input }: ProgramRun): ProgramEnd =>
      input === "quay.io"
        ? { kind: "exited", status: 1, output: "credentials not found in native keychain\n" }
        : { kind: "exited", status: 0, output: JSON.stringify({ Username: posix.basename(path), Secret: "p" }) };
    const both = ["/usr/bin/docker-credential-store", "/usr/bin/docker-credential-gcloud"];
    const { find } = source(machine({ configuration: all, programs: both, answer }));
    assert.deepEqual(await find("gcr.io"), basic("docker-credential-gcloud", "p"));
    assert.deepEqual(await find("ghcr.io"), basic("docker-credential-store", "p"));
    assert.deepEqual(await find("quay.io"), basic("file", "p"));
  });

  it("may give an identity token, or nothing", async () => {
    const outputs = ['{"Username":"<token>","Secret":"t"}', '{"Username":"","Secret":""}'];
    const answer = (): ProgramEnd => ({ kind: "exited", status: 0, output: outputs.shift() ?? "" });
    const { find } = source(machine({ configuration, programs, answer }));
    assert.deepEqual(await find("ghcr.io"), { kind: "identity-token", token: "t" });
    assert.equal(await find("quay.io"), null);
  });

  it("are asked once a minute for a registry, and once by all who ask meanwhile", async () => {
    let now = 0;
    const computer = machine({ configuration, programs });
    const { find } = source(computer, { now: () => now });
    await Promise.all([find("ghcr.io"), find("ghcr.io")]);
    now = 59_000;
    await find("ghcr.io");
    assert.equal(computer.runs.length, 1);
    now = 61_000;
    await find("ghcr.io");
    assert.equal(computer.runs.length, 2);
  });

  const places: [string, boolean, MachineOptions][] = [
    [
      "in the workspace",
      false,
      { environment: { PATH: "/project/app/bin" }, programs: ["/project/app/bin/docker-credential-store"] },
    ],
    [
      "in a neighbour of the workspace",
      true,
      { environment: { PATH: "/project/app-bin" }, programs: ["/project/app-bin/docker-credential-store"] },
    ],
    [
      "in the workspace by a link in PATH",
      false,
      {
        environment: { PATH: "/opt/bin" },
        links: { "/opt/bin": "/project/app/bin" },
        programs: ["/project/app/bin/docker-credential-store"],
      },
    ],
    [
      "outside by a link within the workspace",
      false,
      {
        environment: { PATH: "/project/app/bin" },
        links: { "/project/app/bin": "/opt/bin" },
        programs: ["/opt/bin/docker-credential-store"],
      },
    ],
    [
      "in a workspace that is itself a link",
      false,
      {
        environment: { PATH: "/data/app/bin" },
        links: { "/project/app": "/data/app" },
        programs: ["/data/app/bin/docker-credential-store"],
      },
    ],
    [
      "by a relative PATH",
      false,
      { environment: { PATH: "bin:.::" }, programs: ["bin/docker-credential-store", "docker-credential-store"] },
    ],
    [
      "behind one in the workspace",
      true,
      {
        environment: { PATH: "/project/app/bin:/usr/bin" },
        programs: ["/project/app/bin/docker-credential-store", ...programs],
      },
    ],
  ];
  for (const [name, isRun, options] of places) {
    it(`${isRun ? "are" : "are not"} run ${name}`, async () => {
      const computer = machine({ configuration, ...options });
      const { find } = source(computer, { excludedDirectories: () => ["/elsewhere", "/project/app"] });
      if (isRun) assert.deepEqual(await find("ghcr.io"), basic("bob", "s3cret"));
      else await failureOf(find("ghcr.io"), "credential-helper");
      assert.equal(computer.runs.length, isRun ? 1 : 0);
      assert.ok(computer.runs.every(({ path }) => !path.startsWith("/project/app/")));
    });
  }

  for (const name of ["../../project/app/evil", "a/b", "a b", "x;id", "$(id)", "x\0"]) {
    it(`are not run by the name ${JSON.stringify(name)}`, async () => {
      const everything = { realPath: async (path: string) => path, isExecutable: async () => true };
      const computer = { ...machine({ configuration: { credsStore: name } }), ...everything };
      await failureOf(source(computer).find("ghcr.io"), "credential-helper");
      assert.deepEqual(computer.runs, []);
    });
  }

  it("are programs and no scripts on Windows", async () => {
    const windows = (program: string) =>
      machine({
        configuration,
        platform: "win32",
        environment: { PATH: "relative;C:\\bin", PATHEXT: ".COM;.EXE;.BAT;.CMD" },
        programs: [program],
      });
    const scripts = windows("C:\\bin\\docker-credential-store.CMD");
    await failureOf(source(scripts).find("ghcr.io"), "credential-helper");
    const program = windows("C:\\bin\\docker-credential-store.EXE");
    assert.deepEqual(await source(program).find("ghcr.io"), basic("bob", "s3cret"));
    const workspace = { excludedDirectories: () => ["c:\\BIN"] };
    await failureOf(
      source(windows("C:\\bin\\docker-credential-store.EXE"), workspace).find("ghcr.io"),
      "credential-helper",
    );
  });

  const failures: [string, ProgramEnd][] = [
    ["exits with a failure", { kind: "exited", status: 1, output: "s3cret failure" }],
    ["is killed", { kind: "exited", status: null, output: "s3cret" }],
    ["prints no JSON", { kind: "exited", status: 0, output: "s3cret" }],
    ["prints another shape", { kind: "exited", status: 0, output: '{"Secret":"s3cret"}' }],
    ["prints null", { kind: "exited", status: 0, output: "null" }],
    ["takes too long", { kind: "timed-out" }],
    ["prints too much", { kind: "too-much-output" }],
    ["does not start", { kind: "not-started" }],
  ];
  for (const [name, end] of failures) {
    it(`are named, and not quoted, when one ${name}`, async () => {
      const { find } = source(machine({ configuration, programs, answer: () => end }));
      const error = await failureOf(find("ghcr.io"), "credential-helper");
      assert.match(error.message, /docker-credential-store/);
      assertTellsNone(error, ["s3cret"]);
    });
  }

  it("end with the request", async () => {
    const { find } = source(machine({ configuration, programs, answer: () => ({ kind: "cancelled" }) }));
    await failureOf(find("ghcr.io"), "cancelled");
  });
});
