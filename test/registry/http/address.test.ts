import assert from "node:assert/strict";
import fc from "fast-check";
import { isLoopback, isWithinReach, reachOf, requireSafeLink } from "../../../server/src/registry/http/address";
import { RegistryError } from "../../../server/src/registry/registry";

const table: ["allowed" | "refused", string, string][] = [
  ["allowed", "https://ghcr.io", "https://pkg-containers.example/blob?signature=x"],
  ["allowed", "https://ghcr.io", "https://93.184.216.34/"],
  ["refused", "https://ghcr.io", "http://ghcr.io/"],
  ["refused", "https://ghcr.io", "http://localhost/"],
  ["refused", "https://ghcr.io", "ftp://ghcr.io/"],
  ["refused", "https://ghcr.io", "file:///etc/passwd"],
  ["refused", "https://ghcr.io", "https://user:password@ghcr.io/"],
  ["refused", "https://ghcr.io", "https://user@ghcr.io/"],
  ["refused", "https://ghcr.io", "https://localhost/"],
  ["refused", "https://ghcr.io", "https://LOCALHOST./"],
  ["refused", "https://ghcr.io", "https://x.localhost/"],
  ["refused", "https://ghcr.io", "https://127.0.0.1/"],
  ["refused", "https://ghcr.io", "https://0x7f.1/"],
  ["refused", "https://ghcr.io", "https://2130706433/"],
  ["refused", "https://ghcr.io", "https://[::1]/"],
  ["refused", "https://ghcr.io", "https://[::ffff:127.0.0.1]/"],
  ["refused", "https://ghcr.io", "https://[::ffff:10.0.0.1]/"],
  ["refused", "https://ghcr.io", "https://[64:ff9b::a9fe:a9fe]/"],
  ["refused", "https://ghcr.io", "https://0.0.0.0/"],
  ["refused", "https://ghcr.io", "https://[::]/"],
  ["refused", "https://ghcr.io", "https://10.1.2.3/"],
  ["refused", "https://ghcr.io", "https://172.31.255.255/"],
  ["refused", "https://ghcr.io", "https://192.168.0.1/"],
  ["refused", "https://ghcr.io", "https://100.64.0.1/"],
  ["refused", "https://ghcr.io", "https://169.254.169.254/latest/meta-data"],
  ["refused", "https://ghcr.io", "https://[fe80::1]/"],
  ["refused", "https://ghcr.io", "https://[fd00::1]/"],
  ["allowed", "https://10.0.0.5:5000", "https://10.0.0.6/"],
  ["allowed", "https://10.0.0.5:5000", "https://ghcr.io/"],
  ["refused", "https://10.0.0.5:5000", "https://127.0.0.1/"],
  ["refused", "https://10.0.0.5:5000", "https://169.254.169.254/"],
  ["refused", "https://10.0.0.5:5000", "http://10.0.0.5:5001/"],
  ["allowed", "http://127.0.0.1:5000", "http://localhost:5001/"],
  ["allowed", "http://127.0.0.1:5000", "https://10.0.0.5/"],
  ["refused", "http://127.0.0.1:5000", "http://10.0.0.5/"],
  ["refused", "http://127.0.0.1:5000", "http://ghcr.io/"],
  ["refused", "http://127.0.0.1:5000", "https://169.254.169.254/"],
  ["allowed", "http://registry.example:5000", "http://registry.example:5001/"],
  ["refused", "http://registry.example:5000", "http://auth.registry.example:5000/"],
  ["refused", "http://registry.example:5000", "http://localhost/"],
  ["allowed", "https://ghcr.io", "https://[64:ff9b::5db8:d822]/"],
  ["refused", "https://ghcr.io", "https://[64:ff9b::10.0.0.1]/"],
  ["refused", "https://ghcr.io", "https://[2002:7f00:1::]/"],
  ["refused", "https://ghcr.io", "https://[2002:a9fe:a9fe::1]/"],
  ["allowed", "https://ghcr.io", "https://[2002:5db8:d822::1]/"],
  ["refused", "https://ghcr.io", "https://[::7f00:1]/"],
  ["refused", "https://ghcr.io", "https://[2001:db8::1]/"],
  ["refused", "https://ghcr.io", "https://[2001::1]/"],
  ["refused", "https://ghcr.io", "https://[fec0::1]/"],
  ["refused", "https://ghcr.io", "https://192.0.2.1/"],
  ["refused", "https://ghcr.io", "https://198.51.100.1/"],
  ["refused", "https://ghcr.io", "https://203.0.113.1/"],
  ["refused", "https://ghcr.io", "https://[3fff::1]/"],
  ["refused", "https://ghcr.io", "https://[5f00::1]/"],
  ["refused", "https://ghcr.io", "https://[64:ff9b:1::a00:1]/"],
  ["refused", "https://ghcr.io", "https://192.88.99.1/"],
  ["allowed", "https://ghcr.io", "https://[2606:4700::1]/"],
];

const at = (url: string, address: string | null = null) => ({ url: new URL(url), address });

describe("requireSafeLink", () => {
  for (const [outcome, from, to] of table) {
    it(`${outcome}: ${from} to ${to}`, () => {
      const check = () => requireSafeLink(at(from), new URL(to), "redirected to");
      if (outcome === "allowed") check();
      else assert.throws(check, (error) => error instanceof RegistryError && error.code === "refused-address");
    });
  }

  it("names neither the password nor the query of what it refused", () => {
    const check = () => requireSafeLink(at("https://a.example"), new URL("https://u:s3cret@b.example/?t=s3cret"), "x");
    assert.throws(check, (error) => error instanceof Error && !error.message.includes("s3cret"));
  });
});

describe("where a server really is", () => {
  const lands: ["allowed" | "refused", string, string][] = [
    ["allowed", "10.0.0.5", "https://10.0.0.6/"],
    ["refused", "10.0.0.5", "https://127.0.0.1/"],
    ["allowed", "127.0.0.1", "https://127.0.0.2/"],
    ["refused", "93.184.216.34", "https://10.0.0.6/"],
    ["refused", "::ffff:93.184.216.34", "https://10.0.0.6/"],
    ["allowed", "::ffff:10.0.0.5", "https://10.0.0.6/"],
    ["allowed", "fe80::1%eth0", "https://ghcr.io/"],
  ];
  for (const [outcome, address, to] of lands) {
    it(`decides where it may lead: ${outcome} from ${address} to ${to}`, () => {
      const check = () => requireSafeLink(at("https://registry.corp", address), new URL(to), "redirected to");
      if (outcome === "allowed") check();
      else assert.throws(check, RegistryError);
    });
  }

  const reached: [boolean, string, string | null, string, string][] = [
    [true, "https://ghcr.io", "140.82.1.1", "https://cdn.example", "151.101.1.1"],
    [false, "https://ghcr.io", "140.82.1.1", "https://cdn.example", "10.0.0.1"],
    [false, "https://ghcr.io", "140.82.1.1", "https://cdn.example", "127.0.0.1"],
    [false, "https://ghcr.io", "140.82.1.1", "https://cdn.example", "169.254.169.254"],
    [false, "https://ghcr.io", "140.82.1.1", "https://cdn.example", "::ffff:169.254.169.254"],
    [false, "https://ghcr.io", "140.82.1.1", "https://ghcr.io:1/", "10.0.0.1"],
    [false, "https://ghcr.io", null, "https://cdn.example", "10.0.0.1"],
    [true, "https://registry.corp", "10.0.0.5", "https://gitlab.corp", "10.0.0.6"],
    [false, "https://registry.corp", "10.0.0.5", "https://gitlab.corp", "127.0.0.1"],
    [true, "https://link.local", "169.254.1.1", "https://link.local/x", "169.254.1.1"],
    [false, "https://link.local", "169.254.1.1", "https://other.local/x", "169.254.1.1"],
  ];
  for (const [isWithin, from, address, to, landed] of reached) {
    it(`${isWithin ? "connects" : "does not connect"} to ${landed} for ${to}, named by ${from} at ${address}`, () => {
      assert.equal(isWithinReach(reachOf(at(from, address), new URL(to)), landed), isWithin);
    });
  }
});

describe("an address of IPv4 within one of IPv6", () => {
  const sources = ["127.0.0.1", "10.0.0.5", "93.184.216.34"];
  const groups = (address: string) => {
    const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  };
  const embedded = [
    (address: string) => `::ffff:${address}`,
    (address: string) => `64:ff9b::${address}`,
    (address: string) => `2002:${groups(address)}::1`,
    (address: string) => `::${groups(address)}`,
  ];

  it("leads as deep as that one", () => {
    // What begins with 0.0 is not written in that way: `::1` is a loopback address of its own.
    const ordinary = fc.ipV4().filter((address) => !address.startsWith("0."));
    fc.assert(
      fc.property(ordinary, fc.constantFrom(...sources), fc.constantFrom(...embedded), (address, source, embed) => {
        const reach = reachOf(at("https://registry.example", source), new URL("https://cdn.example"));
        assert.equal(isWithinReach(reach, embed(address)), isWithinReach(reach, address));
      }),
      {
        examples: sources.flatMap((address) =>
          sources.flatMap((source) =>
            embedded.map((embed) => [address, source, embed] as [string, string, typeof embed]),
          ),
        ),
      },
    );
  });
});

describe("isLoopback", () => {
  for (const host of ["localhost:5000", "127.0.0.1", "127.255.0.9:1", "[::1]:5000"]) {
    it(`takes ${host} for loopback`, () => assert.ok(isLoopback(new URL(`http://${host}`))));
  }
  for (const host of ["localhost.example", "127.0.0.1.example", "10.0.0.1", "[::2]", "ghcr.io", "registry.localhost"]) {
    it(`takes ${host} for another host`, () => assert.ok(!isLoopback(new URL(`http://${host}`))));
  }
});
