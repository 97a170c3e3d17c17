import assert from "node:assert/strict";
import fc from "fast-check";
import { type Expansion, type ExpansionRules, expand, type VariableValue } from "../../server/src/documents/expand";

type Dialect = "buildkit" | "compose";
type Values = Readonly<Record<string, string | VariableValue>>;

const values: Values = {
  TAG: "3.20-slim",
  PATH: "a/b/c/d",
  LINES: "one\ntwo",
  SMILE: "a😀b",
  DOTS: "1.2.3",
  STARS: "a*b*c",
  BACK: "a\\b",
  PATTERN: "*-",
  DOUBLED: "#*/",
  TEMPLATE: "<$0>",
  EMPTY: "",
  PLATFORM: { kind: "unknown", mayBeEmpty: false },
  VARIANT: { kind: "unknown", mayBeEmpty: true },
};

function rules(escapeCharacter: ExpansionRules["escape"], of: Values = values): ExpansionRules {
  return {
    escape: escapeCharacter,
    lookup: (name) => {
      const value = Object.hasOwn(of, name) ? of[name] : undefined;
      if (value === undefined) return { kind: "unset" };
      return typeof value === "string" ? { kind: "set", value } : value;
    },
  };
}

const escapes = { buildkit: "\\", compose: null } as const;

function expandIn(dialect: Dialect, source: string): Expansion {
  return expand(source, rules(escapes[dialect]));
}

/** The text, or why there is none. */
function outcome({ text, isMalformed }: Expansion): string | null {
  return isMalformed ? "malformed" : text;
}

function joined({ segments }: Expansion): string {
  return segments.map(({ text }) => text).join("");
}

function table(title: string, dialects: readonly Dialect[], rows: readonly (readonly [string, string | null])[]): void {
  describe(title, () => {
    for (const [source, expected] of rows) {
      for (const dialect of dialects) {
        it(`${JSON.stringify(source)} is ${JSON.stringify(expected)} to ${dialect}`, () => {
          const expansion = expandIn(dialect, source);
          assert.equal(outcome(expansion), expected);
          if (expansion.isMalformed) {
            assert.equal(joined(expansion), source);
            assert.deepEqual(expansion.variables, []);
          }
        });
      }
    }
  });
}

const both = ["buildkit", "compose"] as const;

table("variables", both, [
  ["", ""],
  ["alpine:3.20", "alpine:3.20"],
  ["alpine:$TAG", "alpine:3.20-slim"],
  ["alpine:${TAG}", "alpine:3.20-slim"],
  ["$TAG-x", "3.20-slim-x"],
  ["$TAG$TAG", "3.20-slim3.20-slim"],
  ["$NONE", null],
  ["${NONE}", null],
  ["${EMPTY}", ""],
  ["$PLATFORM", null],
  ["$", "$"],
  ["a$", "a$"],
  ["$.", "$."],
  ["$}", "$}"],
  ["${", "malformed"],
  ["${}", "malformed"],
  ["${TAG", "malformed"],
  ["${ TAG}", "malformed"],
  ["${TAG }", "malformed"],
  ["${.}", "malformed"],
  ["${{TAG}}", "malformed"],
  ["${:-x}", "malformed"],
  ["${TAG:}", "malformed"],
  ["${TAG:x}", "malformed"],
  ["${TAG:#x}", "malformed"],
  ["${TAG=x}", "malformed"],
  ["${TAG^^}", "malformed"],
  ["${TAG@Q}", "malformed"],
]);

table("defaults, alternatives and requirements", both, [
  ["${NONE-x}", "x"],
  ["${NONE:-x}", "x"],
  ["${NONE-}", ""],
  ["${NONE:-a:-b}", "a:-b"],
  ["${EMPTY-x}", ""],
  ["${EMPTY:-x}", "x"],
  ["${TAG-x}", "3.20-slim"],
  ["${TAG:-x}", "3.20-slim"],
  ["${NONE+x}", ""],
  ["${NONE:+x}", ""],
  ["${EMPTY+x}", "x"],
  ["${EMPTY:+x}", ""],
  ["${TAG+x}", "x"],
  ["${TAG:+x}", "x"],
  ["${TAG:+$TAG}", "3.20-slim"],
  ["${TAG?x}", "3.20-slim"],
  ["${TAG:?x}", "3.20-slim"],
  ["${EMPTY?x}", ""],
  ["${EMPTY:?x}", null],
  ["${NONE?x}", null],
  ["${NONE:?x}", null],
  ["${NONE:-$NONE}", null],
  ["${NONE:-${NADA:-x}}y", "xy"],
  ["${NONE:-${TAG}}", "3.20-slim"],
  ["${NONE:-a${TAG}b}", "a3.20-slimb"],
  ["${NONE:-x", "malformed"],
  ["${NONE:-${NADA:-x}", "malformed"],
  // What is unknown in a word that does not count does not matter.
  ["${TAG:-$NONE}", "3.20-slim"],
  ["${NONE:+$NADA}", ""],
  ["${TAG:?$NONE}", "3.20-slim"],
]);

// BuildKit reads a word that does not count, and ends with what it requires; Compose never reads it.
table(
  "requirements in a word that does not count, to BuildKit",
  ["buildkit"],
  [
    ["${TAG:-${NONE:?x}}", null],
    ["${NONE:+${NONE?x}}", null],
  ],
);
table("requirements in a word that does not count, to Compose", ["compose"], [["${TAG:-${NONE:?x}}", "3.20-slim"]]);

table("values that are not known", both, [
  ["${PLATFORM-x}", null],
  ["${PLATFORM:-x}", null],
  ["${PLATFORM+x}", "x"],
  ["${PLATFORM:+x}", "x"],
  ["${PLATFORM?x}", null],
  ["${VARIANT-x}", null],
  ["${VARIANT:-x}", null],
  ["${VARIANT+x}", "x"],
  ["${VARIANT:+x}", null],
  ["${VARIANT:?x}", null],
  ["${NONE:-$PLATFORM}", null],
  ["${TAG:-$PLATFORM}", "3.20-slim"],
]);

table(
  "quotes and escapes",
  ["buildkit"],
  [
    [`'$TAG'`, "$TAG"],
    [`"$TAG"`, "3.20-slim"],
    [`a'b'"c"d`, "abcd"],
    [`'"'"'"`, `"'`],
    [`''`, ""],
    [`'`, "malformed"],
    [`"`, "malformed"],
    [`"$TAG`, "malformed"],
    [`"\\`, "malformed"],
    ["\\$TAG", "$TAG"],
    ["\\\\$TAG", "\\3.20-slim"],
    ["\\a\\'", "a'"],
    ["a\\", "a"],
    [`'\\'`, "\\"],
    [`"\\a\\"\\$\\\\"`, `\\a"$\\`],
    ["`$TAG`", "`3.20-slim`"],
    ["$$", null],
    ["<<EOF", "<<EOF"],
    // Within the word of a modifier.
    ["${NONE:-'}'}", "}"],
    [`\${NONE:-"}"}`, "}"],
    ["${NONE:-\\}}", "}"],
    ["${NONE:-'$TAG'}", "$TAG"],
    [`\${NONE:-"\${TAG:+"x"}"}`, "x"],
    [`"\${NONE:-'a b'}"`, "a b"],
    ["${NONE:-'}", "malformed"],
    ["${NONE:-{}}", "{}"],
    ["${NONE:-{}", "{"],
    // A byte order mark at the start is skipped, and only there.
    ["\uFEFFa", "a"],
    ["\uFEFF", ""],
    ["a\uFEFF$TAG", "a\uFEFF3.20-slim"],
    ["\0'\0'", "\0\0"],
  ],
);

describe("the other escape character", () => {
  for (const [source, expected] of [
    ["`$TAG", "$TAG"],
    ['"`"`$`a``"', '"$`a`'],
    ["\\$TAG", "\\3.20-slim"],
    ["${NONE:-`}}", "}"],
    // A pattern is escaped with a backslash all the same.
    ["${STARS#a\\*}", "b*c"],
    ["${STARS#a`*}", "a*b*c"],
  ] as const) {
    it(`${source} is ${expected}`, () => assert.equal(outcome(expand(source, rules("`"))), expected));
  }
});

describe("names", () => {
  for (const [source, names] of [
    ["$1a", ["1"]],
    ["$12٣x", ["12٣"]],
    ["$@$*$#$?$-$$$!", ["@", "*", "#", "?", "-", "$", "!"]],
    ["$été_2.", ["été_2"]],
    ["${??x}", ["?"]],
    ["${#}", ["#"]],
    ["${-:-x}", ["-"]],
    ["${+x}", [""]],
    ["${%x}", [""]],
    ["$_$𝒳", ["_", "𝒳"]],
  ] as const) {
    it(`of ${source} are ${names.join(" ")} to buildkit`, () =>
      assert.deepEqual(expandIn("buildkit", source).variables, names));
  }
  for (const [source, names] of [
    ["$1$@$-", []],
    ["$a1_B.", ["a1_B"]],
    ["$été", []],
    ["$aſ\u212A_", ["aſ\u212A_"]],
  ] as const) {
    it(`of ${source} are ${names.join(" ")} to compose`, () =>
      assert.deepEqual(expandIn("compose", source).variables, names));
  }

  it("of words that do not count are there, each once, in their order", () => {
    for (const dialect of both) {
      assert.deepEqual(expandIn(dialect, "${TAG:-$B${C:+$D}}${NONE:+$E}$B${TAG?$F}").variables, [
        ...["TAG", "B", "C", "D", "NONE", "E", "F"],
      ]);
    }
  });

  it("of patterns and replacements are there", () => {
    assert.deepEqual(expandIn("buildkit", "${TAG#$B}${NONE//$C/$D}").variables, ["TAG", "B", "NONE", "C", "D"]);
  });

  it("of JavaScript's own are unset", () => assert.equal(expandIn("buildkit", "$constructor").text, null));
});

table(
  "compose",
  ["compose"],
  [
    ["$$", "$"],
    ["$$TAG", "$TAG"],
    ["$$$TAG", "$3.20-slim"],
    ["$${TAG}", "${TAG}"],
    [`'$TAG' "a" \\$TAG`, `'3.20-slim' "a" \\3.20-slim`],
    ["${NONE:-$$x}", "$x"],
    // Braces nest, and the character behind "{" is not looked at.
    ['${NONE:-{"a":1}}', '{"a":1}'],
    ["${NONE:-{a}}", "{a}"],
    ["${NONE:-{}}", "{}"],
    ["${NONE:-{}", "{"],
    ["${TAG:-{}} ${NONE:-x}", "3.20-slim"],
    ["${NONE:-{}} ${NONE:-x}", "malformed"],
    ["${NONE:-x}}", "x}"],
    // A modifier ends on its line.
    ["${NONE:-a\nb}", "malformed"],
    ["${NONE\n}", "malformed"],
    ["${NONE:-a\rb}", "a\rb"],
    ["${NONE:-a\u2028b}", "a\u2028b"],
    ["${NONE:-x}\n${NONE:-y}", "x\ny"],
    // A word that does not count is not looked at.
    ["${TAG:-${}}", "3.20-slim"],
    ["${NONE:-${}}", "malformed"],
    ["${NONE:+${}}", ""],
    ["${TAG:+${}}", "malformed"],
    ["${TAG:?${}}", "3.20-slim"],
    ["${NONE:?${}}", "malformed"],
    ["${VARIANT:-${}}", null],
    ["${TAG#x}", "malformed"],
    ["${TAG%x}", "malformed"],
    ["${TAG/x/y}", "malformed"],
  ],
);

table(
  "what is cut",
  ["buildkit"],
  [
    ["${PATH#*/}", "b/c/d"],
    ["${PATH##*/}", "d"],
    ["${PATH%/*}", "a/b/c"],
    ["${PATH%%/*}", "a"],
    ["${PATH#b}", "a/b/c/d"],
    ["${PATH#}", "a/b/c/d"],
    ["${PATH##}", "a/b/c/d"],
    ["${PATH#*}", "a/b/c/d"],
    ["${PATH##*}", ""],
    ["${PATH%%*}", ""],
    ["${PATH#?}", "/b/c/d"],
    ["${PATH%??}", "a/b/c"],
    ["${PATH##?*b}", "/c/d"],
    ["${PATH%%b*?}", "a/"],
    ["${PATH#a*b*c}", "/d"],
    ["${PATH#a*c*b}", "a/b/c/d"],
    ["${TAG%-*}", "3.20"],
    ["${TAG#[0-9].}", "3.20-slim"],
    ["${TAG#3.}", "20-slim"],
    ["${TAG#3?}", "20-slim"],
    ["${TAG#3+}", "3.20-slim"],
    ["${STARS#a\\*}", "b*c"],
    ["${STARS%\\*c}", "a*b"],
    ["${STARS#a'*'}", "*b*c"],
    ['${STARS#"a*"}', "*b*c"],
    ['${STARS#"a\\*"}', "a*b*c"],
    ["${BACK#a\\\\}", "b"],
    ["${BACK#a'\\'}", "b"],
    ['${BACK#"a\\b"}', ""],
    ['${BACK#"a\\\\"}', "b"],
    ["${BACK%\\\\b}", "a"],
    ["${TAG#\\}}", "3.20-slim"],
    ["${TAG#\\3}", "malformed"],
    ["${TAG%\\3}", "malformed"],
    ["${TAG#\\#}", "malformed"],
    ["${TAG#'\\'}", "3.20-slim"],
    // Neither wildcard takes a line break.
    ["${LINES#*e}", "\ntwo"],
    ["${LINES#*t}", "one\ntwo"],
    ["${LINES##*}", "\ntwo"],
    ["${LINES%%*}", "one\n"],
    ["${LINES#one?}", "one\ntwo"],
    ["${LINES#*\n*w}", "o"],
    ["${SMILE#a?}", "b"],
    ["${SMILE%?b}", "a"],
    ["${SMILE%%😀*}", "a"],
    // A pattern may come out of a variable, the doubled operator too.
    ["${TAG#$PATTERN}", "slim"],
    ["${PATH#$DOUBLED}", "d"],
    ['${PATH#"#"*/}', "d"],
    ["${BACK%$BACK}", "malformed"],
    ["${TAG#\uFEFF3}", ".20-slim"],
    ["${TAG%m\uFEFF}", "3.20-sli"],
    ["${NONE#x}", null],
    ["${EMPTY#x}", ""],
    ["${PLATFORM#x}", null],
    ["${TAG#$NONE}", null],
    ["${TAG#x", "malformed"],
    ["${TAG#'}", "malformed"],
  ],
);

table(
  "what is replaced",
  ["buildkit"],
  [
    ["${PATH/b/x}", "a/x/c/d"],
    ["${PATH/\\//-}", "a-b/c/d"],
    ["${PATH//\\//-}", "a-b-c-d"],
    ["${PATH//'/'/-}", "a-b-c-d"],
    ["${DOTS//./-}", "1-2-3"],
    ["${DOTS//./}", "123"],
    ["${DOTS/?/x}", "x.2.3"],
    ["${DOTS//?/x}", "xxxxx"],
    ["${DOTS/.*/}", "1"],
    ["${DOTS/*./x}", "x3"],
    ["${DOTS/4/x}", "1.2.3"],
    ["${DOTS//*/x}", "x"],
    ["${DOTS///x}", "x1x.x2x.x3x"],
    ["${DOTS/", "malformed"],
    ["${DOTS/x", "malformed"],
    ["${DOTS/x}", "malformed"],
    ["${DOTS/x/y", "malformed"],
    ["${DOTS/\\1/x}", "malformed"],
    ["${DOTS/$NONE/x}", null],
    ["${DOTS/1/$NONE}", null],
    ["${NONE/1/2}", null],
    ["${SMILE//?/x}", "xxx"],
    ["${SMILE/😀/x}", "axb"],
    ["${LINES//*/x}", "x\nx"],
    ["${LINES//*t/x}", "one\nxwo"],
    ["${PATH//b*c/x}", "a/x/d"],
    // The replacement keeps its escapes, and for all matches is a template of Go's regular expressions.
    ["${DOTS/1/\\}}", "\\}.2.3"],
    ["${DOTS/1/'$0'}", "$0.2.3"],
    ["${DOTS//?/'$0$1${0}$x$$'}", "11$..$22$..$33$"],
    ["${DOTS//1/'$'}", "$.2.3"],
    ["${DOTS//1/'${'}", "${.2.3"],
    ["${DOTS//1/'$00${a}$0x'}", ".2.3"],
    ["${DOTS//1/\\$0}", "\\1.2.3"],
    ["${DOTS//1/$TEMPLATE}", "<1>.2.3"],
  ],
);

describe("segments", () => {
  /** `text`, its part of the source, and what is said of it. */
  function shown(source: string, dialect: Dialect = "buildkit"): string[] {
    return expandIn(dialect, source).segments.map(({ text, range, variable, isOwnValue, defaultOf }) =>
      [
        `${text}=${source.slice(range.start, range.end)}`,
        ...(variable === null ? [] : [isOwnValue ? `own ${variable}` : `of ${variable}`]),
        ...(defaultOf === null ? [] : [`default of ${defaultOf}`]),
      ].join(", "),
    );
  }

  for (const dialect of both) {
    describe(`of ${dialect}`, () => {
      for (const [source, expected] of [
        ["", []],
        ["a", ["a=a"]],
        ["a:$TAG.b", ["a:=a:", "3.20-slim=$TAG, own TAG", ".b=.b"]],
        ["${TAG:-x}", ["3.20-slim=${TAG:-x}, own TAG"]],
        ["${TAG?x}", ["3.20-slim=${TAG?x}, own TAG"]],
        ["${NONE:-x}", ["x=x, default of NONE"]],
        ["a${NONE-x}b", ["a=a", "x=x, default of NONE", "b=b"]],
        ["${NONE:-}", []],
        ["${NONE:-${NADA:-x}y}z", ["x=x, default of NONE", "y=y, default of NONE", "z=z"]],
        ["${NONE:-a$TAG}", ["a=a, default of NONE", "3.20-slim=$TAG, own TAG, default of NONE"]],
        ["${NONE:-${TAG:+x}}", ["x=${TAG:+x}, of TAG, default of NONE"]],
        ["${TAG:+x${NONE:-y}}", ["xy=${TAG:+x${NONE:-y}}, of TAG"]],
        ["${NONE:+x}", ["=${NONE:+x}, of NONE"]],
        ["a$NONE", ["a=a", "=$NONE, own NONE"]],
        ["${NONE?x}", ["=${NONE?x}, own NONE"]],
        ["${PLATFORM:-x}", ["=${PLATFORM:-x}, own PLATFORM"]],
        ["${VARIANT:-x}", ["=${VARIANT:-x}, of VARIANT"]],
        ["${VARIANT:+x}", ["=${VARIANT:+x}, of VARIANT"]],
        ["${TAG", ["${TAG=${TAG"]],
      ] as const) {
        it(source, () => assert.deepEqual(shown(source, dialect), expected));
      }
    });
  }

  for (const [source, expected] of [
    [`"a"'b'c`, ["a=a", "b=b", "c=c"]],
    [`"a\\b"\\c`, ["a\\b=a\\b", "c=c"]],
    [`\${NONE:-"x"}`, ["x=x, default of NONE"]],
    ["${TAG%-*}", ["3.20=${TAG%-*}, of TAG"]],
    ["${TAG/x/y}", ["3.20-slim=${TAG/x/y}, of TAG"]],
    ["${NONE/*/x}", ["x=${NONE/*/x}, of NONE"]],
  ] as const) {
    it(`of ${source}`, () => assert.deepEqual(shown(source), expected));
  }
});

describe("limits", () => {
  const nested = (depth: number) => `${"${NONE:-".repeat(depth)}x${"}".repeat(depth)}`;
  const isLeftOut = ({ text, segments, isMalformed }: Expansion) =>
    text === null && segments.length === 0 && !isMalformed;

  for (const dialect of both) {
    it(`of nested words, to ${dialect}`, () => {
      assert.equal(outcome(expandIn(dialect, nested(50))), "x");
      assert.equal(outcome(expandIn(dialect, nested(51))), "malformed");
      assert.equal(outcome(expandIn(dialect, nested(200_000))), "malformed");
      assert.equal(outcome(expandIn(dialect, "${NONE:-".repeat(200_000))), "malformed");
    });

    it(`of the length, to ${dialect}`, () => {
      const of = (source: string) => expand(source, rules(escapes[dialect], { A: "a".repeat(500), SHORT: "x" }));
      assert.equal(of("$A$A$A$A").text?.length, 2_000);
      for (const source of ["$A$A$A$A.", "${A+$A$A$A$A.}", "${NONE:-$A$A$A$A$A}", "$A".repeat(100_000)]) {
        const expansion = of(source);
        assert.ok(isLeftOut(expansion), source.slice(0, 30));
        assert.ok(expansion.variables.includes("A"));
      }
      assert.equal(of("${SHORT:-$A$A$A$A$A}").text, "x");
      assert.equal(of("${NONE:+$A$A$A$A$A}").text, "");
    });

    it(`of the number of values, to ${dialect}`, () => {
      assert.equal(expandIn(dialect, "$EMPTY".repeat(2_000)).text, "");
      assert.ok(isLeftOut(expandIn(dialect, "$EMPTY".repeat(2_001))));
    });

    it(`not of what is written without variables, to ${dialect}`, () => {
      const literal = "a".repeat(100_000);
      assert.equal(expandIn(dialect, literal).text, literal);
      assert.equal(expandIn(dialect, `${literal}\\'`).text, dialect === "compose" ? `${literal}\\'` : `${literal}'`);
      assert.ok(isLeftOut(expandIn(dialect, `${literal}$TAG`)));
      assert.ok(isLeftOut(expandIn(dialect, `${literal}\${NONE:-}`)));
    });
  }

  it("of the work for patterns", () => {
    const of = (source: string) =>
      expand(source, rules("\\", { A: "a".repeat(1_900), P: "*a".repeat(200), R: "$0$0$0$0", SHORT: "aab" }));
    for (const source of [
      "${A#${P}b}",
      "${A%b${P}}",
      "${A##*b}",
      "${A//?/$R}",
      "${A//$P/}",
      `\${A#${"*a".repeat(1_500)}}`,
    ]) {
      assert.ok(isLeftOut(of(source)), source.slice(0, 30));
    }
    assert.equal(of("${SHORT:-${A#${P}b}}").text, "aab");
    assert.equal(of("${A#a}").text?.length, 1_899);
  });
});

describe("any source", () => {
  const pieces = [
    ...["${A:-", "${B-", "${C+", "${A:+", "${B?", "${A#", "${A%%", "${A/", "${C//", "$A", "${B}", "$", "{", "}", "/"],
    ...["'", '"', "\\", "`", "a", "b", "*", "?", "\n", "é", "😀", "\uD83D", "\uDE00", "\0", "\uFEFF", "<<"],
  ];
  const sources = fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((parts) => parts.join(""));
  const value = fc.oneof(
    fc.constant<VariableValue>({ kind: "unset" }),
    fc
      .array(fc.constantFrom("a", "b", "\n", "😀", "\uDE00", "*", "\\", "$", ""), { maxLength: 6 })
      .map((parts): VariableValue => ({ kind: "set", value: parts.join("") })),
    fc.boolean().map((mayBeEmpty): VariableValue => ({ kind: "unknown", mayBeEmpty })),
  );
  const environment = fc.record({ A: value, B: value, C: value });
  const escapeCharacters = fc.constantFrom<ExpansionRules["escape"]>("\\", "`", null);

  it("has its segments in order, literal ones verbatim, and a text that they join to", () => {
    fc.assert(
      fc.property(sources, environment, escapeCharacters, (source, of, escapeCharacter) => {
        const expansion = expand(source, rules(escapeCharacter, of));
        let end = 0;
        for (const { text, range, variable, isOwnValue } of expansion.segments) {
          assert.ok(end <= range.start && range.start <= range.end && range.end <= source.length);
          end = range.end;
          if (variable === null) {
            assert.equal(source.slice(range.start, range.end), text);
            assert.ok(!isOwnValue);
          } else {
            assert.equal(source.charAt(range.start), "$");
            assert.ok(expansion.variables.includes(variable));
          }
        }
        assert.equal(new Set(expansion.variables).size, expansion.variables.length);
        if (expansion.text !== null) assert.equal(joined(expansion), expansion.text);
        if (expansion.isMalformed) assert.equal(expansion.text, source);
        if (!expansion.variables.some((name) => rules(null, of).lookup(name).kind !== "set")) {
          // Only a required value that is empty is not known then.
          if (expansion.text === null) assert.match(source, /\?/);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it("is as long as it was where nothing in it is special", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), escapeCharacters, (text, escapeCharacter) => {
        const source = text.replace(/[$'"\\`\uFEFF]/g, "");
        const expansion = expand(source, rules(escapeCharacter));
        assert.equal(expansion.text, source);
        assert.deepEqual(expansion.variables, []);
      }),
    );
  });
});
