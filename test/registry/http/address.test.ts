import assert from "node:assert/strict";
import { isLoopback, requireSafeLink } from "../../../server/src/registry/http/address";
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
];

describe("requireSafeLink", () => {
  for (const [outcome, from, to] of table) {
    it(`${outcome}: ${from} to ${to}`, () => {
      const check = () => requireSafeLink(new URL(from), new URL(to), "redirected to");
      if (outcome === "allowed") check();
      else assert.throws(check, (error) => error instanceof RegistryError && error.code === "refused-address");
    });
  }

  it("names neither the password nor the query of what it refused", () => {
    const check = () =>
      requireSafeLink(new URL("https://a.example"), new URL("https://u:s3cret@b.example/?t=s3cret"), "x");
    assert.throws(check, (error) => error instanceof Error && !error.message.includes("s3cret"));
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
