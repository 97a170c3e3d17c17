/** JSON that two readers can't read in two ways; whatever else there is is refused with the reason. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type JsonObject,
  JsonProblem,
  type JsonValue,
  parseStrictJson,
} from "../../../server/src/trust/notary/strictJson";
import { randomJson } from "../../support/notary/randomJson";

function problemOf(bytes: string | Buffer): string | null {
  try {
    parseStrictJson(Buffer.from(bytes));
    return null;
  } catch (error) {
    assert.ok(error instanceof JsonProblem, String(error));
    return error.message.replace(/:.*/, "");
  }
}

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

const refused: readonly (readonly [name: string, text: string | Buffer, problem: string])[] = [
  ["nothing", "", "not JSON"],
  ["half of an object", '{"a":', "not JSON"],
  ["two values", "1 2", "not JSON"],
  ["a comment", "/* */ 1", "not JSON"],
  ["a trailing comma", "[1,]", "not JSON"],
  ["NaN", "NaN", "not JSON"],
  ["a raw control character", '"\u0001"', "not JSON"],
  ["a byte order mark", "\ufeff1", "not JSON"],
  ["half of a UTF-8 sequence", Buffer.from([0x22, 0xc3, 0x22]), "not UTF-8"],
  ["an overlong UTF-8 sequence", Buffer.from([0x22, 0xc0, 0xaf, 0x22]), "not UTF-8"],
  ["a surrogate in UTF-8", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), "not UTF-8"],
  ["UTF-16", Buffer.from("1", "utf16le").subarray(0, 1).fill(0xff), "not UTF-8"],
  ["a key twice", '{"a":1,"b":2,"a":1}', "ambiguous"],
  ["a key twice, further in", '[{"b":[{"a":1,"a":1}]}]', "ambiguous"],
  ["a key twice, around another object", '{"a":{"b":1},"a":1}', "ambiguous"],
  ["a key twice, once escaped", '{"a":1,"\\u0061":2}', "ambiguous"],
  ["a key twice, in two escapes", '{"\\u002F":1,"\\/":2}', "ambiguous"],
  ["a key with a quote twice", '{"\\"":1,"\\"":2}', "ambiguous"],
  ["an empty key twice", '{"":1,"":2}', "ambiguous"],
  ["__proto__ twice", '{"__proto__":1,"__proto__":2}', "ambiguous"],
  ["a fraction", "1.0", "not canonical"],
  ["an exponent", "[1e3]", "not canonical"],
  ["a capital exponent", "[1E3]", "not canonical"],
  ["minus nothing", '{"a":-0}', "not canonical"],
  ["an integer too large", "9007199254740992", "not canonical"],
  ["an integer too small", "-9007199254740992", "not canonical"],
  ["lists too deep", nested(21), "nested too deep"],
  ["objects too deep", `${'{"a":'.repeat(21)}1${"}".repeat(21)}`, "nested too deep"],
  ["a hundred thousand lists", nested(100_000), "nested too deep"],
];

const taken: readonly (readonly [name: string, text: string, value: JsonValue])[] = [
  ["the largest integer", "9007199254740991", 9007199254740991],
  ["a negative integer", "-1", -1],
  ["nothing", " 0 ", 0],
  ["one key in two objects", '[{"a":1},{"a":2}]', [new Map([["a", 1]]), new Map([["a", 2]])]],
  ["one key within itself", '{"a":{"a":1}}', new Map([["a", new Map([["a", 1]])]])],
  [
    "a text that looks like JSON",
    '{"a":"{\\"a\\":1.5,\\"a\\":[","b":""}',
    new Map(Object.entries({ a: '{"a":1.5,"a":[', b: "" })),
  ],
  ["a text that looks like a fraction", '"1.0"', "1.0"],
  ["__proto__ as any other key", '{"__proto__":{"x":1}}', new Map([["__proto__", new Map([["x", 1]])]])],
  ["constructor as any other key", '{"constructor":null}', new Map([["constructor", null]])],
  ["escapes", '"\\u0041\\n\\ud83d\\ude00"', "A\n😀"],
  ["twenty lists", nested(20), JSON.parse(nested(20))],
];

describe("strict JSON", () => {
  for (const [name, text, problem] of refused) {
    it(`refuses ${name}`, () => assert.equal(problemOf(text), problem));
  }

  for (const [name, text, value] of taken) {
    it(`takes ${name}`, () => assert.deepEqual(parseStrictJson(Buffer.from(text)), value));
  }

  it("reads nothing through a prototype", () => {
    const value = parseStrictJson(Buffer.from('{"__proto__":{"admin":1}}')) as JsonObject;
    assert.deepEqual([value.get("admin"), value.get("toString")], [undefined, undefined]);
  });

  it("reads what JSON.stringify writes of integers, texts and lists", () => {
    fc.assert(
      fc.property(randomJson, (value) => {
        const text = JSON.stringify(value, null, 1);
        assert.deepEqual(plain(parseStrictJson(Buffer.from(text))), JSON.parse(text));
      }),
      { numRuns: 200 },
    );
  });

  it("refuses every key that is written twice", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.boolean(), (key, isEscaped) => {
        const written = JSON.stringify(key);
        const other = isEscaped ? escapedThroughout(key) : written;
        assert.equal(problemOf(`{${written}:1,"another ${key.length}":[{}],${other}:2}`), "ambiguous");
      }),
      { numRuns: 200 },
    );
  });
});

function escapedThroughout(text: string): string {
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("")}"`;
}

/** As `JSON.parse` would have it. */
function plain(value: JsonValue): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  const object = {};
  for (const [key, member] of value) {
    Object.defineProperty(object, key, { value: plain(member), enumerable: true, writable: true, configurable: true });
  }
  return object;
}
