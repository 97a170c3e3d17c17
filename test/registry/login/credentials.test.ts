import assert from "node:assert/strict";
import fc from "fast-check";
import {
  namespaceOfKey,
  parseDockerConfiguration,
  registryOfKey,
} from "../../../server/src/registry/login/dockerConfiguration";
import { auth, basic, type MachineOptions, machine, source } from "../../support/credentialMachine";

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
