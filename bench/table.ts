/** The rows of the bench and how they are printed. A row without a target only informs. Pure. */

export interface Row {
  readonly name: string;
  readonly unit: "ms" | "MB" | "kB" | "requests";
  /** Null where it could not be measured. */
  readonly ours: number | null;
  readonly peer?: number | null;
  /** What the ratio of ours to the peer's, or ours itself, may be at most. */
  readonly target?: { readonly ratio: number } | { readonly limit: number };
  readonly note?: string;
}

export function ratioOf({ ours, peer }: Row): number | null {
  return ours === null || typeof peer !== "number" ? null : ours / peer;
}

/** Null where the row has no target, or nothing was measured. */
export function isMet(row: Row): boolean | null {
  if (row.target === undefined) return null;
  const value = "ratio" in row.target ? ratioOf(row) : row.ours;
  const bound = "ratio" in row.target ? row.target.ratio : row.target.limit;
  return value === null ? null : value <= bound;
}

export function printTable(rows: readonly Row[]): string {
  const cells = [["", "ours", "peer", "ratio", "target", ""], ...rows.map(cellsOf)];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 || column === 5 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cellsOf(row: Row): string[] {
  const ratio = ratioOf(row);
  const met = isMet(row);
  return [
    row.name,
    row.ours === null ? "–" : shown(row.ours, row.unit),
    typeof row.peer === "number" ? shown(row.peer, row.unit) : "",
    ratio === null ? "" : ratio.toPrecision(2),
    targetOf(row),
    [...(met === null ? [] : [met ? "met" : "NOT MET"]), ...(row.note === undefined ? [] : [row.note])].join(", "),
  ];
}

function targetOf({ target, unit }: Row): string {
  if (target === undefined) return "";
  return "ratio" in target ? `≤ ${target.ratio}` : `≤ ${target.limit} ${unit}`;
}

function shown(value: number, unit: Row["unit"]): string {
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
}
