import assert from "node:assert/strict";
import { readCompose } from "../../../server/src/documents/compose/compose";
import type { ImageUse, OriginRefusal } from "../../../server/src/documents/imageUse";
import { enclosed } from "../../support/enclosed";
import { surroundingsOf } from "../../support/surroundings";

const service = (image: string) => `services:\n  a:\n    image: ${image}\n`;

/** `«…»` encloses the stretches of the first use that takes one. */
const literal: readonly (readonly [what: string, kind: "literal" | "default", source: string])[] = [
  ["a plain scalar", "literal", service("«alpine:3»")],
  ["a folded scalar of one line", "literal", service(">-\n      «alpine:3»\n")],
  ["single quotes around it", "literal", service("'«alpine:3»'")],
  ["a tag", "default", service("alpine:${T:-«3»}")],
  ["a whole reference", "default", service("${I:-«alpine:3»}")],
  ["a default within a default", "default", service("${I:-«a:»${T:-«1»}}")],
  ["an alias", "literal", "x-i: &i «a»\nservices: {a: {image: *i}}"],
  ["an alias of a default", "default", "x-i: &i a:${T:-«1»}\nservices: {a: {image: *i}}"],
  ["a context", "literal", "services: {a: {build: {additional_contexts: [b=docker-image://«c»]}}}"],
  ["a merged fragment", "literal", "x-a: &a {image: «b»}\nservices: {c: {<<: *a}, d: {<<: *a, hostname: e}}"],
];

/** `|` stands where a digest may be appended by hand. */
const fixed: readonly (readonly [OriginRefusal, what: string, source: string])[] = [
  ["scalar-with-escapes", "an escape", service('"alp\\x69ne:3"')],
  ["scalar-with-escapes", "a doubled quote", service("'it''s'")],
  ["variable-not-last", "a tail", service("alpine:${T}-slim|")],
  ["variable-not-last", "a tail behind a default", service("alpine:${T:-3}-slim|")],
  ["variable-not-last", "an alternative", service("alpine${T:+:3}|")],
  ["variable-without-default", "no value", service("alpine:${T}|")],
  ["variable-without-default", "a template", service("'alpine:{{ .T }}'")],
  ["anchor-read-elsewhere", "a label", "x-i: &i a\nservices: {b: {image: *i, labels: {c: *i}}}"],
  ["anchor-read-elsewhere", "a host's name", "services: {a: {hostname: &i b}, c: {image: *i}}"],
  ["anchor-read-elsewhere", "a platform", "services: {a: {image: &i b, platform: *i}}"],
  ["anchor-read-elsewhere", "a model", "x-i: &i a\nservices: {b: {image: *i}}\nmodels: {c: {model: *i}}"],
  ["anchor-read-elsewhere", "a map read elsewhere", "x-e: &e {image: a}\nservices: {b: {<<: *e, environment: *e}}"],
  ["variable-without-default", "an alias of a variable", "x-i: &i a:$T\nservices: {b: {image: *i}}"],
];

/** `«…»` encloses the stretches in the environment file. */
const lines: readonly (readonly [what: string, environment: string, compose: string])[] = [
  ["a tag", "T=«3»\n", service("alpine:${T}")],
  ["a whole reference", 'I="«alpine:3»"', service("$I")],
  ["two equal references", "T=«3»", "services: {a: {image: 'b:$T'}, c: {image: 'b:${T}', platform: d}}"],
  ["a default that does not count", "T=«3»", service("alpine:${T:-4}")],
  ["a variable of a shell", "T=«3»", "services: {a: {image: 'b:$T', command: 'echo $$T'}}"],
];

const refusedLines: readonly (readonly [OriginRefusal, what: string, environment: string, compose: string])[] = [
  ["default-from-variables", "a value made of variables", "B=1\nT=$B", service("alpine:${T}")],
  ["scalar-with-escapes", "a value with an escape", 'T="\\x3"\nU="a\\"b"', service("alpine:${U}")],
  ["environment-file-shared", "an env_file", "T=3", "services: {a: {image: 'b:$T', env_file: .env}}"],
  [
    "environment-file-shared",
    "an env_file of a map",
    "T=3",
    "services: {a: {image: 'b:$T', env_file: [{path: ./.env}]}}",
  ],
  ["environment-file-shared", "an env_file that is not known", "T=3", "services: {a: {image: 'b:$T', env_file: $X}}"],
  ...[
    ["a variable of the container", "services: {a: {image: 'b:$T', environment: {T: $T}}}"],
    ["a name alone", "services: {a: {image: 'b:$T', environment: [T]}}"],
    ["a name without value", "services: {a: {image: 'b:$T', build2: {args: {T: }}}}"],
    ["a secret", "secrets: {s: {environment: T}}\nservices: {a: {image: 'b:$T'}}"],
    ["a command", "services: {a: {image: 'b:$T', command: 'x $T'}}"],
    ["a fragment", "x-y: $T\nservices: {a: {image: 'b:$T'}}"],
    ["what is built", "services: {a: {image: 'b:$T'}, c: {build: ., image: 'd:$T'}}"],
    ["an inline Dockerfile", "services: {a: {image: 'b:$T'}, c: {build: {dockerfile_inline: 'FROM b:$T'}}}"],
    ["a model", "services: {a: {image: 'b:$T'}}\nmodels: {c: {model: 'b:$T'}}"],
  ].map(
    ([what, compose]) => ["variable-read-elsewhere", what, "T=3", compose] as [OriginRefusal, string, string, string],
  ),
  ["variable-read-elsewhere", "another line", "T=3\nU=$T", service("alpine:${T}")],
  ["variable-not-last", "another use goes on", "T=3", "services: {a: {image: 'b:$T'}, c: {image: 'b:$T-x'}}"],
  ["variable-not-last", "it stands twice", "T=3", service("$T:$T")],
  ["variable-feeds-other-references", "another image", "T=3", "services: {a: {image: 'b:$T'}, c: {image: 'd:$T'}}"],
];

describe("the origin of a Compose file's image", () => {
  for (const [what, kind, source] of literal) {
    it(`is the ${kind}: ${what}`, () => {
      const { text, ranges } = enclosed(source);
      const { origin } = firstUse(readCompose(text).uses);
      assert.ok(origin.kind === kind);
      assert.deepEqual(
        origin.stretches.map(({ range }) => range),
        ranges,
      );
    });
  }

  for (const [reason, what, source] of fixed) {
    it(`is fixed, ${reason}: ${what}`, () => {
      const appendAt = source.indexOf("|");
      const { origin } = firstUse(readCompose(source.replace("|", "")).uses);
      assert.deepEqual(origin, { kind: "fixed", reason, appendAt: appendAt === -1 ? null : appendAt });
    });
  }

  for (const [what, source, compose] of lines) {
    it(`is a line of the environment file: ${what}`, () => {
      const { text, ranges } = enclosed(source);
      const { uses } = readCompose(compose, surroundingsOf({ ".env": text }));
      for (const { origin, variables } of uses) {
        assert.ok(origin.kind === "environment-file");
        assert.equal(origin.path, "/project/.env");
        assert.deepEqual(
          origin.stretches.map(({ range }) => range),
          ranges,
        );
        assert.deepEqual(variables[0]?.definition, { path: "/project/.env", range: ranges[0] });
      }
    });
  }

  for (const [reason, what, environment, compose] of refusedLines) {
    it(`is no line of the environment file, ${reason}: ${what}`, () => {
      const { uses } = readCompose(compose, surroundingsOf({ ".env": environment }));
      const { origin, range } = firstUse(uses);
      assert.deepEqual(origin, { kind: "fixed", reason, appendAt: range.end });
    });
  }

  it("is no line of an environment file that git ignores", () => {
    const surroundings = surroundingsOf({ ".env": "T=3" }, { ignored: [".env"] });
    const { origin } = firstUse(readCompose(service("alpine:$T"), surroundings).uses);
    assert.ok(origin.kind === "fixed" && origin.reason === "environment-file-ignored");
  });

  it("is no line where the process sets the variable", () => {
    const surroundings = surroundingsOf({ ".env": "T=3" }, { environment: { T: "4" } });
    const { origin, resolved } = firstUse(readCompose(service("alpine:$T"), surroundings).uses);
    assert.equal(resolved, "alpine:4");
    assert.ok(origin.kind === "fixed" && origin.reason === "value-from-environment");
  });

  it("is no line that another file of the project reads", () => {
    const files = { ".env": "T=3", "compose.override.yaml": "services: {a: {labels: {x: $T}}}" };
    const { origin } = firstUse(readCompose(service("alpine:$T"), surroundingsOf(files)).uses);
    assert.ok(origin.kind === "fixed" && origin.reason === "variable-read-elsewhere");
  });
});

function firstUse([use]: readonly ImageUse[]): ImageUse {
  assert.ok(use);
  return use;
}
