/**
 * Why a root of real trust data is believed, or not: pins, a pinned authority, the docker client's own copy, first use,
 * and the user's word where an owner has begun anew.
 */
import assert from "node:assert/strict";
import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { digestOf, hexOf, type NotaryBench, startNotaryBench } from "../support/notary/bench";
import type { NotaryClient } from "../support/notary/notaryClient";
import {
  gunFor,
  messageOf,
  pinnedAuthority,
  pinnedKeys,
  type SchemeUnderTest,
  signedAnswer,
} from "../support/notary/schemeUnderTest";

const NOT_PINNED = "untrusted: root root-not-pinned";
const REMOVED = "invalid: timestamp trust-data-removed";

describe("the root of real trust data", () => {
  let bench: NotaryBench;
  before(async function () {
    bench = await startNotaryBench(this, { signer: "local" });
  });
  after(() => bench?.close());

  /** A client whose folder is known, with a tag `1` published. */
  async function publish(gun: string): Promise<{ client: NotaryClient; folder: string; canonicalId: string }> {
    const folder = bench.newFolder();
    const client = bench.newClient({ directory: folder });
    await client.init(gun);
    await client.addHash(gun, "1", 1, hexOf("1"));
    return { client, folder, canonicalId: await rootKeyOf(client) };
  }

  it("is named where it is pinned, by its id with or without the certificate", async () => {
    const gun = "localhost:5000/acme/pinned";
    const { client, canonicalId } = await publish(gun);
    const { root } = signedAnswer(await bench.newScheme().check(`${gun}:1`));
    const [id = assert.fail("no key")] = root?.keys ?? [];
    assert.notEqual(id, canonicalId);
    const other = hexOf("another key");
    const cases: readonly (readonly [ids: readonly string[], outcome: string])[] = [
      [[id], digestOf("1")],
      [[canonicalId], digestOf("1")],
      [[other, id], digestOf("1")],
      [[other], NOT_PINNED],
      [[], NOT_PINNED],
    ];
    for (const [ids, outcome] of cases) {
      const scheme = bench.newScheme({ pins: pinnedKeys(...ids) });
      for (const _look of [1, 2]) assert.equal(await scheme.outcome(`${gun}:1`), outcome, ids.join());
      const stored = await scheme.store.read(gunFor(gun));
      assert.equal(stored !== null, outcome !== NOT_PINNED, "nothing is stored of a root that is not believed");
      if (outcome === NOT_PINNED) continue;
      const answer = signedAnswer(await scheme.check(`${gun}:1`));
      assert.deepEqual([answer.isNamed, answer.root?.trust], [true, "pinned"]);
    }

    // Pins hold for every root, not for the first alone.
    const [pinned, believed] = [bench.newScheme({ pins: pinnedKeys(id) }), bench.newScheme()];
    for (const scheme of [pinned, believed]) assert.equal(await scheme.outcome(`${gun}:1`), digestOf("1"));
    await client.rotate(gun, "root");
    assert.equal(await pinned.outcome(`${gun}:1`), NOT_PINNED);
    assert.equal(await believed.outcome(`${gun}:1`), digestOf("1"));
    const [newId = assert.fail("no key")] = signedAnswer(await believed.check(`${gun}:1`)).root?.keys ?? [];
    const both = signedAnswer(await pinned.with({ pins: pinnedKeys(id, newId) }).check(`${gun}:1`));
    assert.deepEqual([both.isNamed, both.root?.keys], [true, [newId]]);
    assert.equal(await believed.with({ pins: pinnedKeys(id) }).outcome(`${gun}:1`), NOT_PINNED);
    assert.equal(signedAnswer(await pinned.with({ pins: null }).check(`${gun}:1`)).root?.trust, "first-use");
  });

  it("is named where its certificate is of a pinned authority", async () => {
    const { authority } = bench.server;
    const foreign = await authority.selfSigned({ name: "foreign", commonName: "foreign" });
    for (const kind of ["ecdsa", "rsa"] as const) {
      const gun = `localhost:5000/acme/issued-${kind}`;
      const root = await authority.issue({ name: `root-${kind}`, kind, commonName: gun });
      const client = bench.newClient();
      await client.init(gun, { rootCertificate: root.certificatePath, rootKey: root.keyPath });
      await client.addHash(gun, "1", 1, hexOf("1"));
      const answer = signedAnswer(await bench.newScheme({ pins: pinnedAuthority(authority.ca) }).check(`${gun}:1`));
      assert.deepEqual([answer.isNamed, answer.root?.trust], [true, "pinned"]);
      for (const pem of [foreign.certificate, root.certificate]) {
        assert.equal(await bench.newScheme({ pins: pinnedAuthority(pem) }).outcome(`${gun}:1`), NOT_PINNED);
      }
    }
    const gun = "localhost:5000/acme/not-issued";
    await publish(gun);
    assert.equal(await bench.newScheme({ pins: pinnedAuthority(authority.ca) }).outcome(`${gun}:1`), NOT_PINNED);
  });

  it("is the docker client's own where that has one", async () => {
    const gun = "localhost:5000/acme/docker";
    const { client, folder } = await publish(gun);
    const scheme = bench.newScheme();
    await giveToDocker(scheme, gun, folder);
    const first = signedAnswer(await scheme.check(`${gun}:1`));
    assert.deepEqual([first.isNamed, first.root?.trust], [false, "docker"]);
    await client.rotate(gun, "root");
    await client.rotate(gun, "root");
    const rotated = signedAnswer(await scheme.check(`${gun}:1`));
    assert.deepEqual([rotated.root?.trust, rotated.root?.firstSeen], ["docker", first.root?.firstSeen]);
    const late = bench.newScheme();
    await mkdir(dirname(dockerRoot(late, gun)), { recursive: true });
    await copyFile(dockerRoot(scheme, gun), dockerRoot(late, gun));
    assert.equal(signedAnswer(await late.check(`${gun}:1`)).root?.trust, "docker", "two versions behind");

    const other = "localhost:5000/acme/other";
    const { folder: otherFolder } = await publish(other);
    const misled = bench.newScheme();
    await mkdir(dirname(dockerRoot(misled, gun)), { recursive: true });
    await copyFile(rootIn(otherFolder, other), dockerRoot(misled, gun));
    assert.equal(await misled.outcome(`${gun}:1`), "unavailable: store store-unusable");
  });

  it("is not believed where the owner has begun anew, until the old one is forgotten", async () => {
    const gun = "localhost:5000/acme/anew";
    const { client, folder } = await publish(gun);
    const [scheme, docker, unasked] = [bench.newScheme(), bench.newScheme(), bench.newScheme()];
    for (const each of [docker, unasked]) await giveToDocker(each, gun, folder);
    const before = await Promise.all([scheme, docker].map(async (each) => signedAnswer(await each.check(`${gun}:1`))));
    await client.expect("delete", "--remote", gun);
    for (const each of [scheme, docker]) assert.equal(await each.outcome(`${gun}:1`), REMOVED);

    const owner = bench.newClient();
    await owner.init(gun);
    await owner.addHash(gun, "1", 1, hexOf("anew"));
    const [newKey = assert.fail("no key")] = signedAnswer(await bench.newScheme().check(`${gun}:1`)).root?.keys ?? [];
    const [oldKey = assert.fail("no key")] = before[0]?.root?.keys ?? [];
    assert.deepEqual(before[1]?.root?.keys, [oldKey]);
    for (const each of [scheme, docker, unasked]) {
      const answer = await each.check(`${gun}:1`);
      assert.equal(await each.outcome(`${gun}:1`), "invalid: root root-changed");
      for (const key of [oldKey, newKey]) assert.ok(messageOf(answer).includes(key), messageOf(answer));
    }
    for (const each of [scheme, docker]) {
      await each.forget(gun);
      const believed = signedAnswer(await each.advance(1).check(`${gun}:1`));
      assert.deepEqual(
        [believed.digest, believed.root],
        [digestOf("anew"), { keys: [newKey], trust: "first-use", firstSeen: each.now }],
      );
    }
  });

  it("is no older one where the owner has begun anew after rotations", async () => {
    const gun = "localhost:5000/acme/back";
    const { client } = await publish(gun);
    await client.rotate(gun, "root");
    const scheme = bench.newScheme();
    assert.equal(await scheme.outcome(`${gun}:1`), digestOf("1"));
    await client.expect("delete", "--remote", gun);
    await publish(gun);
    assert.equal(await scheme.outcome(`${gun}:1`), "invalid: root root-changed");
  });

  it("is missed where the server has none any more, until it is forgotten", async () => {
    const gun = "localhost:5000/acme/removed";
    const { client } = await publish(gun);
    const scheme = bench.newScheme();
    assert.equal(await scheme.outcome(`${gun}:1`), digestOf("1"));
    await client.expect("delete", "--remote", gun);
    for (const _look of [1, 2]) assert.equal(await scheme.outcome(`${gun}:1`), REMOVED);
    await scheme.forget(gun);
    assert.equal(await scheme.outcome(`${gun}:1`), "unsigned");
  });
});

async function rootKeyOf(client: NotaryClient): Promise<string> {
  const keys = await client.listKeys();
  return keys.find(({ role }) => role === "root")?.keyId ?? assert.fail("no root key");
}

/** Where the docker client and the notary client keep it, each below its own folder. */
function rootIn(trust: string, gun: string): string {
  return join(trust, "tuf", gun, "metadata", "root.json");
}

function dockerRoot({ dockerDirectory }: SchemeUnderTest, gun: string): string {
  return rootIn(join(dockerDirectory, "trust"), gun);
}

async function giveToDocker(scheme: SchemeUnderTest, gun: string, folder: string): Promise<void> {
  await mkdir(dirname(dockerRoot(scheme, gun)), { recursive: true });
  await copyFile(rootIn(folder, gun), dockerRoot(scheme, gun));
}
