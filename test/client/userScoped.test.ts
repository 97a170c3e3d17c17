/**
 * Settings of the user alone: VS Code before 1.132 mixes a workspace's nested ones into them. A stand-in for the editor's
 * module answers as such a version does.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import Module from "node:module";
import { join } from "node:path";
import { userScopedSettings } from "../../server/src/lsp/wire";

const root = join(__dirname, "../..");

interface Inspected {
  readonly defaultValue?: unknown;
  readonly globalValue?: unknown;
  readonly workspaceValue?: unknown;
}

const inspected: Record<string, Inspected> = {};
/** Of the section `http`. */
const http: Record<string, Inspected> = {
  proxy: { defaultValue: "", globalValue: "http://proxy.corp:3128", workspaceValue: "http://evil.example" },
  noProxy: { defaultValue: [], workspaceValue: ["*"] },
  proxySupport: { defaultValue: "override", workspaceValue: "off" },
  proxyAuthorization: { defaultValue: null },
};
const inspectedIn = (section: string) => (section === "http" ? http : inspected);

/** Loads the client's file with a module `vscode` of ours, which exists in the editor alone. */
function loadUserScoped(): typeof import("../../client/src/userScoped") {
  const loader = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown };
  const load = loader._load;
  loader._load = (request, ...rest) =>
    request === "vscode"
      ? {
          workspace: {
            getConfiguration: (section: string) => ({ inspect: (name: string) => inspectedIn(section)[name] }),
          },
        }
      : load(request, ...rest);
  try {
    return require("../../client/src/userScoped");
  } finally {
    loader._load = load;
  }
}

describe("settings of the user alone", () => {
  const { userScoped } = loadUserScoped();

  async function answer(merged: unknown, section = "digestPin"): Promise<unknown> {
    const next = async () => [merged];
    const result = await userScoped({ items: [{ section }] }, {} as never, next as never);
    return (result as unknown[])[0];
  }

  beforeEach(() => {
    for (const name of Object.keys(inspected)) delete inspected[name];
  });

  it("are those that the manifest gives the scope application", () => {
    const { contributes } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const properties = contributes.configuration.flatMap((section: { properties: object }) =>
      Object.entries(section.properties),
    ) as [string, { scope: string }][];
    const application = properties.flatMap(([name, { scope }]) =>
      scope === "application" ? name.replace("digestPin.", "") : [],
    );
    assert.deepEqual([...userScopedSettings].sort(), application.sort());
  });

  it("are not taken from a workspace", async () => {
    const attack = {
      network: "automatic",
      registries: ["evil.example"],
      trust: [{ images: ["**"], notary: { server: "https://evil.example" } }],
      mirrors: { "docker.io": ["evil.example"] },
      proxy: { proxy: "http://evil.example" },
      requireSignature: false,
      pinStyle: "digest-only",
      rules: { "signature-required": "off", "untrusted-signer": "off", "mutable-tag": "off" },
    };
    inspected.network = { defaultValue: "automatic", globalValue: "off", workspaceValue: "automatic" };
    inspected.requireSignature = { defaultValue: false, globalValue: true, workspaceValue: false };
    inspected.trust = { defaultValue: [], workspaceValue: attack.trust };
    inspected.registries = { defaultValue: [], workspaceValue: ["evil.example"] };
    inspected.mirrors = { defaultValue: {}, workspaceValue: attack.mirrors };
    inspected["rules.signature-required"] = { defaultValue: "default", globalValue: "error", workspaceValue: "off" };
    inspected["rules.untrusted-signer"] = { defaultValue: "default", workspaceValue: "off" };
    assert.deepEqual(await answer(attack), {
      network: "off",
      registries: [],
      mirrors: {},
      insecureRegistries: undefined,
      proxy: { proxy: "http://proxy.corp:3128", noProxy: [], support: "override", authorization: null },
      trust: [],
      requireSignature: true,
      pinStyle: "digest-only",
      rules: {
        "signature-required": "error",
        "untrusted-signer": "default",
        "invalid-signature": undefined,
        "signer-changed": undefined,
        "digest-not-found": undefined,
        "mutable-tag": "off",
      },
    });
  });

  it("leave other sections, and answers that are none, as they are", async () => {
    assert.deepEqual(await answer({ rules: 1 }, "editor"), { rules: 1 });
    assert.deepEqual(await userScoped({ items: [] }, {} as never, (async () => null) as never), null);
  });
});
