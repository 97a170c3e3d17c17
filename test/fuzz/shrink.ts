/** Greedy: deletes chunks, ever smaller ones, as long as the text still fails. What it gives is small, not the smallest. Pure but for the clock. */
export function shrunk(text: string, fails: (text: string) => boolean, milliseconds: number): string {
  const deadline = performance.now() + milliseconds;
  let smallest = text;
  for (let size = Math.ceil(text.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < smallest.length; ) {
      if (performance.now() > deadline) return smallest;
      const candidate = smallest.slice(0, start) + smallest.slice(start + size);
      if (fails(candidate)) smallest = candidate;
      else start += size;
    }
  }
  return smallest;
}
