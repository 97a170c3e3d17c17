import assert from "node:assert/strict";
import { readCompose } from "../../server/src/documents/compose/compose";
import type { DocumentProblemCode } from "../../server/src/documents/imageUse";
import { enclosed } from "../support/enclosed";

type Row = readonly [what: string, source: string, ...resolved: (string | null)[]];

const service = (image: string) => `services:\n  a:\n    image: ${image}\n`;

/** `«…»` encloses each use's range; behind the source stands what each resolves to. */
const tables: Readonly<Record<string, readonly Row[]>> = {
  scalars: [
    ["plain", service("«alpine:3»"), "alpine:3"],
    ["plain, with a comment", service("«alpine:3» # latest"), "alpine:3"],
    ["plain, with spaces behind", service("«alpine:3»  \t"), "alpine:3"],
    ["single quotes", service("'«alpine:3»'"), "alpine:3"],
    ["double quotes", service('"«alpine:3»"'), "alpine:3"],
    ["double quotes with an escape", service('"«alp\\u0069ne:3»"'), "alpine:3"],
    ["a literal block", service("|-\n      «alpine:3»"), "alpine:3"],
    ["a literal block that keeps its line feed", service("| # why\n      «alpine:3»\n"), "alpine:3\n"],
    ["a folded block", service(">-\n      «alp\n      ine»"), "alp ine"],
    ["a tag and an anchor", service("!!str &x «alpine:3»"), "alpine:3"],
    ["a quoted key", 'services:\n  a:\n    "image": «alpine»\n', "alpine"],
    ["an explicit key", "services:\n  a:\n    ? image\n    : «alpine»\n", "alpine"],
    ["flow style", "services: {a: {image: «b:1»}, c: {image: '«d:2»', platform: x}}", "b:1", "d:2"],
    ["a surrogate pair before it", `# 😀\n${service("«alpine»")}`, "alpine"],
    ["a number, which Compose refuses", service("3")],
    ...["1.5", "1_000", "0o17", "017", "089", "0x1f", ".5", "true", "~", "2024-01-31", "!!int 3"].map(
      (value): Row => [`${value}, which Compose takes for no text`, service(value)],
    ),
    ...["yes", "12e", "2024-13-01", "0b12", "1.2.3"].map((value): Row => [value, service(`«${value}»`), value]),
    ["a number with the tag of text", service("!!str «3»"), "3"],
    ["a plain scalar over lines", service("«alp\n      ine»"), "alp ine"],
    ["nothing", service("")],
    ["an empty string", service("''")],
    ["a map", service("{x: y}")],
  ],
  services: [
    ["a service with build", "services:\n  a:\n    build: .\n    image: out\n  b:\n    image: «c»\n", "c"],
    ["a service whose build is null", "services:\n  a:\n    image: «out»\n    build:\n", "out"],
    ["a service whose build is empty", "services:\n  a:\n    image: out\n    build: {}\n"],
    ["a service with a merged build", "x-b: &b {build: .}\nservices:\n  a:\n    <<: *b\n    image: out\n"],
    ["a service with no image", "services:\n  a:\n    command: x\n"],
    ["no services", "image: alpine\nservices:\n"],
    ["services in a list", "services:\n  - image: alpine\n"],
    ["an image elsewhere", "x-y: {image: a}\nvolumes: {v: {image: b}}\nservices: {c: {deploy: {image: d}}}"],
    ["an image key twice: the first", "services:\n  a:\n    image: «b»\n    image: c\n", "b"],
    [
      "several documents, each over those before",
      `${service("a")}---\n${service("b")}...\n---\n${service("«c»")}`,
      "c",
    ],
    ["the same name as an output", "services: {a: {build: ., image: x}, b: {image: x}, c: {image: «x:1»}}", "x:1"],
    ["a job", "jobs: {j: {image: «a»}}", "a"],
    ["a fragment that nobody merges", "x-a: {image: a}\nservices: {b: {image: «c»}}", "c"],
    ["what !reset takes away", "services: {a: {image: !reset b}, c: {image: !override «d»}}", "d"],
    ["a document that resets an image", `${service("a")}---\nservices: {a: {image: !reset null}}`],
    ["an image before it is started", "services: {a: {pre_start: [{image: «b», command: c}]}}", "b"],
    ["a volume", "services: {a: {volumes: [{type: image, source: «b», target: /c}, {type: bind, source: d}]}}", "b"],
    ["a volume of the same target later", "services: {a: {volumes: [{type: image, source: b, target: /c}, 'd:/c']}}"],
    ["a model", "models: {a: {model: «ai/b»}}", "ai/b"],
    ["a build context", "services: {a: {build: {additional_contexts: {b: docker-image://«c», d: ../e}}}}", "c"],
    ["a build context in a list", "services: {a: {build: {additional_contexts: [b=docker-image://«c:1»]}}}", "c:1"],
    [
      "a build context within a default",
      "services: {a: {build: {additional_contexts: {b: '${C:-docker-image://«d»}'}}}}",
      "d",
    ],
  ],
  "aliases and merges": [
    ["an alias of a scalar", "x-i: &i alpine:3\nservices: {a: {image: «*i»}}", "alpine:3"],
    ["the last anchor of a name", "x: [&i a, &i b]\nservices: {a: {image: «*i»}}", "b"],
    ["an alias without anchor", "services: {a: {image: *i}}"],
    ["a merged image, where it is written", "x-a: &a\n  image: «b»\nservices:\n  c:\n    <<: *a\n", "b"],
    ["a merged image, once", "x-a: &a {image: «b»}\nservices: {c: {<<: *a}, d: {<<: *a}, e: *a}", "b"],
    ["an own image beside a merged one", "x-a: &a {image: b}\nservices: {c: {<<: *a, image: «d»}}", "d"],
    ["an own image before a merge", "x-a: &a {image: b}\nservices: {c: {image: «d», <<: *a}}", "d"],
    ["a list of merges: the first", "x: [&a {image: «b»}, &c {image: d}]\nservices: {e: {<<: [*a, *c]}}", "b"],
    ["a merge of a merge", "x: [&a {image: «b»}, &c {<<: *a}]\nservices: {e: {<<: *c}}", "b"],
    ["merged services", "x: &s {a: {image: «b»}}\nservices: {<<: *s, c: {image: «d»}}", "b", "d"],
    ["a service that hides a merged one", "x: &s {a: {image: b}}\nservices: {<<: *s, a: {image: «d»}}", "d"],
    ["the order of the text", "x: &a {image: «b»}\nservices: {c: {image: «d»}, e: *a}", "b", "d"],
    ["the output of one service, the image of another", "x: &a {image: b}\nservices: {c: {<<: *a, build: .}, d: *a}"],
    ["a merged build that an own null hides", "x: &a {build: .}\nservices: {c: {<<: *a, build: , image: «d»}}", "d"],
    ["an extended service", "services: {a: {image: «b»}, c: {extends: a}, d: {extends: {service: c}}}", "b"],
    ["a service that extends one with build", "services: {a: {build: .}, b: {extends: a, image: c}}"],
    ["services that extend each other", "services: {a: {extends: b, image: «c»}, b: {extends: a}}", "c"],
    ["an anchor within itself", "services: &s {a: {image: «b», x: 1}, c: d}", "b"],
  ],
  variables: [
    ["none known", service("«alpine:$TAG»"), null],
    ["a default", service("«alpine:${TAG:-3}»"), "alpine:3"],
    ["a default for an unset one", service("«alpine:${TAG-3}»"), "alpine:3"],
    ["a default within a default", service("«${A:-${B:-alpine}:${C-3}}»"), "alpine:3"],
    ["an alternative", service("«alpine${TAG:+:x}»"), "alpine"],
    ["a required one", service("«alpine:${TAG:?why}»"), null],
    ["an escaped dollar", service("«a$$b»"), "a$b"],
    ["quotes in a default, which are its own", service("«a:${B:-'1'}»"), "a:'1'"],
    ["a backslash, which escapes nothing", service("«a\\$B»"), null],
    ["an open brace", service("«a:${B»"), "a:${B"],
    ["a modifier of shells alone", service("«a:${B%x}»"), "a:${B%x}"],
    ["a digit, which is no name", service("«a:$1»"), "a:$1"],
  ],
  files: [
    ["JSON", '{\n  "services": {\n    "a": { "image": "«alpine:3»" }\n  }\n}\n', "alpine:3"],
    ["CRLF", service("«alpine:3»").replaceAll("\n", "\r\n"), "alpine:3"],
    ["a byte order mark", `\ufeff${service("«alpine:3»")}`, "alpine:3"],
    ["a directive", `%YAML 1.2\n---\n${service("«alpine:3»")}`, "alpine:3"],
    ["no line feed at the end", service("«alpine:3»").trimEnd(), "alpine:3"],
    ["nothing", ""],
    ["a comment", "# services"],
    ["a scalar", "services"],
    ["a directive alone", "%YAML 1.2\n"],
  ],
};

const problems: readonly (readonly [what: string, code: DocumentProblemCode, source: string, ...resolved: string[]])[] =
  [
    ["an open quote behind an image", "yaml-syntax", 'services:\n  a:\n    image: «b»\n  c:\n    image: "d«»', "b"],
    ["an open bracket", "yaml-syntax", "services: {a: {image: «b»«»", "b"],
    ["a tab that indents", "yaml-syntax", "services:\n  a:\n    image: «b»\n«\t»c: d\n", "b"],
    ["a key half typed", "yaml-syntax", "services:\n  a:\n    image: «b»\n  «c»\n", "b"],
  ];

describe("readCompose", () => {
  for (const [title, rows] of Object.entries(tables)) {
    describe(title, () => {
      for (const [what, source, ...resolved] of rows) {
        it(what, () => {
          const { text, ranges } = enclosed(source);
          const { uses } = readCompose(text);
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
    });
  }

  it("reads the platform, its own or a merged one", () => {
    const { uses } = readCompose(
      "x: &p {platform: linux/arm64}\nservices: {a: {image: b, platform: linux/amd64}, c: {image: d, <<: *p}, e: {image: f}}",
    );
    assert.deepEqual(
      uses.map(({ platform }) => platform),
      ["linux/amd64", "linux/arm64", null],
    );
  });

  it("names variables, each once, with the word of a default that counts", () => {
    const { text, ranges } = enclosed(service("$A:${B:-«x»${C}}$A"));
    const [use] = readCompose(text).uses;
    assert.deepEqual(use?.variables, [
      { name: "A", definition: null, setBy: [] },
      {
        name: "B",
        definition: { path: null, range: { start: ranges[0]?.start, end: (ranges[0]?.end ?? 0) + 4 } },
        setBy: [],
      },
      { name: "C", definition: null, setBy: [] },
    ]);
  });

  it("says that a model is no reference, and what a template is", () => {
    const { uses } = readCompose(
      "models: {m: {model: ai/b}}\nservices: {a: {image: 'b:{{ .Tag }}'}, c: {image: '%%D%%'}}",
    );
    assert.deepEqual(
      uses.map(({ resolved, parsed, unresolved, variables }) => [resolved, parsed, unresolved, variables]),
      [
        ["ai/b", null, null, []],
        [null, null, "template", []],
        [null, null, "template", []],
      ],
    );
  });

  it("names what is built wherever it stands, and whether it may be pulled", () => {
    const { text, ranges } = enclosed(
      "services: {a: {build: ., image: «b:$T»}, c: {image: «b:$T»}, d: {build: ., image: «e», pull_policy: build}, f: {build: {additional_contexts: {x: docker-image://«e»}}}}",
    );
    assert.deepEqual(
      readCompose(text).outputs,
      [
        { name: "b:$T", service: "a", mayBePulled: true },
        { name: "b:$T", service: "a", mayBePulled: true },
        { name: "e", service: "d", mayBePulled: false },
        { name: "e", service: "d", mayBePulled: false },
      ].map((output, index) => ({ ...ranges[index], ...output })),
    );
  });
});

describe("readCompose's problems", () => {
  for (const [what, code, source, ...resolved] of problems) {
    it(`${what} is ${code}, and what stands before it is read`, () => {
      const { text, ranges } = enclosed(source);
      const { uses, problems } = readCompose(text);
      assert.deepEqual(
        problems.map((problem) => [problem.code, problem.start, problem.end]),
        [[code, ranges.at(-1)?.start, ranges.at(-1)?.end]],
      );
      assert.deepEqual(
        uses.map((use) => use.resolved),
        resolved,
      );
    });
  }

  it("are too-many-aliases for a document that aliases multiply to billions, read at once and without uses", () => {
    const levels = Array.from({ length: 10 }, (_, level) => {
      const items = level === 0 ? "lol" : `*a${level - 1}`;
      return `a${level}: &a${level} [${Array(10).fill(items).join(", ")}]`;
    });
    const text = `${levels.join("\n")}\n${service("alpine")}`;
    const { uses, problems } = readCompose(text);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ["too-many-aliases"],
    );
    assert.deepEqual(uses, []);
  });

  it("are too-many-aliases for a node that holds itself", () => {
    const { problems } = readCompose("services: &s\n  a: {image: b, x: *s}\n");
    assert.deepEqual(
      problems.map(({ code, start }) => [code, start]),
      [["too-many-aliases", 0]],
    );
  });

  it("are none for a document with many aliases of small things", () => {
    const text = `x: &x {image: a}\nservices:\n${Array.from({ length: 2_000 }, (_, n) => `  s${n}: *x\n`).join("")}`;
    const { uses, problems } = readCompose(text);
    assert.deepEqual(problems, []);
    assert.equal(uses.length, 1);
  });

  it("are yaml-syntax for nesting that no person writes, however often it is read", () => {
    for (const text of ["[", "{a: ", "- ", "? "].map((level) => `${level.repeat(3_000)}a`)) {
      for (let round = 0; round < 10; round += 1) {
        const { uses, problems } = readCompose(text);
        assert.deepEqual(uses, []);
        assert.deepEqual(
          problems.filter(({ message }) => message === "It is nested too deeply."),
          [{ code: "yaml-syntax", message: "It is nested too deeply.", start: 0, end: text.length, isFatal: true }],
        );
      }
    }
  });

  it("are duplicate-key for the second of two, and nothing but that is passed over", () => {
    const { text, ranges } = enclosed(
      "services:\n  a: {image: b, «image»: c, labels: {x: 1, x: 2}}\n  «a»: {image: d}\n",
    );
    const { problems, uses } = readCompose(text);
    assert.deepEqual(
      problems.map(({ code, isFatal, start, end }) => [code, isFatal, start, end]),
      [...ranges].reverse().map(({ start, end }) => ["duplicate-key", false, start, end]),
    );
    assert.deepEqual(
      uses.map(({ resolved }) => resolved),
      ["b"],
    );
  });

  it("are too-large for more documents than anybody merges", () => {
    const { problems } = readCompose(`${service("a")}---\n`.repeat(200));
    assert.deepEqual(
      problems.map(({ code }) => code),
      ["too-large"],
    );
  });

  it("are too-large for more values than can be kept", () => {
    const text = `x: [${"1,".repeat(400_000)}1]\nservices: { a: { image: alpine } }\n`;
    assert.deepEqual(
      readCompose(text)
        .problems.map(({ code }) => code)
        .at(-1),
      "too-large",
    );
  });
});
