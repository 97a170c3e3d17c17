import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parsePolicyFile, parseTrustSetting } from "../../../server/src/trust/policy/policyFile";
import type { TrustPolicy } from "../../../server/src/trust/policy/trustRule";
import { createUserPolicy, readPolicy } from "../../../server/src/trust/policy/userPolicy";
import { createCertificate } from "../../support/notary/certificate";
import { createKey } from "../../support/notary/keys";

const key = createKey("ecdsa");
const pem = createCertificate(key.publicKey, key.privateKey, { commonName: "An authority", isAuthority: true });
const id = "ab".repeat(32);

const files: Readonly<Record<string, string>> = { "ca.pem": pem, "not.pem": "nothing" };
const readFile = async (name: string): Promise<string | null> => {
  if (name === "forbidden.pem") throw Object.assign(new Error(), { code: "EACCES" });
  return files[name] ?? null;
};

async function policyOf(text: string): Promise<TrustPolicy> {
  const { policy, problems } = await parsePolicyFile(text, readFile);
  assert.deepEqual(problems, []);
  assert.ok(policy);
  return policy;
}

describe("a policy file", () => {
  it("gives the rules of its trust section", async () => {
    const { rules, requireSignature } = await policyOf(`version: 1
requireSignature: true
trust:
  - images: [registry.example/**, "docker.io/acme/*"]
    require: true
    notary: { server: https://notary.example/trust, ca: ca.pem, roots: [${id.toUpperCase()}] }
  - images: [other.example/**]
    notary: { rootCa: ca.pem }
  - images: [cgr.dev/**]
    sigstore: { issuer: a, identity: b }
  - images: [mcr.microsoft.com/**]
    notation: { level: strict }
  - images: [quay.io/**]
    require: true
  - images: [first.example/**]
    notary: {}
`);
    assert.equal(requireSignature, true);
    const [notary, byAuthority, sigstore, notation, required, first] = rules;
    assert.deepEqual(notary?.images, ["registry.example/**", "docker.io/acme/*"]);
    assert.equal(notary?.require, true);
    assert.equal(notary?.vouchedBy, "user");
    assert.ok(notary?.terms?.scheme === "notary");
    assert.equal(notary.terms.server?.href, "https://notary.example/trust");
    assert.equal(notary.terms.ca, pem);
    assert.deepEqual(notary.terms.pins, { kind: "keys", ids: [id] });
    assert.ok(byAuthority?.terms?.scheme === "notary" && byAuthority.terms.pins?.kind === "authorities");
    assert.equal(byAuthority.terms.pins.certificates.length, 1);
    assert.equal(byAuthority.require, null);
    assert.deepEqual([sigstore?.terms, notation?.terms], [{ scheme: "sigstore" }, { scheme: "notation" }]);
    assert.deepEqual([required?.terms, required?.require], [null, true]);
    assert.deepEqual(first?.terms, { scheme: "notary", server: null, ca: null, pins: null });
    assert.equal(new Set(rules.map((rule) => rule.key)).size, rules.length);
  });

  it("without a trust section has no rules, and other sections are not read here", async () => {
    const { rules, requireSignature } = await policyOf("version: 1\nrules: { mutable-tag: off }\nignore: []\n");
    assert.deepEqual([rules, requireSignature], [[], false]);
  });

  const trust = (rule: string) => `version: 1\ntrust:\n  - ${rule}\n`;
  const wrong: readonly (readonly [text: string, line: number, column: number, says: RegExp])[] = [
    ["", 1, 1, /map/],
    ["trust: []", 1, 1, /version: 1/],
    ["version: 2\n", 1, 10, /version: 1/],
    ["version: 1\ntrsut: []\n", 2, 1, /no key of this name/],
    ["version: 1\ntrust: {}\n", 2, 8, /list/],
    ["version: 1\nversion: 1\n", 2, 1, /unique/],
    ["version: 1\nrequireSignature: yes\n", 2, 19, /true/],
    ["version: 1\ntrust: [\n", 3, 1, /./],
    [trust("images: [a.example/**]"), 3, 5, /names a scheme/],
    [trust("require: true"), 3, 5, /images/],
    [trust("{ images: [], require: true }"), 3, 15, /images/],
    [trust("{ images: [alpine], require: true }"), 3, 16, /names no repository/],
    [trust("{ images: [library/alpine], require: true }"), 3, 16, /docker\.io\/library\/alpine/],
    [trust("{ images: [a.example/**, a.example/**], require: true }"), 3, 30, /twice/],
    [trust("{ images: [a.example/**], require: true, keys: [] }"), 3, 46, /no key of this name/],
    [trust("{ images: [a.example/**], notary: {}, sigstore: {} }"), 3, 5, /one scheme/],
    [trust("{ images: [a.example/**], notary: { servr: https://b } }"), 3, 41, /no key of this name/],
    [trust("{ images: [a.example/**], notary: { server: http://b } }"), 3, 49, /https/],
    [trust("{ images: [a.example/**], notary: { server: 'https://me:secret@b' } }"), 3, 49, /https/],
    [trust("{ images: [a.example/**], notary: { server: 7 } }"), 3, 49, /text/],
    [trust("{ images: [a.example/**], notary: { roots: [] } }"), 3, 48, /list of key ids/],
    [trust("{ images: [a.example/**], notary: { roots: [abc] } }"), 3, 49, /64 hexadecimal/],
    [trust("{ images: [a.example/**], notary: { ca: missing.pem } }"), 3, 45, /no such file/],
    [trust("{ images: [a.example/**], notary: { ca: not.pem } }"), 3, 45, /no PEM certificate/],
    [trust("{ images: [a.example/**], notary: { ca: forbidden.pem } }"), 3, 45, /EACCES/],
    [trust(`{ images: [a.example/**], notary: { roots: [${id}], rootCa: ca.pem } }`), 3, 39, /not by both/],
  ];
  for (const [text, line, column, says] of wrong) {
    it(`is refused as a whole, with the place: ${text.split("\n").at(-2) ?? text}`, async () => {
      const { policy, problems } = await parsePolicyFile(text, readFile);
      assert.equal(policy, null);
      const [problem] = problems;
      assert.ok(problem);
      assert.match(problem.message, says);
      assert.deepEqual([problem.line, problem.column], [line, column]);
    });
  }

  it("has two rules told apart by everything that decides", async () => {
    const texts = [
      `notary: { roots: [${id}] }`,
      `notary: { roots: ["${"cd".repeat(32)}"] }`,
      "notary: { server: https://a.example }",
      "notary: { ca: ca.pem }",
      "notary: { rootCa: ca.pem }",
      "notary: {}",
      "sigstore: {}",
      "require: true",
    ];
    const keys = await Promise.all(
      texts.map(async (text) => (await policyOf(trust(`{ images: [a.example/**], ${text} }`))).rules[0]?.key),
    );
    assert.equal(new Set(keys).size, texts.length);
  });
});

describe("the setting", () => {
  it("has the form of the trust section", async () => {
    const value = [{ images: ["a.example/**"], notary: { server: "https://n.example" } }];
    const { policy } = await parseTrustSetting(value, readFile);
    assert.equal(policy?.rules.length, 1);
  });

  it("is refused where it has another", async () => {
    for (const value of ["x", [7], [{ images: "a" }], { images: [] }]) {
      assert.equal((await parseTrustSetting(value, readFile)).policy, null, JSON.stringify(value));
    }
  });
});

describe("the user's policy", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "digest-pin-policy-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const text = "version: 1\ntrust: [{ images: [a.example/**], notary: { ca: ca.pem } }]\n";

  it("reads the files that it names beside itself", async () => {
    const path = join(folder, "policy.yaml");
    writeFileSync(path, text);
    writeFileSync(join(folder, "ca.pem"), pem);
    const { rules, problem } = await readPolicy(path, true);
    assert.equal(problem, null);
    assert.ok(rules[0]?.terms?.scheme === "notary" && rules[0].terms.ca === pem);
  });

  it("is empty where it may be absent, and broken where it was named", async () => {
    const path = join(folder, "absent.yaml");
    assert.deepEqual(await readPolicy(path, true), { rules: [], requireSignature: false, problem: null });
    assert.match((await readPolicy(path, false)).problem ?? "", /can't be read \(ENOENT\)/);
  });

  it("names file, line and column of what is wrong", async () => {
    const path = join(folder, "policy.yaml");
    writeFileSync(path, text);
    assert.ok((await readPolicy(path, true)).problem?.startsWith(`${path}:2:`));
  });

  it("is read again when it has changed, and not before", async () => {
    const path = join(folder, "policy.yaml");
    const policy = createUserPolicy(path, true);
    assert.deepEqual([await policy.refresh(), policy.current().requireSignature], [true, false]);
    assert.equal(await policy.refresh(), false);
    writeFileSync(path, "version: 1\nrequireSignature: true\n");
    assert.deepEqual([await policy.refresh(), policy.current().requireSignature], [true, true]);
    assert.equal(await policy.refresh(), false);
    utimesSync(path, new Date(0), new Date(0));
    assert.equal(await policy.refresh(), true);
  });

  it("is in force for everybody who asked while it was being read", async () => {
    const path = join(folder, "policy.yaml");
    writeFileSync(path, "version: 1\nrequireSignature: true\n");
    const policy = createUserPolicy(path, true);
    const required = async () => [await policy.refresh(), policy.current().requireSignature];
    const all = await Promise.all([required(), required()]);
    assert.deepEqual(all, [
      [true, true],
      [false, true],
    ]);
  });
});
