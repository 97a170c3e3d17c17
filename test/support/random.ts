/** A seeded generator, for tests that make thousands of small choices: the seed that failed is printed, and repeats it. */
export class Random {
  constructor(private state: number) {}

  /** At least 0 and below `limit`. */
  below(limit: number): number {
    // mulberry32
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  pick<T>(first: T, ...others: readonly T[]): T {
    return others[this.below(others.length + 1) - 1] ?? first;
  }
}

/** `DIGEST_PIN_SEED` repeats a failure; otherwise each run has its own. */
export function seedOfRun(): number {
  return Number(process.env.DIGEST_PIN_SEED ?? Math.floor(Math.random() * 2 ** 31));
}
