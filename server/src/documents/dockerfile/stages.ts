/**
 * The stages of a Dockerfile, as BuildKit finds them (`dockerfile2llb/convert.go`, `dispatchStates`): `FROM` among the
 * earlier ones by the name as it is written, `--from` among all of them whatever the case.
 */

export type StageLookup = "declared" | "undeclared" | "none";

/** `scratch` is no image (`dockerfile2llb`, `emptyImageName`). */
export const EMPTY_IMAGE = "scratch";

/** What Go's `strconv.Atoi` takes for a number, which has at most 64 bits: a larger one is a name. */
function stageNumber(name: string): number | null {
  if (!/^[+-]?[0-9]+$/.test(name)) return null;
  const value = BigInt(name.replace("+", ""));
  return value === BigInt.asIntN(64, value) ? Number(value) : null;
}

export class Stages {
  /** Lower-cased names with the number of the last stage that has it. */
  private readonly byName = new Map<string, number>();
  private readonly earlierNames = new Set<string>();
  private current = -1;
  private readonly count: number;
  /** BuildKit numbers along, behind the stages, whatever else it was told to take files from. */
  private others = 0;

  /** @param names of all stages in their order, null for one without */
  constructor(names: readonly (string | null)[]) {
    this.count = names.length;
    names.forEach((name, index) => {
      if (name !== null) this.byName.set(name.toLowerCase(), index);
    });
  }

  /** Whether `FROM name` means an earlier stage, or nothing at all. */
  isNoImage(name: string): boolean {
    return name === EMPTY_IMAGE || this.earlierNames.has(name);
  }

  begin(name: string | null): void {
    this.current += 1;
    if (name !== null) this.earlierNames.add(name.toLowerCase());
  }

  /** What `--from=name` means. Only `COPY` knows stages by number. */
  find(name: string, isNumbered: boolean): StageLookup {
    const index = isNumbered ? stageNumber(name) : null;
    return index === null ? this.findName(name) : this.findNumber(index);
  }

  private findNumber(index: number): StageLookup {
    const isOther = index >= this.count && index < this.count + this.others;
    if (isOther) this.others += 1;
    return isOther || (index >= 0 && index < this.current) ? "declared" : "undeclared";
  }

  private findName(name: string): StageLookup {
    const index = this.byName.get(name.toLowerCase());
    if (index === undefined) {
      this.others += 1;
      return name === EMPTY_IMAGE ? "declared" : "none";
    }
    return index < this.current ? "declared" : "undeclared";
  }
}
