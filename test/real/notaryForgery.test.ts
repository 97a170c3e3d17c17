/**
 * The attacks of TRUST.md that need some of the keys: metadata that the notary client would not sign is made within the
 * process and served over TLS by the proxy. What follows each name is the check that ends it.
 */
import assert from "node:assert/strict";
import { digestOf, hexOf, type NotaryBench, startNotaryBench } from "../support/notary/bench";
import { createKey } from "../support/notary/keys";
import { type DelegationDraft, Repository, targetOf } from "../support/notary/repository";
import type { SchemeUnderTest } from "../support/notary/schemeUnderTest";

const gun = "localhost:5000/acme/forged";

describe("an attack with keys of the trust data", () => {
  let bench: NotaryBench;
  before(async function () {
    bench = await startNotaryBench(this, { signer: "local" });
  });
  after(() => bench?.close());

  let repository: Repository;
  let releases: DelegationDraft;
  let scheme: SchemeUnderTest;
  beforeEach(async () => {
    repository = new Repository({ gun });
    repository.targets.targets.stable = targetOf(hexOf("stable"), 1);
    releases = repository.delegate("targets/releases", createKey("ecdsa"));
    releases.targets["1"] = targetOf(hexOf("one"), 1);
    scheme = bench.newScheme();
    publish();
    assert.equal(await scheme.outcome(`${gun}:1`), digestOf("one"));
    assert.equal(await scheme.outcome(`${gun}:stable`), digestOf("stable"));
  });
  afterEach(() => bench.proxy.forward());

  /** Every role but root in its next version, each by its own keys unless the test says otherwise. */
  function publish(): void {
    for (const role of [repository.targets, releases, repository.snapshot, repository.timestamp]) role.version++;
    repository.publish();
    bench.proxy.replay(repository.recording());
  }

  /** Of one who has believed the honest state, and of one who has seen nothing yet. */
  async function outcomes(reference: string): Promise<string[]> {
    return [await scheme.outcome(reference), await bench.newScheme().outcome(reference)];
  }
  const both = (outcome: string) => [outcome, outcome];

  for (const role of ["snapshot", "targets", "targets/releases"] as const) {
    it(`rollback of ${role}, by who can sign what lists it: verifyRole`, async () => {
      const draft = role === "targets/releases" ? releases : repository[role];
      draft.version -= 2;
      publish();
      assert.equal(await scheme.outcome(`${gun}:1`), `invalid: ${role} rollback`);
    });
  }

  it("rollback of a delegation over a state that does not list it: leaveOutUnlisted", async () => {
    releases.isListed = false;
    publish();
    assert.equal(await scheme.outcome(`${gun}:1`), "invalid: targets/releases metadata-missing");
    releases.isListed = true;
    releases.version -= 3;
    publish();
    assert.equal(await scheme.outcome(`${gun}:1`), "invalid: targets/releases rollback");
  });

  for (const role of ["root", "timestamp", "snapshot", "targets"] as const) {
    it(`${role} below its threshold: requireThreshold`, async () => {
      const draft = repository[role];
      const signer = role === "root" ? repository.createRootKey() : createKey("ecdsa");
      draft.keys = [signer, role === "root" ? repository.createRootKey() : createKey("ecdsa")];
      Object.assign(draft, { threshold: 2, signers: [signer] });
      publish();
      assert.equal(await bench.newScheme().outcome(`${gun}:1`), `invalid: ${role} threshold-not-met`);
    });

    it(`one key counted twice for ${role}: signersOf`, async () => {
      const draft = repository[role];
      const signer = role === "root" ? repository.createRootKey() : createKey("ecdsa");
      const dressed = createKey("ecdsa-x509", { pair: signer, certificate: { commonName: gun } });
      Object.assign(draft, { keys: [signer, dressed], threshold: 2, signers: [signer, signer, dressed] });
      publish();
      assert.equal(await bench.newScheme().outcome(`${gun}:1`), `invalid: ${role} threshold-not-met`);
    });
  }

  it("a delegation below its threshold does not count: Loading.delegation", async () => {
    Object.assign(releases, { keys: [...releases.keys, createKey("ecdsa")], threshold: 2, signers: releases.keys });
    publish();
    assert.deepEqual(await outcomes(`${gun}:1`), both("invalid: targets/releases threshold-not-met"));
  });

  it("a key under another's id: parseKeys", async () => {
    const own = repository.targets.keys[0] ?? assert.fail();
    const intruder = createKey("ecdsa");
    repository.root.edit = ({ keys }) => Object.assign(keys, { [own.id]: intruder.wire });
    repository.targets.signers = [{ key: intruder, keyId: own.id }];
    publish();
    assert.deepEqual(await outcomes(`${gun}:1`), both("invalid: root key-id-mismatch"));
  });

  for (const [role, other] of [
    ["timestamp", "snapshot"],
    ["snapshot", "timestamp"],
    ["targets", "snapshot"],
    ["targets", "timestamp"],
  ] as const) {
    it(`${role} signed by the key of ${other}: signersOf`, async () => {
      repository[role].signers = repository[other].keys;
      publish();
      assert.deepEqual(await outcomes(`${gun}:1`), both(`invalid: ${role} threshold-not-met`));
    });
  }

  it("a delegation outside its paths: targetIn", async () => {
    releases.paths = ["2"];
    releases.targets = {
      "1": targetOf(hexOf("evil"), 1),
      "2": targetOf(hexOf("two"), 1),
      stable: targetOf(hexOf("evil"), 1),
    };
    publish();
    assert.deepEqual(await outcomes(`${gun}:1`), both("unsigned"));
    assert.deepEqual(await outcomes(`${gun}:2`), both(digestOf("two")));
    assert.deepEqual(await outcomes(`${gun}:stable`), both(digestOf("stable")));
  });

  it("a deeper delegation, or one of another name, that names a digest: rolesThatDecide", async () => {
    for (const name of ["targets/releases/deep", "targets/ann", "targets/releases-too"]) {
      const draft = repository.delegate(name, createKey("ecdsa"));
      draft.targets = { "9": targetOf(hexOf("evil"), 1), stable: targetOf(hexOf("evil"), 1) };
    }
    publish();
    assert.deepEqual(await outcomes(`${gun}:9`), both("unsigned"));
    assert.deepEqual(await outcomes(`${gun}:stable`), both(digestOf("stable")));
  });

  it("targets changed after they were signed, by who can sign what lists them: requireThreshold", async () => {
    repository.targets.editSigned = ({ signed }) =>
      Object.assign(signed, { targets: { stable: targetOf(hexOf("evil"), 1) } });
    publish();
    assert.deepEqual(await outcomes(`${gun}:stable`), both("invalid: targets threshold-not-met"));
  });
});
