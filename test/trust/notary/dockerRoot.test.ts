/** What of docker's own folder is read, and from where. */
import assert from "node:assert/strict";
import type { Machine } from "../../../server/src/registry/machine";
import { readDockerAuthority, readDockerRoot } from "../../../server/src/trust/notary/dockerRoot";
import { GUN } from "../../support/notary/scene";

function machine(changes: Partial<Machine>, asked: string[] = []): Machine {
  return {
    platform: "linux",
    environment: {},
    homeDirectory: "/home/me",
    readText: async (path) => {
      asked.push(path);
      return "content";
    },
    listFolder: () => assert.fail(),
    realPath: () => assert.fail(),
    isExecutable: () => assert.fail(),
    run: () => assert.fail(),
    ...changes,
  };
}

const rows: readonly (readonly [name: string, changes: Partial<Machine>, folder: string | null])[] = [
  ["the home directory", {}, "/home/me/.docker"],
  ["DOCKER_CONFIG", { environment: { DOCKER_CONFIG: "/etc/docker" } }, "/etc/docker"],
  ["the home directory where DOCKER_CONFIG is empty", { environment: { DOCKER_CONFIG: "" } }, "/home/me/.docker"],
  ["nowhere where DOCKER_CONFIG is relative", { environment: { DOCKER_CONFIG: "docker" } }, null],
  ["nowhere where DOCKER_CONFIG leads up", { environment: { DOCKER_CONFIG: "../docker" } }, null],
];

describe("docker's folder", () => {
  for (const [name, changes, folder] of rows) {
    it(`is looked for in ${name}`, async () => {
      const asked: string[] = [];
      const root = await readDockerRoot(GUN, machine(changes, asked));
      const authority = await readDockerAuthority(new URL("https://trust.example:4443/x"), machine(changes, asked));
      const paths = [`trust/tuf/${GUN}/metadata/root.json`, "tls/trust.example:4443/ca.crt"];
      assert.deepEqual(asked, folder === null ? [] : paths.map((path) => `${folder}/${path}`));
      assert.deepEqual([root, authority], folder === null ? [null, null] : [Buffer.from("content"), "content"]);
    });
  }

  it("is looked for with the separators of its platform", async () => {
    const asked: string[] = [];
    await readDockerRoot(GUN, machine({ platform: "win32", homeDirectory: "C:\\Users\\me" }, asked));
    assert.deepEqual(asked, ["C:\\Users\\me\\.docker\\trust\\tuf\\registry.example\\acme\\app\\metadata\\root.json"]);
  });

  it("may lack the file", async () => {
    for (const readText of [async () => null, () => Promise.reject(new Error("EACCES"))]) {
      assert.equal(await readDockerRoot(GUN, machine({ readText })), null);
    }
  });
});
