import assert from "node:assert/strict";
import { createEndpoints, secureBase, shownServer } from "../../server/src/registry/endpoint";
import { RegistryError, type RegistryErrorCode } from "../../server/src/registry/registry";
import { failureOf } from "../support/registryClients";

function failing(code: RegistryErrorCode, causeCode: string): RegistryError {
  return new RegistryError(code, "It failed.", { cause: Object.assign(new Error("cause"), { code: causeCode }) });
}

/** Fails at https with `error`; notes what was tried. */
function attemptWith(error: RegistryError) {
  const tried: string[] = [];
  const attempt = async (base: URL) => {
    tried.push(base.href);
    if (base.protocol === "https:") throw error;
    return "answered";
  };
  return { tried, attempt };
}

describe("secureBase", () => {
  it("knows where Docker Hub answers", () => {
    assert.equal(secureBase("docker.io").href, "https://registry-1.docker.io/");
    assert.equal(secureBase("ghcr.io").href, "https://ghcr.io/");
    assert.equal(secureBase("[::1]:5000").href, "https://[::1]:5000/");
  });

  it("refuses what is a reference and no host", () => {
    for (const registry of ["a.b:99999", "1.2.3.999"]) {
      assert.throws(
        () => secureBase(registry),
        (error) => error instanceof RegistryError && error.code === "unreachable",
      );
    }
  });
});

describe("shownServer", () => {
  const table: [string, string, string][] = [
    ["docker.io", "https://registry-1.docker.io", "docker.io"],
    ["docker.io", "https://notary.docker.io", "notary.docker.io"],
    ["ghcr.io", "https://ghcr.io", "ghcr.io"],
    ["ghcr.io", "https://registry-1.docker.io", "registry-1.docker.io"],
    ["localhost:5000", "http://localhost:5000", "localhost:5000"],
  ];
  for (const [registry, base, name] of table) {
    it(`is ${name} for ${registry} at ${base}`, () => {
      assert.equal(shownServer({ registry, base: new URL(base) }), name);
    });
  }
});

describe("createEndpoints", () => {
  const localhost = { registry: "localhost:5000", isInsecure: false };
  const noTls = [
    failing("tls", "EPROTO"),
    failing("tls", "ERR_SSL_WRONG_VERSION_NUMBER"),
    failing("unreachable", "ECONNREFUSED"),
  ];

  for (const registry of ["localhost:5000", "127.0.0.1:5000", "127.1.2.3", "[::1]:5000"]) {
    it(`tries http at ${registry} where no TLS answers, and remembers it`, async () => {
      for (const error of noTls) {
        const { tried, attempt } = attemptWith(error);
        const endpoints = createEndpoints();
        const { base } = await endpoints.reach({ registry, isInsecure: false }, attempt);
        assert.equal(base.protocol, "http:");
        await endpoints.reach({ registry, isInsecure: false }, attempt);
        assert.deepEqual(
          tried.map((url) => url.slice(0, 5)),
          ["https", "http:", "http:"],
        );
      }
    });
  }

  for (const registry of [
    "ghcr.io",
    "docker.io",
    "10.0.0.5:5000",
    "localhost.example:5000",
    "0.0.0.0:5000",
    "registry.localhost",
  ]) {
    it(`never tries http at ${registry}`, async () => {
      for (const error of noTls) {
        const { tried, attempt } = attemptWith(error);
        await failureOf(createEndpoints().reach({ registry, isInsecure: false }, attempt), error.code);
        assert.equal(tried.length, 1);
      }
    });
  }

  it("takes an untrusted certificate, a timeout or a refusal for an answer", async () => {
    const errors = [
      failing("tls", "DEPTH_ZERO_SELF_SIGNED_CERT"),
      failing("timed-out", ""),
      failing("refused-address", ""),
    ];
    for (const error of errors) {
      const { tried, attempt } = attemptWith(error);
      await failureOf(createEndpoints().reach(localhost, attempt), error.code);
      assert.equal(tried.length, 1);
    }
  });

  it("stays with https where that answered once", async () => {
    const endpoints = createEndpoints();
    await endpoints.reach(localhost, async () => "answered");
    const { tried, attempt } = attemptWith(failing("unreachable", "ECONNREFUSED"));
    await failureOf(endpoints.reach(localhost, attempt), "unreachable");
    assert.deepEqual(tried, ["https://localhost:5000/"]);
  });

  it("tries http where the user calls the registry insecure, and only where no TLS answered", async () => {
    const insecure = { registry: "registry.example:5000", isInsecure: true };
    for (const error of noTls) {
      const { tried, attempt } = attemptWith(error);
      assert.equal((await createEndpoints().reach(insecure, attempt)).base.href, "http://registry.example:5000/");
      assert.deepEqual(tried, ["https://registry.example:5000/", "http://registry.example:5000/"]);
    }
    const { tried, attempt } = attemptWith(failing("timed-out", ""));
    await failureOf(createEndpoints().reach(insecure, attempt), "timed-out");
    assert.equal(tried.length, 1);
  });
});
