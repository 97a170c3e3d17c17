/**
 * Every Dockerfile of the fixtures and examples, and thousands of generated ones, read by BuildKit's own packages and by
 * ours: the same uses, names and stages. What differs on purpose is one of the reasons in `comparison` below.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { DockerfileReader } from "../../server/src/documents/dockerfile/dockerfile";
import { parseInstruction } from "../../server/src/documents/dockerfile/instruction";
import { readInstructions } from "../../server/src/documents/dockerfile/instructions";
import { formatOfPath } from "../../server/src/documents/format";
import type { ImageUse } from "../../server/src/documents/imageUse";
import { normalizedName } from "../../server/src/reference/reference";
import { dockerfileFeatures, dockerfiles } from "../support/generated/dockerfiles";
import { Tally } from "../support/generated/tally";
import { withoutMarks } from "../support/marks";
import { type DockerfileAnswer, Oracle } from "../support/oracle";
import { seedOfRun } from "../support/random";

const root = resolve(import.meta.dirname, "../..");
/** `DIGEST_PIN_RUNS` makes a long run of it. */
const DOCUMENTS = Number(process.env.DIGEST_PIN_RUNS ?? 4_000);
/** Each feature occurs at least in so many documents. */
const LEAST = 100;
/** At least this share of the generated documents compares something. */
const ACCEPTED = 0.85;

describe("a Dockerfile, read by BuildKit and by us", function () {
  this.timeout(600_000);
  let oracle: Oracle;

  before(async function () {
    oracle = await Oracle.startOrSkip(this, "dockerfile");
  });

  after(() => oracle?.close());

  it("is the same for every fixture and example", async () => {
    let uses = 0;
    for (const path of dockerfilesBelow("test/fixtures", "examples")) {
      const text = withoutMarks(readFileSync(join(root, path), "utf8"));
      const answer = await oracle.ask({ text });
      if (answer.error !== null) {
        assert.ok(refused.has(path), `${path}: ${answer.error}`);
        continue;
      }
      assert.deepEqual(summaryOf(text, answer), expected(answer), path);
      uses += answer.uses.length;
    }
    assert.ok(uses > 50, `only ${uses} uses`);
  });

  it(`is the same for ${DOCUMENTS} generated documents`, async () => {
    const seed = seedOfRun();
    const tally = new Tally();
    let accepted = 0;
    let uses = 0;
    const property = fc.asyncProperty(dockerfiles, async ({ text, features }) => {
      const answer = await oracle.ask({ text });
      tally.add(new Set(features));
      if (answer.error !== null || answer.rejected.some(({ message }) => endsReading.test(message))) return;
      accepted += 1;
      uses += answer.uses.length;
      assert.deepEqual(summaryOf(text, answer), expected(answer));
    });
    try {
      await fc.assert(property, { seed, numRuns: DOCUMENTS });
    } finally {
      console.log(`      DIGEST_PIN_SEED=${seed}: ${accepted} of ${DOCUMENTS} accepted, ${uses} uses`);
      console.log(`      ${tally}`);
    }
    assert.deepEqual(tally.rare(dockerfileFeatures, LEAST), []);
    assert.ok(accepted > DOCUMENTS * ACCEPTED, `only ${accepted} documents were accepted`);
  });
});

/** A stage or a default that a build refuses is none to the oracle, and half typed to us. */
const endsReading = /^FROM requires|^no build stage|^failed to process/;

/** Fixtures that BuildKit's parser refuses as a whole, with what it says. */
const refused: ReadonlySet<string> = new Set([]);

/** What both sides say, in one shape. */
interface Summary {
  readonly uses: readonly string[];
  readonly undeclaredStages: readonly string[];
  readonly notExpanded: readonly string[];
  readonly stages: readonly string[];
}

function expected({ uses, undeclaredStages, notExpanded, stages }: DockerfileAnswer): Summary {
  return {
    uses: uses.map(({ kind, resolved, normalized, platform, line }) =>
      [kind, kind === "syntax" ? 0 : line, resolved, normalized, knownPlatform(platform)].join(" "),
    ),
    undeclaredStages: undeclaredStages.map(({ kind, name, line }) => `${kind} ${line} ${name}`),
    notExpanded: notExpanded.map(({ kind, line }) => `${kind} ${line}`),
    stages: stages.map(({ name }) => name),
  };
}

/**
 * Ours. Where we say that no value is known, BuildKit has taken an unset variable for an empty text: then its name is
 * compared with nothing, but it must have had that reason. What BuildKit refuses alone, a person may still be typing: we
 * read it, and it compares with nothing.
 */
function summaryOf(text: string, answer: DockerfileAnswer): Summary {
  const document = new DockerfileReader().read(text);
  const { escapeCharacter, instructions } = readInstructions(text);
  const starts = instructions.map(({ pieces }) => pieces[0]?.offset ?? 0);
  const rejected = new Set(answer.rejected.map(({ line }) => line));
  const lineAt = (offset: number) => text.slice(0, offset).split("\n").length;
  /** The first line of the instruction that a place is in, as BuildKit counts. */
  const lineOf = (offset: number) => lineAt(starts.findLast((start) => start <= offset) ?? offset);
  const isRead = ({ line }: { readonly line: number }) => !rejected.has(line);

  const uses = document.uses.map((use) => ({
    use,
    // A syntax is found in any line of a document that need not be a Dockerfile.
    line: use.kind === "syntax" ? 0 : lineOf(use.range.start),
  }));
  const theirs = answer.uses.values();
  return {
    uses: uses
      .filter(({ use: { unresolved } }) => unresolved !== "not-expanded")
      .filter(isRead)
      .map(({ use, line }) => {
        const their = theirs.next().value;
        const isUnknown = their !== undefined && isWithoutName(use) && hasReason(use, their);
        const name = isUnknown ? [their.resolved, their.normalized] : [use.resolved, normalized(use)];
        // A platform made of a variable that only the build knows, or that has none.
        const platform = use.platform ?? (their && text.includes("$") ? knownPlatform(their.platform) : null);
        return [use.kind, line, ...name, platform].join(" ");
      }),
    undeclaredStages: document.undeclaredStages
      .map(({ kind, name, start }) => ({ kind, name, line: lineOf(start) }))
      .filter(isRead)
      .map(({ kind, name, line }) => `${kind} ${line} ${name}`),
    notExpanded: uses
      .filter(({ use: { unresolved } }) => unresolved === "not-expanded")
      .filter(isRead)
      .map(({ use: { kind }, line }) => `${kind} ${line}`),
    stages: instructions.flatMap(({ keyword, text: line }, index) => {
      const parsed = parseInstruction(keyword, line, escapeCharacter);
      if (parsed?.kind !== "from" || rejected.has(lineAt(starts[index] ?? 0))) return [];
      return [parsed.arguments.stageName?.toLowerCase() ?? ""];
    }),
  };
}

/** No value is known, or BuildKit refuses the word and we take it literally, which is no reference. */
function isWithoutName({ unresolved, parsed }: ImageUse): boolean {
  return unresolved === "variable" || !!parsed?.problem;
}

/** Why we know no value: a variable has none, or one that only a build gives. */
function hasReason(use: ImageUse, their: DockerfileAnswer["uses"][number]): boolean {
  const unset = [...their.unset, ...their.unsetThroughDefaults];
  // Beyond any reference's length we stop multiplying.
  if (their.resolved !== null && their.resolved.length > 1_000) return true;
  return their.failed || use.variables.some(({ name }) => unset.includes(name)) || unset.length > 0;
}

function normalized({ parsed }: ImageUse): string | null {
  return parsed?.reference ? normalizedName(parsed.reference) : null;
}

/** A platform that only the build knows has no name here. */
function knownPlatform(platform: string | null): string | null {
  return platform?.includes("\u0001") ? null : platform;
}

function dockerfilesBelow(...folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((name) => join(folder, name))
      .filter((path) => formatOfPath(path.replace(/\.fixed$/, "")) === "dockerfile"),
  );
}
