import assert from "node:assert/strict";
import { inert, inertJson, inertLines, shownPath } from "../../server/src/cli/terminal";

const dangerous: Readonly<Record<string, string>> = {
  "a\u001b[2Jb": "a\\u001b[2Jb",
  "a\r\nb": "a\\u000d\\u000ab",
  "a\u0000b\u007fc\u009bd": "a\\u0000b\\u007fc\\u009bd",
  "a\u202eb\u2066c\u200fd": "a\\u202eb\\u2066c\\u200fd",
  "a\u2028b\u2029c": "a\\u2028b\\u2029c",
  "x ##[error]y": "x #\\u0023[error]y",
  "##vso[task.setvariable variable=PATH]y": "#\\u0023vso[task.setvariable variable=PATH]y",
  "# a ## b [c] C:\\d é 日本 🐳": "# a ## b [c] C:\\d é 日本 🐳",
};

describe("terminal", () => {
  for (const [text, expected] of Object.entries(dangerous)) {
    it(`shows ${expected}`, () => assert.equal(inert(text), expected));
  }

  it("begins no line with a workflow command", () => {
    assert.equal(shownPath("::error::x/Dockerfile"), "./::error::x/Dockerfile");
    assert.equal(shownPath(" \u00a0::error::x"), "./ \u00a0::error::x");
    assert.equal(shownPath("a::b"), "a::b");
  });

  it("keeps the ends of lines in a text of several", () => {
    assert.equal(inertLines("+a\u001b\r\n b\n"), "+a\\u001b\n b\n");
  });

  it("writes JSON of the same value, without a dangerous character", () => {
    const value = { texts: [...Object.keys(dangerous), "\ud800"] };
    const json = inertJson(value);
    assert.deepEqual(JSON.parse(json), value);
    assert.doesNotMatch(json.replaceAll("\n", ""), /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]|##(?:\w*\[)/u);
  });
});
