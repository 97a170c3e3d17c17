import assert from "node:assert/strict";
import fc from "fast-check";
import {
  parseContainersRegistries,
  type RegistryTable,
  tableFor,
} from "../../../server/src/registry/configuration/containersRegistries";

function tables(text: string) {
  return parseContainersRegistries(text) ?? assert.fail("no TOML");
}

const plain = { location: null, isInsecure: false, isBlocked: false, mirrors: [] };

describe("registries.conf", () => {
  it("is read as in containers-registries.conf(5), section Example", () => {
    const parsed = tables(`
      unqualified-search-registries = ["example.com"]

      [[registry]]
      prefix = "example.com/foo"
      insecure = false
      blocked = false
      location = "internal-registry-for-example.com/bar"

      [[registry.mirror]]
      location = "example-mirror-0.local/mirror-for-foo"

      [[registry.mirror]]
      location = "example-mirror-1.local/mirrors/foo"
      insecure = true

      [[registry]]
      location = "registry.com"

      [[registry.mirror]]
      location = "mirror.registry.com"
    `);
    assert.deepEqual(
      [...parsed.values()],
      [
        {
          ...plain,
          prefix: "example.com/foo",
          location: "internal-registry-for-example.com/bar",
          mirrors: [
            { location: "example-mirror-0.local/mirror-for-foo", isInsecure: false, by: "all" },
            { location: "example-mirror-1.local/mirrors/foo", isInsecure: true, by: "all" },
          ],
        },
        {
          ...plain,
          prefix: "registry.com",
          mirrors: [{ location: "mirror.registry.com", isInsecure: false, by: "all" }],
        },
      ],
    );
  });

  it("of version 1 tells insecure and blocked registries", () => {
    const parsed = tables(`
      [registries.search]
      registries = ['registry1.com', 'registry2.com']

      [registries.insecure]
      registries = ['registry3.com', 'Both.com/', 7]

      [registries.block]
      registries = ['registry.untrusted.com', 'both.com']
    `);
    assert.deepEqual(
      [...parsed.values()],
      [
        { ...plain, prefix: "registry3.com", isInsecure: true },
        { ...plain, prefix: "both.com", isInsecure: true, isBlocked: true },
        { ...plain, prefix: "registry.untrusted.com", isBlocked: true },
      ],
    );
  });

  const single: [string, string, Partial<RegistryTable> | null][] = [
    ["a prefix alone", 'prefix = "a.io/x"', { prefix: "a.io/x" }],
    ["a location alone", 'location = "a.io/x"', { prefix: "a.io/x" }],
    ["both the same", 'prefix = "A.io"\nlocation = "a.io/"', { prefix: "a.io" }],
    ["upper case", 'prefix = "A.IO:5000/x"\nlocation = "B.io"', { prefix: "a.io:5000/x", location: "b.io" }],
    ["a wildcard", 'prefix = "*.a.io"\nblocked = true', { prefix: "*.a.io", isBlocked: true }],
    ["a wildcard with a location", 'prefix = "*.a.io"\nlocation = "b.io"', { prefix: "*.a.io", location: "b.io" }],
    ["a wildcard with a path", 'prefix = "*.a.io/x"', null],
    ["a wildcard with a port", 'prefix = "*.a.io:5000"', null],
    ["a tag", 'prefix = "a.io/x:1"', null],
    ["a digest", `prefix = "a.io/x@sha256:${"0".repeat(64)}"`, null],
    ["a scheme", 'prefix = "https://a.io"', null],
    ["nothing", "", null],
    ["empty names", 'prefix = "/"\nlocation = ""', null],
    ["a number for a name", "prefix = 7", null],
    ["words for truth", 'prefix = "a.io"\ninsecure = "true"\nblocked = 1', { prefix: "a.io" }],
  ];
  for (const [name, body, expected] of single) {
    it(`may have a table with ${name}${expected === null ? ", which is left out" : ""}`, () => {
      const parsed = [...tables(`[[registry]]\n${body}\n`).values()];
      assert.deepEqual(parsed, expected === null ? [] : [{ ...plain, ...expected }]);
    });
  }

  const mirrors: [string, string, "all" | "tag" | "digest" | null][] = [
    ["nothing", "", "all"],
    ["an empty word", 'pull-from-mirror = ""', "all"],
    ["all", 'pull-from-mirror = "all"', "all"],
    ["digest-only", 'pull-from-mirror = "digest-only"', "digest"],
    ["tag-only", 'pull-from-mirror = "tag-only"', "tag"],
    ["another word", 'pull-from-mirror = "never"', null],
    ["a number", "pull-from-mirror = 1", null],
  ];
  for (const [name, line, by] of mirrors) {
    it(`may limit a mirror by ${name}`, () => {
      const text = `[[registry]]\nlocation = "a.io"\n[[registry.mirror]]\nlocation = "m.io"\n${line}\n`;
      const expected = by === null ? [] : [{ location: "m.io", isInsecure: false, by }];
      assert.deepEqual(tables(text).get("a.io")?.mirrors, expected);
    });
  }

  it("may limit all mirrors to digests, and leaves out those of another form", () => {
    const text = `
      [[registry]]
      location = "a.io"
      mirror-by-digest-only = true
      mirror = [{ location = "m.io" }, { location = "https://n.io" }, {}, { location = "o.io", pull-from-mirror = "all" }]
    `;
    assert.deepEqual(
      tables(text)
        .get("a.io")
        ?.mirrors.map(({ location, by }) => [location, by]),
      [
        ["m.io", "digest"],
        ["o.io", "digest"],
      ],
    );
  });

  it("may name a prefix twice: the last counts", () => {
    const parsed = tables('[[registry]]\nlocation = "a.io"\n[[registry]]\nprefix = "a.io"\ninsecure = true\n');
    assert.deepEqual([...parsed.values()], [{ ...plain, prefix: "a.io", isInsecure: true }]);
  });

  it("may have other shapes", () => {
    for (const text of ["registry = 1", "registries = []", "registry = [1, [2]]", "[registry]\nprefix = 'a.io'", ""]) {
      assert.equal(tables(text).size, 0);
    }
  });

  it("is nothing where it is no TOML", () => {
    for (const text of ["[[registry]", "{}", "a", "a = 1\na = 2"]) assert.equal(parseContainersRegistries(text), null);
  });

  it("never makes the parser throw", () => {
    const words = fc.constantFrom(
      "[[registry]]",
      "[[registry.mirror]]",
      "prefix",
      "location",
      "=",
      '"a.io"',
      "*.",
      "\n",
      "[",
      "{",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.oneof(words, fc.string({ maxLength: 3 }))).map((parts) => parts.join(" ")),
    );
    fc.assert(
      fc.property(text, fc.string(), (each, repository) => {
        const parsed = parseContainersRegistries(each);
        if (parsed !== null) assert.notEqual(tableFor(parsed, { registry: "a.io", repository }), undefined);
      }),
    );
  });
});

describe("the table for a name", () => {
  const prefixes = ["a.io", "a.io/x", "a.io/x/y", "b.io:5000", "*.c.io", "*.d.c.io", "ee.c.io"];
  const all = tables(prefixes.map((prefix) => `[[registry]]\nprefix = "${prefix}"\n`).join(""));
  const rows: [string, string, string | null, string?][] = [
    ["a.io", "z", "a.io", "/z"],
    ["a.io", "x", "a.io/x", ""],
    ["a.io", "x/z", "a.io/x", "/z"],
    ["a.io", "xx", "a.io", "/xx"],
    ["a.io", "x/y/z", "a.io/x/y", "/z"],
    ["a.io:5000", "x", null],
    ["aa.io", "x", null],
    ["b.io", "x", null],
    ["b.io:5000", "x", "b.io:5000", "/x"],
    ["q.c.io", "x", "*.c.io", "/x"],
    ["q.r.c.io", "x", "*.c.io", "/x"],
    ["q.d.c.io", "x", "*.d.c.io", "/x"],
    ["ee.c.io", "x", "ee.c.io", "/x"],
    ["c.io", "x", null],
    ["qc.io", "x", null],
  ];
  for (const [registry, repository, prefix, rest] of rows) {
    it(`of ${registry}/${repository} is ${prefix ?? "none"}`, () => {
      const found = tableFor(all, { registry, repository });
      assert.deepEqual(found && [found.table.prefix, found.rest], prefix === null ? null : [prefix, rest]);
    });
  }
});
