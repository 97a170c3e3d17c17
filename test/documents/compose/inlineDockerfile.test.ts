import assert from "node:assert/strict";
import { readCompose } from "../../../server/src/documents/compose/compose";
import { enclosed } from "../../support/enclosed";
import { surroundingsOf } from "../../support/surroundings";

const inline = (scalar: string) => `services:\n  a:\n    build:\n      dockerfile_inline: ${scalar}\n`;

/** `«…»` encloses each use; behind the source stands what each resolves to. */
const rows: readonly (readonly [what: string, source: string, ...resolved: (string | null)[]])[] = [
  ["a plain scalar", inline("FROM «alpine:3»"), "alpine:3"],
  [
    "a literal block",
    inline("|\n        FROM «alpine:3» AS a\n        FROM a\n        COPY --from=«b:1» x y\n"),
    "alpine:3",
    "b:1",
  ],
  ["a literal block of CRLF", inline("|\r\n        FROM «alpine:3»\r\n        RUN x\r\n"), "alpine:3"],
  ["double quotes", inline('"FROM «alpine:3»\\nFROM «b»\\n"'), "alpine:3", "b"],
  ["an ARG behind a doubled dollar", inline("|\n        ARG T=3\n        FROM «alpine:$$T»\n"), "alpine:3"],
  ["a variable of Compose", inline("|\n        FROM «alpine:$TAG»\n"), "alpine:7"],
  [
    "a variable without value, whatever the Dockerfile declares",
    inline("|\n        ARG T=3\n        FROM «alpine:$T»\n"),
    null,
  ],
  [
    "a variable of Compose elsewhere",
    inline("|\n        FROM «alpine:3»\n        RUN echo $PATH ${X:-y}\n"),
    "alpine:3",
  ],
  ["a syntax", inline("|\n        # syntax=«docker/dockerfile:1»\n        FROM scratch\n"), "docker/dockerfile:1"],
  ["an alias", `x-d: &d FROM «alpine»\n${inline("*d")}`, "alpine"],
  ["what Compose refuses", inline("|\n        FROM alpine\n        RUN ${\n")],
];

describe("dockerfile_inline", () => {
  for (const [what, source, ...resolved] of rows) {
    it(what, () => {
      const { text, ranges } = enclosed(source);
      const { uses } = readCompose(text, surroundingsOf({ ".env": "TAG=7" }));
      assert.deepEqual(
        uses.map(({ range }) => range),
        ranges,
      );
      assert.deepEqual(
        uses.map((use) => use.resolved),
        resolved,
      );
      for (const { raw, range } of uses) assert.equal(raw, text.slice(range.start, range.end));
    });
  }

  it("tells what a build refuses in it, where it stands", () => {
    const { text, ranges } = enclosed(inline("|\n        FROM scratch\n        «ONBUILD FROM» alpine\n"));
    const { uses, problems } = readCompose(text);
    assert.deepEqual(uses, []);
    assert.deepEqual(
      problems.map(({ code, isFatal, start, end }) => ({ code, isFatal, range: { start, end } })),
      [{ code: "onbuild-from", isFatal: false, range: ranges[0] }],
    );
  });

  it("leads a default back to its ARG", () => {
    const { text, ranges } = enclosed(inline("|\n        ARG T=«3»\n        FROM alpine:$$T\n"));
    const [use] = readCompose(text).uses;
    assert.ok(use?.origin.kind === "argument");
    assert.deepEqual(
      use.origin.stretches.map(({ range }) => range),
      ranges,
    );
    assert.deepEqual(use.variables, [{ name: "T", definition: { path: null, range: ranges[0] }, setBy: [] }]);
  });

  it("takes no edit for what a variable of Compose or an escape makes", () => {
    for (const source of ["|\n        FROM alpine:$TAG\n", '"FROM alp\\x69ne"']) {
      const [use] = readCompose(inline(source), surroundingsOf({ ".env": "TAG=7" })).uses;
      assert.deepEqual(use?.origin, { kind: "fixed", reason: "scalar-with-escapes", appendAt: null });
    }
  });

  it("names a variable of Compose without value by its own name", () => {
    const [use] = readCompose(inline("|\n        FROM alpine:$T\n")).uses;
    assert.deepEqual(use?.variables, [{ name: "T", definition: null, setBy: [] }]);
  });

  it("tells a stage that is not there yet, at its place", () => {
    const { text, ranges } = enclosed(
      inline("|\n        FROM scratch AS a\n        COPY --from=«b» x y\n        FROM scratch AS b\n"),
    );
    assert.deepEqual(
      readCompose(text).undeclaredStages.map(({ start, end, name }) => [start, end, name]),
      ranges.map(({ start, end }) => [start, end, "b"]),
    );
  });

  it("names what the project builds as an output", () => {
    const { outputs, uses } = readCompose(
      "services: {a: {build: ., image: x}, b: {build: {dockerfile_inline: FROM x}}}",
    );
    assert.deepEqual(uses, []);
    assert.equal(outputs.length, 2);
  });
});
