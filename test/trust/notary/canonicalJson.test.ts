/** Canonical JSON, held against an encoder that was written apart from it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalJson } from "../../../server/src/trust/notary/canonicalJson";
import { parseStrictJson } from "../../../server/src/trust/notary/strictJson";
import { canonicalJson as independent } from "../../support/notary/canonicalJson";
import { randomJson } from "../../support/notary/randomJson";

const canonical = (text: string) => canonicalJson(parseStrictJson(Buffer.from(text)));

const rows: readonly (readonly [name: string, text: string, written: string])[] = [
  ["white space", ' { "b" : [ 1 , 2 ] , "a" : null } ', '{"a":null,"b":[1,2]}'],
  ["keys out of order", '{"b":1,"a":true,"aa":false,"B":-1,"":0}', '{"":0,"B":-1,"a":true,"aa":false,"b":1}'],
  ["keys that look like numbers", '{"10":1,"9":2,"1":3}', '{"1":3,"10":1,"9":2}'],
  ["quotes and backslashes", '"\\"\\\\\\/"', '"\\"\\\\/"'],
  ["control characters", '"\\u0000\\n\\t\\u001f\\u007f"', '"\u0000\n\t\u001f\u007f"'],
  ["what HTML would escape", '"<&>\\u2028"', '"<&>\u2028"'],
  ["the last UTF-16 unit before a surrogate pair's key", '{"\\ud83d\\ude00":1,"\\uffff":2}', '{"\uffff":2,"😀":1}'],
  ["nothing in it", '[{},[],""]', '[{},[],""]'],
];

describe("canonical JSON", () => {
  for (const [name, text, written] of rows) {
    it(`of ${name}`, () => assert.equal(canonical(text), written));
  }

  it("is what another encoder writes", () => {
    fc.assert(
      fc.property(randomJson, (value) => {
        assert.ok(Buffer.from(canonical(JSON.stringify(value))).equals(independent(value)));
      }),
      { numRuns: 300 },
    );
  });

  it("does not depend on the order in which keys came", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.nat(), { maxKeys: 8 }), (object) => {
        const reversed = Object.entries(object).reverse();
        const text = `{${reversed.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`;
        assert.equal(canonical(text), canonical(JSON.stringify(object)));
      }),
      { numRuns: 100 },
    );
  });
});
