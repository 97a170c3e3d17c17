import assert from "node:assert/strict";
import { createRegistryFiles } from "../../../server/src/registry/configuration/registryFiles";
import { type MachineWithFiles, machineWithFiles } from "../../support/machineWithFiles";

function filesOn(machine: MachineWithFiles) {
  const problems: string[] = [];
  let now = 0;
  const files = createRegistryFiles({ machine, now: () => now, report: (problem) => problems.push(problem) });
  return { problems, read: () => files.read(), pass: (milliseconds: number) => (now += milliseconds) };
}

const mirror = (host: string) => JSON.stringify({ "registry-mirrors": [`https://${host}`] });
const redirect = (prefix: string, location: string) => `[[registry]]\nprefix = "${prefix}"\nlocation = "${location}"\n`;

const SYSTEM = "/etc/containers/registries.conf";
const USER = "/home/bob/.config/containers/registries.conf";

describe("Docker's daemon.json", () => {
  const rows: [string, Record<string, string>, Parameters<typeof machineWithFiles>[1], string[]][] = [
    ["is absent", {}, {}, []],
    [
      "is the system's, the user's and Docker Desktop's on Linux",
      {
        "/etc/docker/daemon.json": mirror("system.example"),
        "/home/bob/.config/docker/daemon.json": mirror("rootless.example"),
        "/home/bob/.docker/daemon.json": mirror("desktop.example"),
      },
      {},
      ["system.example", "rootless.example", "desktop.example"],
    ],
    [
      "is where XDG_CONFIG_HOME says",
      { "/xdg/docker/daemon.json": mirror("xdg.example"), "/home/bob/.config/docker/daemon.json": mirror("x.example") },
      { environment: { XDG_CONFIG_HOME: "/xdg" } },
      ["xdg.example"],
    ],
    [
      "is not below the working directory",
      { "xdg/docker/daemon.json": mirror("bad.example"), "/home/bob/.config/docker/daemon.json": mirror("ok.example") },
      { environment: { XDG_CONFIG_HOME: "xdg" } },
      ["ok.example"],
    ],
    [
      "is Docker Desktop's on a Mac",
      { "/etc/docker/daemon.json": mirror("x.example"), "/home/bob/.docker/daemon.json": mirror("desktop.example") },
      { platform: "darwin" },
      ["desktop.example"],
    ],
    [
      "is in ProgramData on Windows, and Docker Desktop's",
      {
        "C:\\ProgramData\\docker\\config\\daemon.json": mirror("system.example"),
        "C:\\Users\\bob\\.docker\\daemon.json": mirror("desktop.example"),
      },
      { platform: "win32", environment: { ProgramData: "C:\\ProgramData" } },
      ["system.example", "desktop.example"],
    ],
  ];
  for (const [name, files, options, expected] of rows) {
    it(name, async () => {
      const { problems, read } = filesOn(machineWithFiles(files, options));
      const { dockerHubMirrors } = await read();
      assert.deepEqual(
        dockerHubMirrors.map(({ location }) => location),
        expected,
      );
      assert.deepEqual(problems, []);
    });
  }

  it("names insecure registries in each file", async () => {
    const list = (...hosts: string[]) => JSON.stringify({ "insecure-registries": hosts });
    const files = { "/etc/docker/daemon.json": list("a.io"), "/home/bob/.docker/daemon.json": list("b.io") };
    assert.deepEqual([...(await filesOn(machineWithFiles(files)).read()).insecure.hosts], ["a.io", "b.io"]);
  });
});

describe("registries.conf", () => {
  const system = { [SYSTEM]: redirect("a.io", "system.example") };
  const user = { [USER]: redirect("a.io", "user.example") };
  const named = { "/x/r.conf": redirect("a.io", "named.example") };
  const environment = { CONTAINERS_REGISTRIES_CONF: "/x/r.conf" };
  const dropIns = {
    [`${SYSTEM}.d/10-a.conf`]: redirect("a.io", "first.example"),
    [`${SYSTEM}.d/20-a.conf`]: redirect("a.io", "second.example"),
    [`${SYSTEM}.d/30-a.conf.bak`]: redirect("a.io", "third.example"),
  };
  const userDropIn = { [`${USER}.d/00.conf`]: redirect("a.io", "own.example") };
  const others = { [`${SYSTEM}.d/b.conf`]: redirect("b.io", "b.example") };

  const rows: [string, Record<string, string>, Parameters<typeof machineWithFiles>[1], Record<string, string>][] = [
    ["is absent", {}, {}, {}],
    ["is the system's", system, {}, { "a.io": "system.example" }],
    ["is the user's instead of the system's", { ...system, ...user }, {}, { "a.io": "user.example" }],
    ["is the one that the environment names", { ...user, ...named }, { environment }, { "a.io": "named.example" }],
    ["is none where the environment names one that is not there", user, { environment }, {}],
    ["has drop-in files, of which the last counts", { ...system, ...dropIns }, {}, { "a.io": "second.example" }],
    ["has drop-in files without a main file", dropIns, {}, { "a.io": "second.example" }],
    ["has the user's drop-in files after the system's", { ...dropIns, ...userDropIn }, {}, { "a.io": "own.example" }],
    [
      "keeps what drop-in files do not speak of",
      { ...system, ...others },
      {},
      { "a.io": "system.example", "b.io": "b.example" },
    ],
    ["has only the user's drop-in files beside the user's own", { ...user, ...others }, {}, { "a.io": "user.example" }],
    [
      "is the user's alone on Windows",
      { ...system, "C:\\Users\\bob\\.config\\containers\\registries.conf": redirect("a.io", "user.example") },
      { platform: "win32" },
      { "a.io": "user.example" },
    ],
  ];
  for (const [name, files, options, expected] of rows) {
    it(name, async () => {
      const { problems, read } = filesOn(machineWithFiles(files, options));
      const { tables } = await read();
      assert.deepEqual(Object.fromEntries([...tables].map(([prefix, { location }]) => [prefix, location])), expected);
      assert.deepEqual(problems, []);
    });
  }

  it("is not read by a relative path", async () => {
    const machine = machineWithFiles(
      { "r.conf": redirect("a.io", "bad.example"), ...user },
      {
        environment: { CONTAINERS_REGISTRIES_CONF: "r.conf" },
      },
    );
    const { problems, read } = filesOn(machine);
    assert.equal((await read()).tables.size, 0);
    assert.match(problems.join(), /^CONTAINERS_REGISTRIES_CONF is not an absolute path/);
    assert.ok(machine.asked.every((path) => path.startsWith("/")));
  });
});

describe("files that can't be used", () => {
  it("are told once each, and nothing of what they say", async () => {
    const large = `# ${"x".repeat(2 ** 20)}`;
    const files = {
      "/etc/docker/daemon.json": '{ "s3cret',
      "/home/bob/.docker/daemon.json": mirror("good.example"),
      [SYSTEM]: "s3cret",
      [`${SYSTEM}.d/a.conf`]: large,
      [`${SYSTEM}.d/b.conf`]: redirect("b.io", "b.example"),
    };
    const denied = ["/home/bob/.config/docker/daemon.json", USER, `${USER}.d`];
    const { problems, read, pass } = filesOn(machineWithFiles(files, { denied }));
    const { dockerHubMirrors, tables } = await read();
    assert.deepEqual([dockerHubMirrors.length, [...tables.keys()]], [1, ["b.io"]]);
    pass(60_000);
    await read();
    assert.deepEqual(problems.map((problem) => problem.split(":")[0]).sort(), [
      `${SYSTEM} is not TOML`,
      `${SYSTEM}.d/a.conf is too large`,
      "/etc/docker/daemon.json is not a JSON object",
      "/home/bob/.config/containers/registries.conf can't be read (EACCES)",
      "/home/bob/.config/containers/registries.conf.d can't be read (EACCES)",
      "/home/bob/.config/docker/daemon.json can't be read (EACCES)",
    ]);
    assert.ok(problems.every((problem) => !problem.includes("s3cret")));
  });
});

describe("changes of the files", () => {
  it("count after ten seconds, and no file is read before", async () => {
    const machine = machineWithFiles({});
    const { read, pass } = filesOn(machine);
    const [first, same] = await Promise.all([read(), read()]);
    assert.equal(first, same);
    const { length } = machine.asked;
    machine.files.set(SYSTEM, redirect("a.io", "b.io"));
    pass(9_999);
    assert.equal((await read()).tables.size, 0);
    assert.equal(machine.asked.length, length);
    pass(1);
    assert.equal((await read()).tables.size, 1);
  });
});
