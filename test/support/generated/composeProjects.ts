/**
 * Compose projects of several files, each with the names of the features that occur in it. What is generated is mostly
 * accepted by Compose, because what is refused compares nothing.
 */
import fc from "fast-check";

export interface GeneratedProject {
  /** Text by path from the project's folder. */
  readonly files: Readonly<Record<string, string>>;
  /** The first file, then its override where there is one. */
  readonly configFiles: readonly string[];
  /** Projects that this one includes, and files that it extends services of. */
  readonly parts: readonly ProjectPart[];
  /** Of the process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly features: readonly string[];
}

export interface ProjectPart {
  /** The first file, then what the same `include` puts over it. */
  readonly files: readonly string[];
  /**
   * Environment files that it is read with besides those of the whole project, the outermost first. Those of one group
   * are read together: there the last one wins, elsewhere the first.
   */
  readonly environmentFiles: readonly (readonly string[])[];
}

/** A piece of text with what occurs in it; behind the first line it is indented as an entry of a map is. */
interface Piece {
  readonly text: string;
  readonly features: readonly string[];
}

/** Every feature that a run must have had often. */
export const composeFeatures = [
  ...["plain", "single", "double", "escape x", "escape u", "literal", "folded", "clipped"].map((s) => `scalar ${s}`),
  ...["next line", "lines plain", "lines single", "lines double", "tag", "anchor", "comment"].map((s) => `scalar ${s}`),
  ...["bare", "braces", "unset", "empty", "nested", "dollar"].map((form) => `variable ${form}`),
  ...["-", ":-", "+", ":+", "?", ":?"].map((operator) => `operator ${operator}`),
  ...["flow", "several share a name", "pull_policy", "platform", "pre_start", "job", "model"].map(
    (s) => `service ${s}`,
  ),
  ...["short", "map", "remote", "dockerfile", "args map", "args list", "name of an output"].map((s) => `build ${s}`),
  ...["contexts map", "contexts list"].map((form) => `build ${form}`),
  ...["literal", "folded", "double", "single", "dollar", "variable", "argument", "copy", "mount", "syntax"].map(
    (form) => `inline ${form}`,
  ),
  ...["short", "image", "bind"].map((form) => `volume ${form}`),
  ...["alias", "merge", "merge list", "merge nested", "own key wins", "alias of a map"].map((form) => `anchor ${form}`),
  ...["name", "map", "chain", "file", "file chain"].map((form) => `extends ${form}`),
  ...[
    "short",
    "map",
    "path list",
    "project_directory",
    "env_file",
    "env_file list",
    "nested",
    "json",
    "twice",
    "same name",
  ].map((form) => `include ${form}`),
  ...["image", "build", "service", "reset image", "reset build", "reset service"].map((form) => `override ${form}`),
  ...["override build", "override volumes", "null build"].map((form) => `override ${form}`),
  ...["unquoted", "single", "double", "export", "comment", "interpolated", "alone", "escape", "colon"].map(
    (form) => `dotenv ${form}`,
  ),
  ...["crlf", "byte order mark", "documents", "json", "comment"].map((form) => `text ${form}`),
  "process environment",
];

const plain = (text: string, ...features: string[]): Piece => ({ text, features });
const joined = (pieces: readonly Piece[], separator = ""): Piece => ({
  text: pieces.map(({ text }) => text).join(separator),
  features: pieces.flatMap(({ features }) => features),
});
const marked = (piece: Piece, ...features: string[]): Piece => plain(piece.text, ...piece.features, ...features);
const one = (...texts: string[]) => fc.constantFrom(...texts).map((text) => plain(text));
const indented = (text: string) => text.replace(/^(?=.)/gm, "  ");
const under = (head: string, { text, features }: Piece): Piece => plain(`${head}\n${indented(text)}`, ...features);
const nest = (key: string, piece: Piece): Piece => under(`${key}:`, piece);
const list = (items: readonly Piece[]): Piece =>
  joined(
    items.map(({ text, features }) => plain(`- ${indented(text).slice(2)}`, ...features)),
    "\n",
  );
const maybe = (arbitrary: fc.Arbitrary<Piece>, weight = 1): fc.Arbitrary<readonly Piece[]> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight, arbitrary: arbitrary.map((piece) => [piece]) });
const several = (...parts: fc.Arbitrary<readonly Piece[]>[]) => fc.tuple(...parts).map((pieces) => pieces.flat());

/** Names that a project gives to what it builds; some services use them too. */
const outputName = fc.constantFrom("acme/app", "acme/app:dev", "ghcr.io/acme/app:2");
const imageName = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "alpine",
      "alpine:3.18",
      "redis:7-alpine",
      "localhost:5000/a/b",
      `debian@sha256:${"0".repeat(64)}`,
    ),
  },
  { weight: 1, arbitrary: outputName },
);

/** Set in every project; others may be unset. */
const certain = fc.constantFrom("TAG", "IMAGE");
const variableName: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 6, arbitrary: certain.map((name) => plain(name)) },
  { weight: 2, arbitrary: one("B", "C_1", "PART", "_inner") },
  { weight: 1, arbitrary: fc.constant(plain("EMPTY", "variable empty")) },
  { weight: 1, arbitrary: one("NONE", "None_1").map((piece) => marked(piece, "variable unset")) },
);

/** `$A`, `${A…}`; `depth` bounds the words within words. */
function variable(depth: number): fc.Arbitrary<Piece> {
  const word: fc.Arbitrary<Piece> = fc.oneof(
    { weight: 3, arbitrary: one("3.18", "a", "", "alpine:3", "b-c", "a b", "alpine b") },
    ...(depth === 0
      ? []
      : [{ weight: 2, arbitrary: variable(depth - 1).map((piece) => marked(piece, "variable nested")) }]),
  );
  return fc.oneof(
    { weight: 3, arbitrary: variableName.map(({ text, features }) => plain(`$${text}`, "variable bare", ...features)) },
    {
      weight: 3,
      arbitrary: variableName.map(({ text, features }) => plain(`\${${text}}`, "variable braces", ...features)),
    },
    {
      weight: 6,
      arbitrary: fc
        .tuple(variableName, fc.constantFrom("-", ":-", "+", ":+"), word, one("", "", "-x"))
        .map(([name, operator, { text, features }, rest]) =>
          plain(
            `\${${name.text}${operator}${text}${rest.text}}`,
            `operator ${operator}`,
            ...name.features,
            ...features,
          ),
        ),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(certain, fc.constantFrom("?", ":?"), fc.constantFrom("", "needed", "it is needed"))
        .map(([name, operator, text]) => plain(`\${${name}${operator}${text}}`, `operator ${operator}`)),
    },
  );
}

/** What a scalar may hold: no line feed, no white space at its ends, no colon before a space. */
const template: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 5, arbitrary: imageName.map((name) => plain(name)) },
  {
    weight: 4,
    arbitrary: fc.tuple(one("alpine:", "acme/", "ghcr.io/acme/app:", ""), variable(2)).map((p) => joined(p)),
  },
  { weight: 1, arbitrary: fc.tuple(variable(1), one("", "/", ":", "-slim"), variable(0)).map((p) => joined(p)) },
  { weight: 1, arbitrary: fc.constantFrom("a$$b", "$$TAG", "x:$${TAG}").map((text) => plain(text, "variable dollar")) },
);

const singleQuoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
const doubleQuoted = (text: string) => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
const escaped = (text: string, at: number, form: string) => {
  const code = text
    .charCodeAt(at)
    .toString(16)
    .padStart(form === "x" ? 2 : 4, "0");
  return `"${text.slice(0, at)}\\${form}${code}${text.slice(at + 1)}"`;
};
/** The first space of a text as a line break, which is folded to a space again. */
const broken = (text: string) => text.replace(" ", "\n  ");

/** The ways to write a value within a flow map. */
const inline = ({ text, features }: Piece): fc.Arbitrary<Piece> =>
  fc.oneof(
    ...(/^[\w$][\w$.:/@-]*$/.test(text) ? [fc.constant(plain(text, "scalar plain", ...features))] : []),
    fc.constant(plain(singleQuoted(text), "scalar single", ...features)),
    fc.constant(plain(doubleQuoted(text), "scalar double", ...features)),
    fc
      .tuple(fc.nat(Math.max(0, text.length - 1)), fc.constantFrom("x", "u"))
      .map(([at, form]) =>
        text === ""
          ? plain('""', "scalar double", ...features)
          : plain(escaped(text, at, form), `scalar escape ${form}`, ...features),
      ),
  );

/** The ways to write a value of a block map: also those of several lines. */
const scalar = (value: Piece): fc.Arbitrary<Piece> => {
  const { text, features } = value;
  if (text === "") return inline(value);
  const forms: Piece[] = [
    plain(`|-\n  ${text}`, "scalar literal"),
    plain(`|2-\n  ${text}\n`, "scalar literal"),
    plain(`>-\n  ${broken(text)}`, "scalar folded"),
    plain(`|\n  ${text}`, "scalar clipped"),
    plain(`\n  ${text}`, "scalar next line"),
    plain(`\n  ${doubleQuoted(text)}`, "scalar next line"),
    plain(`"${text.slice(0, 3)}\\\n    ${text.slice(3)}"`, "scalar lines double"),
    plain(`!!str ${singleQuoted(text)}`, "scalar tag"),
    plain(`&own ${doubleQuoted(text)}`, "scalar anchor"),
    plain(`${singleQuoted(text)} # it's "commented"`, "scalar comment"),
  ];
  const lines = [
    plain(broken(text), "scalar lines plain"),
    plain(`'${broken(text)}'`, "scalar lines single"),
    plain(`"${broken(text)}"`, "scalar lines double"),
  ];
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(plain(text, "scalar plain", ...features)) },
    { weight: 4, arbitrary: inline(value) },
    { weight: 4, arbitrary: fc.constantFrom(...forms).map((form) => marked(form, ...features)) },
    {
      weight: text.includes(" ") ? 12 : 0,
      arbitrary: fc.constantFrom(...lines).map((form) => marked(form, ...features)),
    },
  );
};
const written = (value: fc.Arbitrary<Piece>) => value.chain(scalar);
/** In a list an indentation that is told counts from the list. */
const item = (value: Piece) => scalar(value).filter(({ text }) => !text.startsWith("|2"));
const entry = (key: string, value: fc.Arbitrary<Piece>, ...features: string[]): fc.Arbitrary<Piece> =>
  value.map((piece) => marked(piece, ...features)).map(({ text, features }) => plain(`${key}: ${text}`, ...features));

const dockerfileLine: fc.Arbitrary<Piece> = fc.constantFrom<Piece>(
  plain("COPY --from=busybox:1 /bin/a /b", "inline copy"),
  plain("COPY --from=build a b", "inline copy"),
  plain("COPY --from=$IMAGE a b", "inline copy", "inline variable"),
  plain("COPY --link --from=acme/app a b", "inline copy"),
  plain("RUN --mount=type=bind,from=alpine:${TAG},target=/x true", "inline mount", "inline variable"),
  plain("RUN echo $$HOME 'FROM no' # x", "inline dollar"),
  plain("RUN <<E\nFROM no\nE"),
  plain("FROM alpine:$$VERSION AS other", "inline dollar", "inline argument"),
  plain("FROM $${BASE:-debian:12}", "inline dollar", "inline argument"),
  plain("FROM $IMAGE", "inline variable"),
  plain("FROM --platform=linux/arm64 alpine:${NONE:-3}", "inline variable"),
  plain("FROM alpine:$NONE", "inline variable", "variable unset"),
  plain("FROM build"),
  plain("# FROM no"),
);
const dockerfile: fc.Arbitrary<Piece> = fc
  .tuple(
    maybe(fc.constant(plain("# syntax=docker/dockerfile:1", "inline syntax"))),
    maybe(fc.constantFrom("ARG VERSION=3", "ARG VERSION BASE=node:20").map((text) => plain(text, "inline argument"))),
    fc.constantFrom("FROM alpine:3 AS build", "FROM acme/app", "FROM scratch AS build").map((text) => plain(text)),
    fc.array(dockerfileLine, { maxLength: 3 }),
  )
  .map(([syntax, argument, first, lines]) => joined([...syntax, ...argument, first, ...lines], "\n"));
/** As a block or in quotes, where an empty line stands for each line feed. */
const dockerfileScalar = dockerfile.chain(({ text, features }) => {
  const spread = indented(text).replaceAll("\n", "\n\n");
  const forms: Piece[] = [
    plain(`|\n${indented(text)}`, "inline literal"),
    plain(`|+\n${indented(text)}\n\n`, "inline literal"),
    plain(`>\n${spread}`, "inline folded"),
    plain(JSON.stringify(text), "inline double"),
    plain(`"${spread.trimStart()}"`, "inline double"),
    plain(`'${spread.trimStart().replaceAll("'", "''")}'`, "inline single"),
  ];
  return fc.constantFrom(...forms).map((form) => marked(form, ...features));
});

const contextValue = fc.oneof(
  { weight: 4, arbitrary: template.map(({ text, features }) => plain(`docker-image://${text}`, ...features)) },
  {
    weight: 1,
    arbitrary: one("./dir", "https://example.com/a.git", "service:web", "oci-layout://./x", "$CONTEXT_NONE"),
  },
  { weight: 1, arbitrary: one("docker-image://", "DOCKER-IMAGE://alpine", "${NONE:-docker-image://alpine:3}") },
);
const contextName = fc.constantFrom("base", "src", "alpine:3");
const keyValues = (key: string, name: fc.Arbitrary<string>, value: fc.Arbitrary<Piece>, feature: string) => {
  const pairs = fc.uniqueArray(fc.tuple(name, value), { selector: ([each]) => each, minLength: 1, maxLength: 2 });
  return fc.oneof(
    pairs
      .chain((all) => fc.tuple(...all.map(([name, each]) => entry(JSON.stringify(name), scalar(each)))))
      .map((all) => marked(nest(key, joined(all, "\n")), `build ${feature} map`)),
    pairs
      .chain((all) => fc.tuple(...all.map(([name, { text, features }]) => item(plain(`${name}=${text}`, ...features)))))
      .map((all) => marked(nest(key, list(all)), `build ${feature} list`)),
  );
};
const argumentsEntry = keyValues("args", fc.constantFrom("VERSION", "BASE"), template, "args");
const contextsEntry = keyValues("additional_contexts", contextName, contextValue, "contexts");
const context = one(".", "./dir", "${CONTEXT:-app}", "../other", "$IMAGE");
const remoteContext = one("https://example.com/a.git#main", "git@example.com:a/b.git", "service:web");

const buildFields = several(
  maybe(entry("context", fc.oneof({ weight: 4, arbitrary: written(context) }, written(remoteContext))), 3),
  fc.oneof(
    fc.constant([]),
    entry(
      "dockerfile",
      written(one("Dockerfile", "dir/other.Dockerfile", "$IMAGE.Dockerfile")),
      "build dockerfile",
    ).map((each) => [each]),
    entry("dockerfile_inline", dockerfileScalar).map((each) => [each]),
    entry("dockerfile_inline", dockerfileScalar).map((each) => [each]),
  ),
  maybe(argumentsEntry),
  maybe(contextsEntry, 2),
).filter((fields) => fields.length > 0);
const buildMap = buildFields.map((fields) => marked(joined(fields, "\n"), "build map"));
const build: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 1, arbitrary: entry("build", written(context), "build short") },
  { weight: 1, arbitrary: entry("build", written(remoteContext), "build short", "build remote") },
  { weight: 3, arbitrary: buildMap.map((fields) => nest("build", fields)) },
);

const volume: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 1, arbitrary: one("data:/data", "./a:/a:ro", "alpine:/x").map((piece) => marked(piece, "volume short")) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        entry("source", written(template)),
        one("type: image", 'type: "image"', "type: ${TYPE_NONE:-image}"),
        target(),
      )
      .map((fields) => marked(joined(fields, "\n"), "volume image")),
  },
  {
    weight: 1,
    arbitrary: target().map(({ text }) => plain(`type: bind\nsource: ./alpine\n${text}`, "volume bind")),
  },
);
function target() {
  return one("target: /a", "target: /b", "target: /data");
}
const volumes = fc
  .uniqueArray(volume, { selector: ({ text }) => /(?:target: |:)(\/\w+)/.exec(text)?.[1], minLength: 1, maxLength: 2 })
  .map((items) => nest("volumes", list(items)));

const platform = entry(
  "platform",
  written(one("linux/amd64", "linux/arm64", "${PLATFORM_NONE:-linux/arm64}")),
  "service platform",
);
const image = fc.oneof(
  { weight: 6, arbitrary: entry("image", written(template)) },
  { weight: 1, arbitrary: fc.constant(plain("image: ''")) },
);
const preStart = fc
  .array(
    fc.oneof(
      fc
        .tuple(entry("image", written(template)), one("command: x", "platform: linux/amd64"))
        .map((p) => joined(p, "\n")),
      one("command: [x]"),
      volumes,
    ),
    { minLength: 1, maxLength: 2 },
  )
  .map((hooks) => marked(nest("pre_start", list(hooks)), "service pre_start"));
const pullPolicy = one("always", "build", "never", "missing", "if_not_present", "daily").map(({ text }) =>
  plain(`pull_policy: ${text}`, "service pull_policy"),
);
const other = one(
  "hostname: image",
  "labels:\n  image: label:1",
  "environment: [IMAGE=no, 'build=no']",
  "command: [image, 'no:1']",
  "x-image: no:2",
  "# image: no:3",
).map((piece) => (piece.text.startsWith("#") ? marked(piece, "text comment") : piece));

const container = several(maybe(platform), maybe(volumes), maybe(other));
const built = several(
  build.map((each) => [each]),
  maybe(entry("image", written(outputName.map((name) => plain(name))), "build name of an output"), 9),
  maybe(pullPolicy),
  container,
);
const pulled = several(
  image.map((each) => [each]),
  maybe(pullPolicy),
  maybe(preStart),
  container,
);
const flowService = fc
  .tuple(
    template.chain(inline),
    fc.constantFrom("", ", platform: linux/amd64", ", build: .", ", build: { context: dir }"),
  )
  .map(([{ text, features }, rest]) => plain(`{ "image": ${text}${rest} }`, "service flow", ...features));

/** What follows a service's name. */
type Service = Piece;
const blockService = (fields: fc.Arbitrary<readonly Piece[]>): fc.Arbitrary<Service> =>
  fields
    .chain((entries) => fc.shuffledSubarray([...entries], { minLength: entries.length }))
    .map((entries) => joined(entries, "\n"))
    .map(({ text, features }) => plain(`\n${indented(text.startsWith("#") ? `${text}\nx-a: 1` : text)}`, ...features));

const anyService: fc.Arbitrary<Service> = fc.oneof(
  { weight: 5, arbitrary: blockService(pulled) },
  { weight: 3, arbitrary: blockService(built) },
  { weight: 1, arbitrary: flowService.map(({ text, features }) => plain(` ${text}`, ...features)) },
);
const serviceName = fc.constantFrom("web", "db", "api", "worker-1", "cache");
const servicesOf = (service: fc.Arbitrary<Service>, maxLength: number) =>
  fc.uniqueArray(fc.tuple(serviceName, service), { selector: ([name]) => name, minLength: 1, maxLength });
type Services = readonly (readonly [string, Service])[];

const withServices = (services: Services): Piece =>
  nest(
    "services",
    joined(
      services.map(([name, { text, features }]) => plain(`${name}:${text}`, ...features)),
      "\n",
    ),
  );

/** Fragments with constant anchors, and services that use them. */
const fragments = fc
  .tuple(
    written(template).filter(({ text }) => !text.startsWith("&")),
    entry("image", written(template)),
    platform,
    build,
  )
  .map(([first, second, third, fourth]) =>
    joined(
      [
        marked(plain(`x-image: &image ${first.text}`), ...first.features),
        under("x-service: &service", joined([second, third], "\n")),
        under("x-builder: &builder", fourth),
        plain("x-nested: &nested\n  <<: *service\n  hostname: x"),
        plain("x-list: &list [*builder, *nested]"),
      ],
      "\n",
    ),
  );
const fragmentService: fc.Arbitrary<Service> = fc.oneof(
  fc.constantFrom<Service>(
    plain("\n  image: *image", "anchor alias"),
    plain("\n  image: *image\n  labels:\n    a: *image", "anchor alias"),
    plain("\n  <<: *service", "anchor merge"),
    plain("\n  <<: *service\n  hostname: y", "anchor merge"),
    plain("\n  <<: [*nested, *builder]", "anchor merge list"),
    plain("\n  <<:\n    - *service\n    - image: hidden:1\n      build: .", "anchor merge list"),
    plain("\n  <<: *list", "anchor merge list"),
    plain("\n  <<: *nested\n  platform: linux/riscv64", "anchor merge nested"),
    plain("\n  <<: *builder\n  image: *image", "anchor merge", "anchor alias"),
    plain(" *service", "anchor alias of a map"),
    plain(" *nested", "anchor alias of a map"),
    plain(" *builder", "anchor alias of a map"),
    plain(" { <<: *nested, image: *image }", "anchor merge nested", "anchor own key wins"),
  ),
  image.map(({ text, features }) =>
    plain(`\n${indented(`${text}\n<<: *service`)}`, "anchor merge", "anchor own key wins", ...features),
  ),
);

/** Services that extend others of their document, which has one of the name `first`. */
const extenders = (first: string): fc.Arbitrary<Services> =>
  fc
    .tuple(
      fc.constantFrom(
        plain(`extends: ${first}`, "extends name"),
        plain(`extends: { service: "${first}" }`, "extends map"),
      ),
      fc.oneof(
        maybe(image, 3),
        several(maybe(fc.oneof(image, build), 3), maybe(volumes)),
        fc.constantFrom([plain("image: !reset null")], [plain("build: !reset null")]),
      ),
      fc.boolean(),
      maybe(image),
    )
    .map(([extend, fields, isChain, second]) => [
      [
        "extender",
        plain(`\n${indented(joined([extend, ...fields], "\n").text)}`, ...extend.features, ...joined(fields).features),
      ],
      ...(isChain
        ? [
            [
              "extender2",
              plain(
                `\n${indented(joined([plain("extends: extender"), ...second], "\n").text)}`,
                "extends chain",
                ...joined(second).features,
              ),
            ] as const,
          ]
        : []),
    ]);
/** A service that extends one of other files, with these. */
interface Borrower {
  readonly services: Services;
  readonly common: boolean;
  readonly deep: boolean;
}
const borrowers = fc
  .tuple(
    fc.constantFrom<Piece & { readonly common: boolean; readonly deep: boolean }>(
      { ...plain("extends: { file: common.yaml, service: shared }", "extends file"), common: true, deep: false },
      {
        ...plain("extends:\n  service: chained\n  file: ./common.yaml", "extends file", "extends file chain"),
        common: true,
        deep: true,
      },
      {
        ...plain("extends: { service: chained, file: 'common.${NONE:-yaml}' }", "extends file", "extends file chain"),
        common: true,
        deep: true,
      },
      { ...plain('extends: { service: inner, file: "deep/common.yaml" }', "extends file"), common: false, deep: true },
    ),
    several(maybe(fc.oneof(image, build), 3), maybe(volumes)),
  )
  .map(([extend, fields]): Borrower => {
    const { text, features } = joined([extend, ...fields], "\n");
    return { ...extend, services: [["borrower", plain(`\n${indented(text)}`, ...features)]] };
  });

const jobs = entry("image", written(template)).map((field) =>
  marked(nest("jobs", nest("nightly", joined([plain("triggers: { manual: true }"), field], "\n"))), "service job"),
);
const models = entry("model", written(template)).map((field) =>
  marked(nest("models", nest("llm", field)), "service model"),
);

interface Content {
  readonly sections: readonly Piece[];
  readonly names: readonly string[];
  readonly borrower: Borrower;
}

/** One YAML document: what a whole file may say by itself. */
const content = (canExtendFiles: boolean): fc.Arbitrary<Content> =>
  fc
    .record({
      services: servicesOf(anyService, 3),
      shared: fc.oneof(
        { weight: 2, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.tuple(fragments, fc.array(fragmentService, { minLength: 1, maxLength: 3 })) },
      ),
      twin: fc.boolean(),
      builder: maybe(blockService(built), 3),
      extended: fc.boolean(),
      borrower: fc.oneof(
        { weight: 2, arbitrary: fc.constant<Borrower>({ services: [], common: false, deep: false }) },
        { weight: canExtendFiles ? 1 : 0, arbitrary: borrowers },
      ),
      jobs: maybe(jobs),
      models: maybe(models),
    })
    .chain(({ services, shared, twin, builder, extended, borrower, jobs, models }) => {
      const [first] = services;
      const doubled: Services = twin && first ? [["twin", marked(first[1], "service several share a name")]] : [];
      const building: Services = builder.map((each) => ["built", each]);
      const fragmented: Services = (shared?.[1] ?? []).map((service, index) => [`fragment${index}`, service]);
      return (extended && first ? extenders(first[0]) : fc.constant<Services>([])).map((extending) => ({
        sections: [
          ...(shared === null ? [] : [shared[0]]),
          withServices([...services, ...doubled, ...building, ...fragmented, ...extending, ...borrower.services]),
          ...jobs,
          ...models,
        ],
        names: [...services, ...building].map(([name]) => name),
        borrower,
      }));
    });

/** What an override says of a service that the first file may have. */
const overridingService: fc.Arbitrary<Service> = fc.oneof(
  { weight: 3, arbitrary: blockService(image.map((each) => [marked(each, "override image")])) },
  { weight: 2, arbitrary: blockService(build.map((each) => [marked(each, "override build")])) },
  { weight: 2, arbitrary: anyService.map((each) => marked(each, "override service")) },
  {
    weight: 1,
    arbitrary: blockService(
      buildMap.map((fields) => [
        plain(`build: !override\n${indented(fields.text)}`, "override override build", ...fields.features),
      ]),
    ),
  },
  {
    weight: 1,
    arbitrary: blockService(
      volumes.map(({ text, features }) => [
        plain(text.replace("volumes:", "volumes: !override"), "override override volumes", ...features),
      ]),
    ),
  },
  {
    weight: 1,
    arbitrary: blockService(
      several(
        volumes.map((each) => [each]),
        maybe(preStart),
        maybe(platform),
      ),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Service>(
      plain("\n  image: !reset null", "override reset image"),
      plain("\n  image: !reset ''\n  hostname: x", "override reset image"),
      plain("\n  build: !reset null", "override reset build"),
      plain("\n  build:\n    context: .\n    dockerfile_inline: !reset null", "override reset build"),
      plain(" !reset null", "override reset service"),
      plain(" !reset {}", "override reset service"),
    ),
  },
);
/** Without something to build, Compose refuses an empty build. */
const nullBuild = fc
  .constantFrom("\n  build: null", "\n  build:\n  hostname: x")
  .map((text) => plain(text, "override null build"));
const override = fc
  .tuple(servicesOf(overridingService, 3), maybe(nullBuild, 3))
  .map(([services, built]): Override => ({ services, built: built.map((each) => ["built", each]) }));
interface Override {
  readonly services: Services;
  /** For a file that has something to build under this name. */
  readonly built: Services;
}
const overriding = ({ services, built }: Override, names: readonly string[]): Piece =>
  withServices([...services, ...built.filter(([name]) => names.includes(name))]);

interface Include extends Piece {
  readonly files: readonly string[];
  readonly environmentFiles: readonly string[];
}
const include = (
  feature: string,
  text: string,
  environmentFiles: readonly string[] = ["parts/.env"],
  files: readonly string[] = ["parts/compose.yaml"],
): Include => ({ text, features: [`include ${feature}`], files, environmentFiles });
const includes = fc.constantFrom(
  include("short", "./parts/compose.yaml"),
  include("map", "path: parts/compose.yaml"),
  include("path list", "path: [parts/compose.yaml, parts/more.yaml]", undefined, [
    "parts/compose.yaml",
    "parts/more.yaml",
  ]),
  include("project_directory", "path: parts/compose.yaml\nproject_directory: ./elsewhere", ["elsewhere/.env"]),
  include("env_file", "path: parts/${NONE:-compose}.yaml\nenv_file: vars/one.env", ["vars/one.env"]),
  include("env_file list", "path:\n  - parts/compose.yaml\nenv_file:\n  - vars/one.env\n  - ./vars/two.env", [
    "vars/one.env",
    "vars/two.env",
  ]),
);
const jsonInclude = include("json", "parts/extra.json", undefined, ["parts/extra.json"]);

/** An environment file without an error in it. */
const value = one("3.18", "alpine:3", "ghcr.io/acme/app", "a-b", "linux/amd64");
const interpolated = one("$IMAGE-x", "${TAG:-x}", "${IMAGE}", "a$$b", "${NONE-y}", "x${NONE}");
const unquoted = fc
  .tuple(one("", "", " "), fc.oneof(value, interpolated), one("", "  ", " # no", "#yes"))
  .map((p) => joined(p));
const environmentValue: fc.Arbitrary<Piece> = fc
  .oneof(
    { weight: 3, arbitrary: unquoted.map(({ text }) => plain(text, "dotenv unquoted")) },
    { weight: 2, arbitrary: fc.oneof(value, interpolated).map(({ text }) => plain(`"${text}"`, "dotenv double")) },
    { weight: 2, arbitrary: fc.oneof(value, interpolated).map(({ text }) => plain(`'${text}'`, "dotenv single")) },
    {
      weight: 2,
      arbitrary: fc
        .constantFrom('"a\\$B"', '"a\\"b"', "'a\\'b'", '"\\x"', '"a\\\\b"', "a\\b", '"a\nb"')
        .map((text) => plain(text, "dotenv escape")),
    },
    { weight: 1, arbitrary: one("", '""', "''") },
  )
  .map((piece) => (piece.text.includes("$") ? marked(piece, "dotenv interpolated") : piece));
const environmentLine = (name: fc.Arbitrary<string>): fc.Arbitrary<Piece> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(name, environmentValue)
        .map(([key, { text, features }]) => plain(`${key}=${text}`, ...features)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(name, environmentValue)
        .map(([key, { text, features }]) => plain(`export ${key} = ${text}`, "dotenv export", ...features)),
    },
    { weight: 1, arbitrary: fc.tuple(name, value).map(([key, { text }]) => plain(`${key}: ${text}`, "dotenv colon")) },
    { weight: 1, arbitrary: fc.constantFrom("# TAG=no", "  # 'no", "").map((text) => plain(text, "dotenv comment")) },
    { weight: 1, arbitrary: name.map((key) => plain(key, "dotenv alone")) },
    { weight: 1, arbitrary: one("EMPTY=", "EMPTY=''", 'EMPTY: ""', "CONTEXT=dir", "CONTEXT='./other' # .") },
  );
const otherName = fc.constantFrom("B", "C_1", "TAG", "IMAGE", "PART");
const finished = (lines: readonly Piece[], lineFeed: string): Piece => {
  const { text, features } = joined([...lines, plain("")], "\n");
  return plain(text.replaceAll("\n", lineFeed), ...features);
};
const lineFeeds = fc.constantFrom("\n", "\n", "\r\n");
const environmentFile = fc
  .tuple(fc.array(environmentLine(otherName), { maxLength: 6 }), lineFeeds)
  .map(([lines, lineFeed]) => finished(lines, lineFeed));
/** The one of the project: it sets what is certain. */
const projectEnvironment = fc
  .tuple(
    fc.tuple(one("TAG=", "TAG = ", "export TAG=", "TAG: "), value, fc.constantFrom("", "'", '"')),
    value,
    fc.array(environmentLine(otherName.filter((name) => name !== "TAG" && name !== "IMAGE")), { maxLength: 6 }),
    lineFeeds,
  )
  .map(([[key, tag, quote], image, lines, lineFeed]) =>
    finished([plain(`IMAGE=${image.text}`), plain(key.text + quote + tag.text + quote), ...lines], lineFeed),
  );

const jsonText = fc
  .tuple(
    fc.array(fc.tuple(serviceName, template, fc.constantFrom({}, { build: "." }, { platform: "linux/arm64" })), {
      minLength: 1,
      maxLength: 3,
    }),
    fc.constantFrom(undefined, 2, "\t"),
  )
  .map(([services, space]) => {
    const entries = services.map(([name, { text }, rest]) => [name, { image: text, ...rest }]);
    return plain(
      JSON.stringify({ services: Object.fromEntries(entries) }, null, space).replaceAll("alpine", "alp\\u0069ne"),
      "text json",
      ...services.flatMap(([, { features }]) => features),
    );
  });

/** How a file is written: its line feeds, and what stands before its text. */
const writing = fc.record({
  lineFeed: fc.constantFrom("\n", "\n", "\n", "\r\n"),
  head: fc.constantFrom("", "", "", "\ufeff", "# image: no:1\n", "---\n"),
});
const writtenFile = (pieces: readonly Piece[], { lineFeed, head }: { lineFeed: string; head: string }): Piece => {
  const { text, features } = finished(pieces, "\n");
  return plain(
    (head + text).replaceAll("\n", lineFeed),
    ...features,
    ...(lineFeed === "\n" ? [] : ["text crlf"]),
    ...(head === "\ufeff" ? ["text byte order mark"] : []),
    ...(head.startsWith("#") ? ["text comment"] : []),
  );
};

/** The file that others extend services of; one of them extends one of another file. */
const commonFile = fc
  .tuple(anyService, several(maybe(image), maybe(build), maybe(volumes)), blockService(pulled))
  .map(([shared, fields, spare]) => (hasChain: boolean) => {
    const chained = joined([plain("extends: { service: inner, file: deep/common.yaml }"), ...fields], "\n");
    const chain: Services = [["chained", plain(`\n${indented(chained.text)}`, ...chained.features)]];
    return withServices([["shared", shared], ...(hasChain ? chain : []), ["spare", spare]]);
  });
const deepFile = fc.tuple(anyService, anyService).map(([inner, spare]) =>
  withServices([
    ["inner", inner],
    ["spare", spare],
  ]),
);

type Commons = readonly [common: (hasChain: boolean) => Piece, deep: Piece];

export const composeProjects: fc.Arbitrary<GeneratedProject> = fc
  .record({
    include: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 3, arbitrary: includes }),
    includesJson: fc.boolean(),
    isNested: fc.boolean(),
    hasOverride: fc.boolean(),
    isJson: fc.constantFrom(true, ...new Array<false>(9).fill(false)),
    hasSecondDocument: fc.constantFrom(true, false, false),
    process: fc.constantFrom<Record<string, string>>(
      {},
      {},
      { TAG: "7" },
      { B: "process", PART: "of process", EMPTY: "" },
    ),
    hasEnvironmentFile: fc.constantFrom(true, true, true, false),
  })
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      main: content(true),
      second: fc.oneof(
        content(false).map(({ sections }) => joined(sections, "\n")),
        override.map((each) => overriding(each, [])),
      ),
      json: jsonText,
      override,
      part: content(shape.include?.features[0] !== "include project_directory"),
      more: override,
      extra: jsonText,
      inner: content(false),
      commons: fc.tuple(fc.tuple(commonFile, deepFile), fc.tuple(commonFile, deepFile)),
      writings: fc.array(writing, { minLength: 9, maxLength: 9 }),
      separator: fc.constantFrom("---", "---", "...\n---", "--- # image: no:1"),
      environment: projectEnvironment,
      environments: fc.array(environmentFile, { minLength: 5, maxLength: 5 }),
    }),
  )
  .map(({ shape, main, second, json, override, part, more, extra, inner, commons, writings, separator, ...rest }) => {
    const files: Record<string, string> = {};
    const features: string[] = [];
    const parts: ProjectPart[] = [];
    const add = (path: string, ...pieces: readonly Piece[]) => {
      const { text, features: own } = writtenFile(
        pieces,
        writings[Object.keys(files).length % writings.length] as (typeof writings)[number],
      );
      files[path] = text;
      features.push(...own);
    };
    const addEnvironment = (path: string, { text, features: own }: Piece) => {
      files[path] = text;
      features.push(...own);
    };
    const addExtended = (folder: string, { common, deep }: Borrower, files: Commons, environmentFiles: string[][]) => {
      if (common) add(`${folder}common.yaml`, files[0](deep));
      if (deep) add(`${folder}deep/common.yaml`, files[1]);
      if (common) parts.push({ files: [`${folder}common.yaml`], environmentFiles });
      if (deep) parts.push({ files: [`${folder}deep/common.yaml`], environmentFiles });
    };

    const used = shape.isJson
      ? []
      : [...(shape.include ? [shape.include] : []), ...(shape.includesJson && shape.include ? [jsonInclude] : [])];
    if (used.length > 1) features.push("include twice");
    const head = used.length === 0 ? [] : [nest("include", list(used))];
    if (shape.isJson) add("compose.yaml", json);
    else {
      const secondDocument = shape.hasSecondDocument ? [plain(separator, "text documents"), second] : [];
      add("compose.yaml", ...head, ...main.sections, ...secondDocument);
      addExtended("", main.borrower, commons[0], []);
    }
    if (shape.hasOverride) add("compose.override.yaml", overriding(override, shape.isJson ? [] : main.names));

    for (const { files: paths, environmentFiles } of used) {
      const groups = [[...environmentFiles]];
      parts.push({ files: paths, environmentFiles: groups });
      if (paths.length > 1) parts.push({ files: paths.slice(0, 1), environmentFiles: groups });
      if (paths.includes("parts/extra.json")) add("parts/extra.json", extra);
      if (!paths.includes("parts/compose.yaml")) continue;
      const isNested = shape.isNested && !environmentFiles.includes("elsewhere/.env");
      const nested = isNested ? [plain("include: [inner/compose.yaml]", "include nested")] : [];
      add("parts/compose.yaml", ...nested, ...part.sections);
      if (part.names.some((name) => main.names.includes(name))) features.push("include same name");
      if (paths.includes("parts/more.yaml")) add("parts/more.yaml", overriding(more, part.names));
      addExtended("parts/", part.borrower, commons[1], groups);
      if (!isNested) continue;
      add("parts/inner/compose.yaml", ...inner.sections);
      parts.push({ files: ["parts/inner/compose.yaml"], environmentFiles: [...groups, ["parts/inner/.env"]] });
      addEnvironment("parts/inner/.env", rest.environments[4] as Piece);
    }
    if (used.length > 0) {
      ["parts/.env", "elsewhere/.env", "vars/one.env", "vars/two.env"].forEach((path, index) => {
        addEnvironment(path, rest.environments[index] as Piece);
      });
    }
    if (shape.hasEnvironmentFile) addEnvironment(".env", rest.environment);
    if (Object.keys(shape.process).length > 0) features.push("process environment");
    const environment = shape.hasEnvironmentFile ? shape.process : { IMAGE: "alpine:3", TAG: "8", ...shape.process };
    return {
      files,
      configFiles: shape.hasOverride ? ["compose.yaml", "compose.override.yaml"] : ["compose.yaml"],
      parts,
      environment,
      features: [...features, ...used.flatMap((each) => each.features)],
    };
  });
