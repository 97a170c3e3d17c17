/** Between ours and a real notary-server: TLS of a private authority, a server that is down, and time that goes by. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf, hexOf, type NotaryBench, startNotaryBench } from "../support/notary/bench";
import { Repository, targetOf } from "../support/notary/repository";
import { signedAnswer } from "../support/notary/schemeUnderTest";
import { startTamperingProxy } from "../support/notary/tamperingProxy";

const gun = "localhost:5000/acme/app";
const UNAUTHORIZED = "unavailable: server unauthorized";

describe("the way to a real notary-server", () => {
  let bench: NotaryBench;
  before(async function () {
    bench = await startNotaryBench(this, { signer: "local" });
    const client = bench.newClient();
    await client.init(gun);
    await client.addHash(gun, "1", 1, hexOf("1"));
  });
  after(() => bench?.close());
  afterEach(() => bench.proxy.forward());

  it("needs the authority of its certificate, named by policy or in docker's folder", async () => {
    const unknown = bench.newScheme({ ca: null });
    assert.equal(await unknown.outcome(`${gun}:1`), "unavailable: server tls");
    const folder = join(unknown.dockerDirectory, "tls", `localhost:${bench.proxy.port}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "ca.crt"), bench.server.authority.ca);
    assert.equal(await unknown.outcome(`${gun}:1`), digestOf("1"));
    const foreign = await bench.server.authority.selfSigned({ name: "foreign", commonName: "foreign" });
    const misled = bench.newScheme({ ca: foreign.certificate });
    assert.equal(await misled.outcome(`${gun}:1`), "unavailable: server tls");
  });

  it("may be closed for as long as the last timestamp is in force", async () => {
    const proxy = await startTamperingProxy(bench.server.authority, bench.server.url);
    const [scheme, late] = [bench.newScheme({ server: proxy.url }), bench.newScheme({ server: proxy.url })];
    const { checkedAt, validUntil, root } = signedAnswer(await scheme.check(`${gun}:1`));
    await proxy.close();
    for (const days of [0, 1, 12]) {
      const answer = signedAnswer(await scheme.advance(days).check(`${gun}:1`));
      assert.equal(answer.digest, digestOf("1"));
      assert.deepEqual(
        [answer.notes.length, answer.checkedAt, answer.validUntil, answer.root],
        [1, checkedAt, validUntil, root],
      );
    }
    assert.equal(await scheme.advance(2).outcome(`${gun}:1`), "unavailable: server unreachable");
    assert.equal(await late.outcome(`${gun}:1`), "unavailable: server unreachable");
  });

  const answers: readonly (readonly [status: number, outcome: string])[] = [
    [500, digestOf("1")],
    [503, digestOf("1")],
    [429, digestOf("1")],
    [401, UNAUTHORIZED],
    [403, "unavailable: server forbidden"],
    [404, "invalid: timestamp trust-data-removed"],
  ];
  for (const [status, outcome] of answers) {
    it(`may be closed with ${status}, after a good look`, async () => {
      const scheme = bench.newScheme();
      await scheme.check(`${gun}:1`);
      bench.proxy.tamper((_, answer) => ({ ...answer, status, body: Buffer.from("{}") }));
      assert.equal(await scheme.outcome(`${gun}:1`), outcome);
      assert.notEqual(await bench.newScheme().outcome(`${gun}:1`), digestOf("1"));
    });
  }

  it("ends with the timestamp, and with the root's certificate", async () => {
    const issued = "localhost:5000/acme/issued";
    const root = await bench.server.authority.issue({ name: "root", commonName: issued });
    const client = bench.newClient();
    await client.init(issued, { rootCertificate: root.certificatePath, rootKey: root.keyPath });
    await client.addHash(issued, "1", 1, hexOf("1"));
    // Certificates of the client last for ten years, those of the bench's authority for 30 days.
    const cases: readonly (readonly [name: string, days: number, outcome: string])[] = [
      [gun, 13, digestOf("1")],
      [gun, 15, "invalid: timestamp expired"],
      [gun, 1096, "invalid: timestamp expired"],
      [gun, 3653, "invalid: root expired"],
      [issued, 13, digestOf("1")],
      [issued, 15, "invalid: timestamp expired"],
      [issued, 31, "invalid: root expired"],
    ];
    for (const [name, days, outcome] of cases) {
      const scheme = bench.newScheme();
      assert.equal(await scheme.outcome(`${name}:1`), digestOf("1"));
      assert.equal(await scheme.advance(days).outcome(`${name}:1`), outcome, `${name} in ${days} days`);
      assert.equal(
        await bench.newScheme().advance(days).outcome(`${name}:1`),
        outcome,
        `${name} first in ${days} days`,
      );
    }
  });

  it("ends with snapshot, targets and releases, where the timestamp lasts longer", async () => {
    const repository = new Repository({ gun });
    const releases = repository.delegate("targets/releases", ...repository.targets.keys);
    repository.targets.targets["1"] = targetOf(hexOf("1"), 1);
    releases.targets["2"] = targetOf(hexOf("2"), 1);
    const late = new Date(Date.now() + 9 * 365 * 24 * 60 * 60 * 1000).toISOString();
    const steps: readonly (readonly [role: { expires: string }, one: string, two: string])[] = [
      [repository.timestamp, "invalid: snapshot expired", "invalid: snapshot expired"],
      [repository.snapshot, "invalid: targets expired", "invalid: targets expired"],
      [repository.targets, digestOf("1"), "invalid: targets/releases expired"],
      [releases, digestOf("1"), digestOf("2")],
    ];
    for (const [role, one, two] of steps) {
      role.expires = late;
      repository.publish();
      bench.proxy.replay(repository.recording());
      const scheme = bench.newScheme().advance(1096);
      assert.deepEqual([await scheme.outcome(`${gun}:1`), await scheme.outcome(`${gun}:2`)], [one, two]);
    }
  });
});
