/** Findings as the protocol's diagnostics. */
import { type Diagnostic, DiagnosticSeverity, type Range } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { FilePath } from "../documents/surroundings";
import type { OffsetRange } from "../reference/reference";
import type { Finding, Severity } from "../rules/rule";

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

export const SOURCE = "digest-pin";
const RULE_PAGES = "https://github.com/digest-pin/digest-pin/blob/main/docs/rules";

/** @param otherFile the text of a file around the document; null shows nothing of it */
export function diagnosticOf(
  document: TextDocument,
  finding: Finding,
  related: boolean,
  otherFile: (path: FilePath) => TextDocument | null,
): Diagnostic {
  const diagnostic: Diagnostic = {
    range: protocolRange(document, finding),
    severity: severities[finding.severity],
    code: finding.rule,
    codeDescription: { href: `${RULE_PAGES}/${finding.rule}.md` },
    source: SOURCE,
    message: finding.message,
  };
  const variables = related ? (finding.use?.variables ?? []) : [];
  const origins = variables.flatMap(({ name, definition }) => {
    if (definition === null) return [];
    const file = definition.path === null ? document : otherFile(definition.path);
    if (file === null) return [];
    const location = { uri: file.uri, range: protocolRange(file, definition.range) };
    return { location, message: `${definition.path === null ? "The default" : "The value"} of ${name}.` };
  });
  return origins.length > 0 ? { ...diagnostic, relatedInformation: origins } : diagnostic;
}

export function protocolRange(document: TextDocument, { start, end }: OffsetRange): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}
