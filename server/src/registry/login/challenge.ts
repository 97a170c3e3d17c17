/**
 * Reads a `WWW-Authenticate` field (RFC 9110, sections 11.3 to 11.6.1). The server writes it: any text gives a list of
 * challenges, perhaps an empty one, and none makes it throw.
 */

export interface Challenge {
  /** Lower-case. */
  readonly scheme: string;
  /** The single value of schemes like Negotiate, else null. */
  readonly token68: string | null;
  /** By lower-case name, unquoted; of a name that comes twice the first value counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const tokenSixtyEight = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
const equals = /[ \t]*=[ \t]*/y;
const quoted = /"((?:[^"\\]|\\.)*)"/sy;
/** More than a token, because realms are met without their quotes. */
const unquoted = /[^\s,"]*/y;
const spaces = /[ \t]*/y;
const separators = /[\s,]*/y;
const upToSeparator = /[^\s,]+/y;

/**
 * All challenges of the field, in their order. Several fields are to be joined by commas first, as RFC 9110, section
 * 5.3 has it. What fits no rule is passed over up to the next separator.
 */
export function parseChallenges(field: string): readonly Challenge[] {
  const challenges: { scheme: string; token68: string | null; parameters: Map<string, string> }[] = [];
  let offset = 0;
  const take = (form: RegExp): RegExpExecArray | null => {
    form.lastIndex = offset;
    const match = form.exec(field);
    if (match) offset += match[0].length;
    return match;
  };

  for (take(separators); offset < field.length; take(separators)) {
    const name = take(token)?.[0].toLowerCase();
    if (name === undefined) {
      take(upToSeparator);
    } else if (take(equals)) {
      const value = take(quoted)?.[1]?.replace(/\\(.)/gs, "$1") ?? take(unquoted)?.[0] ?? "";
      const parameters = challenges.at(-1)?.parameters;
      if (parameters && !parameters.has(name)) parameters.set(name, value);
    } else {
      take(spaces);
      challenges.push({ scheme: name, token68: take(tokenSixtyEight)?.[0] ?? null, parameters: new Map() });
    }
  }
  return challenges;
}
