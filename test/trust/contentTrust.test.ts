import assert from "node:assert/strict";
import { readContentTrust } from "../../server/src/trust/contentTrust";

/** What Go's `strconv.ParseBool` takes; the Docker client takes whatever that refuses for true. */
const values: readonly (readonly [value: string | undefined, isRequired: boolean])[] = [
  [undefined, false],
  ["", false],
  ...["0", "f", "F", "false", "FALSE", "False"].map((value) => [value, false] as const),
  ...["1", "t", "T", "true", "TRUE", "True"].map((value) => [value, true] as const),
  ...["yes", "no", "off", "2", " 0", "fAlse", "tRUE", "null"].map((value) => [value, true] as const),
];

const servers: readonly (readonly [value: string | undefined, server: string | null])[] = [
  [undefined, null],
  ["", null],
  ["https://notary.example", "https://notary.example/"],
  ["https://notary.example:4443/trust", "https://notary.example:4443/trust"],
  ["http://notary.example", "invalid"],
  ["notary.example", "invalid"],
  ["https://", "invalid"],
  ["file:///etc/passwd", "invalid"],
];

describe("DOCKER_CONTENT_TRUST", () => {
  for (const [value, isRequired] of values) {
    it(`${value === undefined ? "unset" : JSON.stringify(value)} is ${isRequired ? "on" : "off"}`, () => {
      assert.equal(readContentTrust({ DOCKER_CONTENT_TRUST: value }).isRequired, isRequired);
    });
  }
});

describe("DOCKER_CONTENT_TRUST_SERVER", () => {
  for (const [value, server] of servers) {
    it(`${value === undefined ? "unset" : JSON.stringify(value)} is ${server ?? "no server"}`, () => {
      const read = readContentTrust({ DOCKER_CONTENT_TRUST_SERVER: value }).server;
      assert.equal(read instanceof URL ? read.href : read, server);
    });
  }
});
