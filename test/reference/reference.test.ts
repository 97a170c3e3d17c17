import assert from "node:assert/strict";
import {
  familiarName,
  normalizedName,
  parseReference,
  type Reference,
  type ReferenceProblemCode,
} from "../../server/src/reference/reference";
/** What `ParseNormalizedNamed` of github.com/distribution/reference v0.6.0 (Go) answers for each input. */
import golden from "../fixtures/references.json";
import { underlined } from "../support/underlined";

const hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/**
 * Where we differ, and why. distribution takes "a_b.c" for a part of a repository that then has no registry at all, not
 * even Docker Hub: what is asked for it depends on the program.
 */
const differences: Readonly<Record<string, ReferenceProblemCode>> = { "a_b.c/d": "registry-format" };

describe("parseReference and distribution's reference package", () => {
  for (const expected of golden) {
    const difference = differences[expected.input];
    if (difference !== undefined) {
      it(`differ in ${expected.input}`, () => {
        assert.equal(parseReference(expected.input).problem?.code, difference);
        assert.equal(expected.registry, null);
      });
      continue;
    }
    it(JSON.stringify(abbreviated(expected.input)), () => {
      const { reference } = parseReference(expected.input);
      const { input: _, ...facts } = expected;
      assert.deepEqual(reference === null ? null : described(reference), "error" in expected ? null : facts);
    });
  }

  it("differ in registry-1.docker.io, which is Docker Hub to us", () => {
    const reference = parsed("registry-1.docker.io/library/alpine:3.18");
    assert.equal(normalizedName(reference), "docker.io/library/alpine:3.18");
    assert.equal(normalizedName(parsed("registry-1.docker.io/alpine")), "docker.io/library/alpine");
    assert.equal(familiarName(parsed("registry-1.docker.io/grafana/grafana")), "grafana/grafana");
  });
});

/** Under each text the code of its problem, and "^" below what the problem's range covers. */
const problems: readonly (readonly [ReferenceProblemCode, string, string])[] = [
  ["empty", "", ""],
  ["whitespace", "alp ine", "   ^"],
  ["whitespace", "alpine:3 \t ", "        ^^^"],
  ["whitespace", " alpine", "^"],
  ["url-scheme", "https://ghcr.io/acme/app", "^^^^^^^^"],
  ["url-scheme", "docker+http://x", "^^^^^^^^^^^^^^"],
  ["image-id", hex, "^".repeat(64)],
  ["registry-format", "registry.example.com:/app:1", "^^^^^^^^^^^^^^^^^^^^^"],
  ["registry-format", "a..b/c", "^^^^"],
  ["registry-format", "[::1/app", "^^^^"],
  ["registry-format", "alpine:x/4", "^^^^^^^^"],
  ["repository-missing", "ghcr.io/", "        "],
  ["repository-missing", "ghcr.io/:1", "        "],
  ["repository-missing", ":1", ""],
  ["repository-missing", `@sha256:${hex}`, ""],
  ["repository-uppercase", "Foo", "^^^"],
  ["repository-uppercase", "ghcr.io/acme/App:1", "        ^^^^^^^^"],
  ["repository-format", "foo/-bar/baz:1", "    ^^^^"],
  ["repository-format", "ghcr.io/acme/a___b", "             ^^^^^"],
  ["repository-format", "a//b", "^^^^"],
  ["repository-format", "a.", "^^"],
  ["repository-too-long", `ghcr.io/${"a".repeat(256)}:1`, `        ${"^".repeat(256)}`],
  // "library/" counts, although nobody wrote it.
  ["repository-too-long", "a".repeat(248), "^".repeat(248)],
  ["tag-missing", "alpine:", "      ^"],
  ["tag-missing", `alpine:@sha256:${hex}`, "      ^"],
  ["tag-format", "alpine:-3", "       ^^"],
  ["tag-format", "alpine:3:4", "       ^^^"],
  ["tag-too-long", `alpine:${"t".repeat(129)}`, `       ${"^".repeat(129)}`],
  ["digest-missing", "alpine:3@", "        ^"],
  ["digest-format", "alpine@sha256", "       ^^^^^^"],
  ["digest-format", `alpine@@sha256:${hex}`, `       ^${"^".repeat(71)}`],
  ["digest-algorithm", `alpine@md5:${hex.slice(32)}`, `       ${"^".repeat(36)}`],
  ["digest-algorithm", `alpine@SHA256:${hex}`, `       ${"^".repeat(71)}`],
  ["digest-length", "alpine@sha256:abc", "       ^^^^^^^^^^"],
  ["digest-length", `alpine@sha512:${hex}`, `       ${"^".repeat(71)}`],
  ["digest-encoding", `alpine@sha256:${hex.toUpperCase()}`, `       ${"^".repeat(71)}`],
];

describe("parseReference's problems", () => {
  for (const [code, text, marks] of problems) {
    it(`${code} in ${JSON.stringify(abbreviated(text))}`, () => {
      const { problem } = parseReference(text);
      assert.equal(problem?.code, code);
      assert.equal(problem && underlined(problem), marks);
    });
  }

  it("has a case for each code", () => {
    const codes: Readonly<Record<ReferenceProblemCode, true>> = {
      empty: true,
      whitespace: true,
      "url-scheme": true,
      "image-id": true,
      "registry-format": true,
      "repository-missing": true,
      "repository-uppercase": true,
      "repository-format": true,
      "repository-too-long": true,
      "tag-missing": true,
      "tag-format": true,
      "tag-too-long": true,
      "digest-missing": true,
      "digest-format": true,
      "digest-algorithm": true,
      "digest-length": true,
      "digest-encoding": true,
    };
    assert.deepEqual([...new Set(problems.map(([code]) => code))].sort(), Object.keys(codes).sort());
  });
});

describe("a reference's parts", () => {
  const cases: readonly (readonly [string, Partial<Record<keyof Reference["parts"], string>>])[] = [
    ["alpine", { repository: "^^^^^^" }],
    ["alpine:3.18", { repository: "^^^^^^", tag: "       ^^^^" }],
    [
      "ghcr.io:443/acme/app:1",
      { registry: "^^^^^^^^^^^", repository: "            ^^^^^^^^", tag: "                     ^" },
    ],
    ["[::1]:5000/a:b", { registry: "^^^^^^^^^^", repository: "           ^", tag: "             ^" }],
    ["index.docker.io/alpine", { registry: "^^^^^^^^^^^^^^^", repository: "                ^^^^^^" }],
    [`a@sha256:${hex}`, { repository: "^", digest: `  ${"^".repeat(71)}` }],
    [`a:b@sha256:${hex}`, { repository: "^", tag: "  ^", digest: `    ${"^".repeat(71)}` }],
  ];
  for (const [text, expected] of cases) {
    it(abbreviated(text), () => {
      const parts = Object.entries(parsed(text).parts).flatMap(([name, part]) =>
        part === null ? [] : [[name, underlined(part)]],
      );
      assert.deepEqual(Object.fromEntries(parts), expected);
    });
  }
});

function described(reference: Reference) {
  const { registry, repository, tag, digest } = reference;
  return {
    normalized: normalizedName(reference),
    familiar: familiarName(reference),
    registry,
    repository,
    tag,
    digest,
  };
}

function parsed(text: string): Reference {
  const { reference } = parseReference(text);
  assert.ok(reference, `no reference: ${text}`);
  return reference;
}

function abbreviated(text: string): string {
  return text.length > 60 ? `${text.slice(0, 40)}… (${text.length})` : text;
}
