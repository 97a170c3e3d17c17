import assert from "node:assert/strict";
import { Workspace } from "./workspace";

describe("digest-pin images", () => {
  const workspace = new Workspace();
  after(() => workspace.remove());
  before(() =>
    workspace.write({
      Dockerfile: `\ufeffARG TAG=edge\r\n\r\nFROM alpine:\${TAG} AS base\r\nFROM --platform=linux/arm64 base\r\nFROM \\\r\n  A$NOPE\r\n`,
      "compose.yaml": "services:\n  '🐳': {image: \"ghcr.io/acme/app:1\", platform: linux/amd64}\n  b: {image: BAD}\n",
    }),
  );

  it("prints the uses as JSON, with lines and columns from 1 in UTF-16 units", async () => {
    assert.deepEqual(await workspace.json(["images"]), {
      version: 1,
      files: [
        {
          path: "Dockerfile",
          uses: [
            {
              kind: "from",
              line: 3,
              column: 6,
              endLine: 3,
              endColumn: 19,
              raw: `alpine:\${TAG}`,
              resolved: "alpine:edge",
              normalized: "docker.io/library/alpine:edge",
              platform: null,
            },
            {
              kind: "from",
              line: 6,
              column: 3,
              endLine: 6,
              endColumn: 9,
              raw: "A$NOPE",
              resolved: null,
              normalized: null,
              platform: null,
            },
          ],
        },
        {
          path: "compose.yaml",
          uses: [
            {
              kind: "compose-image",
              line: 2,
              column: 18,
              endLine: 2,
              endColumn: 36,
              raw: "ghcr.io/acme/app:1",
              resolved: "ghcr.io/acme/app:1",
              normalized: "ghcr.io/acme/app:1",
              platform: "linux/amd64",
            },
            {
              kind: "compose-image",
              line: 3,
              column: 14,
              endLine: 3,
              endColumn: 17,
              raw: "BAD",
              resolved: "BAD",
              normalized: null,
              platform: null,
            },
          ],
        },
      ],
    });
  });

  it("keeps the order of the keys, and prints nothing else", async () => {
    const { stdout, stderr, status } = await workspace.run(["images", "Dockerfile", "--format", "json", "--offline"]);
    assert.equal(status, 0);
    assert.equal(stderr, "");
    assert.match(stdout, /^\{\n {2}"version": 1,\n {2}"files": \[/);
    const keys = [...stdout.matchAll(/^ {10}"(\w+)":/gm)].map(([, key]) => key).slice(0, 9);
    assert.deepEqual(keys, [
      "kind",
      "line",
      "column",
      "endLine",
      "endColumn",
      "raw",
      "resolved",
      "normalized",
      "platform",
    ]);
  });

  it("prints the uses as text", async () => {
    const { stdout } = await workspace.run(["images"]);
    assert.deepEqual(stdout.split("\n"), [
      `Dockerfile:3:6: alpine:\${TAG} -> docker.io/library/alpine:edge (from)`,
      "Dockerfile:6:3: A$NOPE -> no value known (from)",
      "compose.yaml:2:18: ghcr.io/acme/app:1 -> ghcr.io/acme/app:1 (compose-image, linux/amd64)",
      "compose.yaml:3:14: BAD -> no image reference (compose-image)",
      "4 image uses in 2 files.",
      "",
    ]);
  });
});
