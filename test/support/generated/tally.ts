/** How often each thing occurred in generated documents: a generator that misses one proves nothing of it. */
export class Tally {
  private readonly counts = new Map<string, number>();

  add(features: Iterable<string>): void {
    for (const feature of features) this.counts.set(feature, (this.counts.get(feature) ?? 0) + 1);
  }

  /** Those that occurred less often than `least`, of the names that must occur. */
  rare(names: readonly string[], least: number): string[] {
    return names.filter((name) => (this.counts.get(name) ?? 0) < least);
  }

  /** `kind from 1200, …`, by name. */
  toString(): string {
    return [...this.counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  }
}
