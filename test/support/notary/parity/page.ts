/** The page that tells how ours compares with notary, from what both said. */
import { names, type Outcomes, type Situation } from "./scene";

export interface Compared extends Outcomes, Pick<Situation, "name" | "why"> {}

export interface Topic {
  readonly title: string;
  readonly rows: readonly Compared[];
}

export type Difference =
  /** Ours gives no digest where notary does. */
  | "stricter"
  /** Ours gives a digest where notary does not. */
  | "wider"
  /** Each gives a digest of its own. */
  | "other";

/** Null where both give the same digest, or none. */
export function differenceOf({ notary, ours }: Outcomes): Difference | null {
  const [theirs, own] = [notary, ours].map((outcome) => names.find((name) => name === outcome) ?? null);
  if (theirs === own) return null;
  if (own === null) return "stricter";
  return theirs === null ? "wider" : "other";
}

export function parityPage(topics: readonly Topic[]): string {
  const all = topics.flatMap(({ rows }) => rows);
  const count = (difference: Difference | null) => all.filter((row) => differenceOf(row) === difference).length;
  const tables = topics.map(({ title, rows }) => `## ${title}\n\n${tableOf(rows)}`);
  return `${introduction(all.length, count)}\n\n${tables.join("\n\n")}\n`;
}

function introduction(all: number, count: (difference: Difference | null) => number): string {
  const [same, stricter, wider, other] = [count(null), count("stricter"), count("wider"), count("other")];
  return `# How Digest Pin compares with notary

Docker Content Trust is what the notary client makes of it. In each situation below, \`notary lookup\` 0.7 and
Digest Pin looked up a tag in the same trust data, served over HTTPS. The tests repeat it and fail where a cell
changes; \`UPDATE=1 npx mocha test/real/notaryParity.test.ts\` writes this page.

\`good\` and \`other\` are digests: in \`good\` nobody did wrong. Anything else is why there is none. Digest Pin's word
is the kind of its answer, the step and the code. “A good look” is one after which both believed what they had seen.

Of ${all} situations both gave the same digest, or none, in ${same}. In ${stricter} Digest Pin is stricter: it gives no
digest where notary does; in ${wider} it is wider, and in ${other} it gives another digest.`;
}

function tableOf(rows: readonly Compared[]): string {
  const cells = rows.map((row) => {
    const difference = differenceOf(row);
    return [row.name, outcome(row.notary), outcome(row.ours), difference ?? "yes", row.why ?? ""];
  });
  const lines = [["Situation", "notary 0.7", "Digest Pin", "Same?", "Why they differ"], Array(5).fill("---"), ...cells];
  return lines.map((line) => `| ${line.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`).join("\n");
}

function outcome(text: string): string {
  return names.some((name) => name === text) || text.includes(": ") ? `\`${text}\`` : text;
}
