/** Documents of every kind for properties of edits: awkward spellings, line ends, variables and anchors. */
import fc from "fast-check";
import type { DocumentFormat } from "../../server/src/documents/format";

const repository = fc.constantFrom(
  "alpine",
  "node",
  "ghcr.io/acme/app",
  "localhost:5000/a/b",
  "docker.io/library/redis",
);
const tag = fc.constantFrom("3.18", "latest", "20-bookworm", "v1.2.3", "sha-1a2b3c4");
const image = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(repository, tag).map(([name, tag]) => `${name}:${tag}`) },
  { weight: 2, arbitrary: repository },
  {
    weight: 1,
    arbitrary: fc.constantFrom("scratch", `alpine@sha256:${"0".repeat(64)}`, "Alpine", "alpine:", "node:20@"),
  },
);
/** Line feeds, byte order mark, and whether the last line ends. */
const envelope = fc.record({
  lineFeed: fc.constantFrom("\n", "\r\n"),
  byteOrderMark: fc.constantFrom("", "\ufeff"),
  isEnded: fc.boolean(),
});

/** `text` with the escape character and a line break somewhere in it, and sometimes a comment line behind. */
const continued = (text: string) =>
  fc
    .tuple(fc.nat(text.length), fc.constantFrom("ESCAPE\n", "ESCAPE \n", "ESCAPE\n# FROM no\n", "ESCAPE\n  # no\n\n"))
    .map(([at, break_]) => text.slice(0, at) + break_ + text.slice(at));
const spelled = (text: string) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(text) },
    fc.constantFrom(`"${text}"`, `'${text}'`, `"${text.slice(0, 2)}"${text.slice(2)}`, `${text}''`),
    fc.nat(text.length - 1).map((at) => `${text.slice(0, at)}ESCAPE${text.slice(at)}`),
    continued(text),
  );
const variable = (name: string) => fc.constantFrom(`$${name}`, `\${${name}}`, `\${${name}:-3}`, `"\${${name}}"`);
const written = fc.oneof(
  { weight: 4, arbitrary: image.filter((text) => text.length > 1).chain(spelled) },
  fc.tuple(repository, fc.constantFrom("TAG", "OTHER").chain(variable)).map(([name, tag]) => `${name}:${tag}`),
  fc.constantFrom("IMAGE", "TAG").chain(variable),
  fc.constantFrom("a:${UNSET}", "${IMAGE}:3", "alpine:${TAG}-slim", "build", "${TAG:+alpine}", "a:${TAG%x}"),
);
const argument = fc.oneof(
  { weight: 3, arbitrary: tag.chain(spelled).map((text) => `ARG TAG=${text}`) },
  image.chain(spelled).map((text) => `ARG A=1 IMAGE=${text} B`),
  fc.constantFrom("ARG TAG", "ARG IMAGE=alpine:$TAG", "ARG OTHER=${TAG}", "# why"),
);
const from = fc.oneof(
  fc.tuple(fc.constantFrom("FROM ", "from\t", "  FROM ESCAPE\n "), written).map((parts) => parts.join("")),
  fc
    .tuple(fc.constantFrom("--platform=linux/amd64", "--platform=$TAG", '--x="a b"'), written)
    .map(([flag, image]) => `FROM ${flag} ${image} AS build`),
);
const other = fc.constantFrom(
  "# FROM alpine",
  "",
  "ARG TAG",
  "RUN <<EOF\nFROM alpine\nEOF",
  "RUN echo 😀 ESCAPE\n  && true",
  "COPY --from=alpine /a /b",
);
const dockerfile = fc
  .record({
    envelope,
    escape: fc.constantFrom("\\", "`"),
    first: fc.array(argument, { maxLength: 3, size: "max" }),
    rest: fc.array(fc.oneof({ weight: 5, arbitrary: from }, other), { minLength: 1, maxLength: 5, size: "max" }),
  })
  .map(({ envelope: { lineFeed, byteOrderMark, isEnded }, escape: character, first, rest }) => {
    const head = character === "`" ? ["# escape=`"] : [];
    const text = `${[...head, ...first, ...rest].join("\n")}${isEnded ? "\n" : ""}`.replaceAll("ESCAPE", character);
    return byteOrderMark + text.replaceAll("\n", lineFeed);
  });

const scalar = image.chain((text) =>
  fc.constantFrom(
    text,
    `"${text}"`,
    `'${text}'`,
    `${text} # 😀 why`,
    `|-\n      ${text}`,
    `>-\n      ${text}`,
    `|\n      ${text}`,
    `&anchor ${text}`,
    `!!str "${text}"`,
    "*anchor",
    `${text}$$`,
    `${text}\${X}`,
    "${X:-alpine:3}",
  ),
);
const service = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(scalar, fc.constantFrom("", "    platform: linux/amd64\n", "    # image: no\n")) },
  fc.tuple(scalar, fc.constantFrom("    build: .\n", "    <<: *base\n", "    hostname: *anchor\n")),
);
const compose = fc
  .record({ envelope, base: image, services: fc.array(service, { minLength: 1, maxLength: 5 }), merges: fc.boolean() })
  .map(({ envelope: { lineFeed, byteOrderMark, isEnded }, base, services, merges }) => {
    const head = `x-base: &base\n  image: ${base || "a"}\nx-anchor: &anchor busybox\nservices:\n`;
    const body = services.map(([scalar, rest], index) => `  s${index}:\n    image: ${scalar}\n${rest}`).join("");
    const text = head + body + (merges ? "  last:\n    <<: *base\n" : "");
    return byteOrderMark + (isEnded ? text : text.trimEnd()).replaceAll("\n", lineFeed);
  });
const json = fc
  .tuple(fc.array(image, { minLength: 1, maxLength: 4 }), fc.constantFrom(undefined, 2, "\t"))
  .map(([images, indent]) =>
    JSON.stringify({ services: Object.fromEntries(images.map((image, n) => [`s${n}`, { image }])) }, null, indent),
  );

export const documents: readonly (readonly [DocumentFormat, string, fc.Arbitrary<string>])[] = [
  ["dockerfile", "a Dockerfile", dockerfile],
  ["compose", "a Compose file", compose],
  ["compose", "a Compose file in JSON", json],
];
