import assert from "node:assert/strict";
import fc from "fast-check";
import { quotaIn, retryDelay } from "../../../server/src/registry/http/quota";

const clock = new Date("2026-01-01T12:00:00Z");

describe("quotaIn", () => {
  const table: [string, Record<string, string>, ReturnType<typeof quotaIn>][] = [
    [
      "Docker Hub's",
      { "ratelimit-limit": "100;w=21600", "ratelimit-remaining": "76;w=21600" },
      { limit: 100, remaining: 76, endsAt: 1_000 + 21_600_000 },
    ],
    [
      "GitLab's, with the seconds that are left",
      { "ratelimit-limit": "60", "ratelimit-remaining": "0", "ratelimit-reset": "7" },
      { limit: 60, remaining: 0, endsAt: 8_000 },
    ],
    [
      "one without a window, for an hour",
      { "ratelimit-limit": "5", "ratelimit-remaining": "5" },
      { limit: 5, remaining: 5, endsAt: 1_000 + 3_600_000 },
    ],
    [
      "more left than there is",
      { "ratelimit-limit": "5", "ratelimit-remaining": "500" },
      { limit: 5, remaining: 5, endsAt: 1_000 + 3_600_000 },
    ],
    [
      "a window of years, for a week",
      { "ratelimit-limit": "5;w=999999999", "ratelimit-remaining": "1;w=999999999" },
      { limit: 5, remaining: 1, endsAt: 1_000 + 604_800_000 },
    ],
    ["no limit", { "ratelimit-remaining": "5" }, null],
    ["a limit of nothing", { "ratelimit-limit": "0", "ratelimit-remaining": "0" }, null],
    ["a number below zero", { "ratelimit-limit": "100", "ratelimit-remaining": "-1" }, null],
    ["words", { "ratelimit-limit": "many", "ratelimit-remaining": "few" }, null],
  ];
  for (const [name, headers, expected] of table) {
    it(`reads ${name}`, () => assert.deepEqual(quotaIn(headers, 1_000), expected));
  }
});

describe("retryDelay", () => {
  const table: [string, Record<string, string>, number | null][] = [
    ["seconds", { "retry-after": "30" }, 30_000],
    ["no time at all", { "retry-after": "0" }, 0],
    ["a week at most", { "retry-after": "999999999" }, 604_800_000],
    ["a date by our clock", { "retry-after": "Thu, 01 Jan 2026 12:00:10 GMT" }, 10_000],
    [
      "a date by the server's clock",
      { date: "Wed, 01 Jan 2020 00:00:00 GMT", "retry-after": "Wed, 01 Jan 2020 00:01:00 GMT" },
      60_000,
    ],
    ["a date of the past", { "retry-after": "Thu, 01 Jan 2026 11:00:00 GMT" }, 0],
    ["nothing", {}, null],
    ["a number below zero", { "retry-after": "-5" }, null],
    ["a fraction", { "retry-after": "1.5" }, null],
    ["words", { "retry-after": "soon" }, null],
    ["a bare year", { "retry-after": "9999999999999" }, null],
  ];
  for (const [name, headers, expected] of table) {
    it(`reads ${name}`, () => assert.equal(retryDelay(headers, clock), expected));
  }
});

it("whatever a server says of its limits is a bounded number, or nothing", () => {
  const field = fc.oneof(fc.string(), fc.stringMatching(/^-?\d{0,12}(;w=\d{0,12})?$/));
  const names = ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "retry-after", "date"];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), field), (headers) => {
      const quota = quotaIn(headers, 0);
      if (quota !== null) {
        assert.ok(quota.limit > 0 && quota.remaining >= 0 && quota.remaining <= quota.limit);
        assert.ok(quota.endsAt >= 0 && quota.endsAt <= 604_800_000);
      }
      const delay = retryDelay(headers, clock);
      assert.ok(delay === null || (delay >= 0 && delay <= 604_800_000));
    }),
  );
});
