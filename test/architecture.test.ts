import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { violations } from "./support/architecture";
import { scan } from "./support/imports";

const root = join(import.meta.dirname, "..");
const sources = ["server/src", "client/src"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`),
);

describe("the architecture", () => {
  for (const path of sources) {
    it(`is kept by ${path}`, () => assert.deepEqual(violations(path, readFileSync(join(root, path), "utf8")), []));
  }

  it("was looked at in every part of the house", () => {
    for (const part of [
      "reference",
      "documents",
      "catalog",
      "rules",
      "pinning",
      "registry",
      "trust",
      "facts",
      "lsp",
      "cli",
    ]) {
      assert.ok(
        sources.some((path) => path.startsWith(`server/src/${part}/`)),
        part,
      );
    }
    assert.ok(sources.includes("server/src/lsp/wire.ts"));
    assert.ok(sources.includes("client/src/extension.ts"));
  });
});

/** The test of the test: each breaks one rule, and only that. */
const broken: readonly (readonly [path: string, source: string, violation: string])[] = [
  ["server/src/reference/a.ts", 'import { expand } from "../documents/expand";', "imports server/src/documents/expand"],
  ["server/src/reference/a.ts", 'import type { X } from "../documents/expand";', "imports server/src/documents/expand"],
  ["server/src/reference/a.ts", 'import yaml from "yaml";', "imports the package yaml"],
  ["server/src/documents/a.ts", 'export * from "../rules/rule";', "imports server/src/rules/rule"],
  ["server/src/documents/a.ts", 'import data from "../catalog/x.json";', "imports server/src/catalog/x.json"],
  ["server/src/documents/x/a.ts", 'import "../../catalog/tags";', "imports server/src/catalog/tags"],
  ["server/src/documents/a.ts", 'import { x } from "lru-cache";', "imports the package lru-cache"],
  ["server/src/documents/a.ts", 'const x = require("../facts/facts");', "imports server/src/facts/facts"],
  ["server/src/catalog/a.ts", 'import { x } from "../documents/imageUse";', "imports server/src/documents/imageUse"],
  ["server/src/rules/a.ts", 'import { Facts } from "../facts/facts";', "imports more than types of facts"],
  ["server/src/rules/a.ts", 'export { Facts } from "../facts/facts";', "imports more than types of facts"],
  ["server/src/rules/a.ts", 'import { type A, B } from "../facts/types";', "imports more than types of facts"],
  ["server/src/rules/a.ts", 'import { catalog } from "../catalog/catalog";', "imports server/src/catalog/catalog"],
  ["server/src/rules/a.ts", 'import type { C } from "../catalog/catalog";', "imports server/src/catalog/catalog"],
  ["server/src/rules/a.ts", 'import { planPin } from "../pinning/pin";', "imports server/src/pinning/pin"],
  ["server/src/pinning/a.ts", 'import { rules } from "../rules/rules";', "imports server/src/rules/rules"],
  ["server/src/pinning/a.ts", 'import type { Rule } from "../rules/rule";', "imports server/src/rules/rule"],
  ["server/src/pinning/a.ts", 'import { x } from "../registry/registry";', "imports server/src/registry/registry"],
  ["server/src/rules/a.ts", 'import { readFileSync } from "node:fs";', "does input or output"],
  ["server/src/pinning/a.ts", 'export const x = fetch("https://example.com");', "does input or output"],
  ["server/src/documents/a.ts", "export const home = process.env.HOME;", "does input or output"],
  ["server/src/rules/a.ts", "export const x = Date.now();", "uses a clock"],
  ["server/src/rules/a.ts", "export const x = `${new Date()}`;", "uses a clock"],
  ["server/src/pinning/a.ts", "setTimeout(() => 1, 2);", "uses a clock"],
  ["server/src/pinning/a.ts", "export const x = performance.now();", "uses a clock"],
  ["server/src/rules/a.ts", "export async function x() {}", "is asynchronous"],
  ["server/src/pinning/a.ts", "export const x = Promise.resolve();", "is asynchronous"],
  ["server/src/reference/a.ts", "for await (const x of y) z();", "is asynchronous"],
  ["server/src/registry/a.ts", 'import { x } from "../catalog/tags";', "imports server/src/catalog/tags"],
  ["server/src/registry/a.ts", 'import { x } from "../facts/types";', "imports server/src/facts/types"],
  ["server/src/registry/a.ts", 'import axios from "axios";', "imports axios"],
  ["server/src/registry/a.ts", 'const x = await import("axios");', "imports axios"],
  ["server/src/facts/a.ts", 'import type { AxiosError } from "axios";', "imports axios"],
  ["server/src/trust/a.ts", 'import { x } from "../catalog/catalog";', "imports server/src/catalog/catalog"],
  ["server/src/trust/notary/a.ts", 'import { readFile } from "node:fs/promises";', "does input or output"],
  ["server/src/trust/notary/a.ts", 'import { RegistryError } from "../../registry/registry";', "does input or output"],
  ["server/src/trust/notary/a.ts", "export const x = new Date();", "uses a clock"],
  ["server/src/trust/notary/a.ts", "export const x = Date.now();", "uses a clock"],
  ["server/src/trust/combine.ts", "export async function x() {}", "is asynchronous"],
  ["server/src/facts/a.ts", 'import { x } from "../documents/reader";', "imports server/src/documents/reader"],
  ["server/src/facts/a.ts", 'import { rules } from "../rules/rules";', "imports server/src/rules/rules"],
  ["server/src/cli/a.ts", 'import { x } from "vscode-languageserver/node";', "imports vscode-languageserver"],
  ["server/src/cli.ts", 'await import("vscode-languageserver");', "imports vscode-languageserver"],
  ["server/src/facts/a.ts", 'import { x } from "vscode-languageserver-types";', "imports vscode-languageserver"],
  ["server/src/facts/a.ts", 'import { x } from "vscode-jsonrpc/node";', "imports vscode-languageserver"],
  [
    "server/src/facts/a.ts",
    'import { TextDocument } from "vscode-languageserver-textdocument";',
    "imports vscode-languageserver-textdocument",
  ],
  ["server/src/lsp/a.ts", 'import * as vscode from "vscode";', "imports vscode"],
  ["server/src/lsp/a.ts", 'import { x } from "vscode-languageclient/node";', "imports vscode-languageclient"],
  ["server/src/lsp/a.ts", 'console.log("x");', "prints"],
  ["server/src/facts/a.ts", 'process.stderr.write("x");', "prints"],
  ["client/src/a.ts", 'console["log"]("x");', "prints"],
  ["server/src/main.ts", "const x = `${console.log(1)}`;", "prints"],
  ["server/src/lsp/wire.ts", 'import type { X } from "../facts/types";', "imports ../facts/types in the wire file"],
  ["server/src/lsp/wire.ts", 'export { x } from "./settings";', "imports ./settings in the wire file"],
  [
    "client/src/a.ts",
    'import { x } from "../../server/src/lsp/settings";',
    "imports server/src/lsp/settings into the client",
  ],
  [
    "client/src/x/a.ts",
    'import { x } from "../../../server/src/lsp/wire2";',
    "imports server/src/lsp/wire2 into the client",
  ],
  [
    "server/src/lsp/a.ts",
    'import { x } from "../../../client/src/extension";',
    "imports client/src/extension into the server",
  ],
  ["server/src/cli/a.ts", 'import { x } from "../lsp/settings";', "imports server/src/lsp/settings"],
  ["server/src/lsp/a.ts", 'import { x } from "../cli/terminal";', "imports server/src/cli/terminal"],
  ["server/src/facts/x/a.ts", 'export { x } from "../../catalog/../lsp/markup";', "imports server/src/lsp/markup"],
];

/** Sources that look as if, and break nothing. */
const kept: readonly (readonly [path: string, source: string])[] = [
  ["server/src/reference/a.ts", '// import yaml from "yaml";\n/* require("fs") */\nimport { x } from "./digest";'],
  ["server/src/reference/a.ts", 'export const docs = `import yaml from "yaml"; await import("axios"); console.log`;'],
  ["server/src/reference/a.ts", "export const quote = /[\"'`]/; export const x = 1; // async"],
  ["server/src/reference/a.ts", 'export const x = a / b; export const text = "// async"; export const y = c / d;'],
  ["server/src/documents/a.ts", 'import { isMap } from "yaml";\nimport { x } from "../reference/reference";'],
  ["server/src/documents/a.ts", 'const x = (require("./b") as typeof import("./b")).c;'],
  ["server/src/rules/a.ts", 'import type { Catalog } from "../facts/types";'],
  ["server/src/rules/a.ts", 'import { type A, type B } from "../facts/types";'],
  ["server/src/pinning/a.ts", 'export type { Answer } from "../facts/types";'],
  ["server/src/registry/http/transport.ts", 'const { create } = await import("axios");'],
  ["server/src/registry/a.ts", 'import { request } from "node:https";\nconst x = Date.now();'],
  ["server/src/facts/a.ts", 'import { x } from "../catalog/catalog";\nimport { y } from "../trust/verdict";'],
  ["server/src/lsp/a.ts", 'import { x } from "vscode-languageserver/node";\nconnection.console.warn("x");'],
  ["server/src/cli/a.ts", 'import { TextDocument } from "vscode-languageserver-textdocument";\nconsole.log(1);'],
  ["server/src/cli.ts", 'process.stdout.write("x");\nawait import("./cli/command");\nawait import("./lsp/server");'],
  ["client/src/a.ts", 'import * as vscode from "vscode";\nimport { STATUS } from "../../server/src/lsp/wire";'],
];

describe("the test of the architecture", () => {
  for (const [path, source, violation] of broken) {
    it(`catches ${source} in ${path}`, () => assert.deepEqual(violations(path, source), [violation]));
  }

  for (const [path, source] of kept) {
    it(`passes ${JSON.stringify(source)} in ${path}`, () => assert.deepEqual(violations(path, source), []));
  }

  it("can't be passed by a computed name", () => {
    assert.deepEqual(violations("server/src/reference/a.ts", "require(name);"), ["imports the package ?"]);
    assert.deepEqual(scan("import(`./${name}`)").imports, [{ specifier: "?", isType: false }]);
  });

  it("finds each form of import", () => {
    const source = `
      import a from "a"; import * as b from 'b'; import { c, d as e } from "c"; import f, { g } from "f";
      import "h"; import type { I } from "i"; import { type J, k } from "j"; import { type L } from "l";
      export * from "m"; export * as n from "n"; export { o } from "o"; export type { P } from "p";
      const q = await import("q"), r = require("r"), s = require.resolve; let t: typeof import("t");
      import {
        u, // from "no"
      } from "u";
    `;
    assert.deepEqual(
      scan(source).imports.map(({ specifier, isType }) => (isType ? `type ${specifier}` : specifier)),
      ["a", "b", "c", "f", "h", "type i", "j", "type l", "m", "n", "o", "type p", "u", "q", "r", "type t"],
    );
  });
});
