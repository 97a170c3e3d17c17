/** The rows were compared with what containerd's platforms package answers (v1.0.0-rc.5: `Parse`, then `Only`). */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Platform } from "../../server/src/facts/types";
import { hasPlatform, parsePlatform, platformName } from "../../server/src/rules/platform";

function platform(name: string): Platform {
  const [os = "", architecture = "", variant = null] = name.split("/");
  return { os, architecture, variant };
}

const parsed: readonly (readonly [text: string, name: string | null])[] = [
  ["linux/amd64", "linux/amd64"],
  ["Linux/AMD64", "linux/amd64"],
  ["linux/amd64/v1", "linux/amd64"],
  ["linux/amd64/V3", "linux/amd64/v3"],
  ["linux/x86_64", "linux/amd64"],
  ["linux/x86-64/v2", "linux/amd64/v2"],
  ["linux/i386/v7", "linux/386"],
  ["linux/arm64/v8", "linux/arm64"],
  ["linux/arm64/8", "linux/arm64"],
  ["linux/arm64/v8.0", "linux/arm64"],
  ["linux/arm64/v8.2", "linux/arm64/v8.2"],
  ["linux/arm64/9.0", "linux/arm64/v9"],
  ["linux/aarch64", "linux/arm64"],
  ["linux/arm", "linux/arm/v7"],
  ["linux/arm/6", "linux/arm/v6"],
  ["linux/armhf", "linux/arm/v7"],
  ["linux/armel", "linux/arm/v6"],
  ["macos/arm64", "darwin/arm64"],
  ["windows(10.0.17763)/amd64", "windows/amd64"],
  ["windows(10.0.17763+win32k)/amd64", "windows/amd64"],
  // An architecture alone is Linux's, and a system alone the builder's.
  ["arm64", "linux/arm64"],
  ["armhf", "linux/arm/v7"],
  ["S390X", "linux/s390x"],
  ["constructor", "linux/constructor"],
  ["linux", null],
  ["Windows", null],
  ["windows(10.0.17763)", null],
  ["", null],
  ["/amd64", null],
  ["linux/", null],
  ["linux//v7", null],
  ["linux/arm/", null],
  ["linux/arm/v7/x", null],
  ["linux/*", null],
  ["linux/arm v7", null],
  ["linux/\u001b[31m", null],
  [`linux/${"a".repeat(65)}`, null],
];

const matches: readonly (readonly [wanted: string, offered: string, isMatch: boolean])[] = [
  ["linux/amd64", "linux/amd64", true],
  ["linux/amd64", "Linux/x86_64/v1", true],
  ["linux/amd64", "linux/386", true],
  ["linux/amd64", "linux/amd64/v2", false],
  ["linux/amd64", "windows/amd64", false],
  ["linux/amd64", "linux/arm64", false],
  ["linux/amd64/v3", "linux/amd64/v2", true],
  ["linux/amd64/3", "linux/amd64", true],
  ["linux/amd64/v3", "linux/386", true],
  ["linux/amd64/v3", "linux/amd64/v4", false],
  ["linux/amd64", "linux/386/sse2", false],
  ["linux/386", "linux/amd64", false],
  ["linux/arm64", "linux/arm64/v8", true],
  ["linux/arm64/v8", "linux/arm64", true],
  ["linux/arm64", "linux/aarch64", true],
  ["linux/arm64", "linux/arm/v7", true],
  ["linux/arm64", "linux/arm/v5", true],
  ["linux/arm64", "linux/arm/v4", false],
  ["linux/arm64", "linux/arm64/v8.1", false],
  ["linux/arm64/v8.2", "linux/arm64/v8.1", true],
  ["linux/arm64/v9", "linux/arm64", true],
  ["linux/arm64/v9", "linux/arm64/v8.5", true],
  ["linux/arm64/v9", "linux/arm64/v8.6", false],
  ["linux/arm64/v9.1", "linux/arm64/v8.6", true],
  ["linux/arm64/v9.1", "linux/arm64/v9", true],
  ["linux/arm64/v9", "linux/arm64/v7", false],
  ["linux/arm64/v8.2", "linux/arm64/v7", false],
  ["linux/arm64/v8.9", "linux/arm64/v9", false],
  ["linux/arm", "linux/arm/v7", true],
  ["linux/arm/v7", "linux/arm", true],
  ["linux/arm/v7", "linux/armhf", true],
  ["linux/arm/v7", "linux/arm/v6", true],
  ["linux/arm/v7", "linux/arm/v5", true],
  ["linux/arm/v6", "linux/arm/v7", false],
  ["linux/arm/v6", "linux/arm/v5", true],
  ["linux/arm/v7", "linux/arm64", false],
  ["linux/s390x", "linux/s390x", true],
  ["linux/s390x", "linux/ppc64le", false],
  ["linux/riscv64", "linux/riscv64/rva22u64", false],
  ["linux/mips64le/foo", "linux/mips64le/foo", true],
  ["windows/amd64", "windows/amd64", true],
  ["macos/arm64", "darwin/arm64", true],
];

describe("a platform", () => {
  for (const [text, name] of parsed) {
    it(`is ${name} where ${JSON.stringify(text)} is written`, () => {
      const found = parsePlatform(text);
      assert.equal(found && platformName(found), name);
    });
  }

  for (const [wanted, offered, isMatch] of matches) {
    it(`${wanted} is ${isMatch ? "" : "not "}served by ${offered}`, () => {
      const found = parsePlatform(wanted);
      assert.ok(found);
      assert.equal(hasPlatform([platform(offered)], found), isMatch);
      assert.equal(hasPlatform([platform("plan9/386"), platform(offered)], found), isMatch);
      assert.equal(hasPlatform([], found), false);
    });
  }

  it("is served by itself, whatever it is, and its name reads as itself", () => {
    fc.assert(
      fc.property(fc.string(), fc.stringMatching(/^[a-z0-9]{1,6}(\/[a-zA-Z0-9_.-]{1,6}){0,3}$/), (any, likely) => {
        for (const text of [any, likely]) {
          const found = parsePlatform(text);
          if (found === null) continue;
          assert.ok(hasPlatform([found], found));
          assert.deepEqual(parsePlatform(platformName(found)), found);
        }
      }),
    );
  });
});
