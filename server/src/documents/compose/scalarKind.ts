/**
 * What a scalar is to Compose: text, nothing, or a value of another type, by the rules of the YAML reader in compose-go
 * (go.yaml.in/yaml, `resolver.go`), which are neither those of YAML 1.1 nor of 1.2: `yes` is text, `1_000` a number,
 * `2024-01-31` a time. Pure.
 */
import { Scalar } from "yaml";

export type ScalarKind = "text" | "null" | "other";

const coreTag = "tag:yaml.org,2002:";
/** Its values are decoded before they are text; nobody writes an image so. */
const otherTags = new Set(
  ["bool", "int", "float", "null", "timestamp", "binary", "merge"].map((name) => coreTag + name),
);

/** The scalar's value must be its text, as the schema "failsafe" leaves it. */
export function kindOfScalar(scalar: Scalar): ScalarKind {
  const { tag, type, value } = scalar;
  if (typeof value !== "string") return "other";
  if (tag !== undefined && tag !== "!")
    return otherTags.has(tag) ? (tag === `${coreTag}null` ? "null" : "other") : "text";
  return type === undefined || type === Scalar.PLAIN ? kindOfPlain(value) : "text";
}

const nullForm = /^(?:~|null|Null|NULL)?$/;
const wordForm = /^(?:true|True|TRUE|false|False|FALSE|\.nan|\.NaN|\.NAN|[-+]?(?:\.inf|\.Inf|\.INF)|<<)$/;
const integerForm = /^[-+]?(?:0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)$/;
const floatForm = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const timeForm = /^\d{4}-(\d\d?)-(\d\d?)(?:[Tt ]\d\d?:\d\d?:\d\d?(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)?)?$/;

function kindOfPlain(text: string): ScalarKind {
  // Nearly every image begins with a letter that begins nothing else.
  if (!/^[-+.0-9~nNtTfF<]/.test(text)) return text === "" ? "null" : "text";
  if (nullForm.test(text)) return "null";
  if (wordForm.test(text)) return "other";
  const digits = /^[-+0-9]/.test(text) ? text.replaceAll("_", "") : text;
  if (integerForm.test(digits) || floatForm.test(digits)) return "other";
  const time = timeForm.exec(text);
  return time !== null && isDay(Number(time[1]), Number(time[2])) ? "other" : "text";
}

/** February as in a leap year: the day that only some years have makes no image's name. */
const daysOfMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDay(month: number, day: number): boolean {
  return day >= 1 && day <= (daysOfMonth[month - 1] ?? 0);
}
