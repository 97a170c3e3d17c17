import assert from "node:assert/strict";
import { posix, win32 } from "node:path";
import fc from "fast-check";
import { type CredentialPorts, createCredentialSource } from "../../../server/src/registry/login/credentials";
import {
  namespaceOfKey,
  parseDockerConfiguration,
  registryOfKey,
} from "../../../server/src/registry/login/dockerConfiguration";
import type { Machine, ProgramEnd, ProgramRun } from "../../../server/src/registry/machine";
import { assertTellsNone, failureOf } from "../../support/registryClients";

const signal = new AbortController().signal;
const auth = (pair: string) => ({ auth: Buffer.from(pair).toString("base64") });

interface TestMachine extends Machine {
  readonly runs: ProgramRun[];
}

interface MachineOptions {
  /** Of docker, in the home directory. */
  readonly configuration?: unknown;
  readonly files?: Readonly<Record<string, string>>;
  readonly programs?: readonly string[];
  /** From a path to what it leads to. */
  readonly links?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly platform?: NodeJS.Platform;
  readonly answer?: (run: ProgramRun) => ProgramEnd | Promise<ProgramEnd>;
}

function machine(options: MachineOptions): TestMachine {
  const { configuration, links = {}, platform = "linux", programs = [] } = options;
  const home = platform === "win32" ? "C:\\Users\\bob" : "/home/bob";
  const { join } = platform === "win32" ? win32 : posix;
  const files = {
    ...(configuration !== undefined && { [join(home, ".docker", "config.json")]: JSON.stringify(configuration) }),
    ...options.files,
  };
  const resolve = (path: string) => {
    const link = Object.keys(links).find((from) => path === from || path.startsWith(`${from}/`));
    return link === undefined ? path : `${links[link]}${path.slice(link.length)}`;
  };
  const runs: ProgramRun[] = [];
  return {
    runs,
    platform,
    environment: { PATH: platform === "win32" ? "C:\\bin" : "/usr/bin", ...options.environment },
    homeDirectory: home,
    readText: async (path) => files[path] ?? null,
    listFolder: () => assert.fail(),
    realPath: async (path) => {
      const real = resolve(path);
      return programs.some((program) => program === real || program.startsWith(`${real}/`)) ? real : null;
    },
    isExecutable: async (path) => programs.includes(path),
    run: async (program) => {
      runs.push(program);
      return options.answer?.(program) ?? { kind: "exited", status: 0, output: '{"Username":"bob","Secret":"s3cret"}' };
    },
  };
}

function source(computer: Machine, ports: Partial<CredentialPorts> = {}) {
  const problems: string[] = [];
  const credentials = createCredentialSource({
    machine: computer,
    excludedDirectories: () => [],
    report: (problem) => problems.push(problem),
    now: () => 0,
    ...ports,
  });
  return {
    problems,
    find: (registry: string, repository: string | null = null) => credentials.find(registry, repository, signal),
    credentials,
  };
}

const basic = (username: string, password: string) => ({ kind: "basic", username, password });

describe("credentials in the configuration file", () => {
  const table: [string, unknown, string, unknown][] = [
    ["auth", { "ghcr.io": auth("bob:s3:cret") }, "ghcr.io", basic("bob", "s3:cret")],
    ["auth with padding", { "ghcr.io": auth("bob:s3cret\0\0") }, "ghcr.io", basic("bob", "s3cret")],
    ["a name and a password", { "ghcr.io": { username: "bob", password: "p" } }, "ghcr.io", basic("bob", "p")],
    [
      "an identity token",
      { "ghcr.io": { ...auth("00000000:"), identitytoken: "t" } },
      "ghcr.io",
      { kind: "identity-token", token: "t" },
    ],
    ["Docker Hub's key", { "https://index.docker.io/v1/": auth("a:b") }, "docker.io", basic("a", "b")],
    ["index.docker.io", { "index.docker.io": auth("a:b") }, "docker.io", basic("a", "b")],
    ["docker.io", { "docker.io": auth("a:b") }, "docker.io", basic("a", "b")],
    [
      "Docker Hub's key before others",
      { "https://index.docker.io/v1/": auth("a:b"), "docker.io/acme": auth("c:d") },
      "docker.io",
      basic("a", "b"),
    ],
    ["a key with a scheme", { "https://acme.example:5000": auth("a:b") }, "acme.example:5000", basic("a", "b")],
    ["a key with a path", { "http://acme.example/v2/x": auth("a:b") }, "acme.example", basic("a", "b")],
    ["upper case", { "Acme.Example": auth("a:b") }, "ACME.example", basic("a", "b")],
    ["the plain key first", { "a.io": auth("a:b"), "https://a.io/v1/": auth("c:d") }, "a.io", basic("a", "b")],
    ["another port", { "acme.example:5000": auth("a:b") }, "acme.example", null],
    ["another host", { "ghcr.io": auth("a:b") }, "ghcr.io.evil.example", null],
    ["a member of the prototype", {}, "constructor", null],
    ["an empty entry", { "ghcr.io": {} }, "ghcr.io", null],
    ["no colon", { "ghcr.io": auth("bob") }, "ghcr.io", null],
    ["wrong shapes", { "ghcr.io": { auth: 1, username: [], password: {} } }, "ghcr.io", null],
    ["an entry that is no object", { "ghcr.io": "bob" }, "ghcr.io", null],
    ["auths that are no object", [1], "ghcr.io", null],
  ];
  for (const [name, auths, registry, expected] of table) {
    it(`reads ${name}`, async () => {
      assert.deepEqual(await source(machine({ configuration: { auths } })).find(registry), expected);
    });
  }

  it("reads the file that DOCKER_CONFIG names", async () => {
    const files = { "/etc/docker/config.json": JSON.stringify({ auths: { "ghcr.io": auth("a:b") } }) };
    const computer = machine({ files, environment: { DOCKER_CONFIG: "/etc/docker" } });
    assert.deepEqual(await source(computer).find("ghcr.io"), basic("a", "b"));
  });

  it("reads nothing below the working directory", async () => {
    const files = { "docker/config.json": JSON.stringify({ auths: { "ghcr.io": auth("a:b") } }) };
    const { find, problems } = source(machine({ files, environment: { DOCKER_CONFIG: "docker" } }));
    assert.equal(await find("ghcr.io"), null);
    assert.equal(problems.length, 1);
  });

  it("has none where there is no file", async () => {
    const { find, problems } = source(machine({}));
    assert.equal(await find("ghcr.io"), null);
    assert.deepEqual(problems, []);
  });

  for (const text of ['{"auths":{"ghcr.io":{"auth":"czNjcmV0', "[]", "null", ""]) {
    it(`reports a broken file once, and none of its text: ${text}`, async () => {
      const { find, problems } = source(machine({ files: { "/home/bob/.docker/config.json": text } }));
      assert.equal(await find("ghcr.io"), null);
      assert.equal(await find("ghcr.io"), null);
      assert.deepEqual(problems, [
        "/home/bob/.docker/config.json is not a JSON object: its registry credentials are not used.",
      ]);
    });
  }

  it("reports a file that can't be read", async () => {
    const denied = Object.assign(new Error("denied"), { code: "EACCES" });
    const { find, problems } = source({ ...machine({}), readText: () => Promise.reject(denied) });
    assert.equal(await find("ghcr.io"), null);
    assert.match(problems[0] ?? "", /EACCES/);
  });

  it("tells the registries that the file names", async () => {
    const configuration = {
      auths: { "https://index.docker.io/v1/": {}, "https://GHCR.io/": {}, "localhost:5000": {} },
      credHelpers: { "gcr.io": "gcloud", "acme.example": 1 },
    };
    const { credentials } = source(machine({ configuration }));
    assert.deepEqual([...(await credentials.knownHosts())].sort(), [
      "docker.io",
      "gcr.io",
      "ghcr.io",
      "localhost:5000",
    ]);
  });
});

describe("credentials of Podman", () => {
  const RUNTIME = "/run/user/1000/containers/auth.json";
  const USER = "/home/bob/.config/containers/auth.json";
  const environment = { XDG_RUNTIME_DIR: "/run/user/1000" };
  const file = (auths: unknown, rest = {}) => JSON.stringify({ auths, ...rest });

  const places: [string, Record<string, string>, MachineOptions, string | null][] = [
    ["the runtime folder's", { [RUNTIME]: file({ "a.io": auth("run:p") }) }, { environment }, "run"],
    ["the user's", { [USER]: file({ "a.io": auth("user:p") }) }, { environment }, "user"],
    [
      "the runtime folder's before the user's",
      { [RUNTIME]: file({ "a.io": auth("run:p") }), [USER]: file({ "a.io": auth("user:p") }) },
      { environment },
      "run",
    ],
    [
      "the user's where the runtime folder's has none",
      { [RUNTIME]: file({ "b.io": auth("run:p") }), [USER]: file({ "a.io": auth("user:p") }) },
      { environment },
      "user",
    ],
    [
      "the user's by XDG_CONFIG_HOME",
      { "/xdg/containers/auth.json": file({ "a.io": auth("xdg:p") }) },
      { environment: { XDG_CONFIG_HOME: "/xdg" } },
      "xdg",
    ],
    [
      "the one that REGISTRY_AUTH_FILE names, alone",
      { "/x/auth.json": file({ "b.io": auth("x:p") }), [USER]: file({ "a.io": auth("user:p") }) },
      { environment: { REGISTRY_AUTH_FILE: "/x/auth.json" } },
      null,
    ],
    [
      "the one that REGISTRY_AUTH_FILE names",
      { "/x/auth.json": file({ "a.io": auth("x:p") }) },
      { environment: { REGISTRY_AUTH_FILE: "/x/auth.json" } },
      "x",
    ],
    [
      "no runtime folder's on a Mac",
      { [RUNTIME]: file({ "a.io": auth("run:p") }) },
      { environment, platform: "darwin" },
      null,
    ],
    [
      "the user's on Windows",
      { "C:\\Users\\bob\\.config\\containers\\auth.json": file({ "a.io": auth("user:p") }) },
      { platform: "win32" },
      "user",
    ],
    [
      "none of a relative folder",
      { "run/containers/auth.json": file({ "a.io": auth("run:p") }) },
      { environment: { XDG_RUNTIME_DIR: "run", XDG_CONFIG_HOME: "run" } },
      null,
    ],
  ];
  for (const [name, files, options, username] of places) {
    it(`are ${name}`, async () => {
      const { find, problems } = source(machine({ files, ...options }));
      assert.deepEqual(await find("a.io"), username === null ? null : basic(username, "p"));
      assert.deepEqual(problems, []);
    });
  }

  it("come after all that docker has", async () => {
    const files = { [USER]: file({ "a.io": auth("podman:p"), "b.io": auth("podman:p") }) };
    const { find } = source(machine({ files, configuration: { auths: { "a.io": auth("docker:p"), "b.io": {} } } }));
    assert.deepEqual(await find("a.io"), basic("docker", "p"));
    assert.deepEqual(await find("b.io"), basic("podman", "p"));
  });

  it("are there where docker's file is broken", async () => {
    const files = { "/home/bob/.docker/config.json": "s3cret", [USER]: file({ "a.io": auth("podman:p") }) };
    const { find, problems } = source(machine({ files }));
    assert.deepEqual(await find("a.io"), basic("podman", "p"));
    assert.equal(problems.length, 1);
  });

  const auths = {
    "my-registry.local/foo/bar/image": auth("image:p"),
    "My-Registry.local/foo/": auth("foo:p"),
    "my-registry.local/empty": {},
    "my-registry.local": auth("all:p"),
    "quay.io/acme": auth("acme:p"),
    "https://ghcr.io/v2/": auth("ghcr:p"),
    "index.docker.io/library": auth("library:p"),
    "https://index.docker.io/v1/": auth("hub:p"),
  };
  const scopes: [string, string | null, string | null][] = [
    ["my-registry.local", "foo/bar/image", "image"],
    ["my-registry.local", "foo/bar", "foo"],
    ["my-registry.local", "foo/bar/images", "foo"],
    ["my-registry.local", "foobar", "all"],
    ["my-registry.local", "empty/x", "all"],
    ["my-registry.local", null, "all"],
    ["my-registry.local:5000", "foo", null],
    // What other services name a repository by.
    ["my-registry.local", "my-registry.local/foo/bar/image", "all"],
    ["quay.io", "acme/app", "acme"],
    ["quay.io", "other/app", null],
    ["quay.io", null, null],
    ["ghcr.io", "x", "ghcr"],
    ["docker.io", "library/alpine", "library"],
    ["docker.io", "acme/app", "hub"],
  ];
  for (const [registry, repository, username] of scopes) {
    it(`for ${registry}/${repository ?? "…"} are those of ${username ?? "nobody"}`, async () => {
      const { find } = source(machine({ files: { [USER]: file(auths) } }));
      assert.deepEqual(await find(registry, repository), username === null ? null : basic(username, "p"));
    });
  }

  it("keep namespaces apart only in Podman's file", async () => {
    const { find } = source(machine({ configuration: { auths: { "quay.io/acme": auth("docker:p") } } }));
    assert.deepEqual(await find("quay.io", "other/app"), basic("docker", "p"));
  });

  it("may come from a helper for a registry, and never from a store for all", async () => {
    const helpers = { credHelpers: { "a.io": "one", "b.io/acme": "two" }, credsStore: "three" };
    const programs = ["one", "two", "three"].map((name) => `/usr/bin/docker-credential-${name}`);
    const computer = machine({ files: { [USER]: file({}, helpers) }, programs });
    const { find } = source(computer);
    assert.deepEqual(await find("a.io", "x"), basic("bob", "s3cret"));
    assert.deepEqual(await find("b.io", "acme/app"), basic("bob", "s3cret"));
    assert.equal(await find("b.io", "other/app"), null);
    assert.equal(await find("c.io", "x"), null);
    assert.deepEqual(
      computer.runs.map(({ path, input }) => [path, input]),
      [
        ["/usr/bin/docker-credential-one", "a.io"],
        ["/usr/bin/docker-credential-two", "b.io"],
      ],
    );
  });

  it("are not read by a relative path", async () => {
    const files = { "auth.json": file({ "a.io": auth("x:p") }), [USER]: file({ "a.io": auth("user:p") }) };
    const { find, problems } = source(machine({ files, environment: { REGISTRY_AUTH_FILE: "auth.json" } }));
    assert.equal(await find("a.io"), null);
    await find("a.io");
    assert.deepEqual(problems, ["REGISTRY_AUTH_FILE is not an absolute path: its registry credentials are not used."]);
  });

  it("tell their registries too", async () => {
    const files = { [USER]: file(auths, { credHelpers: { "gcr.io": "gcloud" } }) };
    const { credentials } = source(machine({ files, configuration: { auths: { "a.io": {} } } }));
    assert.deepEqual([...(await credentials.knownHosts())].sort(), [
      "a.io",
      "docker.io",
      "gcr.io",
      "ghcr.io",
      "my-registry.local",
      "quay.io",
    ]);
  });
});

describe("parseDockerConfiguration", () => {
  it("never throws, and names no empty scope", () => {
    const entries = fc.dictionary(fc.string(), fc.jsonValue());
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      fc.record({ auths: entries, credHelpers: entries }).map((each) => JSON.stringify(each)),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(registryOfKey, namespaceOfKey), (each, scopeOf) => {
        const parsed = parseDockerConfiguration(each, scopeOf);
        assert.ok(parsed === null || !(parsed.helpers.has("") || parsed.credentials.has("")));
      }),
    );
  });
});

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
