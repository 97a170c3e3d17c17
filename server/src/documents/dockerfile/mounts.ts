/**
 * The `from` of a `RUN --mount` (BuildKit, `instructions/commands_runmount.go`, `parseMount`): fields of one line of
 * CSV, each `key=value`. The kind of the mount does not matter: BuildKit loads what `from` names for every kind.
 */
import type { OffsetRange } from "../../reference/reference";
import { type MappedText, mappedParts } from "../mappedText";

/** The last `from` of the mount, which counts; null where it has none, or is no CSV. */
export function mountSource(mount: MappedText): MappedText | null {
  let source: MappedText | null = null;
  for (const parts of csvFields(mount.text) ?? []) {
    const field = mappedParts(mount, parts);
    const equals = field.text.indexOf("=");
    if (equals === -1 || field.text.slice(0, equals).toLowerCase() !== "from") continue;
    source = mappedParts(field, [{ start: equals + 1, end: field.text.length }]);
  }
  return source;
}

/**
 * The fields of a line of CSV, each as the ranges that make it (RFC 4180, section 2, as read by
 * github.com/tonistiigi/go-csvvalue): a field that begins with `"` ends with `"`, and a doubled one stands for itself.
 * @returns null where a quote is open, or stands where none may.
 */
function csvFields(line: string): OffsetRange[][] | null {
  const fields: OffsetRange[][] = [];
  for (let position = 0; ; position += 1) {
    const parts: OffsetRange[] = [];
    if (line.charAt(position) === '"') {
      let from = position + 1;
      for (;;) {
        const quote = line.indexOf('"', from);
        if (quote === -1) return null;
        const isDoubled = line.charAt(quote + 1) === '"';
        // Of a doubled quote the first one is the field's.
        const end = isDoubled ? quote + 1 : quote;
        if (end > from) parts.push({ start: from, end });
        from = isDoubled ? quote + 2 : quote + 1;
        if (!isDoubled) break;
      }
      position = from;
      if (position < line.length && line.charAt(position) !== ",") return null;
    } else {
      const comma = line.indexOf(",", position);
      const end = comma === -1 ? line.length : comma;
      if (line.slice(position, end).includes('"')) return null;
      if (end > position) parts.push({ start: position, end });
      position = end;
    }
    fields.push(parts);
    if (position >= line.length) return fields;
  }
}
