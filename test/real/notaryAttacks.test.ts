/**
 * The attacks of TRUST.md on trust data, each by a server that was honest before: Debian's notary-server behind a proxy
 * that replays, withholds and changes. What follows each name is the check that ends it.
 */
import assert from "node:assert/strict";
import { digestOf, hexOf, type NotaryBench, startNotaryBench } from "../support/notary/bench";
import type { NotaryClient } from "../support/notary/notaryClient";
import type { SchemeUnderTest } from "../support/notary/schemeUnderTest";
import type { Recording } from "../support/notary/tamperingProxy";

const isTimestamp = (path: string) => path.endsWith("/timestamp.json");

describe("an attack on the trust data of a real notary-server", () => {
  let bench: NotaryBench;
  before(async function () {
    bench = await startNotaryBench(this, { signer: "local" });
  });
  after(() => bench?.close());

  let repositories = 0;
  let gun: string;
  let client: NotaryClient;
  /** Has believed the tag `1` of `gun`. */
  let scheme: SchemeUnderTest;
  beforeEach(async () => {
    gun = `localhost:5000/acme/app${repositories++}`;
    client = bench.newClient();
    await client.init(gun);
    await client.addHash(gun, "1", 1, hexOf("one"));
    scheme = bench.newScheme();
    assert.equal(await scheme.outcome(`${gun}:1`), digestOf("one"));
  });
  afterEach(() => bench.proxy.forward());

  const pathOf = (name: string, of = gun) => `/v2/${of}/_trust/tuf/${name}.json`;

  /** What the server answers now, also to who has nothing stored. */
  async function record(): Promise<Recording> {
    await bench.newScheme().check(`${gun}:1`);
    return bench.proxy.record();
  }

  it("rollback of the root: newestRoot", async () => {
    const recording = await record();
    await client.rotate(gun, "root");
    assert.equal(await scheme.outcome(`${gun}:1`), digestOf("one"));
    bench.proxy.replay(recording);
    assert.equal(await scheme.outcome(`${gun}:1`), "invalid: root rollback");
  });

  it("rollback of the timestamp: verifyRole", async () => {
    const recording = await record();
    await client.addHash(gun, "2", 2, hexOf("two"));
    assert.equal(await scheme.outcome(`${gun}:2`), digestOf("two"));
    bench.proxy.replay(recording);
    assert.equal(await scheme.outcome(`${gun}:2`), "invalid: timestamp rollback");
  });

  it("freeze, by a timestamp that has expired: verifyRole", async () => {
    bench.proxy.replay(await record());
    assert.equal(await scheme.advance(13).outcome(`${gun}:1`), digestOf("one"));
    assert.equal(await scheme.advance(2).outcome(`${gun}:1`), "invalid: timestamp expired");
    assert.equal(await bench.newScheme().advance(15).outcome(`${gun}:1`), "invalid: timestamp expired");
  });

  it("freeze, by a server that is kept from answering: storedTimestamp", async () => {
    const severed = scheme.with({ ca: null });
    assert.equal(await severed.outcome(`${gun}:1`), digestOf("one"));
    assert.equal(await severed.advance(15).outcome(`${gun}:1`), "unavailable: server tls");
  });

  for (const role of ["snapshot", "targets"] as const) {
    it(`mix-and-match of an old ${role} with the rest of a new state: requireFile`, async () => {
      const old = await latest(role);
      await client.addHash(gun, "1", 1, hexOf("new"));
      bench.proxy.tamper(({ path }, answer) => (path.includes(`/${role}.`) ? old : answer));
      // The server writes dates without the zeros at their end: the old file may have another length, too.
      const outcome = await scheme.outcome(`${gun}:1`);
      assert.match(outcome, new RegExp(`^invalid: ${role} (?:hash-mismatch|length-mismatch|too-large)$`));
    });
  }

  async function latest(role: string) {
    await bench.proxy.fetch(pathOf(role));
    return bench.proxy.record().get(pathOf(role)) ?? assert.fail();
  }

  for (const role of ["root", "timestamp", "snapshot", "targets"] as const) {
    it(`endless data in place of the ${role}: the limits of fetch`, async () => {
      bench.proxy.refuse("endless", (path) => path.includes(`/${role}.`));
      assert.equal(await bench.newScheme().outcome(`${gun}:1`), `invalid: ${role} too-large`);
    });
  }

  it("wrong length: fetch where it is more, requireFile where it is less", async () => {
    for (const [code, change] of [
      ["too-large", (body: Buffer) => Buffer.concat([body, Buffer.from(" ")])],
      ["length-mismatch", (body: Buffer) => body.subarray(0, -1)],
    ] as const) {
      bench.proxy.tamper(({ path }, answer) =>
        path.includes("/targets.") ? { ...answer, body: change(answer.body) } : answer,
      );
      assert.equal(await bench.newScheme().outcome(`${gun}:1`), `invalid: targets ${code}`);
    }
  });

  it("tampered targets: requireFile", async () => {
    const base64 = (name: string) => Buffer.from(hexOf(name), "hex").toString("base64");
    bench.proxy.tamper(({ path }, answer) => {
      if (!path.includes("/targets.")) return answer;
      return { ...answer, body: Buffer.from(String(answer.body).replace(base64("one"), base64("two"))) };
    });
    assert.equal(await bench.newScheme().outcome(`${gun}:1`), "invalid: targets hash-mismatch");
  });

  it("a root that the previous one did not sign: requireSuccessor", async () => {
    await client.expect("delete", gun, "--remote");
    const intruder = bench.newClient();
    await intruder.init(gun);
    await intruder.addHash(gun, "1", 1, hexOf("of the intruder"));
    assert.equal(await bench.newScheme().outcome(`${gun}:1`), digestOf("of the intruder"));
    assert.equal(await scheme.outcome(`${gun}:1`), "invalid: root root-changed");
  });

  it("a skipped version of the root: nextRoot", async () => {
    await client.rotate(gun, "root");
    await client.rotate(gun, "root");
    bench.proxy.refuse("missing", (path) => path === pathOf("2.root"));
    assert.equal(await scheme.outcome(`${gun}:1`), "invalid: root root-version-skipped");
    bench.proxy.forward();
    assert.equal(await scheme.outcome(`${gun}:1`), digestOf("one"));
  });

  it("a swapped GUN: speaksFor on first use, requireSuccessor later", async () => {
    const other = `localhost:5000/acme/other${repositories}`;
    await client.init(other);
    await client.addHash(other, "1", 1, hexOf("of the other"));
    assert.equal(await bench.newScheme().outcome(`${other}:1`), digestOf("of the other"));
    const swapped = [...bench.proxy.record()].map(([path, answer]) => [path.replace(other, gun), answer] as const);
    bench.proxy.replay(new Map(swapped));
    assert.equal(await bench.newScheme().outcome(`${gun}:1`), "invalid: root no-valid-certificate");
    assert.equal(await scheme.outcome(`${gun}:1`), "invalid: root root-changed");
  });

  it("trust data removed, or kept from one: Loading.timestamp, newestRoot", async () => {
    bench.proxy.refuse("missing");
    assert.equal(await scheme.outcome(`${gun}:1`), "invalid: timestamp trust-data-removed");
    assert.equal(await bench.newScheme().outcome(`${gun}:1`), "unsigned");
    bench.proxy.refuse("missing", isTimestamp);
    assert.equal(await bench.newScheme().outcome(`${gun}:1`), "invalid: timestamp metadata-missing");
    bench.proxy.forward();
    await client.rotate(gun, "root");
    bench.proxy.refuse("missing", (path) => path === pathOf("root"));
    assert.equal(await scheme.outcome(`${gun}:1`), "invalid: root trust-data-removed");
    bench.proxy.forward();
    await client.expect("delete", gun, "--remote");
    assert.equal(await scheme.outcome(`${gun}:1`), "invalid: timestamp trust-data-removed");
  });

  it("a tag whose digest in the registry is not the signed one: answerFor", async () => {
    await client.addHash(gun, "2", 2, hexOf("two"));
    const [one, two, evil] = ["one", "two", "evil"].map((name) => digestOf(name) as never);
    // The registry has no say in what is signed.
    const answer = await scheme.check(`${gun}:1`, evil);
    assert.ok(answer.kind === "signed");
    assert.equal(answer.digest, one);
    const unsigned = await scheme.check(`${gun}:1@${evil}`, evil);
    assert.ok(unsigned.kind === "unsigned");
    assert.equal(unsigned.signedDigest, one);
    const elsewhere = await scheme.check(`${gun}:1@${two}`, two);
    assert.ok(elsewhere.kind === "signed");
    assert.deepEqual([elsewhere.digest, elsewhere.otherTags], [two, ["2"]]);
  });
});
