import assert from "node:assert/strict";
import { digestOf, startServer } from "../support/server";
import { hoverText, oldClient, trusted, uri } from "./editing";

describe("language server: hover", () => {
  it("tells the normalized name, the tag's digest, media type, platforms and the answer's age", async () => {
    const { client } = await startServer({ answers: { "alpine:edge": "a" }, initializationOptions: trusted });
    await client.next<{ state: string }>("digestPin/status", ({ state }) => state === "idle");
    await client.open(uri, "FROM alpine:edge\n");
    const hover = await client.hover(uri, "alpine");
    const text = hoverText(hover);
    assert.deepEqual(hover?.range, client.rangeOf(uri, "alpine:edge"));
    for (const part of [
      "`docker.io/library/alpine:edge`",
      digestOf("a"),
      "`application/vnd.oci.image.index.v1+json`",
      "`linux/arm64/v8`",
      "asked just now",
      "**Unsigned** · Nobody signed it",
    ]) {
      assert.ok(text.includes(part), `${part} is not in: ${text}`);
    }
  });

  it("is plain text for a client that shows no Markdown, and nothing beside an image", async () => {
    const { client } = await startServer({ capabilities: oldClient });
    await client.open(uri, "FROM alpine:edge\n");
    assert.deepEqual((await client.hover(uri, "alpine"))?.contents, {
      kind: "plaintext",
      value: "docker.io/library/alpine:edge — Docker Official Image\ndocker.io was not asked yet.",
    });
    assert.equal(await client.hover(uri, "FROM"), null);
  });
});
