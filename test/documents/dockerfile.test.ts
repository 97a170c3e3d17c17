import assert from "node:assert/strict";
import { DockerfileReader } from "../../server/src/documents/dockerfile/dockerfile";
import type { ImageUse } from "../../server/src/documents/imageUse";
import { enclosed } from "../support/enclosed";

type Row = readonly [what: string, source: string, ...resolved: (string | null)[]];

/** `«…»` encloses each use's range; behind the source stands what each resolves to. */
const tables: Readonly<Record<string, readonly Row[]>> = {
  "instructions and flags": [
    ["a bare name", "FROM «alpine»", "alpine"],
    ["a full name", "FROM «ghcr.io/acme/app:1.2.3»\n", "ghcr.io/acme/app:1.2.3"],
    ["lower case", "from «alpine» as build\n", "alpine"],
    ["white space around", " \t FROM \t «alpine» \t \n", "alpine"],
    ["a platform", "FROM --platform=linux/amd64 «alpine»\n", "alpine"],
    ["a quoted flag with a space", 'FROM --platform="linux/amd64 " «alpine»\n', "alpine"],
    ["a flag with an escaped space", "FROM --platform=a\\ b «alpine»\n", "alpine"],
    ["several flags", "FROM --a=1 --b «alpine»\n", "alpine"],
    ["a lone -- before the image", "FROM -- «--x»\n", "--x"],
    ["a dash within the image", "FROM «a--b» --x\n", "a--b"],
    ["double quotes", 'FROM "«alpine:3»"\n', "alpine:3"],
    ["single quotes", "FROM '«alpine:3»'\n", "alpine:3"],
    ["quotes around a part", 'FROM «"alpine":3»\n', "alpine:3"],
    ["an escape", "FROM «al\\pine»\n", "alpine"],
    ["no comment behind an instruction", "FROM «alpine#3»\n", "alpine#3"],
    ["another instruction", "RUN FROM alpine\nCOPY FROM alpine\nFROMX alpine\nFROM «b»\n", "b"],
    [
      "a long line",
      `FROM «alpine» AS x${" ".repeat(2_000)}\nFROM x\nFROM${" ".repeat(2_000)}«b»\tAS\tc`,
      "alpine",
      "b",
    ],
    ["a long name", `FROM «${"a".repeat(2_000)}» AS x\nFROM x`, "a".repeat(2_000)],
    ["a no-break space within the name", "FROM «alpine\u00a0AS» x\n", "alpine\u00a0AS"],
    ["a no-break space around the name", "FROM \u00a0«alpine»\u00a0\n", "alpine"],
    ["vertical tab and form feed between words", "FROM\v«alpine»\fAS\vx\nFROM x\n", "alpine"],
    ["characters beyond ASCII before it", "# 😀 é\nFROM --x=😀 «alpine»\nFROM «b»", "alpine", "b"],
    ["a surrogate pair within it", "FROM «😀:1»\nFROM «b»", "😀:1", "b"],
  ],
  stages: [
    ["an earlier stage", "FROM «alpine» AS build\nFROM build\nFROM «node»\n", "alpine", "node"],
    ["a later stage", "FROM «build»\nFROM «alpine» AS build\n", "build", "alpine"],
    ["its own name", "FROM «alpine» AS alpine\nFROM alpine\n", "alpine"],
    // BuildKit lower-cases the name of a stage, and not the word behind FROM.
    ["a name in upper case", "FROM «alpine» AS Build\nFROM build\nFROM «Build»\n", "alpine", "Build"],
    ["a stage's number", "FROM «alpine»\nFROM «0»\n", "alpine", "0"],
    ["a stage by a variable", "ARG B=build\nFROM «alpine» AS build\nFROM ${B}\n", "alpine"],
    ["a stage in quotes", 'FROM «alpine» AS build\nFROM "build"\n', "alpine"],
    ["no AS", "FROM «alpine» build\nFROM «build»\n", "alpine", "build"],
    ["AS without a name", "FROM «alpine» AS\nFROM «b»\n", "alpine", "b"],
    ["scratch", "FROM scratch\nFROM «b»\n", "b"],
    ["scratch by a variable", "ARG B=scratch\nFROM $B\nFROM «Scratch»\n", "Scratch"],
    ["scratch with a tag", "FROM «scratch:1»\n", "scratch:1"],
  ],
  variables: [
    ["a default", "ARG TAG=3.18\nFROM «alpine:$TAG»\n", "alpine:3.18"],
    ["braces", "ARG TAG=3.18\nFROM «alpine:${TAG}-slim»\n", "alpine:3.18-slim"],
    ["a later default", "ARG TAG=1\nARG TAG=2\nFROM «a:$TAG»\n", "a:2"],
    ["a later ARG without default", "ARG TAG=1\nARG TAG\nFROM «a:$TAG»\n", "a:1"],
    ["several in one ARG", "ARG A=x B=y\nFROM «$A:$B»\n", "x:y"],
    ["a quoted default", "ARG A=\"x\" B='y z'\nFROM «$A»\nFROM «$B»", "x", "y z"],
    ["an escaped quote", 'ARG A="x\\"y"\nFROM «$A»', 'x"y'],
    ["an escaped space", "ARG A=x\\ y\nFROM «$A»", "x y"],
    ["an escaped dollar", "ARG A=x\\$B\nFROM «$A»", "x$B"],
    ["no expansion within single quotes", "ARG A=x\nARG B='$A'\nFROM «$B»", "$A"],
    ["expansion within double quotes", 'ARG A=x\nARG B="$A:1"\nFROM «$B»', "x:1"],
    ["a default of defaults", "ARG A=x\nARG B=$A/y\nARG C=${B}:1\nFROM «$C»", "x/y:1"],
    ["the default as it was when it was read", "ARG A=x\nARG B=$A\nARG A=y\nFROM «$B»", "x"],
    ["an ARG of a stage", "FROM «x»\nARG TAG=1\nFROM «a:$TAG»\n", "x", null],
    ["no ARG", "FROM «alpine:$TAG»\n", null],
    ["an ARG without default", "ARG TAG\nFROM «alpine:${TAG}»\n", null],
    ["a default of what has none", "ARG A=1\nARG A=$B\nFROM «a:$A»", null],
    ["an unset variable with a default of its own", "FROM «a:${T:-1}»\nFROM «a:${T-2}»", "a:1", "a:2"],
    ["a set variable with a default of its own", "ARG T=3\nFROM «a:${T:-1}»\nFROM «a:${T-2}»", "a:3", "a:3"],
    ["an empty variable", "ARG T=\nFROM «a:${T:-1}»\nFROM «a:${T-2}»", "a:1", "a:"],
    ["an alternative", "ARG T=3\nFROM «a:${T:+1}»\nFROM «a${U+:2}»", "a:1", "a"],
    ["a required variable", "ARG T=3\nFROM «a:${T:?no}»\nFROM «a:${U:?no}»", "a:3", null],
    ["defaults within defaults", "ARG T=3\nFROM «a:${U:-${V:-$T}}»", "a:3"],
    ["quotes within a default", "FROM «a:${U:-\"1\"'2'}»", "a:12"],
    ["a cut", "ARG T=3.18.4\nFROM «a:${T%.*}»\nFROM «a:${T%%.*}»\nFROM «a:${T#*.}»", "a:3.18", "a:3", "a:18.4"],
    ["a replacement", "ARG T=3.18.4\nFROM «a:${T/./-}»\nFROM «a:${T//./-}»", "a:3-18.4", "a:3-18-4"],
    ["a cut of what is not known", "FROM «a:${T%.*}»\nFROM «a:${T/./-}»", null, null],
    ["a positional parameter", "FROM «a$1»", null],
    ["an escaped dollar in the name", "FROM «a:\\$T»", "a:$T"],
    ["a lone dollar", "FROM «a$»", "a$"],
    ["an open brace", "FROM «a${T»", "a${T"],
    ["an empty brace", "FROM «a${}»", "a${}"],
    ["an unknown modifier", "ARG T=1\nFROM «a${T.x}»", "a${T.x}"],
    ["an open quote", 'FROM «"a»', '"a'],
  ],
  lines: [
    ["CRLF", "ARG T=1\r\nFROM «a:$T»\r\nFROM «b»\r\n", "a:1", "b"],
    ["a byte order mark", "\ufeffFROM «alpine»\n", "alpine"],
    ["a byte order mark before a directive", "\ufeff# escape=`\nFROM «a»`\n AS x\nFROM x", "a"],
    ["a byte order mark later on", "FROM «a»\n\ufeffFROM b\n", "a"],
    ["a lone carriage return, which is white space", "FROM «a»\rAS\rx\nFROM x\n", "a"],
    ["several carriage returns before the line feed", "FROM «a»\r\r\nFROM «b»\r\r\r\n", "a", "b"],
    ["a continuation between words", "FROM \\\n  «alpine» \\\n  AS x\nFROM x\n", "alpine"],
    ["a continuation after the image", "FROM «alpine»\\\n AS x\nFROM x\n", "alpine"],
    ["a continuation within the image", "FROM «alp\\\nine»\n", "alpine"],
    ["white space behind the escape character", "FROM «alp\\ \t\nine»\n", "alpine"],
    ["a continuation with CRLF", "FROM «alp\\\r\nine»\r\n", "alpine"],
    ["a continuation within the keyword", "FR\\\nOM «alpine»\n", "alpine"],
    ["a continuation within a flag", "FROM --plat\\\nform=x «alpine»\n", "alpine"],
    ["a comment within a continuation", "FROM «alp\\\n# no\n  # no \\\nine»\n", "alpine"],
    ["an empty line within a continuation", "FROM «alp\\\n\n \t\nine»\n", "alpine"],
    ["white space that begins a continued line", "FROM «alp»\\\n ine\n", "alp"],
    ["a continuation at the end", "FROM «alpine»\\", "alpine"],
    ["a continuation and nothing behind", "FROM «alpine»\\\n\n", "alpine"],
    ["an escaped escape character at the end", "FROM «alpine\\\\»\nFROM «b»", "alpine\\", "b"],
    ["a continuation alone", "\\\nFROM «a»\n", "a"],
    ["a continuation in white space alone", "  \\\n  FROM --platform=x «a»\n", "a"],
    ["a comment", "# FROM alpine\n  # FROM b\nFROM «c»\n", "c"],
    ["a comment that ends with the escape character", "# x \\\nFROM «c»\n", "c"],
    ["no line feed at the end", "FROM «a»", "a"],
    ["nothing", ""],
    ["white space", " \n\t\r\n"],
    ["a keyword half typed", "FRO"],
    ["a keyword alone", "FROM"],
    ["a keyword and a space", "FROM "],
    ["a flag alone", "FROM --platform=linux/amd64 "],
    ["a flag half typed", "FROM --"],
    ["a name half typed", "FROM «a:»", "a:"],
  ],
  "the escape directive": [
    ["a backtick", "# escape=`\nFROM «a`\nb»\nFROM «c\\»\nFROM «d»", "ab", "c\\", "d"],
    ["spaces and upper case", "#  ESCAPE = `  \nFROM «a`\nb»", "ab"],
    [
      "behind another directive",
      "# syntax=«docker/dockerfile:1»\n# escape=`\r\nFROM «a`\r\nb»",
      "docker/dockerfile:1",
      "ab",
    ],
    ["behind a comment, where it is none", "# hello\n# escape=`\nFROM «a`»\nFROM «b»", "a`", "b"],
    ["behind an empty line, where it is none", "\n# escape=`\nFROM «a`»\nFROM «b»", "a`", "b"],
    ["behind an instruction, where it is none", "ARG A=1\n# escape=`\nFROM «a`»\n", "a`"],
    ["the backslash itself", "# escape=\\\nFROM «a\\\nb»", "ab"],
    ["another character, which a build refuses", "# escape=x\nFROM «a\\\nb»", "ab"],
    ["a second one, which a build refuses: the first stands", "# escape=`\n# escape=\\\nFROM «a`\nb»", "ab"],
    ["escapes in a default", "# escape=`\nARG A=x`$y\nFROM «$A»\nARG B=c:\\\\d", "x$y"],
  ],
  heredocs: [
    ["FROM within", "FROM «a»\nRUN <<EOF\nFROM b\nEOF\nFROM «c»\n", "a", "c"],
    ["the terminator indented, which it is not", "RUN <<EOF\n\tEOF\nFROM b\nEOF\nFROM «c»\n", "c"],
    ["tabs before the terminator", "RUN <<-EOF\n\t\tEOF\nFROM «c»\n", "c"],
    ["spaces before the terminator", "RUN <<-EOF\n  EOF\nFROM b\nEOF\nFROM «c»\n", "c"],
    ["a quoted word", "RUN <<'EOF' cat\nFROM b\nEOF\nFROM «c»\n", "c"],
    ["a double-quoted word", 'RUN <<"E F"\nEOF\nE F\nFROM «c»\n', "c"],
    ["a half-quoted word", "RUN <<E\"O\"'F'\nFROM b\nEOF\nFROM «c»\n", "c"],
    ["an escaped word", "RUN <<E\\OF\nFROM b\nEOF\nFROM «c»\n", "c"],
    ["a backslash behind the word", "# escape=`\nRUN <<EOF\\\nFROM b\nEOF\nFROM «c»\n", "c"],
    ["a variable, which is none there", "ARG X=1\nRUN <<$X\n1\n$X\nFROM «c»\n", "c"],
    ["several", "COPY <<A <<B /x/\nFROM 1\nB\nA\nFROM 2\nB\nFROM «c»\n", "c"],
    ["a file descriptor", "RUN 3<<EOF\nFROM b\nEOF\nFROM «c»\n", "c"],
    ["a space before the word", "RUN cat << EOF\nFROM b\nEOF\nFROM «c»\n", "c"],
    ["a word that goes on", "RUN cat <<EOF;echo\nFROM b\nEOF;echo\nFROM «c»\n", "c"],
    ["ADD", "ADD <<EOF /x\nFROM b\nEOF\nFROM «c»\n", "c"],
    ["ONBUILD", "ONBUILD RUN <<EOF\nFROM b\nEOF\nFROM «c»\n", "c"],
    ["CRLF", "RUN <<EOF\r\nFROM b\r\nEOF\r\nFROM «c»\r\n", "c"],
    ["no terminator", "FROM «a»\nRUN <<EOF\nFROM b\n", "a"],
    ["a continuation before it", "RUN a \\\n <<EOF\nFROM b\nEOF\nFROM «c»\n", "c"],
    ["a backslash within it continues nothing", "RUN <<EOF\nx \\\nEOF\nFROM «c»\n", "c"],
    ["the JSON form", 'RUN ["cat", "<<EOF"]\nFROM «b»\n', "b"],
    ["what only looks like the JSON form", 'RUN ["cat", <<EOF]\nFROM b\nEOF]\nFROM «c»\n', "c"],
    ["within quotes", 'RUN echo "<<EOF"\nFROM «b»\n', "b"],
    ["behind an open quote", "RUN echo ' <<EOF\nFROM «b»\n", "b"],
    ["an empty word", 'RUN <<""\nFROM «b»\n\nFROM «c»\n', "b", "c"],
    ["a here-string", "RUN cat <<< EOF\nFROM «b»\n", "b"],
    ["an instruction that takes none", "CMD cat <<EOF\nFROM «b»\nLABEL a=<<EOF\nFROM «c»\n", "b", "c"],
    ["a comment that opens none", "# RUN <<EOF\nFROM «b»\n", "b"],
  ],
};

describe("DockerfileReader", () => {
  for (const [title, rows] of Object.entries(tables)) {
    describe(title, () => {
      for (const [what, source, ...resolved] of rows) {
        it(what, () => {
          const { text, ranges } = enclosed(source);
          const uses = read(text);
          assert.deepEqual(
            uses.map(({ range }) => range),
            ranges,
          );
          assert.deepEqual(
            uses.map((use) => use.resolved),
            resolved,
          );
        });
      }
    });
  }

  it("gives the joined text where a continuation splits the name", () => {
    assert.deepEqual(
      read("FROM al\\\n# no\npine:${X:-\\\n3}").map(({ raw, resolved }) => [raw, resolved]),
      [["alpine:${X:-3}", "alpine:3"]],
    );
  });

  it("gives the text without surrounding quotes, variables as written", () => {
    const uses = read('ARG T=1\nFROM "a:${T}"\nFROM \'b\'\nFROM "c":1');
    assert.deepEqual(
      uses.map(({ raw }) => raw),
      ["a:${T}", "b", '"c":1'],
    );
  });

  it("reads the platform", () => {
    const uses = read(
      "ARG P=linux/arm64\nFROM --platform=linux/amd64 a\nFROM --platform=$P b\nFROM --platform=${Q} c\nFROM --platform='x' d\nFROM --platform e\nFROM f",
    );
    assert.deepEqual(
      uses.map(({ platform }) => platform),
      ["linux/amd64", "linux/arm64", null, "x", null, null],
    );
  });

  it("points at the definition of each variable, the last one's default without its quotes", () => {
    const { text, ranges } = enclosed('ARG T=0\nARG T="«3»" U=«4»\nARG V\nFROM a:$T$U$V$W$T');
    const definitions = read(text)[0]?.variables;
    assert.deepEqual(definitions, [
      { name: "T", definition: { path: null, range: ranges[0] }, setBy: [] },
      { name: "U", definition: { path: null, range: ranges[1] }, setBy: [] },
      { name: "V", definition: null, setBy: [] },
      { name: "W", definition: null, setBy: [] },
    ]);
  });

  it("takes the name of a kind for no more than a problem of its reference", () => {
    const problems = read("FROM a:\nFROM A\nFROM ''\nFROM b").map(({ parsed }) => parsed?.problem?.code ?? null);
    assert.deepEqual(problems, ["tag-missing", "repository-uppercase", "empty", null]);
  });

  it("gives a name that ten defaults of ten would multiply no value, at once", () => {
    const lines = ["ARG A0=aaaaaaaaaa"];
    for (let level = 1; level <= 12; level += 1) lines.push(`ARG A${level}=${`$A${level - 1}`.repeat(10)}`);
    const [use] = read(`${lines.join("\n")}\nFROM $A12`);
    assert.equal(use?.resolved, null);
  });

  /** A quadratic step would not end here. */
  it("reads hundreds of thousands of one thing", () => {
    const many = (unit: string) => unit.repeat(120_000 / unit.length);
    const numbered = (unit: (n: number) => string) => Array.from({ length: 10_000 }, (_, n) => unit(n)).join("");
    const documents = [
      `# syntax=a${many(" ")}b\nFROM a`,
      `FROM ${many("a\\\n")}\nFROM a`,
      `FROM ${many("$A\\\n")}\nFROM a`,
      `FROM ${many('""')}\nFROM a`,
      `FROM a${many(" ")}b\nFROM a`,
      `FROM ${many("--a ")}\nFROM a`,
      `ARG ${many("A=1 ")}\nFROM a`,
      `RUN ${many("<<A ")}\nA\nFROM a`,
      `RUN [${many('"a",')}\nFROM a`,
      `RUN --a${many(" ")}<<A\nA\nFROM a`,
      `FROM a${many("${A:-")}\nFROM a`,
      `${many("\\\n")}FROM a`,
      `RUN <<${many(" ")}x<y\nFROM a`,
      `COPY --from=${many("a\\\n")} x y`,
      `RUN ${many("--mount=from=a ")}`,
      `RUN --mount=${many("from=a,")}`,
      `RUN --mount='${many('""')}'`,
      `FROM ${many("{{")}`,
      `FROM ${many("{{ }}")}`,
      `FROM ${many("{{ ")}\n`,
      `{${many('"syntax":"a",')}`,
      `{${many('"syntax":"a",')}"x":1}`,
      `# escape=\`\n# syntax=${many(" ")}`,
      `${many("FROM scratch AS a\n")}${many("COPY --from=a x y\n")}`,
      `ARG A=${"a".repeat(1000)}\nFROM ${many("${A##*a*a*b}")}`,
      `${numbered((n) => `ARG A${n}=x\n`)}FROM ${numbered((n) => `$A${n}`)}\n${numbered((n) => `FROM $A${n}\n`)}`,
      many("FROM a\n"),
    ];
    for (const document of documents) assert.doesNotThrow(() => new DockerfileReader().read(document));
  });

  it("reads a long line that only has a command", () => {
    const text = `FROM a\nRUN --mount=from=b:1 ${"x".repeat(1_000_000)}\nFROM c`;
    assert.deepEqual(
      read(text).map(({ resolved }) => resolved),
      ["a", "b:1", "c"],
    );
  });

  it("passes over a FROM that is longer than a build takes, and says so", () => {
    const text = `FROM a\nFROM ${"x".repeat(65_531)}\nFROM b`;
    const { uses, problems } = new DockerfileReader().read(text);
    assert.deepEqual(
      uses.map(({ resolved }) => resolved),
      ["a", "b"],
    );
    assert.deepEqual(
      problems.map(({ code, isFatal, start, end }) => [code, isFatal, start, end]),
      [["too-large", false, 7, 11]],
    );
  });

  it("reads the first 10,000 instructions that count, and says so", () => {
    const { uses, problems } = new DockerfileReader().read("FROM a\n".repeat(10_001));
    assert.equal(uses.length, 10_000);
    assert.deepEqual(
      problems.map(({ code, isFatal, start, end }) => [code, isFatal, start, end]),
      [["too-large", true, 70_000, 70_004]],
    );
  });
});

function read(text: string): readonly ImageUse[] {
  const { uses, problems } = new DockerfileReader().read(text);
  assert.deepEqual(problems, []);
  return uses;
}
