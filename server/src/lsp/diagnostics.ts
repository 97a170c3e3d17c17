/** Findings as the protocol's diagnostics. */
import { type Diagnostic, DiagnosticSeverity, type Range } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
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

/** `related`: whether the client shows related information. */
export function diagnosticOf(document: TextDocument, finding: Finding, related: boolean): Diagnostic {
  const diagnostic: Diagnostic = {
    range: protocolRange(document, finding),
    severity: severities[finding.severity],
    code: finding.rule,
    codeDescription: { href: `${RULE_PAGES}/${finding.rule}.md` },
    source: SOURCE,
    message: finding.message,
  };
  const origins = finding.use.variables.flatMap(({ name, definition }) =>
    definition === null
      ? []
      : [
          {
            location: { uri: document.uri, range: protocolRange(document, definition) },
            message: `The default of ${name}.`,
          },
        ],
  );
  return related && origins.length > 0 ? { ...diagnostic, relatedInformation: origins } : diagnostic;
}

export function protocolRange(document: TextDocument, { start, end }: OffsetRange): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}
