import assert from "node:assert/strict";
import {
  type DocumentFormat,
  fileNamePatterns,
  formatOfDocument,
  formatOfPath,
} from "../../server/src/documents/format";

const names: Readonly<Record<DocumentFormat | "none", readonly string[]>> = {
  dockerfile: [
    "Dockerfile",
    "Dockerfile.dev",
    "Dockerfile.node.20",
    "app.Dockerfile",
    "app.dockerfile",
    "Containerfile",
    "Containerfile.dev",
    "app.Containerfile",
    "app.containerfile",
  ],
  compose: [
    "compose.yaml",
    "compose.yml",
    "compose.json",
    "docker-compose.yaml",
    "docker-compose.yml",
    "docker-compose.prod.yml",
    "compose.override.yaml",
    "compose-dev.yaml",
    "docker-compose-dev.json",
  ],
  none: [
    "dockerfile",
    "Dockerfiles",
    "MyDockerfile",
    "Dockerfile.dockerignore",
    "app.Dockerfile.dockerignore",
    ".dockerfile",
    "compose",
    "composer.json",
    "mycompose.yaml",
    "compose.yaml.bak",
    "docker-composeyml",
    "values.yaml",
    "Dockerfile/readme.md",
    "",
  ],
};

describe("formatOfPath", () => {
  for (const [format, paths] of Object.entries(names)) {
    for (const path of paths) {
      it(`${JSON.stringify(path)} is ${format}, in any folder`, () => {
        const expected = format === "none" ? null : format;
        assert.equal(formatOfPath(path), expected);
        assert.equal(formatOfPath(`/srv/Dockerfile.d/${path}`), expected);
        assert.equal(formatOfPath(`C:\\srv\\compose.yaml\\${path}`), expected);
      });
    }
  }
});

describe("formatOfDocument", () => {
  const rows: readonly (readonly [language: string, path: string, DocumentFormat | null])[] = [
    ["dockerfile", "/x/anything", "dockerfile"],
    ["dockerfile", "/x/compose.yaml", "dockerfile"],
    ["dockercompose", "/x/stack.yml", "compose"],
    ["yaml.docker-compose", "/x/stack.yml", "compose"],
    ["yaml", "/x/compose.yaml", "compose"],
    ["yaml", "/x/values.yaml", null],
    ["json", "/x/compose.json", "compose"],
    ["plaintext", "/x/Dockerfile", "dockerfile"],
    ["plaintext", "/x/notes.txt", null],
  ];
  for (const [language, path, expected] of rows) {
    it(`${language} ${path} is ${expected}`, () => assert.equal(formatOfDocument(language, path), expected));
  }
});

describe("the file name patterns", () => {
  it("are each once, for a name alone", () => {
    assert.deepEqual(fileNamePatterns, [...new Set(fileNamePatterns)]);
    for (const pattern of fileNamePatterns) assert.doesNotMatch(pattern, /[/\\]/);
  });

  it("match what formatOfPath knows, and nothing else", () => {
    const matches = (name: string) =>
      fileNamePatterns.some((pattern) => new RegExp(`^${expression(pattern)}$`).test(name));
    for (const name of [...names.dockerfile, ...names.compose]) assert.ok(matches(name), name);
    // A pattern can't say "but not": the ignore files are left out by formatOfPath.
    for (const name of names.none.filter((name) => !name.endsWith(".dockerignore"))) assert.ok(!matches(name), name);
  });
});

/** The glob as a regular expression, as far as the patterns go: `*`, `{a,b}`, `[.-]`. */
function expression(glob: string): string {
  return glob
    .replace(/\.(?![^[]*\])/g, "\\.")
    .replace(/\*/g, (_star, at: number) => (at === 0 ? "[^./][^/]*" : "[^/]*"))
    .replace(/\{([^}]*)\}/g, (_, alternatives: string) => `(?:${alternatives.replaceAll(",", "|")})`);
}
