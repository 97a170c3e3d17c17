/** A repository with as many signed tags as large ones have, published by the notary client in one go. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf, hexOf, type NotaryBench, startNotaryBench } from "../support/notary/bench";
import { targetOf } from "../support/notary/repository";
import { type SchemeUnderTest, signedAnswer } from "../support/notary/schemeUnderTest";

const TAGS = 5_000;

describe("a real notary-server with thousands of signed tags", () => {
  const gun = "localhost:5000/acme/large";
  let bench: NotaryBench;
  before(async function () {
    bench = await startNotaryBench(this, { signer: "local" });
  });
  after(() => bench?.close());

  it("is verified as fast as others", async function () {
    this.timeout(30_000);
    const folder = bench.newFolder();
    const client = bench.newClient({ directory: folder });
    await client.init(gun);
    await stage(join(folder, "tuf", gun, "changelist"), TAGS);
    const published = await timed(() => client.publish(gun));

    const scheme = bench.newScheme();
    const first = await timed(() => signed(scheme, `${gun}:v1`));
    const second = await timed(() => signed(scheme, `${gun}:v${TAGS}`));
    const fromDisk = await timed(() => signed(bench.newScheme({ directory: scheme.options.directory }), `${gun}:v2`));
    const many = await timed(() =>
      Promise.all(Array.from({ length: 200 }, (_, index) => signed(scheme, `${gun}:v${index + 1}`))),
    );
    const answer = await scheme.check(`${gun}:v${TAGS + 1}`);
    assert.deepEqual(answer.kind === "unsigned" && answer.signedTags, ["v5000", "v500", "v509", "v508", "v507"]);
    assert.equal(await scheme.outcome(`${gun}@${digestOf("v4321")}`), digestOf("v4321"));
    const inMs = [published, first, second, fromDisk, many].map((time) => `${Math.round(time)} ms`);
    console.log(
      `      ${TAGS} tags: published in ${inMs[0]}; looks: ${inMs.slice(1, 4).join(", ")}; 200 at once ${inMs[4]}`,
    );
    assert.ok(Math.max(first, second, fromDisk, many) < 2_000, inMs.join());
  });
});

/** What `notary addhash` without `-p` leaves behind, many times over (`client/changelist`). */
async function stage(changelist: string, count: number): Promise<void> {
  await mkdir(changelist, { recursive: true });
  const changes = Array.from({ length: count }, async (_, index) => {
    const tag = `v${index + 1}`;
    const data = Buffer.from(JSON.stringify(targetOf(hexOf(tag), 1))).toString("base64");
    const change = { action: "create", role: "targets", type: "target", path: tag, data };
    await writeFile(join(changelist, `${String(index).padStart(20, "0")}_${tag}.change`), JSON.stringify(change));
  });
  await Promise.all(changes);
}

async function signed(scheme: SchemeUnderTest, reference: string): Promise<void> {
  const { digest } = signedAnswer(await scheme.check(reference));
  assert.equal(digest, digestOf(reference.slice(reference.lastIndexOf(":") + 1)));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
