/**
 * The extension in a folder that the user trusts: commands, settings, code actions and kinds of documents. The
 * registry at DIGEST_PIN_REGISTRY is a real one and serves DIGEST_PIN_DIGEST for every tag that is named here.
 */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import {
  codeActions,
  diagnosticsOf,
  findingsOf,
  hoverText,
  openFile,
  ruleOf,
  setUserSetting,
  untilFindings,
  untilText,
  wholeRange,
  writeFile,
} from "./documents";
import { runMocha, told } from "./mochaRun";

export function run(): Promise<void> {
  const registry = told("DIGEST_PIN_REGISTRY");
  const digest = told("DIGEST_PIN_DIGEST");
  const foreign = told("DIGEST_PIN_FOREIGN_REGISTRY");
  const image = `${registry}/library/alpine`;

  return runMocha(() => {
    describe("a trusted folder", () => {
      it("offers the commands", async () => {
        assert.ok(vscode.workspace.isTrusted);
        await openFile("Dockerfile", `FROM ${image}:edge\n`);
        const commands = await vscode.commands.getCommands(true);
        for (const command of ["digestPin.pinAll", "digestPin.showLog"]) assert.ok(commands.includes(command), command);
      });

      it("reports with the rule's id, a link to its page, and the reference's range alone", async () => {
        const document = await openFile("Dockerfile.range", `FROM --platform=linux/amd64 ${image}:edge AS base\n`);
        await untilFindings(document, [`mutable-tag@0:28-${28 + image.length + 5} information`]);
        const [diagnostic, ...more] = diagnosticsOf(document);
        assert.equal(more.length, 0);
        assert.ok(diagnostic !== undefined && typeof diagnostic.code === "object");
        assert.equal(ruleOf(diagnostic), "mutable-tag");
        assert.match(diagnostic.code.target.toString(), /mutable-tag/);
      });

      it("follows a rule's setting at once", async () => {
        const document = await openFile("Dockerfile.setting", `FROM ${image}:3.20.3\n`);
        const at = `unpinned-image@0:5-${5 + image.length + 7}`;
        await untilFindings(document, [`${at} hint`]);
        try {
          for (const severity of ["error", "warning", "information"]) {
            await setUserSetting("rules.unpinned-image", severity);
            await untilFindings(document, [`${at} ${severity}`]);
          }
          await setUserSetting("rules.unpinned-image", "off");
          await untilFindings(document, []);
        } finally {
          await setUserSetting("rules.unpinned-image", undefined);
        }
        await untilFindings(document, [`${at} hint`]);
      });

      it("says the tag's digest in a hover, for a registry that the user named", async () => {
        const document = await openFile("Dockerfile.hover", `FROM ${image}:edge\n`);
        assert.ok((await hoverText(document, new vscode.Position(0, 8))).includes(digest));
      });

      it("asks no registry for a hover that only the workspace named", async () => {
        const document = await openFile("Dockerfile.foreign", `FROM ${foreign}/library/alpine:edge\n`);
        await untilFindings(document, [`mutable-tag@0:5-${5 + foreign.length + 20} information`]);
        await hoverText(document, new vscode.Position(0, 8)); // the test outside counts the connections
      });

      it("pins every image of the active editor, and nothing on the second time", async () => {
        const text = (pin: string): string =>
          [`# top`, `from  ${image}:edge${pin}  AS a  `, `FROM ${image}:3.20.3${pin}`, `COPY --from=a / /`, ``].join(
            "\r\n",
          );
        const document = await openFile("Dockerfile.all", text(""));
        await vscode.commands.executeCommand("digestPin.pinAll");
        await untilText(document, text(`@${digest}`));
        await vscode.commands.executeCommand("digestPin.pinAll");
        assert.equal(document.getText(), text(`@${digest}`));
        await untilFindings(document, []);
      });

      it("gives an image without a tag the tag that it stands for", async () => {
        const document = await openFile("Dockerfile.implicit", `FROM ${image}\n`);
        await vscode.commands.executeCommand("digestPin.pinAll");
        await untilText(document, `FROM ${image}:latest@${digest}\n`);
      });

      it("pins to the digest alone where the user wants that", async () => {
        const document = await openFile("Dockerfile.style", `FROM ${image}:edge\n`);
        await setUserSetting("pinStyle", "digest-only");
        try {
          await vscode.commands.executeCommand("digestPin.pinAll");
          await untilText(document, `FROM ${image}@${digest}\n`);
        } finally {
          await setUserSetting("pinStyle", undefined);
        }
      });

      it("offers a quick fix that pins one image", async () => {
        const document = await openFile("Dockerfile.fix", `FROM ${image}:edge\nFROM ${image}:3.20.3\n`);
        await untilFindings(document, [`mutable-tag@0:5-${5 + image.length + 5} information`]);
        const found = await codeActions(document, new vscode.Range(0, 8, 0, 8), "quickfix");
        const pin = found.find((action) => /^Pin (.+ )?to /.test(action.title));
        assert.ok(pin !== undefined, JSON.stringify(found.map((action) => action.title)));
        await perform(pin);
        await untilText(document, `FROM ${image}:edge@${digest}\nFROM ${image}:3.20.3\n`);
      });

      it("fixes all on save's code action", async () => {
        const document = await openFile("Dockerfile.fixall", `FROM ${image}:edge\nFROM ${image}:3.20.3\n`);
        const [action, ...more] = await codeActions(document, wholeRange(document), "source.fixAll.digestPin");
        assert.ok(action !== undefined && more.length === 0);
        assert.equal(action.kind?.value, "source.fixAll.digestPin");
        await perform(action);
        await untilText(document, `FROM ${image}:edge@${digest}\nFROM ${image}:3.20.3@${digest}\n`);
      });

      it("reads a Compose file by its name, in either language, and no other YAML", async () => {
        const text = `services:\n  web:\n    image: ${image}:edge\n`;
        const expected = [`mutable-tag@2:11-${11 + image.length + 5} information`];
        const other = await openFile("values.yaml", text);
        assert.equal(other.languageId, "yaml");
        const compose = await openFile("compose.yaml", text);
        assert.equal(compose.languageId, "dockercompose");
        await untilFindings(compose, expected);
        const asYaml = await vscode.languages.setTextDocumentLanguage(
          await openFile("docker-compose.yml", text),
          "yaml",
        );
        await untilFindings(asYaml, expected);
        assert.deepEqual(findingsOf(other), []); // opened first, so its turn is over
      });

      it("reads the environment file beside a project, again when it changes, and pins in it", async () => {
        const environment = await writeFile("project/.env", "TAG=edge\n");
        const text = `services:\n  web:\n    image: ${image}:\${TAG}\n`;
        const document = await openFile("project/compose.yaml", text);
        const range = `2:11-${11 + image.length + 7}`;
        await untilFindings(document, [`mutable-tag@${range} information`]);
        await writeFile("project/.env", "TAG=3.20.3\n");
        await untilFindings(document, [`unpinned-image@${range} hint`]);
        const found = await codeActions(document, new vscode.Range(2, 14, 2, 14), "quickfix");
        const pin = found.find((action) => action.title.startsWith("Pin TAG in .env"));
        assert.ok(pin?.edit !== undefined, JSON.stringify(found.map((action) => action.title)));
        assert.deepEqual(
          pin.edit.entries().map(([uri, edits]) => [uri.toString(), edits.map(({ newText }) => newText)]),
          [[environment.toString(), [`@${digest}`]]],
        );
      });

      it("pins in a Compose file inside its quotes", async () => {
        const text = (pin: string): string => `services:\n  web: { image: "${image}:edge${pin}" } # kept\n`;
        const document = await openFile("compose.test.yaml", text(""));
        assert.equal(document.languageId, "dockercompose");
        await vscode.commands.executeCommand("digestPin.pinAll");
        await untilText(document, text(`@${digest}`));
      });
    });
  });
}

/** Does what VS Code does when a user takes an action: its edit, then its command. */
async function perform(action: vscode.CodeAction): Promise<void> {
  if (action.edit !== undefined) assert.ok(await vscode.workspace.applyEdit(action.edit));
  const { command } = action;
  if (command !== undefined) await vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
}
