/**
 * Holds our verifier against notary itself: in every situation the notary client and ours look at the same trust data,
 * and `docs/notary-parity.md` tells what each says, with a reason where they differ. `UPDATE=1` writes that page.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type NotaryBench, startNotaryBench } from "../support/notary/bench";
import { certificates } from "../support/notary/parity/certificates";
import { delegations } from "../support/notary/parity/delegations";
import { forms } from "../support/notary/parity/forms";
import { freshness } from "../support/notary/parity/freshness";
import { keys } from "../support/notary/parity/keys";
import { type Compared, differenceOf, parityPage } from "../support/notary/parity/page";
import { pins } from "../support/notary/parity/pins";
import { roots } from "../support/notary/parity/roots";
import { ParityScene, type Situation } from "../support/notary/parity/scene";
import { server } from "../support/notary/parity/server";
import { startTamperingProxy } from "../support/notary/tamperingProxy";

const topics: readonly { readonly title: string; readonly situations: readonly Situation[] }[] = [
  { title: "Signers", situations: delegations },
  { title: "Keys and signatures", situations: keys },
  { title: "Certificates", situations: certificates },
  { title: "Changes of the root", situations: roots },
  { title: "Pins", situations: pins },
  { title: "Time", situations: freshness },
  { title: "Form", situations: forms },
  { title: "The server", situations: server },
];
const path = join(__dirname, "../../docs/notary-parity.md");

describe("parity with notary", () => {
  const compared = new Map<Situation, Compared | Error>();
  before(async function () {
    this.timeout(60_000);
    const bench = await startNotaryBench(this, { signer: "local" });
    const second = await startTamperingProxy(bench.server.authority, bench.server.url);
    try {
      const waiting = topics.flatMap(({ situations }) => situations);
      // Two at a time, each with a proxy of its own.
      const lanes = [bench, { ...bench, proxy: second }].map(async (lane) => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          compared.set(next, await compare(next, lane).catch((error: Error) => error));
        }
      });
      await Promise.all(lanes);
    } finally {
      await second.close();
      await bench.close();
    }
  });

  function comparedOf(situation: Situation): Compared {
    const known = compared.get(situation) ?? assert.fail("not looked at");
    if (known instanceof Error) throw known;
    return known;
  }

  for (const { title, situations } of topics) {
    describe(title.toLowerCase(), () => {
      for (const situation of situations) {
        it(situation.name, () => {
          const { notary, ours, why } = comparedOf(situation);
          const isSame = differenceOf({ notary, ours }) === null;
          assert.equal(isSame, why === null, `notary: ${notary}; ours: ${ours}; why: ${why}`);
        });
      }
    });
  }

  describe("docs/notary-parity.md", () => {
    it("names each situation once", () => {
      const names = topics.flatMap(({ situations }) => situations.map(({ name }) => name));
      assert.equal(new Set(names).size, names.length);
    });

    it("tells what was said", () => {
      const rows = topics.map(({ title, situations }) => ({ title, rows: situations.map(comparedOf) }));
      const page = parityPage(rows);
      if (process.env.UPDATE === "1") writeFileSync(path, page);
      else assert.equal(page, readFileSync(path, "utf8"));
    });
  });
});

async function compare(situation: Situation, bench: NotaryBench): Promise<Compared> {
  bench.proxy.forward();
  const scene = new ParityScene(bench);
  await situation.arrange(scene);
  return { ...situation, ...(await scene.look()) };
}
