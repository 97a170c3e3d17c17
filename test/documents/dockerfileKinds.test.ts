import assert from "node:assert/strict";
import { DockerfileReader } from "../../server/src/documents/dockerfile/dockerfile";
import type { ImageDocument, ImageUse } from "../../server/src/documents/imageUse";
import { enclosed } from "../support/enclosed";

/** `«…»` encloses each use's range; behind the source stand kind and resolved name of each. */
type Row = readonly [what: string, source: string, ...uses: string[]];

const tables: Readonly<Record<string, readonly Row[]>> = {
  "COPY --from": [
    ["an image", "FROM scratch\nCOPY --from=«busybox:1» a b", "copy-from busybox:1"],
    ["lower case", "FROM scratch\ncopy --from=«busybox:1» a b", "copy-from busybox:1"],
    ["behind another flag", "FROM scratch\nCOPY --link --chown=1:1 --from=«a:1» --chmod=1 a b", "copy-from a:1"],
    ["the JSON form", 'FROM scratch\nCOPY --from=«a:1» ["x", "y"]', "copy-from a:1"],
    ["double quotes", 'FROM scratch\nCOPY --from="«a:1»" x y', "copy-from a:1"],
    ["single quotes", "FROM scratch\nCOPY --from='«a:1»' x y", "copy-from a:1"],
    ["quotes around a part", 'FROM scratch\nCOPY --from=«a":"1» x y', "copy-from a:1"],
    ["quotes around the flag's end", 'FROM scratch\nCOPY --"from=«a:1»" x y', "copy-from a:1"],
    ["an escape, which a flag swallows", "FROM scratch\nCOPY --from=«a\\:1» x y", "copy-from a:1"],
    ["a continuation within", "FROM scratch\nCOPY --from=«a\\\n# no\n:1» x y", "copy-from a:1"],
    ["a continuation within the flag's name", "FROM scratch\nCOPY --fr\\\nom=«a:1» x y", "copy-from a:1"],
    ["a trailing dollar, which expands to itself", "FROM scratch\nCOPY --from=«a$» x y", "copy-from a$"],
    ["no value", "FROM scratch\nCOPY --from= x y\nCOPY --from x y"],
    ["an argument that looks like a flag", "FROM scratch\nCOPY x --from=a y"],
    ["behind a lone --", "FROM scratch\nCOPY -- --from=a y"],
    ["ADD has none", "FROM scratch\nADD --from=a x y"],
    ["an earlier stage", "FROM scratch AS build\nFROM scratch\nCOPY --from=build x y"],
    ["an earlier stage whatever the case", "FROM scratch AS Build\nFROM scratch\nCOPY --from=bUILD x y"],
    ["an earlier stage by number", "FROM scratch\nFROM scratch\nCOPY --from=0 x y\nCOPY --from=+0 x y"],
    ["scratch", "FROM scratch\nCOPY --from=scratch x y"],
    ["Scratch, which is another name", "FROM scratch\nCOPY --from=«Scratch» x y", "copy-from Scratch"],
    [
      "a stage's name with a tag",
      "FROM scratch AS build\nFROM scratch\nCOPY --from=«build:1» x y",
      "copy-from build:1",
    ],
    ["within a heredoc", "FROM scratch\nRUN <<EOF\nCOPY --from=a x y\nEOF\nCOPY --from=«b:1» x y", "copy-from b:1"],
    ["with a heredoc", "FROM scratch\nCOPY --from=«a:1» <<EOF /x\nFROM b\nEOF\nFROM «c»", "copy-from a:1", "from c"],
    ["twice", "FROM scratch\nCOPY --from=«a:1» x y\nCOPY --from=«a:1» z y", "copy-from a:1", "copy-from a:1"],
    ["half typed", "FROM scratch\nCOPY --from=«alp»", "copy-from alp"],
    ["a backtick that escapes", "# escape=`\nFROM scratch\nCOPY --from=«a`:1» x y", "copy-from a:1"],
  ],
  "RUN --mount": [
    ["a bind mount", "FROM scratch\nRUN --mount=type=bind,from=«a:1»,target=/x true", "mount-from a:1"],
    ["the default type", "FROM scratch\nRUN --mount=from=«a:1»,target=/x true", "mount-from a:1"],
    [
      "a cache, whose content it is",
      "FROM scratch\nRUN --mount=type=cache,target=/x,from=«a:1» true",
      "mount-from a:1",
    ],
    ["a key in upper case", "FROM scratch\nRUN --mount=FROM=«a:1»,target=/x true", "mount-from a:1"],
    ["several", "FROM scratch\nRUN --mount=from=«a:1» --mount=from=«b:1» x", "mount-from a:1", "mount-from b:1"],
    ["the same twice", "FROM scratch\nRUN --mount=from=«a:1» --mount=from=«a:1» x", "mount-from a:1", "mount-from a:1"],
    ["twice in one mount: the last counts", "FROM scratch\nRUN --mount=from=a:1,from=«b:1» x", "mount-from b:1"],
    ["quotes around the mount", 'FROM scratch\nRUN --mount="type=bind,from=«a:1»" x', "mount-from a:1"],
    ["quotes around the name", "FROM scratch\nRUN --mount=from='«a:1»',target=/x x", "mount-from a:1"],
    ["CSV quotes", "FROM scratch\nRUN --mount='target=/x,\"from=«a:1»\"' x", "mount-from a:1"],
    ["CSV quotes with a comma", "FROM scratch\nRUN --mount='\"target=/x,y\",from=«a:1»' x", "mount-from a:1"],
    ["CSV quotes by escapes", 'FROM scratch\nRUN --mount=\\"from=«a:1»\\",target=/x x', "mount-from a:1"],
    ["a quote within a field, which is no CSV", "FROM scratch\nRUN --mount='from=a:1,x=\"y' x"],
    ["an equals sign in the name", "FROM scratch\nRUN --mount=from=«a=1» x", "mount-from a=1"],
    ["another flag before it", "FROM scratch\nRUN --network=none --mount=from=«a:1» x", "mount-from a:1"],
    ["no from", "FROM scratch\nRUN --mount=type=cache,target=/from=x true"],
    ["an empty from", "FROM scratch\nRUN --mount=from=,target=/x true"],
    ["in the command", "FROM scratch\nRUN docker run --mount=from=a:1 x"],
    ["an earlier stage", "FROM scratch AS B\nFROM scratch\nRUN --mount=from=b x"],
    ["a number, which is a name here", "FROM scratch\nFROM scratch\nRUN --mount=from=«0» x", "mount-from 0"],
    ["scratch", "FROM scratch\nRUN --mount=from=scratch x"],
    ["over several lines", "FROM scratch\nRUN --mount=type=bind,\\\nfrom=«a:\\\n1» \\\n  true", "mount-from a:1"],
    ["with a heredoc", "FROM scratch\nRUN --mount=from=«a:1» <<EOF\n--mount=from=b\nEOF\n", "mount-from a:1"],
  ],
  ONBUILD: [
    ["COPY", "FROM scratch\nONBUILD COPY --from=«a:1» x y", "onbuild-copy-from a:1"],
    ["RUN", "FROM scratch\nonbuild run --mount=from=«x/a» x", "onbuild-mount-from x/a"],
    ["a name of the child's stage", "FROM scratch\nONBUILD COPY --from=build x y\nONBUILD RUN --mount=from=a x"],
    ["a number of the child's", "FROM scratch\nONBUILD COPY --from=7 x y"],
    ["a digest", `FROM scratch\nONBUILD COPY --from=«a@sha256:1» x y`, "onbuild-copy-from a@sha256:1"],
    ["a stage of this file, which is none of the child's", "FROM scratch AS a\nONBUILD COPY --from=a x y"],
    ["another trigger", "FROM scratch\nONBUILD CMD --from=a:1\nONBUILD"],
    [
      "the child escapes by the backslash",
      "# escape=`\nFROM scratch\nONBUILD COPY --from=«a\\:1» x y",
      "onbuild-copy-from a:1",
    ],
    ["a continuation", "FROM scratch\nONBUILD \\\n  COPY --from=«a:1» x y", "onbuild-copy-from a:1"],
  ],
  "the syntax directive": [
    ["a comment", "# syntax=«docker/dockerfile:1»\nFROM «a»", "syntax docker/dockerfile:1", "from a"],
    ["no space", "#syntax=«docker/dockerfile:1»\n", "syntax docker/dockerfile:1"],
    ["spaces around", "#  Syntax = «a:1» \t\n", "syntax a:1"],
    ["what follows a space", "# syntax=«a:1» --x y\n", "syntax a:1"],
    ["CRLF", "# syntax=«a:1»\r\nFROM «b»\r\n", "syntax a:1", "from b"],
    ["a byte order mark", "\ufeff# syntax=«a:1»\n", "syntax a:1"],
    ["a shebang", "#!/usr/bin/env x\n# syntax=«a:1»\n", "syntax a:1"],
    ["behind another directive", "# escape=`\n# check=skip=all\n# syntax=«a:1»\n", "syntax a:1"],
    ["behind a comment", "# hello\n# syntax=a:1\n"],
    ["behind an empty line", "\n# syntax=a:1\n"],
    ["behind white space", " # syntax=a:1\n"],
    ["an unknown directive before it", "# x=y\n# syntax=a:1\n"],
    ["a second one", "# syntax=«a:1»\n# syntax=b:1\n", "syntax a:1"],
    ["a repeated directive before it", "# escape=`\n# escape=`\n# syntax=a:1\n"],
    ["two slashes", "// syntax=«a:1»\nnot a Dockerfile", "syntax a:1"],
    ["two slashes without space", "//syntax=«a:1»", "syntax a:1"],
    ["both", "// syntax=«a:1»\n# syntax=b", "syntax a:1"],
    ["JSON", '{\n  "x": {"syntax": "b"},\n  "syntax": "«a:1»"\n}', "syntax a:1"],
    ["JSON, the last of two keys", '{"syntax": "b", "syntax" : "«a:1»"}', "syntax a:1"],
    ["JSON with the key within a string", '{"x": "\\"syntax\\": \\"b\\"", "syntax":"«a:1»"}', "syntax a:1"],
    ["no JSON", '{"syntax": "a:1"'],
    ["no string", '{"syntax": 1}'],
    ["no value", "# syntax=\nFROM «a»", "from a"],
    ["no line end", "# syntax=«a:1»", "syntax a:1"],
    ["a name that is none", "# syntax=«A:1»\n", "syntax A:1"],
  ],
  "automatic platform arguments": [
    ["in a platform", "FROM --platform=$BUILDPLATFORM «a»", "from a"],
    ["in a name", "FROM «a-$TARGETARCH:1»", "from null"],
    ["with a default that can't count", "FROM «a-${TARGETARCH:-x}:1»\nFROM «a${TARGETOS+x}»", "from null", "from ax"],
    ["that may be empty", "FROM «a${TARGETVARIANT:+-x}»", "from null"],
    ["set by an ARG", "ARG TARGETARCH=arm64\nFROM «a-$TARGETARCH»", "from a-arm64"],
    ["declared by an ARG", "ARG TARGETARCH\nFROM «a-$TARGETARCH»", "from null"],
  ],
};

describe("the kinds of uses in a Dockerfile", () => {
  for (const [title, rows] of Object.entries(tables)) {
    describe(title, () => {
      for (const [what, source, ...expected] of rows) {
        it(what, () => {
          const { text, ranges } = enclosed(source);
          const { uses } = read(text);
          assert.deepEqual(
            uses.map(({ range }) => range),
            ranges,
          );
          assert.deepEqual(
            uses.map(({ kind, resolved }) => `${kind} ${resolved}`),
            expected,
          );
        });
      }
    });
  }

  it("gives what stands there as the raw text", () => {
    const uses = read('FROM scratch\nCOPY --from=a":"1 x y\nRUN --mount="from=b\\\n:1" x').uses;
    assert.deepEqual(
      uses.map(({ raw }) => raw),
      ['a":"1', "b:1"],
    );
  });
});

describe("a --from that is declared later", () => {
  const rows: readonly (readonly [what: string, source: string, ...names: string[]])[] = [
    ["by COPY", "FROM a\nCOPY --from=«b» x y\nFROM c AS b", "copy-from b"],
    ["by a mount", "FROM a\nRUN --mount=from=«B» x\nFROM c AS b", "mount-from B"],
    ["its own stage", "FROM a AS b\nCOPY --from=«b» x y", "copy-from b"],
    ["its own number", "FROM a\nCOPY --from=«0» x y", "copy-from 0"],
    ["a later number", "FROM a\nCOPY --from=«1» x y\nFROM b", "copy-from 1"],
    ["a number of none", "FROM a\nFROM b\nCOPY --from=«7» x y\nCOPY --from=«-1» x y", "copy-from 7", "copy-from -1"],
    ["a name that a later stage has again", "FROM a AS x\nFROM b\nCOPY --from=«x» y z\nFROM c AS x", "copy-from x"],
  ];
  for (const [what, source, ...names] of rows) {
    it(what, () => {
      const { text, ranges } = enclosed(source);
      const { uses, undeclaredStages } = read(text);
      assert.ok(uses.every(({ kind }) => kind === "from"));
      assert.deepEqual(
        undeclaredStages.map(({ start, end }) => ({ start, end })),
        ranges,
      );
      assert.deepEqual(
        undeclaredStages.map(({ kind, name }) => `${kind} ${name}`),
        names,
      );
    });
  }
});

describe("a variable where the build expands none", () => {
  const rows: readonly (readonly [what: string, source: string, ...variables: string[]])[] = [
    ["in COPY --from", "ARG T=1\nFROM scratch\nCOPY --from=«a:$T» x y", "T"],
    ["with a modifier", "FROM scratch\nCOPY --from=«${I:-a}» x y", "I"],
    ["in a mount", "ARG T=1\nFROM scratch\nRUN --mount=from=«a:$T» x", "T"],
    ["in ONBUILD", "FROM scratch\nONBUILD COPY --from=«$I» x y", "I"],
    ["in single quotes, which a flag swallows", "FROM scratch\nCOPY --from='«$T»' x y", "T"],
    ["an open brace", "FROM scratch\nCOPY --from=«a${» x y"],
    ["an escape of an escape", "FROM scratch\nCOPY --from=«a\\\\b» x y"],
    ["a quote that an escape kept", 'FROM scratch\nCOPY --from=\\«"a\\"» x y'],
  ];
  for (const [what, source, ...variables] of rows) {
    it(what, () => {
      const { text, ranges } = enclosed(source);
      const [use] = read(text).uses;
      assert.deepEqual(use?.range, ranges[0]);
      assert.equal(use?.unresolved, "not-expanded");
      assert.equal(use?.resolved, null);
      assert.deepEqual(use?.origin, { kind: "fixed", reason: "variable-not-expanded", appendAt: null });
      assert.deepEqual(
        use?.variables.map(({ name }) => name),
        variables,
      );
    });
  }
});

describe("a template's placeholder", () => {
  const rows: readonly (readonly [what: string, source: string])[] = [
    ["a Go template", "FROM «{{ .Image }}:{{.Tag}}» AS build\nFROM scratch\nCOPY --from=build x y"],
    ["a Go template within a name", "FROM «alpine:{{ .Version }}-slim»"],
    ["a Go template in quotes", 'FROM "«alpine:{{ .Version }}»"'],
    ["an open one", "FROM «{{» .Image"],
    ["percent signs", "FROM «%%IMAGE%%:1»"],
    ["an option of a Dev Container template", "FROM «mcr.example/base:${templateOption:variant}»"],
    ["in COPY --from", "FROM scratch\nCOPY --from=«%%IMAGE%%» x y"],
    ["in the syntax directive", "# syntax=«%%SYNTAX%%»\n"],
  ];
  for (const [what, source] of rows) {
    it(what, () => {
      const { text, ranges } = enclosed(source);
      const { uses, undeclaredStages } = read(text);
      assert.deepEqual(
        uses.map(({ range, unresolved, resolved }) => ({ range, unresolved, resolved })),
        [{ range: ranges[0], unresolved: "template", resolved: null }],
      );
      assert.deepEqual(undeclaredStages, []);
    });
  }
});

it("ONBUILD FROM is a problem, and no image", () => {
  const { text, ranges } = enclosed("FROM scratch\n«ONBUILD \\\n from» alpine");
  const { uses, problems } = new DockerfileReader().read(text);
  assert.deepEqual(uses, []);
  assert.deepEqual(
    problems.map(({ code, isFatal, start, end }) => ({ code, isFatal, range: { start, end } })),
    [{ code: "onbuild-from", isFatal: false, range: ranges[0] }],
  );
});

function read(text: string): ImageDocument & { readonly uses: readonly ImageUse[] } {
  const document = new DockerfileReader().read(text);
  assert.deepEqual(document.problems, []);
  return document;
}
