import assert from "node:assert/strict";
import type { DocumentFormat } from "../../server/src/documents/format";
import { createReader } from "../../server/src/documents/reader";
import { alone } from "../../server/src/documents/surroundings";
import { failuresOf } from "../fuzz/checks";
import { corpusOf } from "../fuzz/corpus";
import { hostileTexts } from "../fuzz/hostile";
import { mutantOf } from "../fuzz/mutations";
import { Random, seedOfRun } from "../support/random";

const MUTANTS = 120;
const GENERATED = 20;
/** Characters: longer mutants are for `npm run fuzz`, which also measures. */
const LONGEST = 4000;
const HOSTILE = 1500;

/** A short run of `npm run fuzz`, without its clocks. */
describe("reading", () => {
  for (const format of ["dockerfile", "compose"] as const) {
    it(`holds to its word whatever a ${format} has become`, function () {
      this.timeout(60_000);
      const seed = seedOfRun();
      const random = new Random(seed);
      const corpus = corpusOf(seed, GENERATED);
      const kept = createReader(format);
      for (let number = 0; number < MUTANTS; number += 1) {
        const { text, surroundings } = mutantOf(format, corpus, random);
        const read = (each: string) => createReader(format)(each, surroundings);
        const part = text.slice(0, LONGEST);
        const failures = failuresOf(part, read, (each) => kept(each, surroundings));
        assert.deepEqual(failures, [], `DIGEST_PIN_SEED=${seed}, document ${number}: ${JSON.stringify(part)}`);
      }
    });

    for (const { name, text } of hostileTexts.filter((each) => each.format === format)) {
      it(`holds to its word in a ${format} of ${name}`, () => assert.deepEqual(failuresOfHostile(text(HOSTILE)), []));
    }

    function failuresOfHostile(text: string) {
      return failuresOf(text, freshly(format), freshly(format));
    }
  }
});

function freshly(format: DocumentFormat) {
  return (text: string) => createReader(format)(text, alone);
}
