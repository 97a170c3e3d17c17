import fc from "fast-check";

/** Values of JSON that every reader reads alike: whole numbers, texts of any characters, lists and objects of them. */
export const { randomJson } = fc.letrec((tie) => ({
  randomJson: fc.oneof(
    { maxDepth: 5 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger().map((number) => (number === 0 ? 0 : number)),
    fc.string({ unit: "binary" }),
    fc.array(tie("randomJson"), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: "binary", maxLength: 3 }), tie("randomJson"), { maxKeys: 6 }),
  ),
}));
