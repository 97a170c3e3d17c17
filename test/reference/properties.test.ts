import assert from "node:assert/strict";
import fc from "fast-check";
import {
  familiarName,
  normalizedName,
  parseReference,
  type Reference,
  type ReferencePart,
} from "../../server/src/reference/reference";

const word = fc.stringMatching(/^[a-z0-9]{1,6}$/);
const pathComponent = fc
  .tuple(word, fc.array(fc.tuple(fc.constantFrom(".", "_", "__", "-", "---"), word), { maxLength: 2 }))
  .map(([first, rest]) => first + rest.flat().join(""));
const registry = fc.constantFrom(
  "docker.io",
  "index.docker.io",
  "registry-1.docker.io",
  "localhost",
  "localhost:5000",
  "ghcr.io",
  "Registry.Example.com:8443",
  "10.0.0.1:5000",
  "[2001:db8::1]:5000",
  "[::1]",
);
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,12}$/);
const digest = fc
  .constantFrom(["sha256", 64] as const, ["sha384", 96] as const, ["sha512", 128] as const)
  .chain(([algorithm, length]) =>
    fc
      .string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length })
      .map((encoded) => `${algorithm}:${encoded}`),
  );
const valid = fc
  .record({
    registry: fc.option(registry),
    path: fc.array(fc.oneof(pathComponent, fc.constant("library")), { minLength: 1, maxLength: 4 }),
    tag: fc.option(tag),
    digest: fc.option(digest),
  })
  .map(
    ({ registry, path, tag, digest }) =>
      `${registry === null ? "" : `${registry}/`}${path.join("/")}${tag === null ? "" : `:${tag}`}${digest === null ? "" : `@${digest}`}`,
  )
  // "a_b.c/d" is the one form that we refuse and distribution does not (reference.test.ts).
  .filter((text) => !/^(?=[^/]*\.)[^/:@]*_[^/:@]*\//.test(text));
/** Anything, mostly made of what references are made of. */
const anything = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(..."ab1/:@._-A[] \n$é", "localhost", "docker.io", "library", "sha256:", "😀", "f".repeat(64)),
      { maxLength: 10 },
    )
    .map((parts) => parts.join("")),
);

describe("references", () => {
  it("that are valid parse", () => {
    fc.assert(fc.property(valid, (text) => parseReference(text).problem === null));
  });

  it("print and parse to the same image, normalized and familiar", () => {
    fc.assert(
      fc.property(valid, (text) => {
        const reference = parsed(text);
        // As in distribution, "docker.io/a.b/c" prints as "a.b/c", which reads as an image of the registry a.b.
        const isAmbiguous =
          reference.registry === "docker.io" && /^(?:[^/]*\.[^/]*|localhost)\//.test(reference.repository);
        for (const print of isAmbiguous ? [normalizedName] : [normalizedName, familiarName]) {
          const again = parsed(print(reference));
          assert.deepEqual(identity(again), identity(reference));
          assert.equal(print(again), print(reference));
        }
      }),
    );
  });

  it("have parts whose ranges slice to their text, and that with separators make the whole", () => {
    fc.assert(
      fc.property(valid, (text) => {
        const { parts } = parsed(text);
        const all = [parts.registry, parts.repository, parts.tag, parts.digest];
        for (const part of all) if (part !== null) assert.equal(text.slice(part.start, part.end), part.text);
        const written = (part: ReferencePart | null, before: string, after = "") =>
          part === null ? "" : before + part.text + after;
        const whole = `${written(parts.registry, "", "/")}${parts.repository.text}${written(parts.tag, ":")}${written(parts.digest, "@")}`;
        assert.equal(whole, text);
      }),
    );
  });

  it("are read or refused for any text, with a problem inside it", () => {
    fc.assert(
      fc.property(anything, (text) => {
        const { reference, problem } = parseReference(text);
        if (problem === null) {
          assert.equal(reference.text, text);
          return;
        }
        assert.equal(reference, null);
        assert.ok(0 <= problem.start && problem.start <= problem.end && problem.end <= text.length);
      }),
      { numRuns: 1_000 },
    );
  });

  /** A quadratic expression would need minutes for one of these. */
  it("of a million characters are refused, not pondered", () => {
    const units = ["a", "a.", "a-", "a_", "a/", "-", ".", ":", "@", " ", "a:", "A", "a@", "[", "a.b/", "é", "0"];
    for (const unit of units) {
      for (const [before, after] of [
        ["", "!"],
        ["a:", "!"],
        ["a@sha256:", "g"],
        ["x", "/a!"],
      ] as const) {
        assert.notEqual(parseReference(before + unit.repeat(1_000_000 / unit.length) + after).problem, null);
      }
    }
  });
});

function parsed(text: string): Reference {
  const { reference } = parseReference(text);
  assert.ok(reference, `no reference: ${text}`);
  return reference;
}

function identity({ registry, repository, tag, digest }: Reference) {
  return { registry, repository, tag, digest };
}
