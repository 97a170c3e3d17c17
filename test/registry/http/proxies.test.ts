import assert from "node:assert/strict";
import fc from "fast-check";
import { createProxies, type EditorProxy } from "../../../server/src/registry/http/proxies";
import { RegistryError } from "../../../server/src/registry/registry";
import { assertTellsNone } from "../../support/registryClients";

const proxy = "http://proxy.corp:3128";
const settings: EditorProxy = { proxy: "", noProxy: [], support: "override", authorization: null };

function through(environment: Record<string, string>, url: string, editor: EditorProxy | null = null) {
  return createProxies(environment, () => editor).proxyFor(new URL(url))?.url.origin ?? null;
}

describe("createProxies", () => {
  const table: [string, Record<string, string>, string, string | null][] = [
    ["nothing is set", {}, "https://ghcr.io", null],
    ["HTTPS_PROXY is", { HTTPS_PROXY: proxy }, "https://ghcr.io", proxy],
    ["https_proxy is", { https_proxy: proxy }, "https://ghcr.io", proxy],
    ["both are: lower case counts", { https_proxy: proxy, HTTPS_PROXY: "http://other:1" }, "https://ghcr.io", proxy],
    ["ALL_PROXY is", { ALL_PROXY: proxy }, "https://ghcr.io", proxy],
    ["the other protocol's is", { HTTP_PROXY: proxy }, "https://ghcr.io", null],
    ["HTTP_PROXY is, for http", { HTTP_PROXY: proxy }, "http://ghcr.io", proxy],
    ["HTTP_PROXY is, in a CGI program", { HTTP_PROXY: proxy, REQUEST_METHOD: "GET" }, "http://ghcr.io", null],
    ["it is empty", { HTTPS_PROXY: "" }, "https://ghcr.io", null],
    ["it has no protocol", { HTTPS_PROXY: "proxy.corp:3128" }, "https://ghcr.io", proxy],
    ["the host is on this computer", { HTTPS_PROXY: proxy }, "https://localhost:5000", null],
    ["the host is loopback", { HTTPS_PROXY: proxy }, "https://127.0.0.1:5000", null],
    ["the host is loopback in IPv6", { HTTPS_PROXY: proxy }, "https://[::1]:5000", null],
  ];
  for (const [name, environment, url, expected] of table) {
    it(`${expected ?? "asks directly"} where ${name}`, () => assert.equal(through(environment, url), expected));
  }

  const exceptions: [boolean, string, string][] = [
    [true, "*", "https://ghcr.io"],
    [true, "ghcr.io", "https://ghcr.io"],
    [true, "GHCR.IO", "https://ghcr.io"],
    [true, "corp", "https://registry.corp"],
    [true, ".corp", "https://registry.corp"],
    [true, "*.corp", "https://registry.corp"],
    [true, "a.b, .corp ,c", "https://registry.corp"],
    [true, "a.b .corp", "https://registry.corp"],
    [true, "registry.corp:5000", "https://registry.corp:5000"],
    [true, "registry.corp:443", "https://registry.corp"],
    [true, "10.0.0.0/8", "https://10.1.2.3"],
    [true, "10.1.2.3", "https://10.1.2.3:5000"],
    [true, "fd00::/8", "https://[fd00::1]"],
    [true, "[fd00::1]:5000", "https://[fd00::1]:5000"],
    [true, "fd00::1", "https://[fd00:0::1]"],
    [false, "hcr.io", "https://ghcr.io"],
    [false, "corp", "https://registry.corp.example"],
    [false, "registry.corp:5000", "https://registry.corp:5001"],
    [false, "10.0.0.0/8", "https://11.0.0.1"],
    [false, "10.0.0.0/99", "https://10.0.0.1"],
    [false, "0.0.1", "https://10.0.0.1"],
    [false, "10.0.0.0/8", "https://registry.corp"],
    [false, "", "https://ghcr.io"],
    [false, ".", "https://ghcr.io"],
    [false, ",:", "https://ghcr.io"],
  ];
  for (const [isExcepted, list, url] of exceptions) {
    it(`NO_PROXY=${list} ${isExcepted ? "excepts" : "does not except"} ${url}`, () => {
      const expected = isExcepted ? null : proxy;
      assert.equal(through({ HTTPS_PROXY: proxy, NO_PROXY: list }, url), expected);
      assert.equal(through({ HTTPS_PROXY: proxy, no_proxy: list, NO_PROXY: "*" }, url), list === "" ? null : expected);
      const editor = { ...settings, proxy, noProxy: list.split(/[\s,]+/) };
      assert.equal(through({}, url, editor), expected);
    });
  }

  it("the editor's proxy stands before the environment's, with its own exceptions and login", () => {
    const editor = { ...settings, proxy: "http://editor.corp:8080", authorization: "Basic x" };
    const environment = { HTTPS_PROXY: proxy, NO_PROXY: "*" };
    const found = createProxies(environment, () => editor).proxyFor(new URL("https://ghcr.io"));
    assert.deepEqual([found?.url.origin, found?.authorization], ["http://editor.corp:8080", "Basic x"]);
  });

  const logins: [string, string][] = [
    ["http://proxy:s3cret@proxy.corp:3128", "proxy:s3cret"],
    ["proxy:s3cret@proxy.corp:3128", "proxy:s3cret"],
    ["http://a%40corp:s%3Acret@proxy.corp:3128", "a@corp:s:cret"],
    ["http://proxy:100%@proxy.corp:3128", "proxy:100%"],
    ["http://token@proxy.corp:3128", "token:"],
  ];
  for (const [text, pair] of logins) {
    it(`takes the login out of ${text}`, () => {
      const authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
      for (const proxies of [
        createProxies({ HTTPS_PROXY: text }, () => null),
        createProxies({}, () => ({ ...settings, proxy: text, authorization: "Basic x" })),
      ]) {
        const found = proxies.proxyFor(new URL("https://ghcr.io"));
        assert.deepEqual([found?.url.href, found?.authorization], [`${proxy}/`, authorization]);
      }
    });
  }

  it("an editor without a proxy leaves it to the environment, and one that is off means none", () => {
    assert.equal(through({ HTTPS_PROXY: proxy }, "https://ghcr.io", settings), proxy);
    assert.equal(through({ HTTPS_PROXY: proxy }, "https://ghcr.io", { ...settings, proxy, support: "off" }), null);
  });

  for (const wrong of ["socks5://u:s3cret@proxy.corp:1080", "http://u:s3cret@", "http://[s3cret", "ftp://s3cret/"]) {
    it("refuses what is no proxy to be reached by http, and does not repeat it", () => {
      for (const ask of [
        () => through({ HTTPS_PROXY: wrong }, "https://ghcr.io"),
        () => through({}, "https://ghcr.io", { ...settings, proxy: wrong }),
      ]) {
        assert.throws(ask, (error) => {
          assert.ok(error instanceof RegistryError && error.code === "unreachable");
          assertTellsNone(error, ["s3cret"]);
          return true;
        });
      }
    });
  }

  it("takes any text for an exception, or for none", () => {
    fc.assert(
      fc.property(fc.string(), (list) => {
        const answer = through({ HTTPS_PROXY: proxy, NO_PROXY: list }, "https://registry.corp:5000");
        assert.ok(answer === null || answer === proxy);
      }),
    );
  });
});
