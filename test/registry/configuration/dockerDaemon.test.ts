import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDockerDaemon } from "../../../server/src/registry/configuration/dockerDaemon";
import { isListed } from "../../../server/src/registry/configuration/insecureRegistries";

function daemon(content: unknown) {
  return parseDockerDaemon(JSON.stringify(content)) ?? assert.fail("no daemon.json");
}

describe("mirrors in daemon.json", () => {
  const taken: [string, string, boolean][] = [
    ["https://mirror.example", "mirror.example", false],
    ["https://Mirror.Example:5000/", "mirror.example:5000", false],
    ["http://10.0.0.1:5000", "10.0.0.1:5000", true],
    ["HTTP://mirror.example", "mirror.example", true],
    ["https://[fd00::1]:5000", "[fd00::1]:5000", false],
    // A plain name needs its port, or it would be a namespace of Docker Hub.
    ["http://mirror", "mirror:80", true],
    ["https://mirror", "mirror:443", false],
    ["http://localhost", "localhost", true],
  ];
  for (const [url, location, isInsecure] of taken) {
    it(`are taken: ${url}`, () => {
      assert.deepEqual(daemon({ "registry-mirrors": [url] }).mirrors, [{ location, isInsecure }]);
    });
  }

  const refused = [
    "https://mirror.example/hub",
    "https://bob:s3cret@mirror.example",
    "https://mirror.example?x=1",
    "https://mirror.example/#x",
    "ftp://mirror.example",
    "https://",
    "",
    7,
    null,
    ["https://mirror.example"],
  ];
  for (const url of refused) {
    it(`are left out: ${JSON.stringify(url)}`, () => {
      const { mirrors } = daemon({ "registry-mirrors": [url, "https://good.example"] });
      assert.deepEqual(mirrors, [{ location: "good.example", isInsecure: false }]);
    });
  }
});

describe("insecure registries in daemon.json", () => {
  const rows: [string, string, boolean][] = [
    ["registry.example", "registry.example", true],
    ["Registry.Example:5000", "registry.example:5000", true],
    ["http://registry.example:5000/", "registry.example:5000", true],
    ["registry.example", "registry.example:5000", false],
    ["registry.example:5000", "registry.example", false],
    ["example", "registry.example", false],
    ["10.0.0.0/8", "10.1.2.3", true],
    ["10.0.0.0/8", "10.1.2.3:5000", true],
    ["10.0.0.0/8", "11.1.2.3:5000", false],
    ["10.0.0.0/8", "10.example", false],
    ["10.1.2.3/32", "10.1.2.4", false],
    ["0.0.0.0/0", "registry.example", false],
    ["fd00::/8", "[fd00::1]:5000", true],
    ["fd00::/8", "[fe80::1]", false],
    ["10.0.0.0/33", "10.1.2.3", false],
    ["fd00::%eth0/8", "[fd00::1]", false],
    ["registry.example/ns", "registry.example", false],
    ["docker.io", "docker.io", false],
    ["registry-1.docker.io", "docker.io", false],
  ];
  for (const [entry, registry, expected] of rows) {
    it(`${expected ? "hold" : "do not hold"} for ${registry} by ${entry}`, () => {
      assert.equal(isListed(daemon({ "insecure-registries": [entry] }).insecure, registry), expected);
    });
  }
});

describe("the text of daemon.json", () => {
  it("may begin with a byte order mark", () => {
    assert.equal(parseDockerDaemon('\uFEFF{"registry-mirrors":["https://a.example"]}')?.mirrors.length, 1);
  });

  it("may have members of another shape", () => {
    const { mirrors, insecure } = daemon({ "registry-mirrors": "https://a.example", "insecure-registries": { a: 1 } });
    assert.deepEqual([mirrors, insecure.hosts.size], [[], 0]);
  });

  it("is nothing where it is no JSON object", () => {
    for (const text of ["", "[]", "null", "{", '"x"']) assert.equal(parseDockerDaemon(text), null);
  });

  it("never makes the parser throw", () => {
    const list = fc.array(fc.oneof(fc.string(), fc.webUrl(), fc.ipV4(), fc.ipV6(), fc.jsonValue()));
    const entries = fc
      .tuple(list, fc.ipV6(), fc.nat(200))
      .map(([some, address, bits]) => [...some, `${address}/${bits}`]);
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      fc.record({ "registry-mirrors": list, "insecure-registries": entries }).map((each) => JSON.stringify(each)),
    );
    fc.assert(
      fc.property(text, fc.string(), (each, registry) => {
        const parsed = parseDockerDaemon(each);
        if (parsed !== null) assert.equal(typeof isListed(parsed.insecure, registry), "boolean");
      }),
    );
  });
});
