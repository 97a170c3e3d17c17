import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { catalog } from "../../server/src/catalog/catalog";
import { formatOfPath } from "../../server/src/documents/format";
import { createReader } from "../../server/src/documents/reader";
import { nothingKnown } from "../../server/src/facts/knowledge";
import { findingsOf } from "../../server/src/rules/rules";
import { withMarks, withoutMarks } from "../support/marks";
import { pinAll } from "../support/pinAll";

/** Real documents with the findings below each line, and `.fixed` beside them; `UPDATE=1` rewrites both. */
const folder = join(import.meta.dirname, "../fixtures");
const isUpdate = process.env.UPDATE === "1";

describe("fixtures", () => {
  for (const kind of ["dockerfile", "compose"] as const) {
    for (const name of readdirSync(join(folder, kind)).filter((name) => !name.endsWith(".fixed"))) {
      const path = join(folder, kind, name);
      const marked = readFileSync(path, "utf8");
      const text = withoutMarks(marked);

      it(`${kind}/${name} has the findings that are marked, and no others`, () => {
        const found = withMarks(
          text,
          findingsOf(createReader(kind)(text), catalog, {}, () => nothingKnown),
        );
        if (isUpdate) writeFileSync(path, found);
        else assert.equal(found, marked);
        assert.equal(withoutMarks(found), text);
      });

      it(`${kind}/${name} is fixed as ${name}.fixed`, () => {
        const fixed = pinAll(text, kind);
        if (isUpdate) writeFileSync(`${path}.fixed`, fixed);
        else assert.equal(fixed, readFileSync(`${path}.fixed`, "utf8"));
        assert.equal(pinAll(fixed, kind), fixed);
      });

      it(`${kind}/${name} has a name of its format`, () => {
        assert.equal(formatOfPath(name), kind);
      });
    }
  }
});
