/** What the tests of the language server share: a document, two kinds of clients, and short forms of answers. */
import assert from "node:assert/strict";
import type { CodeAction, Diagnostic, MarkupContent } from "vscode-languageserver";

export const uri = "file:///project/Dockerfile";
export const trusted = { workspaceTrust: true, status: true };
/** Nothing of its own: pushes, plain edits, no literals beyond the protocol's oldest. */
export const oldClient = {
  textDocument: { codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ["quickfix"] } } } },
};

export function brief({ code, severity, range }: Diagnostic) {
  const { start, end } = range;
  return `${code} ${severity} ${start.line}:${start.character}-${end.line}:${end.character}`;
}

export function titled(actions: readonly CodeAction[], start: string): CodeAction {
  const action = actions.find(({ title }) => title.startsWith(start));
  assert.ok(action, `no action "${start}…" among ${actions.map(({ title }) => title).join(" | ")}`);
  return action;
}

export function hoverText(hover: { contents: unknown } | null): string {
  return (hover?.contents as MarkupContent | undefined)?.value ?? "";
}
