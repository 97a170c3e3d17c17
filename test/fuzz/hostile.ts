/**
 * Texts that are made to cost time or stack, each of any length: with twice of it the cost must be no more than twice. Nothing here is random. Pure.
 */
import type { DocumentFormat } from "../../server/src/documents/format";
import { LONGEST } from "./mutations";

export interface Hostile {
  readonly name: string;
  readonly format: DocumentFormat;
  /** With as many parts as `length` characters hold. */
  text(length: number): string;
}

type Part = string | ((index: number) => string);
/** The text before the parts, one part by its number, the text behind (by their count), and the most parts. */
type Row = readonly [
  name: string,
  head: string,
  part: Part,
  tail?: string | ((count: number) => string),
  most?: number,
];

const MANY = 100_000;
const mounts = (number: number) => `--mount=from=a:${number},target=/x `;
const deep = (number: number) => `${" ".repeat(number)}a:\n`;

const dockerfiles: readonly Row[] = [
  ["one long name", "FROM ", "a"],
  ["white space within quotes", 'FROM "a', " ", 'b"\n'],
  ["white space within a flag", 'FROM --platform="a', " ", 'b" a\n'],
  ["white space behind less-than signs", "RUN <<", " ", "E\nE\n"],
  ["white space between words", "FROM a", " ", "AS b\n"],
  ["white space before an equals sign", "ARG A", " ", "=b\nFROM $A\n"],
  ["one long tag with a variable", "ARG A=1\nFROM a:$A", "1"],
  ["one long line", "RUN true ", "abcdefgh "],
  ["one long comment", "#", " a"],
  ["defaults within defaults", "FROM a:", "${A:-", "", MANY],
  ["closed defaults within defaults", "FROM a:", "${A:-", (count) => "}".repeat(count)],
  ["patterns", "ARG A=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nFROM ${A##", "*a*?", "b}"],
  ["patterns of one long value", `ARG A=${"a".repeat(1000)}\n`, "FROM ${A//*a*a*a*b/c}\n"],
  ["replacements", "ARG A=1\nFROM a:", "${A//1/22}"],
  ["values that double", "ARG A=alpine\n", "ARG A=$A$A\n", "FROM $A\n", MANY],
  ["values that grow", "ARG A=alpine\n", "ARG A=${A}x\n", "FROM $A\n", MANY],
  ["templates", "FROM ", "{{", "", MANY],
  ["open and closed templates", "FROM ", "{{a}}{%b%}", "", MANY],
  ["mounts", "FROM a\nRUN ", mounts, "true\n", 50_000],
  ["mounts in quotes", "FROM a\nRUN ", (number) => `--mount='"from=a:${number}",target=/x' `, "true\n"],
  ["one mount with many fields", "FROM a\nRUN --mount=", (number) => `from=a:${number},`, " true\n"],
  ["double quotes", "FROM ", '"'],
  ["single quotes", "FROM ", "'"],
  ["quotes of an argument", "ARG A=", "'a'\"b\"", "\nFROM $A\n"],
  ["escapes", "FROM ", "\\a"],
  ["escape characters", "FROM ", "\\"],
  ["continuations", "FROM a", "\\\n"],
  ["continuations of a name", "FROM ", "a\\\n"],
  ["comments within an instruction", "RUN a \\\n", "# b \\\n", "c\n"],
  ["empty lines", "", "\n", "FROM a\n"],
  ["carriage returns", "FROM a", "\r"],
  ["carriage returns and white space", "FROM a\n", "\r \r\n"],
  ["white space before a name", "FROM", " ", "a\n"],
  ["white space of Unicode", "FROM a\n", "\u3000"],
  ["white space in a directive", "# syntax", " ", "=a"],
  ["white space behind a directive", "# escape=`", " ", "a"],
  ["directives", "", "# syntax=a\n"],
  ["heredocs of one instruction", "RUN ", (number) => `<<E${number} `],
  ["heredocs within a heredoc", "RUN ", "<<E\n", "E\n"],
  ["less-than signs", "RUN ", "<"],
  ["open quotes before heredocs", "RUN <<A ", "'"],
  ["heredocs one behind the other", "", (number) => `RUN <<E${number}\nE${number}\n`],
  ["arguments of one instruction", "ARG ", (number) => `A${number}=${number} `, "\nFROM a:$A7\n"],
  ["arguments", "", (number) => `ARG A${number}=${number}\n`, "FROM a:$A7\n"],
  ["arguments of arguments", "ARG A0=1\n", (number) => `ARG A${number + 1}=$A${number}\n`, "FROM a:$A7\n"],
  ["variables of one name", "FROM ", (number) => `\${A${number}}`],
  ["one argument of many images", "ARG A=1\n", "FROM a:$A\n"],
  ["one argument of different images", "ARG A=1\n", (number) => `FROM a${number}:$A\n`],
  ["stages of one name", "", "FROM a AS a\n"],
  ["stages of each other", "FROM a AS s0\n", (number) => `FROM s${number} AS s${number + 1}\n`],
  ["files of stages", "FROM a AS a\n", (number) => `COPY --from=${number} a b\n`],
  ["one long number", "FROM a\nCOPY --from=", "9", " a b\n"],
  ["triggers within triggers", "FROM a\n", "ONBUILD ", "COPY --from=b c d\n"],
  ["flags", "FROM ", "--a=b ", "alpine\n"],
  ["words", "FROM a ", "AS b "],
  ["brackets", "FROM a\nRUN ", "[", "<<E\n"],
  ["a JSON frontend", '{"a":', '{"syntax":"a","b":', (count) => `1${"}".repeat(count + 1)}`],
  ["a JSON list", "", "["],
  ["instructions", "", "RUN true\n"],
  ["images", "", (number) => `FROM alpine:${number}\n`],
  ["NUL", "FROM ", "\0"],
  ["lone surrogates", "FROM ", "\ud800"],
  ["byte order marks", "", "\ufeff", "FROM a\n"],
];

const service = "services:\n  a:\n    image: ";
const composeFiles: readonly Row[] = [
  ["one long name", service, "a"],
  ["one long line of words", service, "a "],
  ["one long comment", "#", " a"],
  ["defaults within defaults", service, "${A:-", "", MANY],
  ["closed defaults within defaults", service, "${A:-", (count) => "}".repeat(count)],
  ["variables", service, (number) => `\${A${number}}`],
  ["dollars", service, "$"],
  ["templates", service, "{{", "", MANY],
  ["templates in quotes", `${service}"`, "{{", '"', MANY],
  ["double quotes", service, '"'],
  ["single quotes", service, "'"],
  ["escapes", `${service}"`, "\\x41", '"'],
  ["line breaks within quotes", `${service}"`, "a\n\n", '"'],
  ["lines within single quotes", `services: {a: {image: '`, "a\n ", "'}}"],
  ["lines within double quotes", `services: {a: {image: "`, "a\n ", '"}}'],
  ["lines of a plain scalar", `${service}a`, "\n      a"],
  ["white space within double quotes", `${service}"\\x41`, " ", 'b"\n'],
  ["white space within single quotes", `${service}'a`, " ", "b'\n"],
  ["white space within a plain scalar", `${service}a`, " ", "b\n"],
  ["white space within a block", `${service}|\n      a`, " ", "b\n"],
  ["lines of white space within quotes", `${service}"a`, "\n ", 'b"\n'],
  ["escaped line breaks", `services: {a: {image: "`, "\\\n", '"}}'],
  ["scalars in quotes", "services:\n", (number) => `  s${number}: {image: 'a'}\n`],
  ["brackets", "a: ", "["],
  ["closed brackets", "a: ", "[", (count) => "]".repeat(count)],
  ["braces", "a: ", "{a: "],
  ["dashes", "", "- "],
  ["question marks", "", "? "],
  ["colons", "", ": "],
  ["nested maps", "", deep, "", 1400],
  ["anchors", "a:\n", (number) => `- &a${number} x\n`],
  ["anchors of one name", "a:\n", "- &a x\n"],
  ["anchors behind each other", "a: ", "&a "],
  ["aliases", "a: &a x\nb:\n", "- *a\n"],
  ["aliases of nothing", "b:\n", "- *a\n"],
  ["aliases that multiply", "x0: &x0 [a]\n", (n) => `x${n + 1}: &x${n + 1} [*x${n}, *x${n}]\n`],
  ["aliases of themselves", "", (number) => `x${number}: &x${number} [*x${number}]\n`],
  ["merges of merges", "x0: &x0 {image: a}\n", (n) => `x${n + 1}: &x${n + 1} {<<: *x${n}}\n`, "services: *x0\n"],
  ["merges that multiply", "x0: &x0 {image: a}\n", (n) => `x${n + 1}: &x${n + 1} {<<: [*x${n}, *x${n}]}\n`],
  ["services that merge merges", "services:\n  x0: &x0 {image: a}\n", (n) => `  x${n + 1}: &x${n + 1} {<<: *x${n}}\n`],
  [
    "services that merge merges twice",
    "services:\n  x0: &x0 {image: a}\n",
    (n) => `  x${n + 1}: &x${n + 1} {<<: [*x${n}, *x${n}], a${n}: 1}\n`,
  ],
  ["one merge of many", "x: &a {image: b}\nservices:\n  a:\n    <<: [", "*a, ", "]\n"],
  [
    "many merges of one large map",
    `x: &a {${Array.from({ length: 1000 }, (_, n) => `k${n}: 1`).join(", ")}}\nservices:\n`,
    (n) => `  s${n}: {<<: *a, image: b}\n`,
  ],
  ["merge keys", "services:\n  a:\n", "    <<: {image: a}\n"],
  ["services", "services:\n", (number) => `  s${number}:\n    image: a:${number}\n`],
  ["services of one image", "x: &a b:1\nservices:\n", (number) => `  s${number}: {image: *a}\n`],
  ["services of one variable", "services:\n", (number) => `  s${number}: {image: "a:\${A:-1}"}\n`],
  ["services of one service", "x: &a {image: b:1}\nservices:\n", (number) => `  s${number}: *a\n`],
  ["one key again and again", "services:\n  a:\n", "    image: b\n"],
  ["one service again and again", "services:\n", "  a: {image: b}\n"],
  ["services again and again", "", "services: {a: {image: b}}\n"],
  ["documents", "", "---\nservices: {a: {image: b}}\n"],
  ["empty documents", "", "---\n"],
  ["documents of services", "", (number) => `---\nservices: {s${number}: {image: b}}\n`],
  ["directives", "", "%YAML 1.2\n", "---\n"],
  ["tags", service, "!reset "],
  ["services that are taken away", "services:\n", (number) => `  s${number}: !reset {image: a}\n`],
  ["services that extend each other", "services:\n  s0: {image: a}\n", (n) => `  s${n + 1}: {extends: s${n}}\n`],
  ["services that extend the next", "services:\n", (n) => `  s${n}: {extends: {service: s${n + 1}}}\n`],
  ["services that extend themselves", "services:\n", (n) => `  s${n}: {extends: s${n}}\n`],
  ["services that extend one", "services:\n  s: {image: a}\n", (n) => `  s${n}: {extends: s}\n`],
  ["files that are included", "include:\n", (number) => `  - f${number}.yaml\n`],
  ["files that are included at once", "include:\n  - path:\n", (number) => `      - f${number}.yaml\n`],
  ["remote files", "include:\n", (number) => `  - https://github.com/a/b.git#${number}\n`],
  ["environment files", `${service}a\n    env_file:\n`, (number) => `      - f${number}.env\n`],
  ["volumes", `${service}a\n    volumes:\n`, (n) => `      - {type: image, source: "b:${n}", target: /x}\n`],
  [
    "contexts",
    `${service}a\n    build:\n      additional_contexts:\n`,
    (n) => `        a${n}: docker-image://b:${n}\n`,
  ],
  [
    "contexts of a list",
    `${service}a\n    build:\n      additional_contexts:\n`,
    (n) => `        - a${n}=docker-image://b:${n}\n`,
  ],
  ["steps before the start", `${service}a\n    pre_start:\n`, (n) => `      - image: b:${n}\n`],
  ["models", "models:\n", (n) => `  m${n}: {model: "b:${n}"}\n`],
  ["an inline Dockerfile", `${service}a\n    build:\n      dockerfile_inline: |\n`, (n) => `        FROM a:${n}\n`],
  [
    "an inline Dockerfile in quotes",
    `${service}a\n    build:\n      dockerfile_inline: "`,
    (n) => `FROM a:${n}\\n`,
    '"\n',
  ],
  ["inline Dockerfiles", "services:\n", (n) => `  s${n}: {build: {dockerfile_inline: "FROM a:${n}"}}\n`],
  [
    "one inline Dockerfile of many",
    'x: &a {dockerfile_inline: "FROM a"}\nservices:\n',
    (n) => `  s${n}: {build: *a}\n`,
  ],
  ["an image of a block", `${service}|\n`, "      a\n"],
  ["an image of a folded block", `${service}>-\n`, "      a\n\n"],
  ["a block of empty lines", `${service}|\n`, "\n", "      a\n"],
  ["white space", "services:", " ", "{}\n"],
  ["tabs", "services:\n", "\t"],
  ["carriage returns", "services:\n", "\r"],
  ["empty lines", "", "\n", "services: {}\n"],
  ["comments", "", "# a\n", "services: {}\n"],
  ["commas", "a: [", ","],
  ["flow pairs", "a: [", "b: c, "],
  ["NUL", service, "\0"],
  ["lone surrogates", service, "\ud800"],
  ["byte order marks", "", "\ufeff"],
  ["JSON", '{"services": {', (n) => `"s${n}": {"image": "a:${n}"},`, '"z": {}}}'],
];

export const hostileTexts: readonly Hostile[] = [
  ...dockerfiles.map((row) => hostile("dockerfile", row)),
  ...composeFiles.map((row) => hostile("compose", row)),
];

export function hostileText(format: DocumentFormat, name: string, length = LONGEST): string {
  const found = hostileTexts.find((each) => each.format === format && each.name === name);
  if (found === undefined) throw new Error(`no hostile text "${name}"`);
  return found.text(length);
}

function hostile(format: DocumentFormat, [name, head, part, tail = "", most = LONGEST]: Row): Hostile {
  const text = (limit: number) => {
    const parts: string[] = [];
    let length = head.length;
    while (parts.length < most) {
      const next = typeof part === "string" ? part : part(parts.length);
      const behind = typeof tail === "string" ? tail.length : tail(parts.length + 1).length;
      length += next.length;
      if (length + behind > limit) break;
      parts.push(next);
    }
    return head + parts.join("") + (typeof tail === "string" ? tail : tail(parts.length));
  };
  return { name, format, text };
}
