/**
 * `dclint` is a library and a command without a server. This gives it one, on the same protocol library as ours, so
 * that the same client can measure both: each change is applied to the text, the text is linted, the findings are
 * pushed. It is given every advantage: of its rules only the one about images runs (it always validates the schema
 * too), and the text comes from memory although its public function reads a file.
 */
import fs, { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DCLinter } from "dclint";
import { createConnection, ProposedFeatures, TextDocumentSyncKind, TextDocuments } from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";

const otherRules = [
  "no-build-and-image",
  "no-duplicate-container-names",
  "no-duplicate-exported-ports",
  "no-quotes-in-volumes",
  "no-unbound-port-interfaces",
  "no-version-field",
  "require-project-name-field",
  "require-quotes-in-ports",
  "service-container-name-regex",
  "service-dependencies-alphabetical-order",
  "service-keys-order",
  "service-ports-alphabetical-order",
  "services-alphabetical-order",
  "top-level-properties-order",
];
const linter = new DCLinter({
  rules: Object.fromEntries([...otherRules.map((name) => [name, 0]), ["service-image-require-explicit-tag", 2]]),
  quiet: true,
  debug: false,
  exclude: [],
});

const folder = mkdtempSync(join(tmpdir(), "digest-pin-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true }));
// The linter looks whether the file is there, then reads it: the reading alone is answered from memory.
const file = join(folder, "compose.yaml");
writeFileSync(file, "");
let current = "";
const readFileSync = fs.readFileSync;
Object.assign(fs, {
  readFileSync: (path: string, options: "utf8") => (path === file ? current : readFileSync(path, options)),
});

const connection = createConnection(ProposedFeatures.all);
connection.onInitialize(() => ({ capabilities: { textDocumentSync: TextDocumentSyncKind.Incremental } }));
const texts = new TextDocuments(TextDocument);
texts.onDidChangeContent(({ document }) => {
  current = document.getText();
  const diagnostics = linter.lintFiles([file], false).flatMap(({ messages }) =>
    messages.map(({ line, column, message, rule }) => {
      const start = { line: line - 1, character: column - 1 };
      return { range: { start, end: start }, message, code: rule, source: "dclint" };
    }),
  );
  void connection.sendDiagnostics({ uri: document.uri, version: document.version, diagnostics });
});
texts.listen(connection);
connection.listen();
