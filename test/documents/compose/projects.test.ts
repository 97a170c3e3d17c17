import assert from "node:assert/strict";
import { ComposeReader, composeBuilds, readCompose } from "../../../server/src/documents/compose/compose";
import { enclosed } from "../../support/enclosed";
import { PROJECT, type SurroundingsOptions, surroundingsOf } from "../../support/surroundings";

interface Row {
  readonly files?: Readonly<Record<string, string>>;
  readonly options?: SurroundingsOptions;
  /** `«…»` encloses the uses and the outputs. */
  readonly text: string;
  readonly resolved: readonly (string | null)[];
  readonly outputs?: readonly string[];
  readonly parts?: readonly string[];
}

const rows: Readonly<Record<string, Row>> = {
  "an image that the override replaces": {
    files: { "compose.override.yaml": "services: {a: {image: c}}" },
    text: "services: {a: {image: «b»}}",
    resolved: ["b"],
  },
  "an image that the override builds": {
    files: { "compose.override.yml": "services: {a: {build: .}}" },
    text: "services: {a: {image: «b»}, c: {image: «b»}}",
    resolved: [],
    outputs: ["b", "b"],
  },
  "a build that the override resets": {
    files: { "compose.override.yaml": "services: {a: {build: !reset null}}" },
    text: "services: {a: {image: «b», build: .}}",
    resolved: ["b"],
  },
  "a build that an override's null leaves": {
    files: { "compose.override.yaml": "services: {a: {build: }}" },
    text: "services: {a: {image: «b», build: .}}",
    resolved: [],
    outputs: ["b"],
  },
  "the override of a service that builds": {
    files: { "compose.yaml": "services: {a: {build: .}}" },
    options: { path: "compose.override.yaml" },
    text: "services: {a: {image: «b»}, c: {image: «d»}}",
    resolved: ["d"],
    outputs: ["b"],
  },
  "a file beside a base file": {
    files: {
      "compose.yaml": "services: {a: {build: .}}",
      "compose.override.yaml": "services: {a: {build: !reset null}}",
    },
    options: { path: "compose.prod.yaml" },
    text: "services: {a: {image: «b»}}",
    resolved: [],
    outputs: ["b"],
  },
  "the environment file": {
    files: { ".env": "TAG=3\nREG=$HOST/x\n" },
    options: { environment: { HOST: "h.example" } },
    text: "services: {a: {image: «b:$TAG»}, c: {image: «$REG»}, d: {image: «e:$NONE»}}",
    resolved: ["b:3", "h.example/x", null],
  },
  "a service of another file": {
    files: { "sub/common.yaml": "services: {x: {build: ., image: q, extends: {service: y}}, y: {platform: p}}" },
    text: "services: {a: {extends: {file: sub/common.yaml, service: x}, image: «b»}, c: {image: «q»}}",
    resolved: ["q"],
    outputs: ["b"],
    parts: ["sub/common.yaml"],
  },
  "a chain through files": {
    files: {
      "s/a.yaml": "services: {x: {extends: {file: b.yaml, service: y}}}",
      "s/b.yaml": "services: {y: {build: .}}",
    },
    text: "services: {a: {extends: {file: s/a.yaml, service: x}, image: «b»}}",
    resolved: [],
    outputs: ["b"],
    parts: ["s/a.yaml", "s/b.yaml"],
  },
  "files that extend each other": {
    files: { "a.yaml": "services: {x: {extends: {file: compose.yaml, service: a}, image: y}}" },
    text: "services: {a: {extends: {file: a.yaml, service: x}, image: «b»}}",
    resolved: ["b"],
    parts: ["a.yaml"],
  },
  "an included project with its own variables": {
    files: {
      "inc/compose.yaml": "include: [more.yaml]\nservices: {x: {build: ., image: 'y:$TAG'}}",
      "inc/.env": "TAG=1",
      "inc/more.yaml": "services: {z: {image: z}}",
    },
    text: "include: [inc/compose.yaml]\nservices: {a: {image: «y:1»}, c: {image: «y:$TAG»}}",
    resolved: [null],
    outputs: ["y:1"],
    parts: ["inc/compose.yaml", "inc/more.yaml"],
  },
  "an included project in the long form": {
    files: {
      "a.yaml": "services: {x: {image: 'y:$A'}}",
      "b.yaml": "services: {x: {build: .}}",
      "v.env": "A=$B",
      ".env": "B=2",
    },
    text: "include: [{path: [a.yaml, b.yaml], project_directory: d, env_file: [v.env]}]\nservices: {a: {image: «y:2»}}",
    resolved: [],
    outputs: ["y:2"],
    parts: ["a.yaml", "b.yaml"],
  },
  "projects that include each other": {
    files: { "a.yaml": "include: [compose.yaml, a.yaml]\nservices: {x: {image: y}}" },
    text: "include: [a.yaml]\nservices: {a: {image: «b»}}",
    resolved: ["b"],
    parts: ["a.yaml"],
  },
  "a file that another project includes": {
    files: {
      "compose.yaml": "include: [inc/compose.yaml]\nservices: {x: {build: ., image: b}}",
      ".env": "TAG=2",
      "inc/.env": "TAG=3\nU=4",
    },
    options: { path: "inc/compose.yaml", projects: ["compose.yaml"] },
    text: "services: {a: {image: «b»}, c: {image: «d:$TAG-$U»}}",
    resolved: ["d:2-4"],
    outputs: ["b"],
  },
  "a file that two projects read with other variables": {
    files: {
      "p/compose.yaml": "include: [../c.yaml]",
      "p/.env": "TAG=1",
      "q/compose.yaml": "include: [../c.yaml]",
      "q/.env": "TAG=2",
    },
    options: { path: "c.yaml", projects: ["p/compose.yaml", "q/compose.yaml"] },
    text: "services: {a: {image: «b:$TAG»}}",
    resolved: ["b:1"],
  },
  "a file that is extended only": {
    files: {
      "compose.yaml": "services: {x: {extends: {file: c.yaml, service: a}, build: .}}",
      "d.yaml": "services: {}",
    },
    options: { path: "c.yaml", projects: ["compose.yaml"] },
    text: "include: [d.yaml]\nservices: {a: {image: «b»}, c: {image: «d»}}",
    resolved: ["d"],
    outputs: ["b"],
    parts: ["d.yaml"],
  },
  "a project that does not read the file": {
    files: { "p/compose.yaml": "services: {}" },
    options: { projects: ["p/compose.yaml"] },
    text: "services: {a: {image: «b»}}",
    resolved: ["b"],
  },
};

describe("a Compose file within its project", () => {
  for (const [what, { files = {}, options = {}, text: source, resolved, outputs = [], parts = [] }] of Object.entries(
    rows,
  )) {
    it(what, () => {
      const { text, ranges } = enclosed(source);
      const { path = "compose.yaml" } = options;
      const document = readCompose(
        text,
        surroundingsOf({ ...files, [path]: "services: {stale: {image: x}}" }, options),
      );
      const found = [
        ...document.uses.map(({ range }) => range),
        ...document.outputs.map(({ start, end }) => ({ start, end })),
      ];
      assert.deepEqual(
        found.sort((a, b) => a.start - b.start),
        ranges,
      );
      assert.deepEqual(
        document.uses.map((use) => use.resolved),
        resolved,
      );
      assert.deepEqual(
        document.outputs.map(({ name }) => name),
        outputs,
      );
      assert.deepEqual(
        [...document.parts].sort(),
        parts.map((part) => `${PROJECT}/${part}`),
      );
      assert.deepEqual(document.problems, []);
    });
  }

  it("finds no origin where two projects give a variable other values", () => {
    const { files, options, text } = rows["a file that two projects read with other variables"] as Required<Row>;
    const [use] = readCompose(enclosed(text).text, surroundingsOf(files, options)).uses;
    assert.ok(use?.origin.kind === "fixed" && use.origin.reason === "variable-feeds-other-references");
  });

  it("names every file that it asked for, and no other, each once", () => {
    const text = "include: [a.yaml, a.yaml]\nservices: {b: {extends: {file: ../out.yaml, service: c}}}";
    const known = surroundingsOf({});
    const { surroundings, parts } = readCompose(text, { ...known, file: () => undefined });
    const names = ["compose.override.yml", "compose.override.yaml"].flatMap((name) => [name, `docker-${name}`]);
    assert.deepEqual(
      [...surroundings].sort(),
      [...[...names, ".env", "a.yaml"].map((name) => `${PROJECT}/${name}`), "/out.yaml"].sort(),
    );
    assert.deepEqual(parts, []);
    assert.deepEqual(readCompose(text).surroundings, []);
  });

  it("asks for a bounded number of files", () => {
    const paths = Array.from({ length: 300 }, (_, index) => `a${index}.yaml`);
    const files = Object.fromEntries(paths.map((path) => [path, `include: [${paths.join(", ")}]`]));
    const { surroundings } = readCompose(`include: [${paths.join(", ")}]`, surroundingsOf(files));
    assert.ok(surroundings.length <= 100);
  });

  for (const remote of ["oci://h/a", "https://h/a.git", "git@h:a/b", "github.com/a/b", "ssh://h/a"]) {
    it(`says that ${remote} is not read`, () => {
      const { text, ranges } = enclosed(
        `include:\n  - «${remote}»\nservices:\n  a: {extends: {file: «'${remote}'», service: b}}\n`,
      );
      const { problems, surroundings } = readCompose(text, surroundingsOf({}));
      assert.deepEqual(
        problems,
        ranges.map((range) => ({
          code: "remote-include",
          message: "It is not read: only files below the repository are.",
          ...range,
          isFatal: false,
        })),
      );
      assert.ok(surroundings.every((path) => path.startsWith(`${PROJECT}/`) && !path.includes("github")));
    });
  }

  it("never depends on what was read before", () => {
    const reader = new ComposeReader();
    const texts = Object.values(rows).map(({ text, files = {}, options = {} }) => ({
      text: enclosed(text).text,
      surroundings: surroundingsOf(files, options),
    }));
    for (const { text, surroundings } of [...texts, ...texts.reverse()]) {
      assert.deepEqual(reader.read(text, surroundings), readCompose(text, surroundings));
    }
  });
});

describe("composeBuilds", () => {
  it("tells the Dockerfile of each service, and the arguments that it sets", () => {
    const files = {
      "inc/c.yaml": "services: {i: {build: {dockerfile: D}}, j: {build: ctx}}",
      "sub/x.yaml": "services: {b: {build: {context: ., args: [A=1, B]}}}",
    };
    const text = `include: [inc/c.yaml]
services:
  a: {build: {context: app, dockerfile: ../Dockerfile, args: {X: 1, Y: , Z: $U}}}
  b: {extends: {file: sub/x.yaml, service: b}}
  c: {build: 'https://x/y.git'}
  d: {build: {dockerfile_inline: FROM x}}
  e: {build: ../outside}
  f: {image: x}
`;
    assert.deepEqual(
      composeBuilds(text, surroundingsOf(files)).map(({ service, context, dockerfile, args, file }) => [
        service,
        ...[context, dockerfile, file].map((path) => path.replace(`${PROJECT}/`, "")),
        Object.fromEntries(args),
      ]),
      [
        ["a", "app", "Dockerfile", "compose.yaml", { X: "1", Z: null }],
        ["b", "sub", "sub/Dockerfile", "sub/x.yaml", { A: "1" }],
        ["i", "inc", "inc/D", "inc/c.yaml", {}],
        ["j", "inc/ctx", "inc/ctx/Dockerfile", "inc/c.yaml", {}],
      ],
    );
  });
});
