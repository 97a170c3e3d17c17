/**
 * Debian's notary-server and notary client publish trust data; ours verifies it over HTTPS: what is signed, by whom and
 * with which keys, on the first look and on later ones.
 */
import assert from "node:assert/strict";
import { digestOf, hexOf, type NotaryBench, startNotaryBench } from "../support/notary/bench";
import type { NotaryServerOptions } from "../support/notary/notaryServer";
import { gunFor, messageOf, outcomeOf, type SchemeUnderTest, signedAnswer } from "../support/notary/schemeUnderTest";
import { keyTypesIn } from "../support/notary/storedMetadata";

interface Case {
  readonly signer: NotaryServerOptions["signer"];
  /** The type of the keys that the server makes; those of the client are ECDSA. */
  readonly serverKeys: string;
}

const cases: readonly Case[] = [
  { signer: "local", serverKeys: "ed25519" },
  { signer: "notary-signer", serverKeys: "ecdsa" },
];

for (const { signer, serverKeys } of cases) {
  describe(`trust data of a real notary-server with ${signer === "local" ? "keys of its own" : signer}`, () => {
    let bench: NotaryBench;
    before(async function () {
      bench = await startNotaryBench(this, { signer });
    });
    after(() => bench?.close());

    it("is believed on first use, and stays as first seen", async () => {
      const gun = "localhost:5000/acme/app";
      const client = bench.newClient();
      await client.init(gun);
      await client.addHash(gun, "1", 1234, hexOf("one"));
      const scheme = bench.newScheme();
      const first = signedAnswer(await scheme.check(`${gun}:1`));
      const { isNamed, digest, binds, otherTags, notes, root, checkedAt } = first;
      assert.deepEqual(
        { isNamed, digest, binds, otherTags, notes, checkedAt, trust: root?.trust, firstSeen: root?.firstSeen },
        {
          isNamed: false,
          digest: digestOf("one"),
          binds: "tag",
          otherTags: [],
          notes: [],
          checkedAt: scheme.now,
          trust: "first-use",
          firstSeen: scheme.now,
        },
      );
      const second = signedAnswer(await scheme.advance(1).check(`${gun}:1`));
      assert.deepEqual([second.root, second.checkedAt], [first.root, scheme.now]);
    });

    it("is looked up by tag, and by digest", async () => {
      const gun = "localhost:5000/acme/lookup";
      const client = bench.newClient();
      await client.init(gun);
      for (const tag of ["1", "1.0", "latest"]) await client.addHash(gun, tag, 1, hexOf("one"));
      await client.addHash(gun, "2", 1, hexOf("two"));
      const scheme = bench.newScheme();
      const [one, two] = [digestOf("one"), digestOf("two")];
      const references: readonly (readonly [suffix: string, outcome: string, otherTags?: readonly string[]])[] = [
        ["", one],
        [":latest", one],
        [":1", one],
        [":2", two],
        [":3", "unsigned"],
        [":1.0.0", "unsigned"],
        [`:1@${one}`, one],
        [`@${one}`, one],
        [`:1@${two}`, two, ["2"]],
        [`:3@${two}`, two, ["2"]],
        [`:1@${digestOf("none")}`, "unsigned"],
        [`@${digestOf("none")}`, "unsigned"],
      ];
      for (const [suffix, outcome, otherTags = []] of references) {
        const answer = await scheme.check(`${gun}${suffix}`);
        assert.equal(outcomeOf(answer), outcome, suffix);
        if (answer.kind === "signed") assert.deepEqual(answer.otherTags, otherTags, suffix);
      }
      const missing = await scheme.check(`${gun}:1@${digestOf("none")}`);
      assert.equal(missing.kind === "unsigned" && missing.signedDigest, one);
    });

    it("has releases before targets, and other signers beside", async () => {
      const gun = "localhost:5000/acme/signers";
      const client = bench.newClient();
      await client.init(gun);
      const [bob, ann] = await Promise.all([
        bench.server.authority.selfSigned({ name: "bob", kind: "ecdsa", commonName: "bob" }),
        bench.server.authority.selfSigned({ name: "ann", kind: "rsa", commonName: "ann" }),
      ]);
      for (const { keyPath } of [bob, ann]) await client.importKey(keyPath, "user");
      await client.addDelegation(gun, "targets/releases", bob.certificatePath);
      await client.addDelegation(gun, "targets/bob", bob.certificatePath);
      await client.addDelegation(gun, "targets/ann", ann.certificatePath, { paths: ["2", "3"] });
      await client.addHash(gun, "1", 1, hexOf("old"));
      const scheme = bench.newScheme();
      assert.deepEqual(await signersOf(scheme, `${gun}:1`), [digestOf("old"), "targets"]);
      await client.addHash(gun, "1", 1, hexOf("new"), ["targets/releases"]);
      await client.addHash(gun, "2", 1, hexOf("two"), ["targets/releases", "targets/bob", "targets/ann"]);
      await client.addHash(gun, "3", 1, hexOf("three"), ["targets/ann"]);
      await client.addHash(gun, "4", 1, hexOf("four"), ["targets"]);
      await client.addHash(gun, "4", 1, hexOf("other"), ["targets/bob"]);
      for (const each of [scheme, bench.newScheme()]) {
        assert.deepEqual(await signersOf(each, `${gun}:1`), [digestOf("new"), "targets/releases"]);
        const all = ["targets/releases", "targets/bob", "targets/ann"];
        assert.deepEqual(await signersOf(each, `${gun}:2`), [digestOf("two"), ...all]);
        assert.equal(await each.outcome(`${gun}:3`), "unsigned");
        assert.deepEqual(await signersOf(each, `${gun}:4`), [digestOf("four"), "targets"]);
      }
    });

    it("has keys of every type that the programs make", async () => {
      const gun = "localhost:5000/acme/keys";
      const client = bench.newClient();
      const root = await bench.server.authority.issue({ name: "root", kind: "rsa", commonName: gun });
      const [bob, ann] = await Promise.all([
        bench.server.authority.selfSigned({ name: "bob2", kind: "ecdsa", commonName: "bob" }),
        bench.server.authority.selfSigned({ name: "ann2", kind: "rsa", commonName: "ann" }),
      ]);
      await client.init(gun, { rootCertificate: root.certificatePath, rootKey: root.keyPath });
      for (const { keyPath } of [bob, ann]) await client.importKey(keyPath, "user");
      await client.addDelegation(gun, "targets/releases", ann.certificatePath);
      await client.addDelegation(gun, "targets/bob", bob.certificatePath);
      await client.addHash(gun, "1", 1, hexOf("one"), ["targets/releases", "targets/bob"]);
      const scheme = bench.newScheme();
      assert.equal(await scheme.outcome(`${gun}:1`), digestOf("one"));
      const byClient = { root: "rsa-x509", targets: "ecdsa" };
      const delegations = { "targets/bob": "ecdsa-x509", "targets/releases": "rsa-x509" };
      assert.deepEqual(await keyTypesIn(scheme.store, gunFor(gun)), {
        ...{ ...byClient, snapshot: "ecdsa", timestamp: serverKeys },
        ...delegations,
      });
      await client.rotate(gun, "snapshot", { serverManaged: true });
      await client.addHash(gun, "2", 1, hexOf("two"), ["targets/releases", "targets/bob"]);
      assert.equal(await scheme.outcome(`${gun}:2`), digestOf("two"));
      assert.deepEqual(await keyTypesIn(scheme.store, gunFor(gun)), {
        ...{ ...byClient, snapshot: serverKeys, timestamp: serverKeys },
        ...delegations,
      });
    });

    it("is found below deep names, and Docker Hub's", async () => {
      const scheme = bench.newScheme();
      for (const gun of ["localhost:5000/a/b/c/d", "127.0.0.1:5000/a_b/c--d/e.f", "docker.io/library/alpine"]) {
        const client = bench.newClient();
        await client.init(gun);
        await client.addHash(gun, "1", 1, hexOf(gun));
        assert.equal(await scheme.outcome(`${gun}:1`), digestOf(gun));
        assert.ok(bench.proxy.paths().includes(`/v2/${gun}/_trust/tuf/timestamp.json`));
      }
      assert.equal(await scheme.outcome("alpine:1"), digestOf("docker.io/library/alpine"));
    });

    it("is asked for once by those who ask together, and only its timestamp where nothing changed", async () => {
      const gun = "localhost:5000/acme/requests";
      const client = bench.newClient();
      await client.init(gun);
      await client.addHash(gun, "1", 1, hexOf("one"));
      const scheme = bench.newScheme();
      const namesAfter = async (look: () => Promise<unknown>) => {
        const from = bench.proxy.requests.length;
        await look();
        const names = bench.proxy.paths().slice(from);
        return names.map((path) => path.slice(path.indexOf("/tuf/") + 5).replace(/[0-9a-f]{64}/, "sha256"));
      };
      const together = () => Promise.all(["1", "2", "3"].map((tag) => scheme.outcome(`${gun}:${tag}`)));
      const all = ["root.json", "timestamp.json", "snapshot.sha256.json", "targets.sha256.json"];
      assert.deepEqual(await namesAfter(together), all);
      assert.deepEqual(await namesAfter(together), ["timestamp.json"]);
      await client.addHash(gun, "2", 1, hexOf("two"));
      assert.deepEqual(await namesAfter(together), all.slice(1));
    });

    it("is unsigned where the server does not know the name, which is told", async () => {
      const answer = await bench.newScheme().check("localhost:5000/acme/nothing:1");
      assert.equal(answer.kind, "unsigned");
      const message = messageOf(answer);
      assert.ok(message.includes(`localhost:${bench.proxy.port}`) && message.includes("localhost:5000/acme/nothing"));
    });
  });
}

/** The digest, then the roles whose signatures agree on it. */
async function signersOf(scheme: SchemeUnderTest, reference: string): Promise<string[]> {
  const { digest, signers } = signedAnswer(await scheme.check(reference));
  return [digest, ...signers.map(({ name }) => name)];
}
