/**
 * Dockerfiles from the grammar that BuildKit reads, each with the names of the features that occur in it. What is
 * generated is mostly accepted by a build, because what is refused compares nothing.
 */
import fc from "fast-check";

export interface GeneratedDockerfile {
  readonly text: string;
  readonly features: readonly string[];
}

/** A piece of text with what occurs in it. */
interface Piece {
  readonly text: string;
  readonly features: readonly string[];
}

/** Every feature that a run must have had often. */
export const dockerfileFeatures = [
  ...["from", "copy-from", "mount-from", "onbuild-copy-from", "onbuild-mount-from"].map((kind) => `kind ${kind}`),
  ...["comment", "slashes", "json"].map((form) => `syntax ${form}`),
  ...["-", ":-", "+", ":+", "?", ":?", "#", "##", "%", "%%", "/", "//"].map((modifier) => `modifier ${modifier}`),
  ...["bare", "braces", "automatic", "undefined", "nested"].map((form) => `variable ${form}`),
  ...["double", "single", "mixed", "around all"].map((quote) => `quote ${quote}`),
  ...["backslash", "backtick"].map((form) => `escape ${form}`),
  ...["plain", "space", "comment", "blank"].map((form) => `continuation ${form}`),
  ...["csv", "quoted", "no type", "cache", "twice", "several"].map((form) => `mount ${form}`),
  ...["global", "stage", "several", "quoted", "empty", "redefined"].map((form) => `arg ${form}`),
  ...["earlier", "later", "number", "scratch", "upper case"].map((form) => `stage ${form}`),
  ...["crlf", "byte order mark", "no final line feed", "trailing backslash", "lower case", "tab"].map(
    (form) => `text ${form}`,
  ),
  ...["plain", "quoted", "chomped", "two"].map((form) => `heredoc ${form}`),
];

const plain = (text: string, ...features: string[]): Piece => ({ text, features });
const joined = (pieces: readonly Piece[], separator = ""): Piece => ({
  text: pieces.map(({ text }) => text).join(separator),
  features: pieces.flatMap(({ features }) => features),
});
const one = (...texts: string[]) => fc.constantFrom(...texts).map((text) => plain(text));

const image = one(
  "alpine",
  "alpine:3.18",
  "ghcr.io/acme/app:1.2.3",
  "localhost:5000/a/b",
  `debian@sha256:${"0".repeat(64)}`,
  "a--b",
  "docker.io/library/redis:7-alpine",
);
const stageName = fc.constantFrom("build", "base", "x-1.y");
const argument = fc.constantFrom("A", "B", "TAG", "Image_1");
const automatic = fc.constantFrom("TARGETARCH", "BUILDPLATFORM", "TARGETVARIANT", "TARGETPLATFORM");
const variableName: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 8, arbitrary: argument.map((name) => plain(name)) },
  { weight: 1, arbitrary: automatic.map((name) => plain(name, "variable automatic")) },
  { weight: 1, arbitrary: fc.constantFrom("NONE", "1", "_").map((name) => plain(name, "variable undefined")) },
);
const fragment = one("a", "3.18", "-slim", "alpine", "b/c", ".", "x:1", "3", "é");
const pattern = one("3", "*", "?", "a*", "*.", "\\*", "3.18", "", "**", ".??");

/** `$A`, `${A…}`; `depth` bounds the words within words. */
function variable(depth: number): fc.Arbitrary<Piece> {
  const bare = variableName.map(({ text, features }) => plain(`$${text}`, "variable bare", ...features));
  const braces = variableName.map(({ text, features }) => plain(`\${${text}}`, "variable braces", ...features));
  const inner = depth === 0 ? fragment : fc.oneof({ weight: 2, arbitrary: fragment }, word(depth - 1));
  const valued = fc
    .tuple(variableName, fc.constantFrom("-", ":-", "+", ":+", "?", ":?"), inner)
    .map(([name, modifier, { text, features }]) => {
      const nested = features.some((feature) => feature.startsWith("variable ")) ? ["variable nested"] : [];
      const own = [...name.features, `modifier ${modifier}`, ...nested];
      return plain(`\${${name.text}${modifier}${text}}`, ...own, ...features);
    });
  const cutting = fc
    .tuple(variableName, fc.constantFrom("#", "##", "%", "%%"), pattern)
    .map(([name, modifier, { text }]) =>
      plain(`\${${name.text}${modifier}${text}}`, `modifier ${modifier}`, ...name.features),
    );
  const replacing = fc
    .tuple(variableName, fc.constantFrom("/", "//"), pattern, fragment)
    .filter(([, , from, to]) => !from.text.startsWith("/") && !to.text.includes("/"))
    .map(([name, modifier, from, to]) =>
      plain(`\${${name.text}${modifier}${from.text}/${to.text}}`, `modifier ${modifier}`, ...name.features),
    );
  return fc.oneof(
    { weight: 3, arbitrary: bare },
    { weight: 3, arbitrary: braces },
    { weight: 5, arbitrary: valued },
    cutting,
    replacing,
  );
}

/** A word of a `FROM` or of an `ARG`'s default: no white space outside quotes. ESCAPE stands for the escape character. */
function word(depth: number): fc.Arbitrary<Piece> {
  const part = fc.oneof(
    { weight: 4, arbitrary: fragment },
    { weight: 4, arbitrary: variable(depth) },
    { weight: 1, arbitrary: fragment.map(({ text }) => plain(`'${text}'`, "quote single")) },
    {
      weight: 1,
      arbitrary: fc
        .oneof(fragment, variable(0))
        .map(({ text, features }) => plain(`"${text}"`, "quote double", ...features)),
    },
    { weight: 1, arbitrary: fc.constantFrom("$", '"', "a", "'").map((text) => plain(`ESCAPE${text}`, "escaped")) },
  );
  return fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => joined(parts));
}

const imageWord: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 4, arbitrary: image },
  { weight: 2, arbitrary: fc.tuple(image, variable(1)).map(([name, tag]) => joined([name, plain(":"), tag])) },
  { weight: 3, arbitrary: word(2) },
  { weight: 1, arbitrary: image.map(({ text }) => plain(`"${text}"`, "quote around all", "quote double")) },
  { weight: 1, arbitrary: image.map(({ text }) => plain(`'${text}'`, "quote around all", "quote single")) },
  {
    weight: 1,
    arbitrary: image.map(({ text }) => plain(`${text.slice(0, 2)}"${text.slice(2)}"''`, "quote mixed")),
  },
  { weight: 1, arbitrary: stageName.map((name) => plain(name, "stage earlier")) },
  { weight: 1, arbitrary: one("scratch").map(({ text }) => plain(text, "stage scratch")) },
);

const keyword = (text: string): fc.Arbitrary<Piece> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(plain(text)) },
    { weight: 1, arbitrary: fc.constant(plain(text.toLowerCase(), "text lower case")) },
  );
const gap: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(plain(" ")) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("  ", "\t", " \t ")
      .map((text) => plain(text, ...(text.includes("\t") ? ["text tab"] : []))),
  },
);

const platform = fc.oneof(
  { weight: 3, arbitrary: fc.constant(plain("")) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("linux/amd64", "$BUILDPLATFORM", "${TARGETPLATFORM}", "linux/$A", "${B:-linux/arm64}")
      .map((value) => plain(`--platform=${value} `, ...(value.includes("PLATFORM") ? ["variable automatic"] : []))),
  },
);
const naming = fc.oneof(
  { weight: 1, arbitrary: fc.constant(plain("")) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(" AS ", " as "), stageName).map(([as, name]) => plain(as + name)) },
  { weight: 1, arbitrary: stageName.map((name) => plain(` AS ${name.toUpperCase()}`, "stage upper case")) },
);
const from = fc
  .tuple(keyword("FROM"), gap, platform, imageWord, naming)
  .map((pieces) => joined([...pieces, plain("", "kind from")]));

const definition: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 1, arbitrary: argument.map((name) => plain(name)) },
  { weight: 3, arbitrary: fc.tuple(argument, word(1)).map(([name, value]) => joined([plain(`${name}=`), value])) },
  { weight: 1, arbitrary: argument.map((name) => plain(`${name}=`, "arg empty")) },
  { weight: 1, arbitrary: argument.map((name) => plain(`${name}=""`, "arg empty", "quote double")) },
  {
    weight: 2,
    arbitrary: fc.tuple(argument, image).map(([name, { text }]) => plain(`${name}="${text}"`, "arg quoted")),
  },
  { weight: 1, arbitrary: argument.map((name) => plain(`${name}="a b C=1"`, "arg quoted")) },
  { weight: 1, arbitrary: automatic.map((name) => plain(`${name}=arm64`, "variable automatic")) },
);
const arg = (scope: string) =>
  fc
    .tuple(keyword("ARG"), gap, fc.array(definition, { minLength: 1, maxLength: 3 }))
    .map(([name, space, definitions]) => {
      const several = definitions.length > 1 ? ["arg several"] : [];
      return joined([name, space, joined(definitions, " "), plain("", `arg ${scope}`, ...several)]);
    });

/** The value of a `--from`, as it is written without quotes. */
const source: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 5, arbitrary: image },
  { weight: 2, arbitrary: stageName.map((name) => plain(name, "stage later")) },
  { weight: 1, arbitrary: stageName.map((name) => plain(name.toUpperCase(), "stage upper case")) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("0", "1", "7", "-1", "+0", "2", "99999999999999999999")
      .map((text) => plain(text, "stage number")),
  },
  { weight: 1, arbitrary: fc.constantFrom("scratch", "Scratch").map((text) => plain(text, "stage scratch")) },
  { weight: 1, arbitrary: fc.constantFrom("alpine:$TAG", "${A}", "a$", "$", "a$1").map((text) => plain(text)) },
  { weight: 1, arbitrary: fc.constant(plain("")) },
);
const flagQuoted = ({ text, features }: Piece): fc.Arbitrary<Piece> =>
  fc.constantFrom(
    plain(text, ...features),
    plain(`"${text}"`, "quote double", ...features),
    plain(`'${text}'`, "quote single", ...features),
    plain(`${text.slice(0, 1)}"${text.slice(1)}"`, "quote mixed", ...features),
    plain(`${text.slice(0, 2)}ESCAPE${text.slice(2) || "a"}`, "escaped", ...features),
  );
const copyFlags = source.chain(flagQuoted).map((value) => joined([plain("--from="), value]));
const copy = (prefix: string, name: fc.Arbitrary<Piece>) =>
  fc
    .tuple(
      name,
      gap,
      fc.constantFrom("", "--link ", "--chown=1:1 "),
      copyFlags,
      fc.constantFrom(" x y", ' ["x", "y z"]'),
    )
    .map(([key, space, flag, flags, paths]) =>
      joined([key, space, plain(flag), flags, plain(paths, `kind ${prefix}copy-from`)]),
    );

const mountFields = source.chain(({ text, features }) =>
  fc.constantFrom<Piece>(
    plain(`type=bind,from=${text},target=/x`, ...features),
    plain(`from=${text},target=/x`, "mount no type", ...features),
    plain(`target=/x,FROM=${text},type=bind`, ...features),
    plain(`type=cache,target=/x,from=${text}`, "mount cache", ...features),
    plain(`from=alpine:1,target=/x,from=${text}`, "mount twice", ...features),
    plain(`target=/x,readonly,from=${text}`, "mount no type", ...features),
  ),
);
const mount = fc.oneof(
  { weight: 4, arbitrary: mountFields },
  { weight: 1, arbitrary: mountFields.map(({ text, features }) => plain(`"${text}"`, "mount quoted", ...features)) },
  {
    weight: 1,
    arbitrary: source.map(({ text, features }) => plain(`'target=/x,"from=${text}"'`, "mount csv", ...features)),
  },
  {
    weight: 1,
    arbitrary: source.map(({ text, features }) =>
      plain(`'"target=/x,y","from=${text}",type=bind'`, "mount csv", "mount quoted", ...features),
    ),
  },
);
const run = (prefix: string, name: fc.Arbitrary<Piece>) =>
  fc.tuple(name, gap, fc.array(mount, { minLength: 1, maxLength: 3 })).map(([key, space, mounts]) => {
    const flags = mounts.map((each) => joined([plain("--mount="), each]));
    const several = mounts.length > 1 ? ["mount several"] : [];
    return joined([key, space, joined(flags, " "), plain(" true", `kind ${prefix}mount-from`, ...several)]);
  });
const onbuild = (name: string) => fc.tuple(keyword("ONBUILD"), gap, keyword(name)).map((pieces) => joined(pieces));

const heredoc = fc.constantFrom<Piece>(
  plain("RUN <<EOF\nFROM no\nCOPY --from=no a b\nEOF", "heredoc plain"),
  plain("RUN --mount=from=alpine:1,target=/x cat <<'E F' > y\nFROM no\nE F", "heredoc quoted", "kind mount-from"),
  plain("COPY <<-A <<B /x/\nFROM no\n\tA\nFROM no\nB", "heredoc two", "heredoc chomped"),
  plain("ONBUILD RUN <<-E\nFROM no\n\t\tE", "heredoc chomped"),
  plain('COPY --from=alpine:1 "<<EOF" /x', "kind copy-from"),
  plain("RUN cat <<<EOF", "heredoc plain"),
);
const other = one(
  "# FROM no",
  "",
  "  # a comment ESCAPE",
  "LABEL a=$A b='FROM no'",
  "ENV A=1",
  "WORKDIR /x",
  "RUN echo FROM no",
  'CMD ["--from=no"]',
  "EXPOSE $TAG",
);

/** An instruction with a continuation somewhere within it. */
const continued = ({ text, features }: Piece): fc.Arbitrary<Piece> =>
  fc
    .tuple(
      fc.nat(text.length),
      fc.constantFrom<Piece>(
        plain("ESCAPE\n", "continuation plain"),
        plain("ESCAPE \t\n", "continuation space"),
        plain("ESCAPE\n# FROM no ESCAPE\n", "continuation comment"),
        plain("ESCAPE\n\n  \n", "continuation blank"),
      ),
    )
    .map(([at, { text: break_, features: own }]) => {
      // Not behind an escape character, nor within the word that stands for it.
      const isWithin = /E?S?C?A?P?E?$/.exec(text.slice(0, at))?.[0] !== "" && text.includes("ESCAPE");
      return isWithin
        ? plain(text, ...features)
        : plain(text.slice(0, at) + break_ + text.slice(at), ...own, ...features);
    });
const maybeContinued = (instruction: fc.Arbitrary<Piece>) =>
  fc.oneof({ weight: 3, arbitrary: instruction }, { weight: 1, arbitrary: instruction.chain(continued) });

const stageInstruction: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 4, arbitrary: maybeContinued(copy("", keyword("COPY"))) },
  { weight: 4, arbitrary: maybeContinued(run("", keyword("RUN"))) },
  { weight: 1, arbitrary: maybeContinued(copy("onbuild-", onbuild("COPY"))) },
  { weight: 1, arbitrary: maybeContinued(run("onbuild-", onbuild("RUN"))) },
  { weight: 1, arbitrary: maybeContinued(arg("stage")) },
  { weight: 1, arbitrary: heredoc },
  { weight: 2, arbitrary: other },
);
const stage = fc
  .tuple(maybeContinued(from), fc.array(stageInstruction, { maxLength: 4 }))
  .map(([first, others]) => [first, ...others]);
const globals = fc.array(
  fc.oneof({ weight: 4, arbitrary: maybeContinued(arg("global")) }, { weight: 1, arbitrary: one("# comment", "") }),
  { maxLength: 5 },
);

const directives: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(plain("")) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("# syntax=docker/dockerfile:1\n", "#Syntax = docker/dockerfile:1.7 x \n", "#!/x\n# syntax=a:1\n")
      .map((text) => plain(text, "syntax comment")),
  },
  { weight: 1, arbitrary: fc.constant(plain("# comment\n# syntax=no\n")) },
);
const escapeDirective = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ text: "", escape: "\\" }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom({ text: "# escape=`\n", escape: "`" }, { text: "#ESCAPE = \\\n", escape: "\\" }),
  },
);

const usual: fc.Arbitrary<GeneratedDockerfile> = fc
  .record({
    escaping: escapeDirective,
    isEscapeFirst: fc.boolean(),
    directive: directives,
    globals,
    stages: fc.array(stage, { minLength: 1, maxLength: 4 }),
    lineFeed: fc.constantFrom("\n", "\n", "\r\n"),
    byteOrderMark: fc.constantFrom("", "", "\ufeff"),
    ending: fc.constantFrom("\n", "\n", "", " ESCAPE", " ESCAPE\n"),
  })
  .map(({ escaping, isEscapeFirst, directive, globals, stages, lineFeed, byteOrderMark, ending }) => {
    const hasEscape = isEscapeFirst || !directive.text.startsWith("# comment");
    const head =
      hasEscape && isEscapeFirst ? escaping.text + directive.text : directive.text + (hasEscape ? escaping.text : "");
    // Behind a shebang BuildKit looks for a syntax, and for nothing else.
    const character = hasEscape && (isEscapeFirst || !directive.text.startsWith("#!")) ? escaping.escape : "\\";
    const instructions = [...globals, ...stages.flat()];
    const ends = /<<|^\s*#|^$/.test(instructions.at(-1)?.text ?? "") ? "\n" : ending;
    const text = (head + instructions.map((each) => each.text).join("\n") + ends)
      .replaceAll("ESCAPE", character)
      .replaceAll("\n", lineFeed);
    const names = globals.flatMap((each) => [...each.text.matchAll(/(\w+)=/g)].map(([, name]) => name));
    const features = [
      ...directive.features,
      ...instructions.flatMap((each) => each.features),
      ...(text.includes(character) ? [`escape ${character === "`" ? "backtick" : "backslash"}`] : []),
      ...(lineFeed === "\n" ? [] : ["text crlf"]),
      ...(byteOrderMark === "" ? [] : ["text byte order mark"]),
      ...(ends === "" ? ["text no final line feed"] : ends.includes("ESCAPE") ? ["text trailing backslash"] : []),
      ...(new Set(names).size < names.length ? ["arg redefined"] : []),
    ];
    return { text: byteOrderMark + text, features };
  });

/** Documents of other frontends: of these only the syntax is read. */
const foreign: fc.Arbitrary<GeneratedDockerfile> = fc
  .tuple(
    fc.constantFrom("docker/dockerfile:1", "ghcr.io/acme/frontend:2"),
    fc.constantFrom("slashes", "json"),
    fc.constantFrom("", "\ufeff", "#!/x\n"),
  )
  .map(([name, form, head]) => {
    const text = form === "json" ? `{"a": {"syntax": "no"},\n "syntax": "${name}"}` : `// syntax=${name}\nLABEL a=1\n`;
    return { text: head + text, features: [`syntax ${form}`] };
  });

export const dockerfiles: fc.Arbitrary<GeneratedDockerfile> = fc.oneof(
  { weight: 9, arbitrary: usual },
  { weight: 1, arbitrary: foreign },
);
