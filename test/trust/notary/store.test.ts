/** What was believed last, on disk: it only moves forward, and says so where it can't be read. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Gun } from "../../../server/src/trust/notary/gun";
import { createTrustStore, type StoredTrust, type TrustStore } from "../../../server/src/trust/notary/store";
import { GUN, outcomeOf } from "../../support/notary/scene";

const other = "registry.example/acme/other" as Gun;
const [first, later] = [new Date("2026-11-25T10:00:00Z"), new Date("2026-11-25T11:00:00Z")];

function trust(changes: Partial<StoredTrust> = {}): StoredTrust {
  const files = new Map([
    ["root", Buffer.from('{"ä":"😀"}')],
    ["targets/releases", Buffer.from("{}\n")],
  ]);
  return { files, firstSeen: first, checkedAt: first, origin: "first-use", ...changes };
}

function named(name: string): StoredTrust {
  return trust({ files: new Map([["root", Buffer.from(name)]]) });
}

const version = (root: number, timestamp: number, snapshot: number) => ({ root, timestamp, snapshot });

describe("the store", () => {
  let directory: string;
  let store: TrustStore;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "trust-store-"));
    store = createTrustStore(join(directory, "store"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const unusable = "store-unusable store";
  async function nameOfRoot(): Promise<string> {
    const stored = await store.read(GUN);
    return stored === null || stored === "forgotten" ? String(stored) : String(stored.files.get("root"));
  }
  async function folders(): Promise<string[]> {
    return (await readdir(join(directory, "store"))).map((name) => join(directory, "store", name));
  }
  async function onlyFolder(): Promise<string> {
    const [folder = assert.fail(), ...rest] = await folders();
    assert.deepEqual(rest, []);
    return folder;
  }

  it("knows nothing at first", async () => assert.equal(await store.read(GUN), null));

  for (const origin of ["pinned", "first-use", "docker"] as const) {
    it(`gives back what was written: ${origin}`, async () => {
      await store.write(GUN, trust({ origin }), version(1, 2, 3));
      assert.deepEqual(await store.read(GUN), trust({ origin }));
      assert.deepEqual(await createTrustStore(join(directory, "store")).read(GUN), trust({ origin }));
      assert.equal(await store.read(other), null);
    });
  }

  const orders: readonly (readonly [older: readonly number[], newer: readonly number[]])[] = [
    [
      [1, 1, 1],
      [1, 2, 1],
    ],
    [
      [1, 9, 1],
      [1, 10, 1],
    ],
    [
      [1, 2, 1],
      [1, 2, 2],
    ],
    [
      [1, 9, 9],
      [2, 1, 1],
    ],
    [
      [9, 9, 9],
      [10, 1, 1],
    ],
    [
      [1, 1, 9],
      [1, 2, 1],
    ],
  ];
  for (const [older, newer] of orders) {
    it(`holds ${newer} for newer than ${older}, whichever is written last`, async () => {
      const [old, fresh] = [older, newer].map(([root = 0, timestamp = 0, snapshot = 0]) =>
        version(root, timestamp, snapshot),
      );
      assert.ok(old && fresh);
      await store.write(GUN, named("older"), old);
      await store.write(GUN, named("newer"), fresh);
      assert.equal(await nameOfRoot(), "newer");
      await store.write(GUN, named("older"), old);
      assert.equal(await nameOfRoot(), "newer");
      assert.equal((await readdir(await onlyFolder())).length, 1);
    });
  }

  it("keeps one state of many writers at once: the newest", async () => {
    const writers = Array.from({ length: 20 }, (_, index) => (index * 7) % 20);
    await Promise.all(writers.map((number) => store.write(GUN, named(String(number)), version(1, number + 1, 1))));
    assert.equal(await nameOfRoot(), "19");
    await store.write(GUN, named("19"), version(1, 20, 1));
    assert.equal((await readdir(await onlyFolder())).length, 1);
  });

  it("confirms the state that it has, and no other", async () => {
    await store.write(GUN, trust(), version(1, 2, 3));
    await store.confirm(GUN, version(1, 2, 2), later);
    await store.confirm(other, version(1, 2, 3), later);
    assert.deepEqual(await store.read(GUN), trust());
    await store.confirm(GUN, version(1, 2, 3), later);
    assert.deepEqual(await store.read(GUN), trust({ checkedAt: later }));
  });

  it("forgets, and remembers that it has", async () => {
    await store.write(GUN, trust(), version(5, 5, 5));
    await store.write(other, trust(), version(1, 1, 1));
    await store.forget(GUN);
    assert.equal(await store.read(GUN), "forgotten");
    assert.notEqual(await store.read(other), "forgotten");
    await store.write(GUN, named("anew"), version(1, 1, 1));
    assert.equal(await nameOfRoot(), "anew");
    assert.ok((await folders()).length === 2);
  });

  it("forgets what it never knew", async () => {
    await store.forget(GUN);
    assert.equal(await store.read(GUN), "forgotten");
  });

  it("lets nobody else look into its folder", async function () {
    if (process.platform === "win32") return this.skip();
    await store.write(GUN, trust(), version(1, 1, 1));
    const folder = await onlyFolder();
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await stat(join(folder, "1.1.1.json"))).mode & 0o777, 0o600);
  });

  const corrupted: readonly (readonly [name: string, change: (text: string) => string])[] = [
    ["is empty", () => ""],
    ["is half", (text) => text.slice(0, text.length / 2)],
    ["is no object", () => "[]"],
    ["is null", () => "null"],
    ["is of another format", (text) => text.replace('"format":1', '"format":2')],
    ["is of another GUN", (text) => text.replace(GUN, other)],
    ["has no date", (text) => text.replace(/"firstSeen":"[^"]*"/, '"firstSeen":"never"')],
    ["has another origin", (text) => text.replace("first-use", "hearsay")],
    ["has no files", (text) => text.replace('"files":', '"others":')],
    ["has null for files", (text) => text.replace(/"files":.*/, '"files":null}')],
  ];
  for (const [name, change] of corrupted) {
    it(`can't be used where the state ${name}`, async () => {
      await store.write(GUN, trust(), version(1, 1, 1));
      const path = join(await onlyFolder(), "1.1.1.json");
      const [before, after] = [await readFile(path, "utf8"), change(await readFile(path, "utf8"))];
      assert.notEqual(after, before);
      await writeFile(path, after);
      assert.equal(await outcomeOf(store.read(GUN)), unusable);
    });
  }

  it("takes no state that was copied from another GUN's folder", async () => {
    await store.write(GUN, trust(), version(1, 1, 1));
    const content = await readFile(join(await onlyFolder(), "1.1.1.json"));
    await store.write(other, trust(), version(1, 1, 1));
    for (const folder of await folders()) await writeFile(join(folder, "2.1.1.json"), content);
    assert.equal(await outcomeOf(store.read(other)), unusable);
    assert.equal(await outcomeOf(store.read(GUN)), "ok");
  });

  it("passes over what is no state", async () => {
    await store.write(GUN, trust(), version(1, 1, 1));
    const folder = await onlyFolder();
    for (const name of ["9.9.9.json.123", "9.9.json", "-9.9.9.json", "x9.9.9.json", "notes"]) {
      await writeFile(join(folder, name), "");
    }
    assert.deepEqual(await store.read(GUN), trust());
  });

  it("can't be used where its folder is a file", async () => {
    await writeFile(join(directory, "store"), "");
    assert.equal(await outcomeOf(store.read(GUN)), unusable);
    assert.equal(await outcomeOf(store.write(GUN, trust(), version(1, 1, 1))), unusable);
    assert.equal(await outcomeOf(store.forget(GUN)), unusable);
  });

  it("can't be used where a state is a folder", async () => {
    await store.write(GUN, trust(), version(1, 1, 1));
    await mkdir(join(await onlyFolder(), "2.1.1.json"));
    assert.equal(await outcomeOf(store.read(GUN)), unusable);
  });
});
