/**
 * Every Compose file of the fixtures and examples, and thousands of generated projects, read by compose-go and by us: the
 * same images, names of what is built, platforms and builds; and as many random environment files and templates.
 *
 * compose-go reads a project, we read each of its files. A place counts for us where it takes effect in the whole
 * project, in the first file without its override, or in an included or extended file alone, and so compose-go is asked
 * for each of those. What a service of the whole project builds is nowhere an image to pull.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, posix, resolve } from "node:path";
import fc from "fast-check";
import { type Document, isAlias, isCollection, isScalar, parseAllDocuments, type Scalar, visit } from "yaml";
import { composeBuilds } from "../../server/src/documents/compose/builds";
import { parseEnvironmentFile } from "../../server/src/documents/compose/environmentFile";
import { DockerfileReader } from "../../server/src/documents/dockerfile/dockerfile";
import { expand, type VariableValue } from "../../server/src/documents/expand";
import { formatOfPath } from "../../server/src/documents/format";
import type { DocumentProblem, ImageUse, UseKind } from "../../server/src/documents/imageUse";
import { createReader } from "../../server/src/documents/reader";
import type { SurroundingFile, Surroundings } from "../../server/src/documents/surroundings";
import { composeFeatures, composeProjects, type GeneratedProject } from "../support/generated/composeProjects";
import { Tally } from "../support/generated/tally";
import { withoutMarks } from "../support/marks";
import { type ExpansionAnswer, Oracle, type OracleService, type ProjectAnswer } from "../support/oracle";
import { seedOfRun } from "../support/random";

const repository = resolve(import.meta.dirname, "../..");
/** `DIGEST_PIN_RUNS` makes a long run of it. */
const PROJECTS = Number(process.env.DIGEST_PIN_RUNS ?? 2_000);
/** Each feature occurs at least in so many projects. */
const LEAST = 100;
/** Of the generated projects Compose accepts at least this share. */
const ACCEPTED = 0.9;
/** Random texts that are asked for at once. */
const BATCH = 100;
const ENVIRONMENT_FILES = 20_000;
const TEMPLATES = 20_000;

const root = "/project";

type Environment = Readonly<Record<string, string>>;
type Project = Pick<GeneratedProject, "files" | "configFiles" | "parts" | "environment">;

describe("a Compose project, read by compose-go and by us", function () {
  this.timeout(600_000);
  let oracle: Oracle;

  before(async function () {
    oracle = await Oracle.startOrSkip(this, "compose");
  });

  after(() => oracle?.close());

  it("is the same for every fixture and example", async () => {
    let uses = 0;
    for (const path of composeFilesBelow("test/fixtures", "examples")) {
      const text = withoutMarks(readFileSync(join(repository, path), "utf8"));
      const name = basename(path).replace(/\.fixed$/, "");
      const project = { files: { [name]: text }, configFiles: [name], parts: [], environment: {} };
      const loaded = await load(oracle, project);
      if (typeof loaded === "string") {
        assert.ok(refused.has(basename(path).replace(/\.fixed$/, "")), `${path}: ${loaded}`);
        continue;
      }
      uses += (await compare(oracle, project, loaded)).length;
    }
    assert.ok(uses > 20, `only ${uses} uses`);
  });

  it(`is the same for ${PROJECTS} generated projects`, async () => {
    const seed = seedOfRun();
    const tally = new Tally();
    let accepted = 0;
    let excused = 0;
    let uses = 0;
    const property = fc.asyncProperty(composeProjects, async (project) => {
      tally.add(new Set(project.features));
      const loaded = await load(oracle, project);
      if (typeof loaded === "string") return;
      accepted += 1;
      if (expectedFailures.some(({ matches }) => matches(project))) {
        excused += 1;
        return;
      }
      uses += (await compare(oracle, project, loaded)).length;
    });
    try {
      await fc.assert(property, { seed, numRuns: PROJECTS });
    } finally {
      console.log(
        `      DIGEST_PIN_SEED=${seed}: ${accepted} of ${PROJECTS} accepted, ${excused} expected to fail, ${uses} uses`,
      );
      console.log(`      ${tally}`);
    }
    assert.deepEqual(tally.rare(composeFeatures, LEAST), []);
    assert.ok(accepted > PROJECTS * ACCEPTED, `only ${accepted} projects were accepted`);
  });

  it(`is the same for ${ENVIRONMENT_FILES} random environment files`, async () => {
    const environment = { A: "1", E: "" };
    const counts = await forBatches(randomEnvironmentFile, ENVIRONMENT_FILES, async (text) => {
      // We tell no error, but read nothing behind it: whether the last line was read tells that there was none.
      const ended = `${text}\n${last}=1\n`;
      const answer = await oracle.ask({ dotenv: ended, environment });
      const ours = ourEnvironmentFile(ended, environment);
      assert.equal(ours.has(last), answer.error === null, JSON.stringify({ text, answer }));
      if (answer.error === null) assertValues(ended, ours, environment, answer.values);
      return answer.error === null;
    });
    assert.ok(counts.accepted > ENVIRONMENT_FILES / 10, `only ${counts.accepted} were accepted`);
  });

  it(`is the same for ${TEMPLATES} random templates`, async () => {
    const environment: Environment = { A: "1", E: "", AB: "x$A" };
    const counts = await forBatches(randomTemplate, TEMPLATES, async (template) => {
      const answer = await oracle.ask({ template, environment });
      const { text, segments, isMalformed } = expand(template, { escape: null, lookup: lookupOf(environment) });
      const message = JSON.stringify({ template, answer, text, segments });
      if (answer.error !== null) {
        // A required variable without a value is no error of the text's, and hides those behind it.
        const isMissing = answer.error.startsWith("required variable");
        assert.ok(isMalformed || (isMissing && text === null), message);
        return false;
      }
      assert.ok(!isMalformed, message);
      assert.equal(segments.map((segment) => segment.text).join(""), answer.result, message);
      assert.equal(text, answer.unset.length > 0 ? null : answer.result, message);
      return true;
    });
    assert.ok(counts.accepted > TEMPLATES / 4, `only ${counts.accepted} were accepted`);
  });
});

/** Fixtures that Compose refuses, and why. */
const refused: ReadonlyMap<string, string> = new Map([
  ["compose.build.yaml", "a volume has an image, which is none"],
  ["compose.typing.yaml", "a person is still typing it"],
  ["docker-compose.variables.yml", "a required variable has no value"],
]);

/** Accepted projects in which we differ from Compose, each with its reason. */
const expectedFailures: readonly { readonly reason: string; matches(project: Project): boolean }[] = [];

/** What compose-go makes of a project. */
interface Loaded {
  readonly whole: ProjectAnswer;
  /** The first file without its override, and each part alone. */
  readonly alone: readonly ProjectAnswer[];
  /** The variables that a file is read with. */
  environmentOf(path: string): Environment;
  /** Variables that an environment file makes of one without a value: we don't know them. */
  readonly unknown: ReadonlySet<string>;
}

/** Or the error. */
async function load(oracle: Oracle, { files, configFiles, parts, environment }: Project): Promise<Loaded | string> {
  const request = { files, configFiles, environment };
  const first = configFiles.length === 1 ? [] : [oracle.ask({ ...request, configFiles: configFiles.slice(0, 1) })];
  const whole = await oracle.ask(request);
  if (whole.error !== null) return whole.error;
  const ofProject = { ...whole.envFileValues, ...environment };
  const environments = new Map<string, Environment>();
  const asked = [...first];
  for (const part of parts) {
    let ofPart: Environment = ofProject;
    for (const group of part.environmentFiles) {
      const dotenv = group.map((path) => files[path]).join("\n");
      const read = await oracle.ask({ dotenv, environment: ofPart });
      if (read.error !== null) return read.error;
      ofPart = { ...read.values, ...ofPart };
    }
    for (const path of part.files) environments.set(path, ofPart);
    // All that it is read with is known: its own environment file may be one that the project does not read.
    const { [posix.join(posix.dirname(part.files[0] as string), ".env")]: _, ...others } = files;
    asked.push(oracle.ask({ files: others, configFiles: part.files, environment: ofPart }));
  }
  const alone: ProjectAnswer[] = [];
  for (const answer of await Promise.all(asked)) {
    if (answer.error !== null) return answer.error;
    alone.push(answer);
  }
  const unknown = new Set<string>();
  for (const [path, text] of Object.entries(files)) {
    if (!isEnvironmentFile(path)) continue;
    for (const [name, { value }] of ourEnvironmentFile(text, environment)) if (value.kind !== "set") unknown.add(name);
  }
  return { whole, alone, environmentOf: (path) => environments.get(path) ?? ofProject, unknown };
}

/** A use with its name: that of a use without a value is what Compose makes of it, with an empty text for each variable. */
interface NamedUse {
  readonly use: ImageUse;
  readonly name: string;
}

interface Named {
  readonly kind: UseKind;
  readonly name: string;
}

/** A model is no image that a service could build. */
function isLeft(kind: UseKind, name: string, built: ReadonlySet<string>): boolean {
  return kind === "compose-model" || !built.has(name);
}

function keyOf({ kind, name }: Named): string {
  return `${kind} ${name}`;
}

async function compare(oracle: Oracle, project: Project, loaded: Loaded): Promise<readonly NamedUse[]> {
  const { whole, alone } = loaded;
  const read = createReader("compose");
  const problems: DocumentProblem[] = [];
  const outputs: string[] = [];
  const named: Promise<NamedUse>[] = [];
  for (const [path, text] of Object.entries(project.files)) {
    if (!/\.(?:ya?ml|json)$/.test(path)) continue;
    const document = read(text, surroundingsOf(project, path));
    problems.push(...document.problems);
    outputs.push(...document.outputs.map(({ name }) => name));
    const written = { text, documents: documentsOf(text), environment: loaded.environmentOf(path) };
    named.push(...document.uses.map((use) => nameOf(oracle, use, written, loaded.unknown)));
  }
  const uses = await Promise.all(named);
  assert.deepEqual(problems, []);

  const loads = [whole, ...alone];
  const built = namesOfBuilt(whole);
  const builtAnywhere = new Set(loads.flatMap((answer) => [...namesOfBuilt(answer)]));
  /** What we may find, and what we must: what is built here and pulled there is either. */
  const assertFound = (ours: readonly NamedUse[], theirs: readonly Named[], message: string) => {
    const found = ours
      // Two texts that only missing variables make equal are one name for Compose alone.
      .filter(({ use, name }) => name !== "" && (use.resolved !== null || isLeft(use.kind, name, builtAnywhere)))
      .map(({ use, name }) => `${use.kind} ${name}`);
    const named = theirs.filter(({ name }) => name !== "");
    const keysWithout = (names: ReadonlySet<string>) =>
      new Set(named.filter(({ kind, name }) => isLeft(kind, name, names)).map(keyOf));
    const may = keysWithout(built);
    assert.deepEqual(
      setOf(found),
      setOf([...keysWithout(builtAnywhere), ...found.filter((key) => may.has(key))]),
      message,
    );
  };
  for (const kind of composeKinds) {
    const ours = uses.filter(({ use }) => use.kind === kind);
    assertFound(
      ours,
      loads.flatMap((answer) => imagesOf(answer, kind)).map((name) => ({ kind, name })),
      kind,
    );
  }
  const inline = uses.filter(({ use }) => !isComposeKind(use.kind));
  assertFound(inline, loads.flatMap(inlineUses), "dockerfile_inline");
  // One whose variables have no value is named as it is written.
  const isNamed = (name: string) => !/[$\\]/.test(name);
  assert.deepEqual(setOf(outputs.filter((name) => isNamed(name) && !builtAnywhere.has(name))), [], "outputs");
  for (const { use, name } of uses) {
    if (use.kind !== "compose-image" || name === "") continue;
    assert.ok(platformsOf(name, whole, alone).has(use.platform ?? ""), `the platform ${use.platform} of ${name}`);
  }
  compareBuilds(project, whole);
  await compareEnvironmentFiles(oracle, project, loaded);
  return uses;
}

function surroundingsOf({ files, configFiles, environment }: Project, path: string): Surroundings {
  return {
    path: `${root}/${path}`,
    root,
    file: (asked): SurroundingFile => {
      const text = asked.startsWith(`${root}/`) ? files[asked.slice(root.length + 1)] : undefined;
      return text === undefined ? { kind: "absent" } : { kind: "text", text, isIgnored: false };
    },
    projects: configFiles.includes(path) ? [] : [`${root}/${configFiles[0]}`],
    environment: new Map(Object.entries(environment)),
  };
}

const composeKinds = [
  "compose-image",
  "compose-pre-start-image",
  "compose-build-context",
  "compose-volume-image",
  "compose-model",
] as const satisfies readonly UseKind[];
type ComposeKind = (typeof composeKinds)[number];

function isComposeKind(kind: UseKind): kind is ComposeKind {
  return (composeKinds as readonly UseKind[]).includes(kind);
}

const imageScheme = "docker-image://";

interface WrittenFile {
  readonly text: string;
  readonly documents: readonly Document.Parsed[];
  readonly environment: Environment;
}

function documentsOf(text: string): readonly Document.Parsed[] {
  const documents = parseAllDocuments(text, { schema: "failsafe", uniqueKeys: false, logLevel: "silent" });
  return documents as readonly Document.Parsed[];
}

/** The use's own text, expanded by compose-go: it has no value for us exactly where a variable has none. */
async function nameOf(
  oracle: Oracle,
  use: ImageUse,
  { text, documents, environment }: WrittenFile,
  unknown: ReadonlySet<string>,
): Promise<NamedUse> {
  if (!isComposeKind(use.kind)) {
    if (use.resolved !== null) return { use, name: use.resolved };
    const expanded = await expandedBy(oracle, text.slice(use.range.start, use.range.end), environment);
    // Where each of Compose's variables has a value, it is one of the Dockerfile's that has none.
    return { use, name: expanded.unset.length > 0 ? expanded.result : "null" };
  }
  const { result, unset } = await expandedBy(oracle, scalarAt(documents, use), environment);
  const isContext = use.kind === "compose-build-context";
  const name = isContext ? result.slice(result.indexOf(imageScheme) + imageScheme.length) : result;
  const isKnown = unset.length === 0 && name !== "";
  const mayBeUnknown = use.resolved === null && use.variables.some((variable) => unknown.has(variable.name));
  if (!mayBeUnknown && `${name}${use.resolved}` !== "") {
    assert.equal(use.resolved, isKnown ? name : null, JSON.stringify(use));
  }
  return { use, name };
}

async function expandedBy(oracle: Oracle, template: string, environment: Environment): Promise<ExpansionAnswer> {
  const answer = await oracle.ask({ template, environment });
  assert.equal(answer.error, null, template);
  return answer as ExpansionAnswer;
}

/** The value of the scalar that a use is written in, or that it is an alias of. */
function scalarAt(documents: readonly Document.Parsed[], { range, raw }: ImageUse): string {
  for (const document of documents) {
    const found = scalarIn(document, range);
    if (found !== undefined) return String(found.value);
  }
  assert.fail(`no scalar has the use ${raw}`);
}

function scalarIn(document: Document.Parsed, { start, end }: ImageUse["range"]): Scalar | undefined {
  let found: Scalar | undefined;
  visit(document, {
    Node(_, node) {
      const [from, to] = node.range ?? [0, 0];
      if (isCollection(node)) return from > start || end > to ? visit.SKIP : undefined;
      if (from > start || end > to) return;
      const target = isAlias(node) ? node.resolve(document) : node;
      if (isScalar(target)) found = target;
      return visit.BREAK;
    },
  });
  return found;
}

function containersOf({ services, jobs }: ProjectAnswer): readonly OracleService[] {
  return [...services, ...jobs];
}

function namesOfBuilt(answer: ProjectAnswer): ReadonlySet<string> {
  const builds = containersOf(answer).filter(({ builds, image }) => builds && image !== "");
  return new Set(builds.map(({ image }) => image));
}

/** Docker Compose pulls no image that one of the project's services builds. */
function imagesOf(answer: ProjectAnswer, kind: ComposeKind): string[] {
  const built = namesOfBuilt(answer);
  const containers = containersOf(answer);
  const isPulled = (name: string) => !built.has(name);
  switch (kind) {
    case "compose-image":
      return containers.filter(({ builds }) => !builds).flatMap(({ image }) => (isPulled(image) ? [image] : []));
    case "compose-pre-start-image":
      return containers.flatMap(({ preStartImages }) => preStartImages).filter(isPulled);
    case "compose-volume-image":
      return containers.flatMap(({ volumeImages }) => volumeImages).filter(isPulled);
    case "compose-build-context":
      return containers
        .flatMap(({ additionalContexts }) => Object.values(additionalContexts))
        .flatMap((context) => (context.startsWith(imageScheme) ? [context.slice(imageScheme.length)] : []))
        .filter(isPulled);
    case "compose-model":
      return answer.models.map(({ model }) => model);
  }
}

/** What our reader of Dockerfiles finds in a text that compose-go has interpolated. */
function inlineUses(answer: ProjectAnswer): Named[] {
  const built = namesOfBuilt(answer);
  return containersOf(answer)
    .flatMap(({ dockerfileInline }) => new DockerfileReader().read(dockerfileInline).uses)
    .map(({ kind, resolved }) => ({ kind, name: String(resolved) }))
    .filter(({ name }) => !built.has(name));
}

/**
 * That which the whole project gives a service of this image counts, then that of the files alone. A service that the
 * whole project takes away has the platform of the file that names its image, which may give it none.
 */
function platformsOf(image: string, whole: ProjectAnswer, alone: readonly ProjectAnswer[]): ReadonlySet<string> {
  const platforms = new Map(containersOf(whole).map(({ name, platform }) => [name, platform]));
  const users = [whole, ...alone].flatMap((answer) => containersOf(answer).filter((each) => each.image === image));
  const isTakenAway = users.some(({ name }) => !platforms.has(name));
  return new Set([...users.map(({ name, platform }) => platforms.get(name) || platform), ...(isTakenAway ? [""] : [])]);
}

function compareBuilds(project: Project, whole: ProjectAnswer): void {
  const path = project.configFiles[0] as string;
  const ours = composeBuilds(project.files[path] as string, surroundingsOf(project, path));
  const theirs = containersOf(whole)
    .filter(({ builds, dockerfileInline }) => builds && dockerfileInline === "")
    .filter(({ context }) => !/:\/\/|^git@|^service:/.test(context))
    .map(({ name, context, dockerfile, args }) => ({
      service: name,
      context: posix.join(root, context),
      dockerfile: posix.resolve(root, context, dockerfile),
      args: { ...args },
    }))
    .filter(({ dockerfile }) => dockerfile.startsWith(`${root}/`));
  assert.deepEqual(
    ours
      .map(({ service, context, dockerfile, args }) => {
        const their = theirs.find(({ service: name }) => name === service)?.args;
        // A value that we don't know is blank for Compose.
        const known = [...args].map(([name, value]) => [name, value ?? their?.[name]]);
        return { service, context, dockerfile, args: Object.fromEntries(known) };
      })
      .sort(byService),
    theirs.sort(byService),
    "builds",
  );
}

function byService(a: { readonly service: string }, b: { readonly service: string }): number {
  return a.service < b.service ? -1 : 1;
}

async function compareEnvironmentFiles(
  oracle: Oracle,
  { files, environment }: Project,
  { whole }: Loaded,
): Promise<void> {
  if (files[".env"] !== undefined) {
    const ours = ourEnvironmentFile(files[".env"], environment);
    assertValues(files[".env"], ours, environment, whole.envFileValues);
  }
  for (const [path, dotenv] of Object.entries(files)) {
    if (!isEnvironmentFile(path)) continue;
    const answer = await oracle.ask({ dotenv, environment });
    if (answer.error === null)
      assertValues(dotenv, ourEnvironmentFile(dotenv, environment), environment, answer.values);
  }
}

function isEnvironmentFile(path: string): boolean {
  return path.endsWith(".env");
}

type OurValues = ReturnType<typeof parseEnvironmentFile>["lines"];

function ourEnvironmentFile(text: string, environment: Environment): OurValues {
  return parseEnvironmentFile(text, lookupOf(environment)).lines;
}

/**
 * The environment has precedence, and a line without a value takes its one. Where we know no value, Compose takes one
 * that is missing for an empty text.
 */
function assertValues(text: string, ours: OurValues, environment: Environment, theirs: Environment): void {
  const known = [...ours].map(([name, { value, variables }]) => {
    if (value.kind === "set") return [name, value.value];
    assert.ok(!variables.every((each) => each in environment), `${name} has a value in ${JSON.stringify(text)}`);
    return [name, theirs[name]];
  });
  assert.deepEqual(
    { ...Object.fromEntries(known), ...environment },
    { ...theirs, ...environment },
    JSON.stringify(text),
  );
}

function lookupOf(environment: Environment): (name: string) => VariableValue {
  const values = new Map(Object.entries(environment));
  return (name) => {
    const value = values.get(name);
    return value === undefined ? { kind: "unset" } : { kind: "set", value };
  };
}

/** Behind every random environment file. */
const last = "LAST";
const randomEnvironmentFile = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(..."AEab=:'\"\\#${} \n\r\t") },
      {
        weight: 1,
        arbitrary: fc.constantFrom("A=", "B='", '"\n', "'\n", "export ", "$A", "${B:-", " #", "\\n", "=\n"),
      },
    ),
    { maxLength: 16 },
  )
  .map((parts) => parts.join(""));
const randomTemplate = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(..."$$${}}:-+?AEB_1x \n") },
      { weight: 2, arbitrary: fc.constantFrom("$A", "${A", "${E:-", "${B-", "${AB:+", "${B?", "}", "$$", "${B:-${") },
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(""));

/** Runs `check` of `count` values; it tells whether Compose accepted the one. */
async function forBatches<T>(
  arbitrary: fc.Arbitrary<T>,
  count: number,
  check: (value: T) => Promise<boolean>,
): Promise<{ readonly accepted: number }> {
  const seed = seedOfRun();
  let accepted = 0;
  const batches = fc.array(arbitrary, { minLength: BATCH, maxLength: BATCH });
  const property = fc.asyncProperty(batches, async (batch) => {
    const results = await Promise.all(batch.map(check));
    accepted += results.filter(Boolean).length;
  });
  try {
    await fc.assert(property, { seed, numRuns: count / BATCH });
  } finally {
    console.log(`      DIGEST_PIN_SEED=${seed}: ${accepted} of ${count} accepted`);
  }
  return { accepted };
}

function setOf(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

function composeFilesBelow(...folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
      .map((name) => join(folder, name))
      .filter((path) => formatOfPath(path.replace(/\.fixed$/, "")) === "compose"),
  );
}
