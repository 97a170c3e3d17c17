/**
 * The extension in Restricted Mode: what needs no network works, and nothing that the folder says makes a request go
 * out. Both registries that are named here only count who comes; the test outside asserts that nobody did.
 */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { diagnosticsOf, hoverText, openFile, ruleOf, untilFindings, wholeRange } from "./documents";
import { runMocha, told } from "./mochaRun";

/** Each line with the finding on it: rule, first and last character, severity. */
const offline: readonly (readonly [line: string, finding: string])[] = [
  ["FROM alpine", "implicit-latest@0:5-11 warning"],
  ["FROM alpine:edge", "mutable-tag@1:5-16 information"],
  ["FROM node:20.11.1", "unpinned-image@2:5-17 hint"],
  ["FROM someone-unknown/thing:1.2.3", "non-official-image@3:5-32 information"],
  ["FROM Alpine:edge", "invalid-reference@4:5-16 error"],
  ["FROM ${UNKNOWN}", "unresolved-variable@5:5-15 hint"],
];

export function run(): Promise<void> {
  const named = told("DIGEST_PIN_REGISTRY");
  const foreign = told("DIGEST_PIN_FOREIGN_REGISTRY");

  return runMocha(() => {
    describe("Restricted Mode", () => {
      it("applies every rule that needs no network", async () => {
        assert.equal(vscode.workspace.isTrusted, false);
        const text = offline.map(([line]) => `${line}\n`).join("");
        const document = await openFile("Dockerfile", text);
        const expected = offline.map(([, finding]) => finding);
        await untilFindings(document, expected);
        for (const diagnostic of diagnosticsOf(document)) assert.notEqual(ruleOf(diagnostic), "undefined");
      });

      it("ignores the folder's settings about the network", () => {
        const settings = vscode.workspace.getConfiguration("digestPin");
        assert.deepEqual(settings.get("registries"), [named]);
        assert.notEqual(settings.get("network"), "off");
        assert.equal(settings.inspect("network")?.workspaceFolderValue, undefined);
      });

      it("pins nothing, even when told to", async () => {
        const text = `FROM ${named}/library/alpine:edge\nFROM ${foreign}/library/alpine:edge\n`;
        const document = await openFile("Dockerfile.pin", text);
        await vscode.commands.executeCommand("digestPin.pinAll");
        assert.equal(document.getText(), text);
      });

      it("asks nobody for hovers and lists of actions", async () => {
        for (const [index, host] of [named, foreign].entries()) {
          const document = await openFile(`Dockerfile.${index}`, `FROM ${host}/library/alpine:edge\n`);
          await untilFindings(document, [`mutable-tag@0:5-${5 + host.length + 20} information`]);
          await hoverText(document, new vscode.Position(0, 8));
          await codeActionsWithoutEdits(document);
        }
      });
    });
  });
}

/** Lists the actions as the light bulb does; resolving one would be the user's own wish to pin. */
async function codeActionsWithoutEdits(document: vscode.TextDocument): Promise<void> {
  await vscode.commands.executeCommand("vscode.executeCodeActionProvider", document.uri, wholeRange(document));
}
