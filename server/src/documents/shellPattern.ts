/**
 * The patterns of `${NAME#pattern}`, `${NAME%pattern}` and `${NAME/pattern/replacement}` (github.com/moby/buildkit,
 * `frontend/dockerfile/shell/lex.go`, `convertShellPatternToRegex`, `trimPrefix`, `trimSuffix`). BuildKit makes regular
 * expressions of them, which Go matches in linear time; here no `RegExp` may be made of them, as both the pattern and
 * the value may be hostile. Pure.
 */

/** How many characters may still be looked at. Below 0 the work was given up, and its result means nothing. */
export interface Steps {
  left: number;
}

/** `value` without the shortest or longest match of `pattern` at its start ("#") or end ("%"); null for a bad pattern. */
export function cutMatch(
  value: string,
  side: "#" | "%",
  pattern: string,
  isLongest: boolean,
  steps: Steps,
): string | null {
  const points = codePoints(pattern);
  const runs = parsePattern(side === "#" ? points : reversed(points));
  if (runs === null) return null;
  const length = new Matcher(value, side, runs, isLongest, steps).matchAt(0);
  if (length === -1) return value;
  return side === "#" ? value.slice(length) : value.slice(0, value.length - length);
}

/** `value` with the first match, or all matches, of `pattern` replaced; null for a bad pattern. */
export function replaceMatches(
  value: string,
  pattern: string,
  replacement: string,
  isOfAll: boolean,
  steps: Steps,
): string | null {
  const runs = parsePattern(codePoints(pattern));
  if (runs === null) return null;
  const matcher = new Matcher(value, "#", runs, true, steps);
  if (isOfAll) return replaceAll(value, matcher, parseTemplate(replacement), steps);
  const match = matcher.find(0);
  return match === null ? value : value.slice(0, match.start) + replacement + value.slice(match.end);
}

/** What stands between the "*" of a pattern: code points, and `ANY` for "?". */
type Run = readonly number[];

/** "?": any code point but a line break. */
const ANY = -1;
/** What is at the end of the value. */
const NOTHING = -2;
const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = 0xfeff;
const [STAR, QUESTION_MARK, BACKSLASH, BRACE, SLASH] = [0x2a, 0x3f, 0x5c, 0x7d, 0x2f];
/** What a backslash may stand before: whatever the document's escape character, a pattern has this one. */
const escapable: ReadonlySet<number | undefined> = new Set([STAR, QUESTION_MARK, BACKSLASH, BRACE, SLASH]);

function codePoints(text: string): number[] {
  const points: number[] = [];
  for (let at = 0; at < text.length; at += widthOf(points.at(-1) ?? 0)) points.push(text.codePointAt(at) ?? 0);
  return points;
}

/** The runs of a pattern, one more than it has stars; null where it is bad. */
function parsePattern(points: readonly number[]): readonly Run[] | null {
  let run: number[] = [];
  const runs = [run];
  // The pattern is scanned as a text of its own, and a byte order mark at the start of one is skipped.
  for (let index = points[0] === BYTE_ORDER_MARK ? 1 : 0; index < points.length; index += 1) {
    const point = points[index] ?? NOTHING;
    if (point === STAR) {
      run = [];
      runs.push(run);
    } else if (point === QUESTION_MARK) {
      run.push(ANY);
    } else if (point === BACKSLASH) {
      index += 1;
      const escaped = points[index];
      if (escaped === undefined || !escapable.has(escaped)) return null;
      run.push(escaped);
    } else {
      run.push(point);
    }
  }
  return runs;
}

/** The pattern from its end to its start, escapes kept before what they escape; a last, lone one comes first. */
function reversed(points: readonly number[]): number[] {
  const result: number[] = [];
  for (let index = 0; index < points.length; index += 1) {
    const [point, next] = [points[index] ?? NOTHING, points[index + 1]];
    if (point === BACKSLASH && next !== undefined) {
      result.push(next);
      index += 1;
    }
    result.push(point);
  }
  return result.reverse();
}

/**
 * Finds a pattern in a value, from its start or, for "%", from its end: positions are counted from there, and the runs
 * of the pattern are reversed as well. A star takes no line break, and so at most the rest of a line.
 */
class Matcher {
  private readonly first: Run;
  private readonly rest: readonly Run[];
  private readonly last: Run | undefined;

  constructor(
    private readonly value: string,
    private readonly side: "#" | "%",
    [first = [], ...rest]: readonly Run[],
    private readonly isLongest: boolean,
    private readonly steps: Steps,
  ) {
    this.first = first;
    this.rest = rest;
    this.last = rest.at(-1);
  }

  /** Where the match that begins at `start` ends, or -1. */
  matchAt(start: number): number {
    const end = this.matchRun(this.first, start);
    return end === -1 ? -1 : this.matchRest(end);
  }

  /** The first match that begins at `start` or later. */
  find(start: number): { readonly start: number; readonly end: number } | null {
    // From no place up to here does the rest of the pattern match: an earlier one could have reached as far.
    let hopeless = -1;
    for (let at = start; at <= this.value.length && this.steps.left >= 0; at += widthOf(this.pointAt(at))) {
      const end = this.matchRun(this.first, at);
      if (end <= hopeless) continue;
      const whole = this.matchRest(end);
      if (whole !== -1) return { start: at, end: whole };
      hopeless = this.lineEnd(end);
    }
    return null;
  }

  /**
   * All runs but the last are best put as early as they can be, also for the longest match: that leaves the last one
   * the most places to choose from.
   */
  private matchRest(start: number): number {
    let end = start;
    for (const run of this.rest) {
      end = this.placeRun(run, end, this.isLongest && run === this.last);
      if (end === -1) return -1;
    }
    return end;
  }

  /** Where the run ends in the first or last place that it has on the line; -1 if it has none. */
  private placeRun(run: Run, start: number, isLast: boolean): number {
    let found = -1;
    for (let at = start; this.steps.left >= 0; ) {
      const end = this.matchRun(run, at);
      if (end !== -1) found = end;
      if (end !== -1 && !isLast) break;
      const point = this.pointAt(at);
      if (point === NOTHING || point === LINE_FEED) break;
      at += widthOf(point);
    }
    return found;
  }

  private matchRun(run: Run, start: number): number {
    let at = start;
    for (const wanted of run) {
      const point = this.pointAt(at);
      const isMatch = wanted === ANY ? point !== NOTHING && point !== LINE_FEED : point === wanted;
      if (!isMatch) return -1;
      at += widthOf(point);
    }
    return at;
  }

  private lineEnd(start: number): number {
    let at = start;
    for (;;) {
      const point = this.pointAt(at);
      if (point === NOTHING || point === LINE_FEED) return at;
      at += widthOf(point);
    }
  }

  private pointAt(position: number): number {
    this.steps.left -= 1;
    const { value } = this;
    if (this.side === "#") return value.codePointAt(position) ?? NOTHING;
    const index = value.length - position - 1;
    const unit = index < 0 ? NOTHING : value.charCodeAt(index);
    if ((unit & 0xfc00) !== 0xdc00) return unit;
    // The second half of a pair ends one code point with the first.
    const pair = value.codePointAt(index - 1) ?? 0;
    return pair > 0xffff ? pair : unit;
  }
}

function widthOf(point: number): number {
  return point > 0xffff ? 2 : 1;
}

/** Go's `Regexp.ReplaceAllString`: no empty match right behind another match. */
function replaceAll(value: string, matcher: Matcher, template: Template, steps: Steps): string {
  let result = "";
  let copied = 0;
  let from = 0;
  while (from <= value.length && steps.left >= 0) {
    const match = matcher.find(from);
    if (match === null) break;
    result += value.slice(copied, match.start);
    if (match.end > copied || match.start === 0) {
      for (const part of template) {
        const text = part ?? value.slice(match.start, match.end);
        steps.left -= 1 + text.length;
        result += text;
      }
    }
    copied = match.end;
    const next = from + widthOf(value.codePointAt(from) ?? NOTHING);
    from = Math.max(next, match.end);
  }
  return result + value.slice(copied);
}

/** Texts, and null for the whole match. */
type Template = readonly (string | null)[];

const placeholder = /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu;

/**
 * Go's `Regexp.Expand`: "$$" is "$", "$0" and "${0}" the match, and any other "$name" is empty, as a pattern has no
 * groups. What is none of these stays.
 */
function parseTemplate(replacement: string): Template {
  const template: (string | null)[] = [];
  let copied = 0;
  for (const match of replacement.matchAll(placeholder)) {
    template.push(replacement.slice(copied, match.index));
    if (match[0] === "$$") template.push("$");
    else if ((match[1] ?? match[2]) === "0") template.push(null);
    copied = match.index + match[0].length;
  }
  template.push(replacement.slice(copied));
  return template.filter((part) => part !== "");
}
