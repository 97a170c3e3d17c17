import assert from "node:assert/strict";
import { channels, codenames, lines, type TagMobility, tagMobility, variants } from "../../server/src/catalog/tags";

/** Real tags, and what we say of them. A comment stands where one could think otherwise. */
const table: Readonly<Record<TagMobility, readonly string[]>> = {
  floating: [
    "latest",
    "Latest",
    "edge",
    "nightly",
    "canary",
    "rolling",
    "lts",
    "lts-alpine",
    "current",
    "mainline",
    "stable",
    "stable-alpine3.19",
    "oldstable-slim",
    "unstable",
    "testing",
    "main",
    "dev",
    "next",
    "alpine-edge",
    "latest-amd64",
    "1.2.3-nightly",
    "1.0.0-SNAPSHOT",
    // A development build of 1.2.3 is built again until 1.2.3 is out.
    "1.2.3-dev",
    "bookworm",
    "bookworm-slim",
    "noble",
    "focal",
    "sid",
    "rawhide",
    "stream9",
    "ltsc2022",
    "nanoserver-ltsc2022",
    "al2023",
    // A variant alone is the newest version in that variant, whatever the base's own version.
    "alpine",
    "alpine3.19",
    "slim",
    "fpm",
    "dind",
    "debug",
    "nonroot",
    "beta",
    "php8.2-apache",
    "python3.12",
    "bookworm-node20",
    "amd64",
    // Pushed again with each commit to the pull request.
    "pr-42",
    // Where a deployment stands changes with each deployment.
    "prod",
    "staging",
  ],
  partial: [
    "3",
    "3.18",
    "v1",
    "v1.2",
    "0",
    "0.1",
    "22.04",
    "12.4-slim",
    "20-bookworm",
    "20.11-bookworm-slim",
    "20-lts",
    "17-jdk",
    "21-jre-alpine",
    "8.3-fpm-alpine",
    "16.1-alpine",
    "3-management-alpine",
    "24-dind",
    "1.29-alpine3.18-slim",
    "1.21-windowsservercore",
    "8.0-nanoserver-1809",
    "6.4-php8.2-apache",
    "debian-12",
    "openjdk-17",
    "6.x",
    "6.0.x",
    // A year, as Amazon Linux has it; a year and a month is a version of YY.MM's kind.
    "2023",
    "2023.12",
    // Which release candidate is open, and so is which early-access build.
    "3.13-rc",
    "3.13-rc-slim",
    "1.2.3-rc",
    "v2.0.0-beta",
    "17-ea-jdk",
  ],
  exact: [
    "3.18.4",
    "v1.2.3",
    "2024.1.0",
    "1.2.3.4",
    "23.3.8.21-alpine",
    "20.11.1-bookworm-slim",
    "8.3.1-fpm-alpine",
    "3.12.12-management",
    "24.0.7-dind",
    "6.4.2-php8.2-apache",
    "7.2.4-alpine3.19",
    "12.3.1-base-ubuntu22.04",
    // NVIDIA's "devel" is a variant, not a channel.
    "12.3.1-devel-ubuntu22.04",
    // The line of releases says nothing more beside a full version.
    "2.426.1-lts-jdk17",
    "1.25.3-mainline",
    "21.0.1_12-jre",
    "17.0.9_9-jdk",
    // Java 8 update 392.
    "8u392-b08-jdk",
    "3.13.0rc1",
    "3.14.0a5",
    "7.0-rc3",
    "v1.30.0-rc.2",
    "2.0.0-alpha-3",
    "1.22rc1-alpine",
    "1.13.0-ls45",
    "1.2.3-r0",
    "x86_64-1.2.3",
    "sha-1a2b3c4",
    "master-1a2b3c4d",
    "g1a2b3c4",
    "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334",
    "20240115",
    "2024-01-15",
    "2024.01.15",
    "20240115-1a2b3c4",
    "bookworm-20240110-slim",
    "jammy-20240111",
    "202401101530",
    "RELEASE.2024-01-16T16-07-38Z",
    "2.0.20240109.0",
    "3.19_alpha20230901",
    "v0.0.0-20240115123456-abcdef123456",
    // A time in seconds, a build's number.
    "1705314896",
    "12345",
    "build-123",
    // Of unknown form: nothing more is said than that it has no digest.
    "mytag",
    "feature-x",
    "r2024a",
    "deadbeef",
  ],
};

describe("tagMobility", () => {
  for (const [mobility, tags] of Object.entries(table)) {
    for (const tag of tags) it(`${tag} is ${mobility}`, () => assert.equal(tagMobility(tag), mobility));
  }

  it("takes each word of the table alone as floating, upper case or lower", () => {
    for (const word of [...channels, ...lines, ...codenames, ...variants]) {
      assert.equal(tagMobility(word), "floating", word);
      assert.equal(tagMobility(word.toUpperCase()), "floating", word);
    }
  });

  it("finds a word in one set only, in lower case and without separators", () => {
    const words = [...channels, ...lines, ...codenames, ...variants];
    assert.deepEqual(words, [...new Set(words)]);
    for (const word of words) assert.match(word, /^[a-z][a-z0-9]*$/);
  });

  it("moves no full version by a line of releases, a code name or a variant beside it", () => {
    for (const word of [...lines, ...codenames, ...variants].filter((word) => !/^(?:alpha|beta|rc)$/.test(word))) {
      assert.equal(tagMobility(`1.2.3-${word}`), "exact", word);
    }
  });
});
