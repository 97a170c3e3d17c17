/**
 * The notary client rotates keys, and adds and removes signers; ours follows from whatever it saw last: at every step,
 * only at the beginning, or nothing at all.
 */
import assert from "node:assert/strict";
import { digestOf, hexOf, type NotaryBench, startNotaryBench } from "../support/notary/bench";
import type { RootBody } from "../support/notary/metadata";
import type { NotaryClient } from "../support/notary/notaryClient";
import type { NotaryServerOptions } from "../support/notary/notaryServer";
import { gunFor, type SchemeUnderTest, signedAnswer } from "../support/notary/schemeUnderTest";
import { storedBody } from "../support/notary/storedMetadata";

interface Rotation {
  readonly name: string;
  /** Whether the new keys are the client's, whoever holds those of the server. */
  readonly isByClient?: boolean;
  /** Versions that the root is ahead afterwards. */
  readonly rootVersions: number;
  readonly rotate: (client: NotaryClient, gun: string) => Promise<void>;
}

const rotations: readonly Rotation[] = [
  { name: "timestamp", rootVersions: 1, rotate: (client, gun) => client.rotate(gun, "timestamp") },
  {
    name: "snapshot to the server",
    rootVersions: 1,
    rotate: (client, gun) => client.rotate(gun, "snapshot", { serverManaged: true }),
  },
  {
    name: "snapshot on the server",
    rootVersions: 1,
    rotate: (client, gun) => client.rotate(gun, "snapshot", { serverManaged: true }),
  },
  {
    name: "snapshot back to the client",
    rootVersions: 1,
    isByClient: true,
    rotate: (client, gun) => client.rotate(gun, "snapshot"),
  },
  { name: "targets", rootVersions: 1, isByClient: true, rotate: (client, gun) => client.rotate(gun, "targets") },
  { name: "root", rootVersions: 1, isByClient: true, rotate: (client, gun) => client.rotate(gun, "root") },
  {
    name: "root, twice between two looks",
    rootVersions: 2,
    isByClient: true,
    async rotate(client, gun) {
      await client.rotate(gun, "root");
      await client.rotate(gun, "root");
    },
  },
  {
    name: "everything between two looks",
    rootVersions: 4,
    async rotate(client, gun) {
      await client.rotate(gun, "root");
      await client.rotate(gun, "targets");
      await client.rotate(gun, "timestamp");
      await client.rotate(gun, "snapshot", { serverManaged: true });
    },
  },
];

const signers: readonly NotaryServerOptions["signer"][] = ["local", "notary-signer"];

for (const signer of signers) {
  describe(`rotated keys of a real notary-server with ${signer === "local" ? "keys of its own" : signer}`, () => {
    const gun = "localhost:5000/acme/rotated";
    let bench: NotaryBench;
    let client: NotaryClient;
    /** Looked once, before the first rotation. */
    let early: SchemeUnderTest;
    /** Looks after every rotation. */
    let always: SchemeUnderTest;
    let published = 0;
    let expectedRoot = 1;
    before(async function () {
      bench = await startNotaryBench(this, { signer });
      client = bench.newClient();
      [early, always] = [bench.newScheme(), bench.newScheme()];
      await client.init(gun);
      await publish();
      for (const scheme of [early, always]) assert.equal(await scheme.outcome(`${gun}:1`), digestOf("1"));
    });
    after(() => bench?.close());

    async function publish(): Promise<void> {
      const tag = String(++published);
      await client.addHash(gun, tag, 1, hexOf(tag));
    }

    async function assertFollows(scheme: SchemeUnderTest): Promise<void> {
      for (const tag of ["1", String(published)]) assert.equal(await scheme.outcome(`${gun}:${tag}`), digestOf(tag));
      const { version } = await storedBody<RootBody>(scheme.store, gunFor(gun), "root");
      assert.equal(version, expectedRoot);
    }

    for (const { name, rootVersions, isByClient, rotate } of rotations) {
      if (isByClient && signer !== "local") continue;
      it(`are followed: ${name}`, async () => {
        await rotate(client, gun);
        expectedRoot += rootVersions;
        await assertFollows(bench.newScheme());
        await assertFollows(always);
        await publish();
        await assertFollows(bench.newScheme());
        await assertFollows(always);
        // From version 1 on each time: this one's store is never the same again.
        const copy = early.with({ directory: bench.newFolder() });
        const known = await early.store.read(gunFor(gun));
        assert.ok(known !== null && known !== "forgotten");
        await copy.store.write(gunFor(gun), known, { root: 1, timestamp: 1, snapshot: 1 });
        await assertFollows(copy);
      });
    }

    it("leave when the root was first seen as it was", async () => {
      const { root: before } = signedAnswer(await always.check(`${gun}:1`));
      await client.rotate(gun, "root");
      const { root } = signedAnswer(await always.advance(2).check(`${gun}:1`));
      assert.deepEqual([root?.firstSeen, root?.trust], [before?.firstSeen, "first-use"]);
      assert.notDeepEqual(root?.keys, before?.keys);
    });
  });
}

describe("signers of a real notary-server", () => {
  const gun = "localhost:5000/acme/signers";
  let bench: NotaryBench;
  before(async function () {
    bench = await startNotaryBench(this, { signer: "local" });
  });
  after(() => bench?.close());

  it("are added, removed and added again", async () => {
    const client = bench.newClient();
    const bob = await bench.server.authority.selfSigned({ name: "bob", commonName: "bob" });
    const [early, always] = [bench.newScheme(), bench.newScheme()];
    const releases = "targets/releases";
    await client.init(gun);
    await client.importKey(bob.keyPath, "user");
    await client.addHash(gun, "1", 1, hexOf("targets"));
    const assertSaid = async (...outcomes: readonly [tag: string, outcome: string][]) => {
      for (const scheme of [bench.newScheme(), always]) {
        for (const [tag, outcome] of outcomes) assert.equal(await scheme.outcome(`${gun}:${tag}`), outcome, tag);
      }
    };
    await assertSaid(["1", digestOf("targets")]);

    await client.addDelegation(gun, releases, bob.certificatePath);
    await client.addDelegation(gun, "targets/bob", bob.certificatePath);
    for (const tag of ["1", "2", "3"]) await client.addHash(gun, tag, 1, hexOf(tag), [releases, "targets/bob"]);
    await assertSaid(["1", digestOf("1")], ["3", digestOf("3")]);
    assert.deepEqual(await namesOf(early, `${gun}:3`), [releases, "targets/bob"]);

    await client.removeDelegation(gun, "targets/bob");
    await assertSaid(["3", digestOf("3")]);
    assert.deepEqual(await namesOf(always, `${gun}:3`), [releases]);
    await client.addDelegation(gun, "targets/bob", bob.certificatePath);
    await assertSaid(["3", digestOf("3")]);
    assert.deepEqual(await namesOf(always, `${gun}:3`), [releases]);

    const keys = await client.listKeys();
    const { keyId } = keys.find(({ role }) => role === "user") ?? assert.fail("bob has no key");
    assert.deepEqual(await namesOf(early, `${gun}:3`), [releases]);
    // Its last key: what it signed counts no more, and what `targets` has instead comes with a note.
    await client.removeDelegation(gun, releases, [keyId]);
    await assertSaid(["1", digestOf("targets")], ["3", "unsigned"], ["4", "unsigned"]);
    assert.equal(signedAnswer(await always.check(`${gun}:1`)).notes.length, 1);
    await client.addDelegation(gun, releases, bob.certificatePath);
    await assertSaid(["1", digestOf("1")]);
    await client.addHash(gun, "4", 1, hexOf("4"), [releases]);
    await assertSaid(["1", digestOf("1")], ["4", digestOf("4")]);
    assert.deepEqual(await namesOf(early, `${gun}:4`), [releases]);

    await client.removeDelegation(gun, releases);
    await assertSaid(["1", digestOf("targets")], ["4", "unsigned"]);
  });
});

async function namesOf(scheme: SchemeUnderTest, reference: string): Promise<string[]> {
  return signedAnswer(await scheme.check(reference)).signers.map(({ name }) => name);
}
