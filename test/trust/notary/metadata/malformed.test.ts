/** Metadata of each role that is signed and still not what the role's metadata has to be, one edit a row. */
import assert from "node:assert/strict";
import { parseRoot } from "../../../../server/src/trust/notary/metadata/root";
import { versionOf } from "../../../../server/src/trust/notary/metadata/signed";
import { parseSnapshot } from "../../../../server/src/trust/notary/metadata/snapshot";
import { parseTargets } from "../../../../server/src/trust/notary/metadata/targets";
import { parseTimestamp } from "../../../../server/src/trust/notary/metadata/timestamp";
import { createKey } from "../../../support/notary/keys";
import { targetOf } from "../../../support/notary/repository";
import { hexOf, outcomeOfSync, Scene } from "../../../support/notary/scene";

const scene = new Scene();
const releases = scene.repository.delegate("targets/releases", createKey("ecdsa"));
releases.targets["2"] = targetOf(hexOf("2"), 2);
scene.repository.delegate("targets/ann", createKey("ecdsa"));
scene.publish();

const parsers = {
  root: parseRoot,
  timestamp: parseTimestamp,
  snapshot: parseSnapshot,
  targets: (bytes: Buffer) => parseTargets(bytes, "targets"),
  "targets/releases": (bytes: Buffer) => parseTargets(bytes, "targets/releases"),
} as const;
type Role = keyof typeof parsers;
const roles = Object.keys(parsers) as Role[];
const files = new Map(roles.map((role) => [role, String(scene.source.files.get(`${role}.json`))]));

type Path = readonly (string | number)[];
/** Leaves the member out. */
const LEFT_OUT = Symbol("left out");

/** The role's metadata with one member changed; `*` stands for the first one, whatever its name. */
function edited(role: Role, path: Path, value: unknown): Buffer {
  const file: unknown = JSON.parse(files.get(role) ?? "");
  let parent = file as Record<string | number, unknown>;
  const names = [...path];
  for (;;) {
    const name = names.shift() ?? assert.fail();
    const key = name === "*" ? (Object.keys(parent)[0] ?? assert.fail(`nothing at ${path.join(".")}`)) : name;
    if (names.length > 0) {
      parent = parent[key] as typeof parent;
      continue;
    }
    if (value === LEFT_OUT) delete parent[key];
    else parent[key] = value;
    return Buffer.from(JSON.stringify(file));
  }
}

const malformed = "malformed-metadata";
type Row = readonly (readonly [path: string, values: readonly unknown[], code?: string])[];

const ofAll: Row = [
  ["signed", [LEFT_OUT, null, [], "text", 1]],
  ["signed._type", [LEFT_OUT, "", "root", "Mirrors", 1], "wrong-type"],
  ["signed.version", [LEFT_OUT, 0, -1, "1", null, true, []]],
  ["signed.expires", [LEFT_OUT, "", "never", 1, null, "2030-01-01", "2030-01-01T00:00:00", "2030-13-01T00:00:00Z"]],
  [
    "signed.expires",
    ["2030-01-01 00:00:00Z", " 2030-01-01T00:00:00Z", "2030-01-01T00:00:00Z ", "+012030-01-01T00:00:00Z"],
  ],
  ["signatures", [LEFT_OUT, null, {}, "text"]],
  ["signatures.0", [null, [], "text"]],
  ["signatures.0.keyid", [LEFT_OUT, 1, null]],
  ["signatures.0.method", [LEFT_OUT, 1, null]],
  ["signatures.0.sig", [LEFT_OUT, 1, "****", "YWI", "YW I=", "YWJ=", "YWI=\n", "-_-_"]],
];

const ofKeys = (keys: string): Row => [
  [`${keys}`, [LEFT_OUT, null, [], "text"]],
  [`${keys}.*`, [null, [], "text"]],
  [`${keys}.*.keytype`, [LEFT_OUT, 1, null]],
  [`${keys}.*.keytype`, ["rsa", "ECDSA"], "key-id-mismatch"],
  [`${keys}.*.keyval`, [LEFT_OUT, null, "text"]],
  [`${keys}.*.keyval.public`, [LEFT_OUT, null, "***", 1]],
  [`${keys}.*.keyval.public`, ["", "YWJj"], "key-id-mismatch"],
  [`${keys}.${hexOf("a")}`, [{ keytype: "ecdsa", keyval: { public: "YWJj" } }], "key-id-mismatch"],
];

const ofRole = (role: string): Row => [
  [`${role}.keyids`, [{}, "text", [1], [hexOf("a")], [null]]],
  [`${role}.threshold`, [LEFT_OUT, 0, -1, "1", null]],
];

/** Good enough for a tag, which then has no digest, and for no metadata. */
const SHA512_ALONE = { sha512: Buffer.alloc(64).toString("base64") };

/** @param values of `hashes` that are refused besides */
const ofFile = (file: string, ...values: unknown[]): Row => [
  [file, [null, [], "text"]],
  [`${file}.length`, [LEFT_OUT, -1, "1", null]],
  [`${file}.hashes`, [LEFT_OUT, null, [], {}, ...values]],
  [`${file}.hashes.sha256`, [LEFT_OUT, null, "", "YWJj", hexOf("a"), Buffer.alloc(33).toString("base64")]],
  [`${file}.hashes.sha512`, [null, "", "YWJj", Buffer.alloc(32).toString("base64")]],
];

const rows: Readonly<Record<Role, Row>> = {
  root: [
    ...ofAll,
    ...ofKeys("signed.keys"),
    ["signed.roles", [LEFT_OUT, null, []]],
    ...["root", "timestamp", "snapshot", "targets"].flatMap(
      (role): Row => [[`signed.roles.${role}`, [LEFT_OUT, null, [], "text"]], ...ofRole(`signed.roles.${role}`)],
    ),
  ],
  timestamp: [...ofAll, ["signed.meta", [LEFT_OUT, null, [], {}]], ...ofFile("signed.meta.snapshot", SHA512_ALONE)],
  snapshot: [...ofAll, ["signed.meta", [LEFT_OUT, null, []]], ...ofFile("signed.meta.targets", SHA512_ALONE)],
  targets: [
    ...ofAll,
    ["signed.targets", [LEFT_OUT, null, [], "text"]],
    ...ofFile("signed.targets.1"),
    ["signed.delegations", [[], "text", 1, false]],
    ...ofKeys("signed.delegations.keys"),
    ["signed.delegations.roles", [{}, "text", 1]],
    ["signed.delegations.roles.0", [null, [], "text"]],
    ...ofRole("signed.delegations.roles.0"),
    ["signed.delegations.roles.0.paths", [{}, "text", [1], [null]]],
    ["signed.delegations.roles.0.name", [LEFT_OUT, 1, "", "targets", "targets/", "root", "releases", "targets/Upper"]],
    ["signed.delegations.roles.0.name", ["targets/a/b", "targets/../x", "targets/a b", "/targets/a", "targets//a"]],
    ["signed.delegations.roles.0.name", ["targets/a\n", `targets/${"a".repeat(248)}`]],
    // The second one's name.
    ["signed.delegations.roles.0.name", ["targets/ann"]],
  ],
  "targets/releases": [...ofAll, ...ofFile("signed.targets.2")],
};

for (const role of roles) {
  describe(`metadata of ${role}`, () => {
    it("is read where it is well formed", () => {
      assert.equal(
        outcomeOfSync(() => parsers[role](Buffer.from(files.get(role) ?? ""))),
        "ok",
      );
    });

    for (const [path, values, code = malformed] of rows[role]) {
      it(`without a good ${path}: ${code}`, () => {
        for (const value of values) {
          const bytes = edited(role, path.split("."), value);
          assert.equal(
            outcomeOfSync(() => parsers[role](bytes)),
            `${code} ${role}`,
            String(JSON.stringify(value)),
          );
        }
      });
    }

    for (const [name, text] of [
      ["nothing", ""],
      ["HTML", "<html>"],
      ["a list", "[]"],
      ["null", "null"],
      ["JSON with more behind it", `${files.get(role)} {}`],
      ["JSON with a key twice", `${files.get(role)?.slice(0, -1)},"signed":{}}`],
      ["JSON behind a byte order mark", `\ufeff${files.get(role)}`],
    ] as const) {
      it(`is none of ${name}`, () => {
        assert.equal(
          outcomeOfSync(() => parsers[role](Buffer.from(text))),
          `${malformed} ${role}`,
        );
      });
    }

    it("is none of another role", () => {
      for (const other of roles) {
        if (role.startsWith("targets") && other.startsWith("targets")) continue;
        const expected = other === role ? "ok" : `wrong-type ${role}`;
        assert.equal(
          outcomeOfSync(() => parsers[role](Buffer.from(files.get(other) ?? ""))),
          expected,
        );
      }
    });
  });
}

describe("well-formed metadata", () => {
  const taken: readonly (readonly [role: Role, path: string, value: unknown])[] = [
    ["root", "signed.consistent_snapshot", true],
    ["root", "signed.roles.mirrors", { keyids: [], threshold: 0 }],
    ["root", "signed.expires", "2036-11-24T14:42:43.97629293Z"],
    ["root", "signed.expires", "2036-11-24T14:42:43+01:00"],
    ["root", "signatures", []],
    ["root", "signed.roles.targets.keyids", null],
    ["targets", "signed.delegations", LEFT_OUT],
    ["targets", "signed.delegations", null],
    ["targets", "signed.delegations", {}],
    ["targets", "signed.delegations.roles", null],
    ["targets", "signed.delegations.roles", LEFT_OUT],
    ["targets", "signed.delegations.roles.0.paths", LEFT_OUT],
    ["targets", "signed.delegations.roles.0.name", `targets/${"a".repeat(247)}`],
    ["targets", "signed.targets.1.custom", { any: [1] }],
    ["targets", "signed.targets.1.length", 0],
  ];
  for (const [role, path, value] of taken) {
    it(`of ${role} may have ${path} ${String(JSON.stringify(value)).slice(0, 40)}`, () => {
      assert.equal(
        outcomeOfSync(() => parsers[role](edited(role, path.split("."), value))),
        "ok",
      );
    });
  }

  it("may have delegations without paths, which may sign nothing", () => {
    const { delegations } = parseTargets(
      edited("targets", "signed.delegations.roles.0.paths".split("."), null),
      "targets",
    );
    assert.deepEqual(delegations[0]?.paths, []);
  });

  it("names each key of a role once", () => {
    const [own = ""] = Object.keys(JSON.parse(files.get("root") ?? "").signed.keys as object);
    const bytes = edited("root", ["signed", "roles", "root", "keyids"], [own, own]);
    assert.equal(
      outcomeOfSync(() => parseRoot(bytes)),
      `${malformed} root`,
    );
  });

  it("tells its version alone", () => {
    assert.equal(versionOf(edited("targets", ["signed", "version"], 7), "targets"), 7);
    for (const value of [0, "7", null, LEFT_OUT]) {
      const bytes = edited("targets", ["signed", "version"], value);
      assert.equal(
        outcomeOfSync(() => versionOf(bytes, "targets")),
        `${malformed} targets`,
      );
    }
  });

  it("has methods in small letters, whatever was written", () => {
    const [signature] = parseRoot(edited("root", ["signatures", 0, "method"], "ECDSA")).signatures;
    assert.equal(signature?.method, "ecdsa");
  });
});
