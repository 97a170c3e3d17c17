import assert from "node:assert/strict";
import { coveringRule, isRegistryNamed } from "../../../server/src/trust/policy/covering";
import { imageGlobProblem, imageName, matchesGlob } from "../../../server/src/trust/policy/imageGlob";
import { EMPTY_POLICY, type TrustRule } from "../../../server/src/trust/policy/trustRule";
import { referenceTo } from "../../support/registryClients";

const matching: readonly (readonly [glob: string, image: string, matches: boolean])[] = [
  ["docker.io/library/*", "docker.io/library/alpine", true],
  ["docker.io/library/*", "docker.io/library/a/b", false],
  ["docker.io/library/*", "docker.io/grafana/grafana", false],
  ["docker.io/library/alpine", "docker.io/library/alpine", true],
  ["docker.io/library/alpine", "docker.io/library/alpine2", false],
  ["docker.io/library/alpine", "evil.example/docker.io/library/alpine", false],
  ["ghcr.io/acme/**", "ghcr.io/acme/a/b/c", true],
  ["ghcr.io/acme/**", "ghcr.io/acme", false],
  ["ghcr.io/acme/**", "ghcr.io/acmeevil/a", false],
  ["ghcr.io/*/app", "ghcr.io/acme/app", true],
  ["ghcr.io/**/app", "ghcr.io/a/b/app", true],
  ["ghcr.io/acme/app-*", "ghcr.io/acme/app-web", true],
  // A dot is a dot.
  ["ghcr.io/acme/*", "ghcrxio/acme/a", false],
  ["localhost:5000/**", "localhost:5000/a", true],
  ["localhost:5000/**", "localhost:50001/a", false],
  ["[::1]:5000/**", "[::1]:5000/a", true],
  ["**", "docker.io/library/alpine", true],
  ["*.example/**", "registry.example/a/b", true],
  ["*.Example/**", "registry.example/a/b", true],
  ["*.example/**", "registry.example.evil/a", false],
];

describe("an image glob", () => {
  for (const [glob, image, matches] of matching) {
    it(`${glob} ${matches ? "matches" : "does not match"} ${image}`, () => {
      assert.equal(matchesGlob(glob, image), matches);
    });
  }

  const noGlobs = ["alpine", "library/alpine", "grafana/*", "", "docker.io/alpine:edge@x", "ghcr.io/a b", "a?/b"];
  const matchingNothing = ["docker.io/alpine", "index.docker.io/*", "ghcr.io/acme/App", "ghcr.io/", "ghcr.io/a//b"];
  for (const glob of [...noGlobs, ...matchingNothing]) {
    it(`is refused as ${JSON.stringify(glob)}`, () => assert.notEqual(imageGlobProblem(glob), null));
  }

  for (const glob of ["**", "docker.io/library/*", "localhost/**", "localhost:5000/a", "*.example/**", "[::1]/a"]) {
    it(`is taken as ${glob}`, () => assert.equal(imageGlobProblem(glob), null));
  }
});

describe("the name under which rules are looked up", () => {
  // A rule must not be got round by another spelling of the same place.
  for (const [reference, name] of [
    ["registry.acme.example/app:1", "registry.acme.example/app"],
    ["REGISTRY.acme.Example/app:1", "registry.acme.example/app"],
    ["registry.acme.example:443/app", "registry.acme.example/app"],
    ["registry.acme.example:00443/app", "registry.acme.example/app"],
    ["registry.acme.example:4430/app", "registry.acme.example:4430/app"],
    ["registry.acme.example:5000/app", "registry.acme.example:5000/app"],
    ["registry.acme.example:05000/app", "registry.acme.example:5000/app"],
    ["Registry.acme.example:99999/app", "registry.acme.example:99999/app"],
    ["[0:0:0:0:0:0:0:1]:5000/app", "[::1]:5000/app"],
    ["0x0a000005:5000/app", "10.0.0.5:5000/app"],
    ["alpine", "docker.io/library/alpine"],
    ["Docker.io/alpine", "docker.io/library/alpine"],
    ["Docker.io/library/alpine", "docker.io/library/alpine"],
    ["docker.io:443/alpine", "docker.io/library/alpine"],
    ["Index.Docker.io/acme/app", "docker.io/acme/app"],
    ["registry-1.docker.io:443/acme/app", "docker.io/acme/app"],
  ] as const) {
    it(`of ${reference} is ${name}`, () => assert.equal(imageName(referenceTo(reference)), name));
  }

  it("is found by a glob in any spelling of the registry too", () => {
    for (const glob of ["Registry.example/**", "registry.example:443/**"]) {
      assert.ok(matchesGlob(glob, imageName(referenceTo("REGISTRY.example/a"))), glob);
    }
    for (const glob of ["index.docker.io/**", "registry-1.docker.io/library/*", "docker.io/**"]) {
      assert.ok(matchesGlob(glob, imageName(referenceTo("alpine"))), glob);
    }
  });
});

function rule(key: string, ...images: string[]): TrustRule {
  return { images, require: null, terms: null, vouchedBy: "user", key };
}

describe("the rule that covers an image", () => {
  const policy = {
    ...EMPTY_POLICY,
    rules: [
      rule("all", "**"),
      rule("acme", "ghcr.io/acme/**", "quay.io/acme/**"),
      rule("tools", "ghcr.io/acme/tools/*"),
      rule("same", "ghcr.io/*/x/**"),
    ],
  };
  const covered: readonly (readonly [image: string, key: string])[] = [
    ["alpine", "all"],
    ["ghcr.io/acme/app", "acme"],
    ["quay.io/acme/a/b", "acme"],
    ["ghcr.io/acme/tools/go", "tools"],
    ["ghcr.io/acme/tools/go/deep", "acme"],
  ];
  for (const [image, key] of covered) {
    it(`is that of the longest glob: ${key} for ${image}`, () => {
      const covering = coveringRule(policy, referenceTo(image));
      assert.equal(covering.kind === "rule" && covering.rule.key, key);
    });
  }

  it("is none where no glob matches", () => {
    assert.equal(coveringRule(EMPTY_POLICY, referenceTo("alpine")).kind, "none");
  });

  it("is none, but a problem, where two are of one length", () => {
    const twins = { ...EMPTY_POLICY, rules: [rule("1", "ghcr.io/a*/b"), rule("2", "ghcr.io/*a/b")] };
    const covering = coveringRule(twins, referenceTo("ghcr.io/a/b"));
    assert.deepEqual(covering.kind === "ambiguous" && covering.globs, ["ghcr.io/a*/b", "ghcr.io/*a/b"]);
  });

  const requiring = (require: boolean | null, image: string): TrustRule => ({ ...rule(image, image), require });
  for (const [what, rules, required] of [
    ["the rule says so", [requiring(true, "ghcr.io/a/b")], true],
    ["a shorter one says so, and the longest nothing", [requiring(null, "ghcr.io/a/b"), requiring(true, "**")], true],
    ["the longest says no", [requiring(false, "ghcr.io/a/b"), requiring(true, "**")], false],
    ["nobody says so", [requiring(null, "ghcr.io/a/b"), requiring(null, "**")], false],
    ["one of two of one length says so", [requiring(true, "ghcr.io/*/b"), requiring(false, "ghcr.io/a/*")], true],
  ] as const) {
    it(`requires a signature where ${what}: ${required}`, () => {
      const covering = coveringRule({ ...EMPTY_POLICY, rules }, referenceTo("ghcr.io/a/b"));
      assert.equal("require" in covering && covering.require, required);
    });
  }

  it("names a registry only where a glob spells it", () => {
    assert.ok(isRegistryNamed(policy, referenceTo("ghcr.io/acme/app")));
    assert.ok(!isRegistryNamed(policy, referenceTo("ghcr.io/other/app")));
    assert.ok(!isRegistryNamed(policy, referenceTo("registry.example/app")));
  });
});
