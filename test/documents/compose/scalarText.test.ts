import assert from "node:assert/strict";
import fc from "fast-check";
import { Document, parseDocument, Scalar } from "yaml";
import { scalarText } from "../../../server/src/documents/compose/scalarText";
import { seedOfRun } from "../../support/random";

/** What stands verbatim is between `«` and `»`; what stands for something else is left out. */
const rows: readonly (readonly [what: string, source: string, ...verbatim: string[]])[] = [
  ["plain", "k: a b", "a b"],
  ["plain over lines", "k: a\n\n\n  b", "a", "b"],
  ["single quotes", "k: 'it''s'", "it", "s"],
  ["double quotes", 'k: "a\\x62c"', "a", "c"],
  ["an escaped line break", 'k: "a\\\n  b"', "a", "b"],
  ["a folded line in double quotes", 'k: "a \n  b"', "a", "b"],
  ["a literal block", "k: |\n  a\n   b\n", "a\n", " b\n"],
  ["a literal block of CRLF", "k: |-\r\n  a\r\n  b\r\n", "a", "b"],
  ["a literal block with an indentation indicator", "k: |2-\n   a\n  b", " a\n", "b"],
  ["a folded block", "k: >-\n  a\n  b\n\n    c", "a", "b", "  c"],
  ["a block that keeps its line feeds", "k: |+\n  a\n  \n", "a\n", "\n"],
];

const styles = ["PLAIN", "QUOTE_SINGLE", "QUOTE_DOUBLE", "BLOCK_LITERAL", "BLOCK_FOLDED"] as const;
const pieces = ["a", "b c", " ", "  ", "\n", "\n\n", "\t", "'", '"', "\\", "é", "😀", ":", "#", "word ", "\n  "];

describe("scalarText", () => {
  for (const [what, source, ...verbatim] of rows) {
    it(what, () => {
      const { scalar } = firstValue(source);
      const mapped = scalarText(source, scalar);
      assert.equal(mapped?.text, scalar.value);
      const found = mapped?.pieces.flatMap(({ at, end, offset }, index) => {
        const to = mapped.pieces[index + 1]?.at ?? mapped.text.length;
        return end === null ? [source.slice(offset, offset + to - at)] : [];
      });
      assert.deepEqual(found, verbatim);
    });
  }

  it("is nothing for a value that its characters do not make", () => {
    const { scalar } = firstValue("k: abc");
    scalar.value = "abd";
    assert.equal(scalarText("k: abc", scalar), null);
  });

  it("is the value in every style, with the characters that are said to stand there", () => {
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((parts) => parts.join(""));
    const indent = fc.integer({ min: 1, max: 8 });
    let unknown = 0;
    fc.assert(
      fc.property(text, fc.constantFrom(...styles), indent, fc.boolean(), (value, type, indent, hasCrlf) => {
        const written = new Scalar(value);
        written.type = type;
        const document = new Document({ k: { j: written } }).toString({ indent, minContentWidth: 0, lineWidth: 20 });
        const source = hasCrlf ? document.replaceAll("\n", "\r\n") : document;
        const { scalar, isSound } = firstValue(source);
        if (!isSound) return;
        const mapped = scalarText(source, scalar);
        // A block of blank lines alone is not told apart.
        if (mapped === null) unknown += String(scalar.value).trim() === "" ? 0 : 1;
        mapped?.pieces.forEach(({ at, offset, end }, index) => {
          const to = mapped.pieces[index + 1]?.at ?? mapped.text.length;
          if (end === null) assert.equal(source.slice(offset, offset + to - at), mapped.text.slice(at, to));
        });
      }),
      { numRuns: 3_000, seed: seedOfRun() },
    );
    assert.equal(unknown, 0);
  });
});

function firstValue(source: string): { scalar: Scalar; isSound: boolean } {
  const document = parseDocument(source, { schema: "failsafe" });
  let value: unknown = document.get("k", true);
  if (!(value instanceof Scalar)) value = document.getIn(["k", "j"], true);
  return { scalar: value as Scalar, isSound: document.errors.length === 0 };
}
