import assert from "node:assert/strict";
import fc from "fast-check";
import { parseChallenges } from "../../../server/src/registry/login/challenge";

/** scheme, token68, parameters */
type Row = [string, string | null, Record<string, string>];

const table: [string, string, Row[]][] = [
  [
    "Docker Hub",
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull"',
    [
      [
        "bearer",
        null,
        {
          realm: "https://auth.docker.io/token",
          service: "registry.docker.io",
          scope: "repository:library/alpine:pull",
        },
      ],
    ],
  ],
  [
    "a comma within quotes",
    'Bearer realm="https://a.example/t",scope="repository:a:pull,push"',
    [["bearer", null, { realm: "https://a.example/t", scope: "repository:a:pull,push" }]],
  ],
  ["escapes", 'Basic realm="say \\"hi\\", \\\\o"', [["basic", null, { realm: 'say "hi", \\o' }]]],
  [
    "Basic beside Bearer",
    'Basic realm="r", Bearer realm="https://a.example/t", service="s"',
    [
      ["basic", null, { realm: "r" }],
      ["bearer", null, { realm: "https://a.example/t", service: "s" }],
    ],
  ],
  [
    "the example of RFC 9110, section 11.6.1",
    'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
    [
      ["basic", null, { realm: "simple" }],
      ["newauth", null, { realm: "apps", type: "1", title: 'Login to "apps"' }],
    ],
  ],
  [
    "schemes without parameters and with a token",
    'Negotiate, NTLM abc+/==, Basic realm="r"',
    [
      ["negotiate", null, {}],
      ["ntlm", "abc+/==", {}],
      ["basic", null, { realm: "r" }],
    ],
  ],
  [
    "space around the equals sign",
    'BEARER Realm = "https://a.example/t" , Service=s',
    [["bearer", null, { realm: "https://a.example/t", service: "s" }]],
  ],
  [
    "a realm without quotes",
    "Bearer realm=https://a.example/t?x=1,service=s",
    [["bearer", null, { realm: "https://a.example/t?x=1", service: "s" }]],
  ],
  ["parameters without commas", 'Bearer realm="r" service="s"', [["bearer", null, { realm: "r", service: "s" }]]],
  ["a parameter that comes twice", 'Bearer realm="first",realm="second"', [["bearer", null, { realm: "first" }]]],
  ["an empty value", 'Bearer realm="",service=', [["bearer", null, { realm: "", service: "" }]]],
  [
    "an open quote",
    'Basic realm="never closed',
    [
      ["basic", null, { realm: "" }],
      ["closed", null, {}],
    ],
  ],
  ["a parameter before any scheme", 'realm="r"', []],
  [
    "a name from Object.prototype",
    'Bearer __proto__="x",constructor="y"',
    [["bearer", null, { ["__proto__"]: "x", constructor: "y" }]],
  ],
  ["empty list elements", ' , ,Basic realm="r",, ', [["basic", null, { realm: "r" }]]],
  ["nothing", "", []],
  ["no field at all", '@@@ ("")', []],
];

describe("parseChallenges", () => {
  for (const [name, field, expected] of table) {
    it(`reads ${name}`, () => {
      const rows = parseChallenges(field).map(({ scheme, token68, parameters }) => [
        scheme,
        token68,
        Object.fromEntries(parameters),
      ]);
      assert.deepEqual(rows, expected);
    });
  }

  it("never throws and always ends, whatever a server writes", () => {
    const piece = fc.constantFrom("Bearer", "Basic ", "realm", "=", '"', "\\", ",", " ", "abc==", "\u0000", "é");
    const anyField = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join("")),
    );
    fc.assert(fc.property(anyField, (field) => Array.isArray(parseChallenges(field))));
  });

  it("gives back the parameters that it was built from", () => {
    const name = fc.stringMatching(/^[a-z]{1,8}$/);
    const parameters = fc.dictionary(name, fc.string({ unit: "binary-ascii" }), {
      minKeys: 1,
      maxKeys: 5,
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(parameters, (written) => {
        const quote = (value: string) => `"${value.replace(/["\\]/g, "\\$&")}"`;
        const field = Object.entries(written).map(([key, value]) => `${key}=${quote(value)}`);
        const [first] = parseChallenges(`Bearer ${field.join(", ")}`);
        assert.deepEqual(Object.fromEntries(first?.parameters ?? []), written);
      }),
    );
  });

  it("reads a field of the greatest size in linear time", () => {
    const field = `Bearer ${'a="\\'.repeat(4000)}`;
    assert.ok(parseChallenges(field).length > 0);
  });
});
