import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { DockerfileParser } from "dockerfile-ast";
import { DockerfileReader } from "../../server/src/documents/dockerfile/dockerfile";
import { readInstructions } from "../../server/src/documents/dockerfile/instructions";
import type { ImageUse } from "../../server/src/documents/imageUse";
import { Random, seedOfRun } from "../support/random";

/** 10,000 edits in all. */
const DOCUMENTS = 100;
const EDITS = 100;
const LONGEST = 240;

/**
 * The reader keeps what it learnt of an instruction by the instruction's text: whatever stands around it may have
 * changed since, the escape character and every offset included.
 */
describe("a kept DockerfileReader", () => {
  it("reads what a fresh one reads, after each of 10,000 edits", function () {
    this.timeout(60_000);
    const seed = seedOfRun();
    const random = new Random(seed);
    let uses = 0;
    let escapes = 0;
    for (let document = 0; document < DOCUMENTS; document += 1) {
      const kept = new DockerfileReader();
      let text = newDocument(random);
      for (let edit = 0; edit < EDITS; edit += 1) {
        text = text.length > LONGEST ? newDocument(random) : edited(text, random);
        const reading = kept.read(text);
        const fresh = new DockerfileReader().read(text);
        if (!isDeepStrictEqual(reading, fresh) || !reading.uses.every((use) => standsIn(text, use))) {
          console.log(`DIGEST_PIN_SEED=${seed}, document ${document}, edit ${edit}: ${JSON.stringify(text)}`);
          assert.deepEqual(reading, fresh);
          assert.fail("a range is outside the document, or its text is another");
        }
        uses += reading.uses.length;
        if (readInstructions(text).escapeCharacter === "`") escapes += 1;
      }
    }
    // Else the documents were not what this test is for.
    assert.ok(uses > DOCUMENTS * EDITS, `only ${uses} uses`);
    assert.ok(escapes > (DOCUMENTS * EDITS) / 10, `only ${escapes} documents with another escape character`);
  });

  it("reads what a fresh one reads in long documents, of which most stays as it was", () => {
    const seed = seedOfRun();
    const random = new Random(seed);
    for (let document = 0; document < 10; document += 1) {
      const kept = new DockerfileReader();
      let text = Array.from({ length: 400 }, () => line(random)).join("");
      for (let edit = 0; edit < 30; edit += 1) {
        const at = random.below(text.length + 1);
        const removed = random.pick(0, 0, 1, random.below(40), random.below(5_000));
        text = text.slice(0, at) + random.pick("", fragment(random), line(random)) + text.slice(at + removed);
        const message = `DIGEST_PIN_SEED=${seed}, document ${document}, edit ${edit}`;
        assert.ok(isDeepStrictEqual(kept.read(text), new DockerfileReader().read(text)), message);
      }
    }
  });

  it("finds the images that dockerfile-ast finds, in documents that it reads as BuildKit does", () => {
    const seed = seedOfRun();
    const random = new Random(seed);
    for (let document = 0; document < 300; document += 1) {
      const text = plainDocument(random);
      const expected = DockerfileParser.parse(text)
        .getFROMs()
        .map((from) => from.getImage());
      const found = new DockerfileReader().read(text).uses.map(({ raw }) => raw);
      assert.deepEqual(found, expected, `DIGEST_PIN_SEED=${seed}, document ${document}:\n${text}`);
    }
  });
});

/** The range is inside the document, and where no line ends in it, it holds the raw text. */
function standsIn(text: string, { range: { start, end }, raw }: ImageUse): boolean {
  const slice = text.slice(start, end);
  return 0 <= start && start <= end && end <= text.length && (slice === raw || slice.includes("\n"));
}

function newDocument(random: Random): string {
  const head = random.pick("", "", "\ufeff", "# escape=`\n", "# syntax=docker/dockerfile:1\r\n# escape=`\r\n");
  return head + Array.from({ length: 3 + random.below(5) }, () => line(random)).join("");
}

/** One edit: something inserted, removed, moved or replaced, anywhere. */
function edited(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const lines = text.split(/(?<=\n)/);
  switch (random.below(12)) {
    case 0:
    case 1:
      return text.slice(0, at) + fragment(random) + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(at + 1);
    case 3:
      return text.slice(0, at) + text.slice(at + random.below(12));
    case 4:
      return [...lines.slice(0, random.below(lines.length)), line(random), ...lines.slice(1)].join("");
    case 5:
      return lines.toSpliced(random.below(lines.length), 1).join("");
    case 6:
      return lines.toSpliced(random.below(lines.length), 0, line(random), line(random)).join("");
    case 7:
      return lines.toSpliced(random.below(lines.length), 0, ...lines.slice(0, random.below(4))).join("");
    case 8:
      return lines.reverse().join("");
    // The escape directive opened and closed, again and again.
    case 9:
    case 10:
      return /^\ufeff?# escape=`\r?\n/.test(text) ? text.slice(text.indexOf("\n") + 1) : `# escape=\`\n${text}`;
    default:
      return newDocument(random);
  }
}

function fragment(random: Random): string {
  return random.pick(
    "\\\n",
    "`\r\n",
    "\n",
    "\r\n",
    "\r",
    "😀",
    " ",
    "#",
    '"',
    "'",
    "<<EOF",
    "\\",
    "`",
    "$X",
    "${",
    "}",
    "FROM a\n",
  );
}

function line(random: Random): string {
  const end = random.pick("\n", "\n", "\r\n");
  const escapeCharacter = random.pick("\\", "`");
  const image = random.pick(
    "alpine",
    "node:20",
    "ghcr.io/acme/app:${X}",
    "a:$X",
    '"b:${Y:-1}"',
    "b:$Z",
    `al${escapeCharacter}${end}pine`,
    `a${escapeCharacter}b`,
    "😀:1",
    "build",
    "scratch",
  );
  return random.pick(
    `FROM ${image}${end}`,
    `FROM ${image}${end}`,
    `FROM ${image} AS build${end}`,
    `FROM --platform=a\\ b ${image}${end}`,
    `FROM --platform=$X \\${end}  ${image} \`${end}`,
    `ARG X=1${end}`,
    // What these define depends on the escape character.
    `ARG X=a\\ Y=b Z=c${end}`,
    `ARG X=a\` Y=b Z=c${end}`,
    `ARG Y="a\\" Z=1"${end}`,
    `ARG X=😀 Y=\${X}${end}`,
    `RUN <<EOF cat${end}FROM inner${end}EOF${end}`,
    `COPY <<-'A' <<B /x${end}\tA${end}FROM inner${end}B${end}`,
    `RUN echo 😀 ${escapeCharacter}${end} # no${end}  && true${end}`,
    `# comment 😀 ${escapeCharacter}${end}`,
    `COPY --from=build a b${end}`,
    end,
  );
}

/** Where dockerfile-ast and BuildKit agree: no stage is named, nothing is quoted, words stand on one line. */
function plainDocument(random: Random): string {
  const escapeCharacter = random.pick("\\", "\\", "`");
  const end = random.pick("\n", "\r\n");
  const lines = Array.from({ length: 1 + random.below(12) }, () =>
    random.pick(
      `FROM alpine:${random.below(30)}${end}`,
      `FROM --platform=linux/amd64 ghcr.io/acme/app:\${X} AS s${random.below(1000)}${end}`,
      `FROM ${escapeCharacter}${end}  node:20 ${escapeCharacter}${end}  AS s${random.below(1000)}${end}`,
      `ARG X=1${end}`,
      `# FROM comment${end}`,
      `RUN apk add ${escapeCharacter}${end}  # FROM comment${end}  curl 😀${end}`,
      `COPY a b${end}`,
      end,
    ),
  );
  return (escapeCharacter === "`" ? `# escape=\`${end}` : "") + lines.join("") + random.pick("", "FROM last");
}
