import assert from "node:assert/strict";
import { parseEnvironmentFile } from "../../../server/src/documents/compose/environmentFile";
import { enclosed } from "../../support/enclosed";

/** `«…»` encloses the value of A where it stands as it is; null for one that is not known. */
const rows: readonly (readonly [what: string, source: string, value: string | null | undefined])[] = [
  ["a value", "A=«3»\n", "3"],
  ["a colon", "A: «3»", "3"],
  ["export", "export A=«3»", "3"],
  ["spaces", "  A = «3 4»  \t\nB=1", "3 4"],
  ["a comment behind", "A=«3» # why", "3"],
  ["a hash within", "A=«3#4»", "3#4"],
  ["a comment line", "# A=1\nA=«2»", "2"],
  ["double quotes", 'A="«3 # 4»" # why', "3 # 4"],
  ["double quotes over lines", 'A="«3\n4»"', "3\n4"],
  ["single quotes", "A='«$B»'", "$B"],
  ["an escape", 'A="3\\n4"', "3\n4"],
  ["an escaped quote", "A='it\\'s'", "it's"],
  ["an escaped dollar", 'A="\\$B"', "$B"],
  ["an octal escape", 'A="\\0101"', "A"],
  ["a dollar that is doubled", "A=$$B", "$B"],
  ["an earlier line's variable", "B=1\nA=x$B", "x1"],
  ["a later line's variable", "A=x$B\nB=1", null],
  ["a variable of the process", "A=${P}", "process"],
  ["a variable of the process over an earlier line", "P=1\nA=${P}", "process"],
  ["a default", "A=${B:-4}", "4"],
  ["an empty value", "A=\nB=1", ""],
  ["the last of two", "A=1\nA=«2»", "2"],
  ["CRLF", "A=«1»\r\nB=2\r\n", "1"],
  ["a byte order mark", "\ufeffA=«1»", "1"],
  ["a key alone", "A\nB=1", undefined],
  ["a key with a space", "B C=1\nA=1", undefined],
  ["an open quote before it", 'B="\nA=1', undefined],
  ["an open brace before it", "B=${C\nA=1", undefined],
];

describe("parseEnvironmentFile", () => {
  for (const [what, source, value] of rows) {
    it(what, () => {
      const { text, ranges } = enclosed(source);
      const { lines } = parseEnvironmentFile(text, (name) =>
        name === "P" ? { kind: "set", value: "process" } : { kind: "unset" },
      );
      const line = lines.get("A");
      assert.deepEqual(line?.value.kind === "set" ? line.value.value : line && null, value);
      const verbatim = line?.text.pieces.filter(({ end }) => end === null) ?? [];
      assert.deepEqual(
        verbatim.map(({ offset }) => ({ start: offset, end: offset + (line?.text.text.length ?? 0) })),
        ranges,
      );
    });
  }

  it("tells what its lines read", () => {
    const { read } = parseEnvironmentFile("A=$B\nC\nD='$E'\nF=${G:-$H}", () => ({ kind: "unset" }));
    assert.deepEqual([...read], ["B", "C", "G", "H"]);
  });
});
