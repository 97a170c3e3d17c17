import assert from "node:assert/strict";
import fc from "fast-check";
import { parseReference } from "../../../server/src/reference/reference";
import { parseContainersRegistries } from "../../../server/src/registry/configuration/containersRegistries";
import { parseDockerDaemon } from "../../../server/src/registry/configuration/dockerDaemon";
import {
  placesOf,
  type RegistryConfiguration,
  withUserSettings,
} from "../../../server/src/registry/configuration/places";

interface Sources {
  readonly containers?: string;
  readonly daemon?: unknown;
  readonly mirrors?: unknown;
  readonly insecureRegistries?: unknown;
}

function configurationOf({ containers = "", daemon = {}, mirrors, insecureRegistries }: Sources) {
  const docker = parseDockerDaemon(JSON.stringify(daemon)) ?? assert.fail("no daemon.json");
  const configuration: RegistryConfiguration = {
    userMirrors: new Map(),
    tables: parseContainersRegistries(containers) ?? assert.fail("no TOML"),
    dockerHubMirrors: docker.mirrors,
    insecure: docker.insecure,
  };
  return withUserSettings(configuration, { mirrors, insecureRegistries });
}

/** Each place in short: `mirror host/repository insecure`. */
function shown(sources: Sources, name: string, by: "tag" | "digest" = "tag"): readonly string[] | null {
  const { registry, repository } = parseReference(name).reference ?? assert.fail(`${name} is no reference`);
  const places = placesOf(configurationOf(sources), { registry, repository }, by);
  return (
    places?.map((place) =>
      [
        place.isMirror ? "mirror " : "",
        place.registry,
        "/",
        place.repository,
        place.isInsecure ? " insecure" : "",
      ].join(""),
    ) ?? null
  );
}

const manual = `
  [[registry]]
  prefix = "example.com/foo"
  location = "internal-registry-for-example.com/bar"
  [[registry.mirror]]
  location = "example-mirror-0.local/mirror-for-foo"
  [[registry.mirror]]
  location = "example-mirror-1.local/mirrors/foo"
  insecure = true
`;
const everything: Sources = {
  mirrors: { "docker.io": ["own.example/hub"], "quay.io": ["http://quay-mirror.example:5000"] },
  containers: '[[registry]]\nlocation = "docker.io"\n[[registry.mirror]]\nlocation = "second.example/docker"\n',
  daemon: { "registry-mirrors": ["https://third.example", "http://fourth.example"] },
};
const limited = `
  [[registry]]
  location = "a.io"
  [[registry.mirror]]
  location = "digests.example"
  pull-from-mirror = "digest-only"
  [[registry.mirror]]
  location = "tags.example"
  pull-from-mirror = "tag-only"
  [[registry.mirror]]
  location = "both.example"
`;

describe("placesOf", () => {
  const rows: [string, Sources, string, readonly string[] | null, ("tag" | "digest")?][] = [
    ["is the registry alone without configuration", {}, "ghcr.io/acme/app", ["ghcr.io/acme/app"]],
    ["is in lower case", {}, "GHCR.io/acme/app", ["ghcr.io/acme/app"]],
    [
      "is in the order of containers-registries.conf(5), section Example",
      { containers: manual },
      "example.com/foo/image",
      [
        "mirror example-mirror-0.local/mirror-for-foo/image",
        "mirror example-mirror-1.local/mirrors/foo/image insecure",
        "internal-registry-for-example.com/bar/image",
      ],
    ],
    ["is unchanged beside the prefix", { containers: manual }, "example.com/foobar", ["example.com/foobar"]],
    [
      "has the user's mirrors, then the containers', then Docker's",
      everything,
      "alpine",
      [
        "mirror own.example/hub/library/alpine",
        "mirror second.example/docker/library/alpine",
        "mirror third.example/library/alpine",
        "mirror fourth.example/library/alpine insecure",
        "docker.io/library/alpine",
      ],
    ],
    [
      "has Docker's mirrors for Docker Hub alone",
      everything,
      "quay.io/acme/app",
      ["mirror quay-mirror.example:5000/acme/app insecure", "quay.io/acme/app"],
    ],
    [
      "has mirrors for tags",
      { containers: limited },
      "a.io/x",
      ["mirror tags.example/x", "mirror both.example/x", "a.io/x"],
    ],
    [
      "has mirrors for digests",
      { containers: limited },
      "a.io/x",
      ["mirror digests.example/x", "mirror both.example/x", "a.io/x"],
      "digest",
    ],
    [
      "has no mirror for tags by mirror-by-digest-only",
      { containers: `${limited.replace('location = "a.io"', 'location = "a.io"\nmirror-by-digest-only = true')}` },
      "a.io/x",
      ["a.io/x"],
    ],
    [
      "is rewritten for a whole repository",
      { containers: '[[registry]]\nprefix = "docker.io/library/alpine"\nlocation = "internal:5000/base/alpine"\n' },
      "alpine",
      ["internal:5000/base/alpine"],
    ],
    [
      "takes the longest prefix",
      {
        containers:
          '[[registry]]\nlocation = "a.io"\nblocked = true\n[[registry]]\nprefix = "a.io/good"\nlocation = "b.io"\n',
      },
      "a.io/good/x",
      ["b.io/x"],
    ],
    ["is null where blocked", { containers: '[[registry]]\nlocation = "a.io"\nblocked = true\n' }, "a.io/x", null],
    [
      "is null where blocked, whatever mirrors there are",
      {
        containers: '[[registry]]\nlocation = "docker.io"\nblocked = true\n',
        mirrors: { "docker.io": ["own.example"] },
        daemon: { "registry-mirrors": ["https://third.example"] },
      },
      "alpine",
      null,
    ],
    ["is null where version 1 blocks", { containers: "[registries.block]\nregistries = ['a.io']" }, "a.io/x", null],
    [
      "applies a wildcard without rewriting",
      {
        containers:
          '[[registry]]\nprefix = "*.a.io"\ninsecure = true\n[[registry.mirror]]\nlocation = "m.example/ns"\n',
      },
      "q.a.io/x/y",
      ["mirror m.example/ns/x/y", "q.a.io/x/y insecure"],
    ],
    [
      "rewrites by a wildcard",
      { containers: '[[registry]]\nprefix = "*.a.io"\nlocation = "b.io/ns"\n' },
      "q.a.io/x",
      ["b.io/ns/x"],
    ],
    [
      "is insecure by address",
      { daemon: { "insecure-registries": ["10.0.0.0/8"] } },
      "10.1.1.1:5000/x",
      ["10.1.1.1:5000/x insecure"],
    ],
    [
      "is insecure by the settings, blocks of addresses too",
      { insecureRegistries: ["a.io", "10.0.0.0/8"], mirrors: { "a.io": ["10.1.1.1:5000"] } },
      "a.io/x",
      ["mirror 10.1.1.1:5000/x insecure", "a.io/x insecure"],
    ],
    [
      "is insecure by version 1",
      { containers: "[registries.insecure]\nregistries = ['a.io']" },
      "a.io/x",
      ["a.io/x insecure"],
    ],
    [
      "has an insecure mirror where the containers' table of the mirror says so",
      { containers: '[[registry]]\nlocation = "m.example"\ninsecure = true\n', mirrors: { "a.io": ["m.example"] } },
      "a.io/x",
      ["mirror m.example/x insecure", "a.io/x"],
    ],
    [
      "is secure where the table that says insecure leads elsewhere",
      {
        containers: '[[registry]]\nprefix = "m.example"\nlocation = "n.example"\ninsecure = true\n',
        mirrors: { "a.io": ["m.example"] },
      },
      "a.io/x",
      ["mirror m.example/x", "a.io/x"],
    ],
    [
      "is insecure where the place that the name leads to is",
      { containers: '[[registry]]\nprefix = "a.io"\nlocation = "b.io"\n', insecureRegistries: ["b.io"] },
      "a.io/x",
      ["b.io/x insecure"],
    ],
    [
      "has each place once, insecure where one of its entries says so",
      {
        mirrors: { "docker.io": ["m.example", "docker.io", "http://m.example"] },
        daemon: { "registry-mirrors": ["https://m.example"] },
      },
      "alpine",
      ["mirror m.example/library/alpine insecure", "docker.io/library/alpine"],
    ],
    [
      "takes Docker Hub by each of its names",
      { mirrors: { "index.docker.io": ["a.example"], "Docker.io": ["b.example"] } },
      "alpine",
      ["mirror a.example/library/alpine", "mirror b.example/library/alpine", "docker.io/library/alpine"],
    ],
    [
      "leaves out mirrors that make no name",
      {
        mirrors: { "a.io": ["m.example/UPPER", "m.example/%2f", "m.example//x", "m.example/x:1", "m_x.example"] },
        containers:
          '[[registry]]\nlocation = "a.io"\n[[registry.mirror]]\nlocation = "single"\n[[registry.mirror]]\nlocation = "bob@m.example"\n',
      },
      "a.io/x",
      ["a.io/x"],
    ],
    [
      "has no place where the rewritten name is none",
      { containers: '[[registry]]\nprefix = "a.io/x"\nlocation = "internal.example"\n' },
      "a.io/x",
      [],
    ],
    [
      "has no place where a port would become a tag",
      { containers: '[[registry]]\nprefix = "a.io/x"\nlocation = "internal:5000"\n' },
      "a.io/x",
      [],
    ],
  ];
  for (const [name, sources, image, expected, by] of rows) {
    it(name, () => {
      assert.deepEqual(shown(sources, image, by), expected);
    });
  }

  it("takes settings of any form for absent", () => {
    for (const odd of [null, 1, "a.io", [1], { "a.io": 1 }, { "a.io": [1, null, {}] }, { "a.io/ns": ["m.io"] }, [[]]]) {
      assert.deepEqual(shown({ mirrors: odd, insecureRegistries: odd }, "a.io/x"), ["a.io/x"]);
    }
  });

  it("never makes a place that is no repository, whatever the user's settings", () => {
    const mirrors = fc.dictionary(fc.constantFrom("a.io", "b.io"), fc.array(fc.oneof(fc.string(), fc.webUrl())));
    fc.assert(
      fc.property(fc.oneof(mirrors, fc.jsonValue()), fc.jsonValue(), (settings, insecureRegistries) => {
        const configuration = configurationOf({ mirrors: settings, insecureRegistries });
        const places = placesOf(configuration, { registry: "a.io", repository: "acme/app" }, "tag") ?? [];
        assert.deepEqual(places.at(-1), {
          ...places.at(-1),
          registry: "a.io",
          repository: "acme/app",
          isMirror: false,
        });
        for (const { registry, repository } of places) {
          const { reference } = parseReference(`${registry}/${repository}`);
          assert.deepEqual([reference?.registry, reference?.repository], [registry, repository]);
        }
      }),
    );
  });
});
