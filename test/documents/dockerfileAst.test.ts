/**
 * Where dockerfile-ast reads a whole document differently from BuildKit, the adapter corrects it. Each case says what
 * both find; when dockerfile-ast changes, the test tells, and the case leaves docs/decisions/0014-dockerfile-ast-and-buildkit.md.
 */
import assert from "node:assert/strict";
import { DockerfileParser } from "dockerfile-ast";
import { DockerfileReader } from "../../server/src/documents/dockerfile/dockerfile";

interface Case {
  readonly what: string;
  readonly source: string;
  /** Images of `FROM` and values of `COPY --from`, in this order. */
  readonly byDockerfileAst: readonly (string | null)[];
  readonly byBuildKit: readonly (string | null)[];
}

const cases: readonly Case[] = [
  {
    what: "a lone carriage return, which is white space and ends no line",
    source: "FROM a\rAS b\nFROM b\n",
    byDockerfileAst: ["a", "b"],
    byBuildKit: ["a"],
  },
  {
    what: "vertical tab and form feed between words",
    source: "FROM\va\fAS\vx\n",
    byDockerfileAst: [],
    byBuildKit: ["a"],
  },
  {
    what: "a heredoc whose quoted word has a space",
    source: 'RUN <<"E F"\nFROM b\nE F\nFROM c\n',
    byDockerfileAst: ["b", "c"],
    byBuildKit: ["c"],
  },
  {
    what: "a heredoc with a space before its word",
    source: "RUN cat << EOF\nFROM b\nEOF\nFROM c\n",
    byDockerfileAst: ["b", "c"],
    byBuildKit: ["c"],
  },
  {
    what: "a comment within a continuation that ends with the escape character",
    source: "FROM a\\\n# no \\\n:1\n",
    byDockerfileAst: ["a"],
    byBuildKit: ["a:1"],
  },
  {
    what: "a quoted flag with a space",
    source: 'FROM --platform="linux/amd64 " a\n',
    byDockerfileAst: ['"'],
    byBuildKit: ["a"],
  },
  {
    what: "quotes around a flag's value",
    source: 'FROM scratch\nCOPY --from="a:1" x y\n',
    byDockerfileAst: ["scratch", '"a:1"'],
    byBuildKit: ["a:1"],
  },
  {
    what: "quotes within a flag's name",
    source: 'FROM scratch\nCOPY --"from=a:1" x y\n',
    byDockerfileAst: ["scratch", null],
    byBuildKit: ["a:1"],
  },
];

describe("what dockerfile-ast reads differently from BuildKit", () => {
  it("white space within the quotes of an ARG's default", () => {
    const source = 'ARG B=1\nARG A="x B=2"\nFROM a:$B';
    const words = DockerfileParser.parse(source).getARGs()[1]?.getArguments();
    assert.deepEqual(words?.map(String), ['A="x', 'B=2"']);
    assert.equal(new DockerfileReader().read(source).uses[0]?.resolved, "a:1");
  });

  for (const { what, source, byDockerfileAst, byBuildKit } of cases) {
    it(what, () => {
      const parsed = DockerfileParser.parse(source);
      const sources = parsed.getCOPYs().map((copy) => copy.getFromFlag()?.getValue() ?? null);
      assert.deepEqual([...parsed.getFROMs().map((from) => from.getImage()), ...sources], byDockerfileAst);
      assert.deepEqual(
        new DockerfileReader().read(source).uses.map(({ resolved }) => resolved),
        byBuildKit,
      );
    });
  }
});
