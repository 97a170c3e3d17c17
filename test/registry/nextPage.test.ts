import assert from "node:assert/strict";
import fc from "fast-check";
import { nextPage } from "../../server/src/registry/nextPage";
import { RegistryError, type RegistryErrorCode } from "../../server/src/registry/registry";

const base = new URL("https://registry.example:5000");
const asked = new URL("/v2/acme/app/referrers/sha256:0", base);

function next(link: string | undefined, url = asked): URL | null {
  const headers = link === undefined ? {} : { link };
  return nextPage({ base, url, status: 200, headers, body: Buffer.alloc(0), address: null });
}

const found: [string, string, string][] = [
  ["a path", '</v2/x?n=2>; rel="next"', "https://registry.example:5000/v2/x?n=2"],
  ["a query alone", '<?n=2>; rel="next"', "https://registry.example:5000/v2/acme/app/referrers/sha256:0?n=2"],
  ["a whole URL", '<https://registry.example:5000/x>; rel="next"', "https://registry.example:5000/x"],
  ["no quotes", "</x>; rel=next", "https://registry.example:5000/x"],
  ["other spellings", '</x> ;title="a, b";  REL = "NEXT"', "https://registry.example:5000/x"],
  ["several relations", '</x>; rel="last next"', "https://registry.example:5000/x"],
  ["several links", '</a>; rel="prev", </x>; rel="next"', "https://registry.example:5000/x"],
  ["a link within quotes", '</a>; title="</b>; rel=\\"next\\""; rel=prev, </x>; rel=next', `${base.origin}/x`],
];

const none: [string, string | undefined][] = [
  ["no field", undefined],
  ["an empty field", ""],
  ["another relation", '</x>; rel="prev"'],
  ["a relation that only contains the word", '</x>; rel="next-archive"'],
  ["no relation", "</x>"],
  ["no brackets", '/x; rel="next"'],
  ["a relation within quotes", '</x>; title="; rel=next"'],
  ["a second relation of one link", "</x>; rel=prev; rel=next"],
  ["a parameter that only ends so", "</x>; notrel=next"],
  ["a link behind a quote that is never closed", '</a>; title="\\", </x>; rel=next'],
  ["a quote that is never closed", '</x>; title="; rel=\\'],
];

const refused: [string, string, RegistryErrorCode][] = [
  ["another host", "https://evil.example/x", "refused-address"],
  ["another host by its path", "//evil.example:5000/x", "refused-address"],
  ["another port", "https://registry.example/x", "refused-address"],
  ["plain http", "http://registry.example:5000/x", "refused-address"],
  ["a private address", "https://10.0.0.1:5000/x", "refused-address"],
  ["credentials", "https://bob:secret@registry.example:5000/x", "refused-address"],
  ["another scheme", "file:///etc/passwd", "refused-address"],
  ["what is no URL", "https://[x]/", "malformed-answer"],
];

describe("nextPage", () => {
  for (const [name, link, expected] of found) {
    it(`finds the next page by ${name}`, () => assert.equal(next(link)?.href, expected));
  }

  for (const [name, link] of none) {
    it(`finds none by ${name}`, () => assert.equal(next(link), null));
  }

  for (const [name, target, code] of refused) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => next(`<${target}>; rel="next"`),
        (error) => error instanceof RegistryError && error.code === code,
      );
    });
  }

  it("refuses to stay with a host that the registry redirected to", () => {
    assert.throws(
      () => next('</x>; rel="next"', new URL("https://cdn.example/page")),
      /^RegistryError: cdn\.example named a next page at cdn\.example, which is refused: it is not at registry\.example:5000\.$/,
    );
  });

  it("never fails in another way, whatever a registry writes", () => {
    const piece = fc.constantFrom("<", ">", ";", ",", '"', "\\", "=", " ", "rel", "next", "/x", "https://", "\n");
    const field = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(field, (link) => {
        try {
          next(link);
        } catch (error) {
          assert.ok(error instanceof RegistryError);
        }
      }),
    );
  });

  it("reads a long field in linear time", function () {
    this.timeout(1_000);
    for (const long of [
      "<".repeat(200_000),
      `<>"${'<>\\"'.repeat(50_000)}`,
      `<>${";a".repeat(100_000)}`,
      `<>;a${" ".repeat(200_000)}`,
    ]) {
      assert.equal(next(long), null);
    }
  });
});
