import assert from "node:assert/strict";
import data from "../../server/src/catalog/official-images.json";
import { type Publisher, publisherOf } from "../../server/src/catalog/publishers";
import { wellKnownRegistries } from "../../server/src/catalog/registries";
import { DOCKER_HUB, parseReference } from "../../server/src/reference/reference";

const table: readonly (readonly [string, Publisher])[] = [
  ["alpine", "official"],
  ["alpine:3.18", "official"],
  ["library/alpine", "official"],
  ["docker.io/library/node:20", "official"],
  ["index.docker.io/node", "official"],
  ["registry-1.docker.io/library/node", "official"],
  ["docker", "official"],
  ["docker/dockerfile:1", "known"],
  ["docker.io/moby/buildkit:latest", "known"],
  ["grafana/grafana", "community"],
  ["grafgabriel/alpine", "community"],
  // Not the namespace "docker", nor the list's "alpine".
  ["dockers/dockerfile", "community"],
  ["docker-library/alpine", "community"],
  ["library/alpine/sub", "local"],
  ["myapp", "local"],
  ["alpin", "local"],
  ["ghcr.io/library/alpine", "elsewhere"],
  ["localhost:5000/alpine", "elsewhere"],
  ["docker.io.example/library/alpine", "elsewhere"],
];

describe("publisherOf", () => {
  for (const [text, expected] of table) {
    it(`${text} is ${expected}`, () => {
      const { reference } = parseReference(text);
      assert.ok(reference);
      assert.equal(publisherOf(reference), expected);
    });
  }
});

describe("the list of Docker Official Images", () => {
  it("is sorted, each name once, each a repository", () => {
    assert.deepEqual(data.official, [...new Set(data.official)].sort());
    for (const name of data.official) {
      const { reference } = parseReference(name);
      assert.equal(reference?.repository, `library/${name}`);
      assert.equal(reference?.tag, null);
    }
  });

  it("has the size and the keys that it was taken over with", () => {
    assert.deepEqual(Object.keys(data).sort(), ["asOf", "official", "retired", "source"]);
    assert.match(data.asOf, /^\d{4}-\d{2}-\d{2}$/);
    assert.equal(data.official.length, 138);
    assert.equal(Object.keys(data.retired).length, 45);
  });

  it("names successors that are references, and none that is the retired image itself", () => {
    for (const [name, { successors }] of Object.entries(data.retired)) {
      for (const successor of successors) {
        assert.notEqual(parseReference(successor).reference, null, successor);
        assert.notEqual(successor, name);
      }
    }
  });
});

describe("the well-known registries", () => {
  it("are hosts as a reference has them, and Docker Hub is one", () => {
    for (const host of wellKnownRegistries) assert.equal(parseReference(`${host}/a/b`).reference?.registry, host);
    assert.ok(wellKnownRegistries.has(DOCKER_HUB));
  });
});
